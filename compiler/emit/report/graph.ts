/** The lineage graph as SVG: laid out in layers from sources to marts by elkjs, so the page needs no script to draw it. */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { DatasetPlan } from '../../../runtime/plan.ts';
import { anchor, elapsed, grouped, type Html, html, Html as SafeHtml } from './html.ts';
import type { TaskSummary } from './input.ts';

const HEIGHT = 44;
/** Mean width of a character of the page's font at 13 px. */
const CHARACTER = 7.2;

export async function lineageGraph(
  datasets: readonly DatasetPlan[],
  tasks: ReadonlyMap<string, TaskSummary>,
): Promise<Html> {
  // A CommonJS module seen from ES modules: its default export stands one level down.
  const { default: elk } = await import('elkjs/lib/elk.bundled.js');
  const known = new Set(datasets.map((dataset) => dataset.name));
  const graph: ElkNode = {
    id: 'lineage',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'SPLINES',
      'elk.layered.spacing.nodeNodeBetweenLayers': '56',
      'elk.spacing.nodeNode': '14',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    },
    children: datasets.map((dataset) => ({ id: dataset.name, width: nodeWidth(dataset, tasks), height: HEIGHT })),
    edges: datasets.flatMap((dataset) =>
      dataset.reads
        .filter((read) => known.has(read))
        .map((read) => ({ id: `${read} ${dataset.name}`, sources: [read], targets: [dataset.name] })),
    ),
  };
  const laidOut = await new elk.default().layout(graph);
  const byName = new Map(datasets.map((dataset) => [dataset.name, dataset]));
  const width = Math.ceil((laidOut.width ?? 0) + 8);
  const height = Math.ceil((laidOut.height ?? 0) + 8);
  return html`<svg class="lineage" viewBox="-4 -4 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Lineage: which dataset reads which">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${(laidOut.edges ?? []).map(edgePath)}
${(laidOut.children ?? []).map((node) => nodeBox(node, byName.get(node.id), tasks.get(node.id)))}
</svg>`;
}

function subtitle(dataset: DatasetPlan, task: TaskSummary | undefined): string {
  const schema = dataset.name.slice(0, -(shortName(dataset).length + 1));
  if (task === undefined) return schema;
  if (task.status !== 'done') return `${schema} · ${task.status}`;
  return task.rows === null ? `${schema} · view` : `${schema} · ${grouped(task.rows)} rows · ${elapsed(task.ms)}`;
}

function shortName(dataset: DatasetPlan): string {
  return dataset.name.slice(dataset.name.lastIndexOf('.') + 1);
}

function nodeWidth(dataset: DatasetPlan, tasks: ReadonlyMap<string, TaskSummary>): number {
  const letters = Math.max(shortName(dataset).length * 1.08, subtitle(dataset, tasks.get(dataset.name)).length * 0.88);
  return Math.ceil(letters * CHARACTER + 26);
}

function nodeBox(node: ElkNode, dataset: DatasetPlan | undefined, task: TaskSummary | undefined): Html | null {
  if (dataset === undefined) return null;
  const layer = dataset.kind === 'source' ? 'source' : (dataset.layer ?? 'other');
  const warned = task?.checks.some((check) => !check.passed) === true || (task?.load?.quarantined ?? 0) > 0;
  return html`<a href="#${anchor(dataset.name)}" class="node layer-${layer} ${task?.status ?? 'planned'}" data-id="${dataset.name}">
<title>${dataset.doc ?? dataset.name}</title>
<g transform="translate(${node.x ?? 0} ${node.y ?? 0})"><rect width="${node.width ?? 0}" height="${HEIGHT}" rx="7"/><rect class="edge" width="4" height="${HEIGHT - 14}" x="0" y="7" rx="2"/>
<text x="14" y="18" class="name">${shortName(dataset)}</text><text x="14" y="34" class="sub">${subtitle(dataset, task)}</text>
${warned ? html`<circle class="warned" cx="${(node.width ?? 0) - 10}" cy="10" r="4"><title>quarantined rows or warned checks</title></circle>` : null}</g></a>`;
}

function edgePath(edge: ElkExtendedEdge): Html {
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
  return html`<path class="flow" d="${path}" marker-end="url(#tip)" data-from="${edge.sources[0] ?? ''}" data-to="${edge.targets[0] ?? ''}"/>`;
}
