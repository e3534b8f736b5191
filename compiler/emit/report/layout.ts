/** Where boxes and the lines between them stand: in layers from left to right, by elkjs. In pixels, from the upper left corner. */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';

/** Of a box with two lines of words. */
export const HEIGHT = 44;
/** Mean width of a character of the page's font at 12.5 px. */
const CHARACTER = 7.1;
/** Room around the picture, for the strokes at its edge. */
const MARGIN = 4;
/** Boxes from which on a good place is found faster than the best. */
const MANY = 200;

export interface Placed {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LaidOut {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Placed[];
  /** `path` is the `d` of an SVG path. */
  readonly flows: readonly { readonly from: string; readonly to: string; readonly path: string }[];
}

interface Flow {
  readonly from: string;
  readonly to: string;
}

/** A title over a smaller line. */
export function widthOf(title: string, about: string): number {
  return Math.ceil(Math.max(title.length * 1.06, about.length * 0.86) * CHARACTER + 28);
}

export async function layOut(
  boxes: readonly { readonly id: string; readonly width: number; readonly height: number }[],
  flows: readonly Flow[],
): Promise<LaidOut> {
  const isLarge = boxes.length > MANY;
  // A CommonJS module seen from ES modules: its default export stands one level down.
  const { default: elk } = await import('elkjs/lib/elk.bundled.js');
  const graph: ElkNode = {
    id: 'lineage',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': isLarge ? 'POLYLINE' : 'SPLINES',
      'elk.layered.spacing.nodeNodeBetweenLayers': '46',
      'elk.spacing.nodeNode': '12',
      'elk.padding': `[top=${MARGIN},left=${MARGIN},bottom=${MARGIN},right=${MARGIN}]`,
      'elk.layered.nodePlacement.strategy': isLarge ? 'BRANDES_KOEPF' : 'NETWORK_SIMPLEX',
      // To keep the order in which boxes are given takes ten times as long as all else, of a thousand of them.
      'elk.layered.considerModelOrder.strategy': isLarge ? 'NONE' : 'NODES_AND_EDGES',
      'elk.layered.thoroughness': isLarge ? '1' : '7',
    },
    children: boxes.map(({ id, width, height }) => ({ id, width, height })),
    edges: flows.map(({ from, to }) => ({ id: JSON.stringify([from, to]), sources: [from], targets: [to] })),
  };
  const placed = await new elk.default().layout(graph);
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    boxes: (placed.children ?? []).map(({ id, x = 0, y = 0, width = 0, height = 0 }) => ({ id, x, y, width, height })),
    flows: (placed.edges ?? []).map((edge) => ({
      from: edge.sources[0] ?? '',
      to: edge.targets[0] ?? '',
      path: pathOf(edge, isLarge),
    })),
  };
}

/** ELK's splines are cubic Bézier curves, three points a segment; what is left over, and a polyline, is drawn straight. */
function pathOf(edge: ElkExtendedEdge, isStraight: boolean): string {
  const section = edge.sections?.[0];
  if (section === undefined) return '';
  const points = [...(section.bendPoints ?? []), section.endPoint];
  let path = `M${at(section.startPoint)}`;
  if (isStraight) return path + points.map((point) => `L${at(point)}`).join('');
  for (let index = 0; index < points.length; index += 3) {
    const [first, second, third] = points.slice(index, index + 3);
    if (first && second && third) path += `C${at(first)} ${at(second)} ${at(third)}`;
    else for (const point of points.slice(index)) path += `L${at(point)}`;
  }
  return path;
}

const at = ({ x, y }: { readonly x: number; readonly y: number }): string => `${round(x)} ${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;
