/**
 * Where boxes and the lines between them stand: in layers from left to right, after Sugiyama (layers by the longest path,
 * an order in each by barycentres, then places that pull what is connected level). A thousand boxes take a moment, so that
 * the page does it itself, and whoever serves it has its hands free.
 */

export interface Size {
  readonly id: string;
  readonly width: number;
}

export interface Flow {
  readonly from: string;
  readonly to: string;
}

export interface Placed extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Placed[];
  /** `path` is the `d` of an SVG path. */
  readonly flows: readonly (Flow & { readonly path: string })[];
}

export const HEIGHT = 44;
const BETWEEN_LAYERS = 46;
const BETWEEN_BOXES = 12;
/** Beside a line that passes through a layer. */
const BETWEEN_LINES = 7;
const MARGIN = 4;
const SWEEPS = 8;
/** A line over more layers than this goes straight, and nothing makes way for it. */
const LONGEST = 12;

/** A box, or the place where a line passes through a layer. */
interface Node {
  readonly id: string | null;
  readonly layer: number;
  readonly width: number;
  readonly before: Node[];
  readonly after: Node[];
  /** Its middle. */
  y: number;
  place: number;
}

/** Flows from or to what is no box are left out, and so is what would close a circle. */
export function layOut(sizes: readonly Size[], given: readonly Flow[]): Layout {
  const ids = new Set(sizes.map(({ id }) => id));
  const flows = given.filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to);
  const layerOf = layersOf(sizes, flows);
  const nodes = new Map(sizes.map(({ id, width }) => [id, newNode(id, layerOf.get(id) ?? 0, width)] as const));
  const count = Math.max(-1, ...layerOf.values()) + 1;
  const layers: Node[][] = Array.from({ length: count }, () => []);
  for (const node of nodes.values()) layers[node.layer]?.push(node);
  const lines = flows.flatMap((flow) => {
    const [from, to] = [nodes.get(flow.from), nodes.get(flow.to)];
    return from === undefined || to === undefined || from.layer >= to.layer
      ? []
      : [{ flow, points: lineOf(from, to, layers) }];
  });
  order(layers);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) level(layers, sweep % 2 === 0);
  return drawn(layers, lines);
}

const newNode = (id: string | null, layer: number, width: number): Node => ({
  id,
  layer,
  width,
  before: [],
  after: [],
  y: 0,
  place: 0,
});

/** By the longest path from the left; what nothing feeds stands beside what it feeds. */
function layersOf(sizes: readonly Size[], flows: readonly Flow[]): ReadonlyMap<string, number> {
  const layer = new Map(sizes.map(({ id }) => [id, 0]));
  const after = Map.groupBy(flows, ({ from }) => from);
  const waiting = new Map(sizes.map(({ id }) => [id, 0]));
  for (const { to } of flows) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const ready = sizes.flatMap(({ id }) => (waiting.get(id) === 0 ? [id] : []));
  const fed = new Set<string>();
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    for (const { to } of after.get(id) ?? []) {
      fed.add(to);
      layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(id) ?? 0) + 1));
      waiting.set(to, (waiting.get(to) ?? 0) - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
  for (const { id } of sizes) {
    const next = (after.get(id) ?? []).map(({ to }) => layer.get(to) ?? 0);
    if (!fed.has(id) && next.length > 0) layer.set(id, Math.max(0, Math.min(...next) - 1));
  }
  return layer;
}

/** Ties two boxes, with a place in each layer between them. */
function lineOf(from: Node, to: Node, layers: Node[][]): readonly Node[] {
  const points = [from];
  if (to.layer - from.layer <= LONGEST)
    for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
      const node = newNode(null, layer, 0);
      layers[layer]?.push(node);
      points.push(node);
    }
  points.push(to);
  for (const [index, node] of points.entries()) {
    const next = points[index + 1];
    if (next === undefined) break;
    node.after.push(next);
    next.before.push(node);
  }
  return points;
}

/** In each layer by the mean place of the neighbours, from left to right and back, so that few lines cross. */
function order(layers: readonly Node[][]): void {
  for (const layer of layers) for (const [place, node] of layer.entries()) node.place = place;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0;
    for (const layer of forth ? layers : layers.toReversed()) {
      const weight = new Map(
        layer.map((node) => [node, meanOf(forth ? node.before : node.after, 'place') ?? node.place]),
      );
      layer.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0) || a.place - b.place);
      for (const [place, node] of layer.entries()) node.place = place;
    }
  }
}

