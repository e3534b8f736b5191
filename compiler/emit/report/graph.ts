/**
 * The lineage graph as SVG: laid out in layers from sources to marts by elkjs, so the page needs no script to draw it.
 * A program of many datasets is drawn by its schemas: a picture of a thousand boxes tells nothing.
 */
import type { DatasetPlan } from '../../../runtime/plan.ts';
import { datasetLink, elapsed, grouped, type Html, html, succeeded } from './html.ts';
import type { TaskSummary } from './input.ts';
import { HEIGHT, layOut, type Placed, widthOf } from './layout.ts';

const MOST_BOXES = 120;
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
  const {
    width,
    height,
    boxes: places,
    flows: lines,
  } = await layOut(
    boxes.map((box) => ({ id: box.id, width: widthOf(box.title, box.about), height: HEIGHT })),
    flows,
  );
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const size = `width:100%;max-width:${width}px;min-width:${Math.round(width * SMALLEST)}px`;
  return html`<svg class="lineage" viewBox="0 0 ${width} ${height}" style="${size}" role="img" aria-label="${whole ? 'Which dataset reads which' : 'Which schema reads which'}">
${lines.map(({ from, to, path }) => html`<path class="flow" d="${path}" data-from="${from}" data-to="${to}"/>`)}
${places.map((place) => boxAt(place, byId.get(place.id)))}
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

function boxAt({ x, y, width }: Placed, box: Box | undefined): Html | null {
  if (box === undefined) return null;
  const inside = html`<title>${box.doc}</title>
<g transform="translate(${x} ${y})"><rect width="${width}" height="${HEIGHT}" rx="7"/><rect class="edge" width="3" height="${HEIGHT - 16}" x="5" y="8" rx="1.5"/>
<text x="15" y="18">${box.title}</text><text x="15" y="34" class="sub">${box.about}</text>
${box.warned ? html`<circle class="warned" cx="${width - 10}" cy="10" r="3.5"><title>quarantined rows or checks that did not hold</title></circle>` : null}</g>`;
  const layer = box.layer ?? 'other';
  return box.link === null
    ? html`<g class="node ${box.status}" data-layer="${layer}" data-id="${box.id}">${inside}</g>`
    : html`<a href="${box.link}" class="node ${box.status}" data-layer="${layer}" data-id="${box.id}">${inside}</a>`;
}
