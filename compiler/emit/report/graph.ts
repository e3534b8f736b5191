/**
 * The lineage graph as SVG: laid out in layers from sources to marts by elkjs, so the page needs no script to draw it.
 * A program of many datasets is drawn by its schemas: a picture of a thousand boxes tells nothing.
 */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { DatasetPlan } from '../../../runtime/plan.ts';
import { datasetLink, elapsed, grouped, type Html, html, Html as SafeHtml, succeeded } from './html.ts';
import type { TaskSummary } from './input.ts';

const MOST_BOXES = 120;
const HEIGHT = 44;
/** Mean width of a character of the page's font at 12.5 px. */
const CHARACTER = 7.1;
/** A graph that is wider than the page shrinks down to this share of itself before it scrolls. */
const SMALLEST = 0.6;

interface Box {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly doc: string;
  readonly layer: string | null;
  readonly status: 'planned' | TaskSummary['status'];
  readonly warned: boolean;
  /** Where it leads; null for a schema. */
  readonly link: string | null;
}

interface Flow {
  readonly from: string;
  readonly to: string;
}

export async function lineageGraph(
  datasets: readonly DatasetPlan[],
  tasks: ReadonlyMap<string, TaskSummary>,
): Promise<Html> {
  const whole = datasets.length <= MOST_BOXES;
  const boxes = whole
    ? datasets.map((dataset) => boxOf(dataset, tasks.get(dataset.name)))
    : schemaBoxes(datasets, tasks);
  const flows = flowsOf(datasets, whole ? (name) => name : schemaOf);
  // A CommonJS module seen from ES modules: its default export stands one level down.
  const { default: elk } = await import('elkjs/lib/elk.bundled.js');
  const graph: ElkNode = {
    id: 'lineage',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'SPLINES',
      'elk.layered.spacing.nodeNodeBetweenLayers': '46',
      'elk.spacing.nodeNode': '12',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    },
    children: boxes.map((box) => ({ id: box.id, width: widthOf(box), height: HEIGHT })),
    edges: flows.map(({ from, to }) => ({ id: JSON.stringify([from, to]), sources: [from], targets: [to] })),
  };
  const laidOut = await new elk.default().layout(graph);
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const width = Math.ceil((laidOut.width ?? 0) + 8);
  const height = Math.ceil((laidOut.height ?? 0) + 8);
  const size = `width:100%;max-width:${width}px;min-width:${Math.round(width * SMALLEST)}px`;
  return html`<svg class="lineage" viewBox="-4 -4 ${width} ${height}" style="${size}" role="img" aria-label="${whole ? 'Which dataset reads which' : 'Which schema reads which'}">
${(laidOut.edges ?? []).map(flowPath)}
${(laidOut.children ?? []).map((node) => boxAt(node, byId.get(node.id)))}
</svg>`;
}

function boxOf(dataset: DatasetPlan, task: TaskSummary | undefined): Box {
  const schema = schemaOf(dataset.name);
  return {
    id: dataset.name,
    title: dataset.name.slice(dataset.name.lastIndexOf('.') + 1),
    about:
      task === undefined
        ? schema
        : !succeeded(task)
          ? `${schema} · ${task.status}`
          : `${schema} · ${task.rows === null ? 'view' : `${grouped(task.rows)} rows · ${elapsed(task.ms)}`}`,
    doc: dataset.doc ?? dataset.name,
    layer: dataset.layer,
    status: task?.status ?? 'planned',
    warned: task !== undefined && (task.checks.some((check) => !check.passed) || (task.load?.quarantined ?? 0) > 0),
    link: datasetLink(dataset.name),
  };
}

function schemaBoxes(datasets: readonly DatasetPlan[], tasks: ReadonlyMap<string, TaskSummary>): Box[] {
  return [...Map.groupBy(datasets, ({ name }) => schemaOf(name))].map(([schema, inside]) => {
    const boxes = inside.map((dataset) => boxOf(dataset, tasks.get(dataset.name)));
    const failed = boxes.filter(({ status }) => status === 'failed').length;
    return {
      id: schema,
      title: schema,
      about: `${grouped(inside.length)} datasets${failed > 0 ? ` · ${grouped(failed)} failed` : ''}`,
      doc: schema,
      layer: inside[0]?.layer ?? null,
      status: failed > 0 ? 'failed' : 'planned',
      warned: boxes.some(({ warned }) => warned),
      link: null,
    };
  });
}

const schemaOf = (dataset: string): string => dataset.slice(0, Math.max(0, dataset.lastIndexOf('.')));

/** Who reads whom, once each; `boxFor` says in which box a dataset is. */
function flowsOf(datasets: readonly DatasetPlan[], boxFor: (dataset: string) => string): Flow[] {
  const known = new Set(datasets.map(({ name }) => name));
  const flows = new Map<string, Flow>();
  for (const { name, reads } of datasets) {
    for (const read of reads) {
      const flow = { from: boxFor(read), to: boxFor(name) };
      if (known.has(read) && flow.from !== flow.to) flows.set(JSON.stringify([flow.from, flow.to]), flow);
    }
  }
  return [...flows.values()];
}

function widthOf({ title, about }: Box): number {
  return Math.ceil(Math.max(title.length * 1.06, about.length * 0.86) * CHARACTER + 28);
}

function boxAt(node: ElkNode, box: Box | undefined): Html | null {
  if (box === undefined) return null;
  const width = node.width ?? 0;
  const inside = html`<title>${box.doc}</title>
<g transform="translate(${node.x ?? 0} ${node.y ?? 0})"><rect width="${width}" height="${HEIGHT}" rx="7"/><rect class="edge" width="3" height="${HEIGHT - 16}" x="5" y="8" rx="1.5"/>
<text x="15" y="18">${box.title}</text><text x="15" y="34" class="sub">${box.about}</text>
${box.warned ? html`<circle class="warned" cx="${width - 10}" cy="10" r="3.5"><title>quarantined rows or checks that did not hold</title></circle>` : null}</g>`;
  const layer = box.layer ?? 'other';
  return box.link === null
    ? html`<g class="node ${box.status}" data-layer="${layer}" data-id="${box.id}">${inside}</g>`
    : html`<a href="${box.link}" class="node ${box.status}" data-layer="${layer}" data-id="${box.id}">${inside}</a>`;
}

function flowPath(edge: ElkExtendedEdge): Html {
  const section = edge.sections?.[0];
  if (section === undefined) return new SafeHtml('');
  const bends = section.bendPoints ?? [];
  const points = [...bends, section.endPoint];
  let path = `M${section.startPoint.x} ${section.startPoint.y}`;
  // ELK's splines are cubic Bézier curves: three points a segment; what is left over is drawn straight.
  for (let index = 0; index < points.length; index += 3) {
    const [first, second, third] = points.slice(index, index + 3);
    if (first && second && third) path += `C${first.x} ${first.y} ${second.x} ${second.y} ${third.x} ${third.y}`;
    else for (const point of points.slice(index)) path += `L${point.x} ${point.y}`;
  }
  return html`<path class="flow" d="${path}" data-from="${edge.sources[0] ?? ''}" data-to="${edge.targets[0] ?? ''}"/>`;
}