function meanOf(nodes: readonly Node[], what: 'place' | 'y'): number | null {
  return nodes.length === 0 ? null : nodes.reduce((sum, node) => sum + node[what], 0) / nodes.length;
}

/**
 * Moves each layer as near to its neighbours as its order and the room between boxes let it: least squares, by pooling
 * adjacent violators (Ayer et al. 1955).
 */
function level(layers: readonly Node[][], forth: boolean): void {
  for (const layer of forth ? layers : layers.toReversed()) {
    const offsets: number[] = [];
    for (const [index, node] of layer.entries()) {
      const last = layer[index - 1];
      offsets.push(last === undefined ? 0 : (offsets[index - 1] ?? 0) + roomBetween(last, node));
    }
    // Without the room that lies before each, wishes only have to be in order.
    const pools: { sum: number; count: number }[] = [];
    for (const [index, node] of layer.entries()) {
      const neighbours = forth ? node.before : node.after;
      const wish = meanOf(neighbours.length > 0 ? neighbours : forth ? node.after : node.before, 'y') ?? node.y;
      pools.push({ sum: wish - (offsets[index] ?? 0), count: 1 });
      for (
        let last = pools.at(-1), before = pools.at(-2);
        last && before && before.sum / before.count > last.sum / last.count;
        last = pools.at(-1), before = pools.at(-2)
      ) {
        pools.pop();
        before.sum += last.sum;
        before.count += last.count;
      }
    }
    let index = 0;
    for (const { sum, count } of pools)
      for (const end = index + count; index < end; index += 1) {
        const node = layer[index];
        if (node !== undefined) node.y = sum / count + (offsets[index] ?? 0);
      }
  }
}

function roomBetween(above: Node, below: Node): number {
  const half = (node: Node): number => (node.id === null ? 0 : HEIGHT / 2);
  const gap = above.id === null || below.id === null ? BETWEEN_LINES : BETWEEN_BOXES;
  return half(above) + half(below) + gap;
}

function drawn(
  layers: readonly Node[][],
  lines: readonly { readonly flow: Flow; readonly points: readonly Node[] }[],
): Layout {
  const edges = layers.flat().flatMap(({ id, y }) => (id === null ? [y] : [y - HEIGHT / 2, y + HEIGHT / 2]));
  const top = Math.min(...edges, 0) - MARGIN;
  const lefts: number[] = [];
  let right = MARGIN;
  for (const layer of layers) {
    lefts.push(right);
    right += Math.max(0, ...layer.map(({ width }) => width)) + BETWEEN_LAYERS;
  }
  const left = (node: Node): number => round(lefts[node.layer] ?? 0);
  const middle = (node: Node): number => round(node.y - top);
  const widest = (node: Node): number => (lefts[node.layer + 1] ?? right) - (lefts[node.layer] ?? 0) - BETWEEN_LAYERS;
  return {
    width: Math.ceil(Math.max(right - BETWEEN_LAYERS, 0) + MARGIN),
    height: Math.ceil(Math.max(...edges, 0) - top + MARGIN),
    boxes: layers
      .flat()
      .flatMap((node) =>
        node.id === null
          ? []
          : [{ id: node.id, width: node.width, x: left(node), y: round(middle(node) - HEIGHT / 2) }],
      ),
    flows: lines.map(({ flow, points }) => ({ ...flow, path: pathOf(points, left, middle, widest) })),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Leaves a box at its right and reaches the next at its left, level at both ends; through a layer it goes straight. */
function pathOf(
  points: readonly Node[],
  left: (node: Node) => number,
  middle: (node: Node) => number,
  widest: (node: Node) => number,
): string {
  let path = '';
  for (const [index, node] of points.entries()) {
    const next = points[index + 1];
    if (next === undefined) break;
    const [x1, y1] = [round(left(node) + (node.id === null ? widest(node) : node.width)), middle(node)];
    const [x2, y2] = [left(next), middle(next)];
    const bend = round((x1 + x2) / 2);
    path += `${index === 0 ? 'M' : 'L'}${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
  }
  return path;
}
