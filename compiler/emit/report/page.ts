/**
 * The report: one HTML file that needs nothing else, about the program and a run of it. The overview is markup; the page of
 * a dataset is made by the page's script from the data beside it, so that a thousand datasets cost what is looked at.
 */
import { createHash } from 'node:crypto';
import type { DatasetPlan, Plan } from '../../../runtime/plan.ts';
import { pageAssets } from '../assets.ts';
import { chooseChart, drawChart } from './charts.ts';
import { lineageGraph } from './graph.ts';
import { datasetLink, elapsed, grouped, Html, html, jsonIn, succeeded } from './html.ts';
import type { DrawnChart, PageData, PageDataset, ReportInput, RunSummary, TaskSummary } from './input.ts';

/** Renders the page. The same input gives the same text. */
export async function renderReport(input: ReportInput): Promise<string> {
  const { plan, run } = input;
  const tasks = new Map((run?.tasks ?? []).map((task) => [task.id, task]));
  const charts = await drawnCharts(input, tasks);
  const { script, style } = await pageAssets('report');
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${plan.project} · pipec</title><style>${new Html(style)}</style></head>
<body>
<main id="overview">
<h1>${plan.project}</h1>
<p class="lede">${aboutRun(plan, run)}</p>
${run === null ? null : facts(run)}
${run === null ? null : findings(run)}
<h2>Lineage</h2>
<div class="graph" tabindex="0" role="region" aria-label="Lineage">${await lineageGraph(plan.datasets, tasks)}</div>
<p class="legend">${[...new Set(plan.datasets.map((dataset) => dataset.layer ?? 'other'))].map((layer) => html`<span data-layer="${layer}"><i></i>${layer}</span>`)}</p>
${charts.size === 0 ? null : html`<h2>What the marts say</h2><div class="charts">${chartCards(plan, charts)}</div>`}
<footer>Built by pipec ${plan.pipec} · program ${plan.fingerprint} · target ${plan.target.name} (${plan.target.engine.kind})</footer>
</main>
<script type="application/json" id="data">${new Html(jsonIn(pageData(input, tasks, charts)))}</script>
<script>${new Html(script)}</script></body></html>
`;
  return page.markup;
}

function aboutRun(plan: Plan, run: RunSummary | null): string {
  const size = `${grouped(plan.datasets.length)} datasets on ${plan.target.name} (${plan.target.engine.kind})`;
  return run === null
    ? size
    : `Run ${run.id} of ${run.startedAt.replace('T', ' ').slice(0, 19)} UTC ${run.status} in ${elapsed(run.ms)}: ${size}`;
}

function facts(run: RunSummary): Html {
  const checks = run.tasks.flatMap((task) => task.checks);
  const failed = checks.filter((check) => !check.passed && check.severity === 'error').length;
  const warned = checks.filter((check) => !check.passed && check.severity === 'warn').length;
  const sum = (measure: (task: TaskSummary) => number): number =>
    run.tasks.reduce((total, task) => total + measure(task), 0);
  const done = run.tasks.filter(succeeded).length;
  const quarantined = sum((task) => task.load?.quarantined ?? 0);
  const fact = (value: string, label: string, tone = ''): Html =>
    html`<li><b class="${tone}">${value}</b><span>${label}</span></li>`;
  return html`<ul class="facts">
${fact(`${grouped(done)} of ${grouped(run.tasks.length)}`, run.tasks.some((task) => task.status === 'unchanged') ? 'tasks done or unchanged' : 'tasks done', done === run.tasks.length ? '' : 'bad')}
${fact(grouped(sum((task) => task.load?.read ?? 0)), 'rows read')}
${fact(grouped(quarantined), 'in quarantine', quarantined > 0 ? 'warn' : '')}
${fact(`${grouped(checks.length - failed - warned)} of ${grouped(checks.length)}`, 'checks passed', failed > 0 ? 'bad' : '')}
${warned > 0 ? fact(grouped(warned), 'checks warned', 'warn') : null}
${fact(elapsed(run.ms), 'in all')}</ul>`;
}

/** What a person should know of the run: tasks that failed, checks that did not hold, rows that were not let in. */
function findings(run: RunSummary): Html | null {
  const rows = run.tasks.flatMap((task) => [
    ...(task.error === null ? [] : [{ task, tone: 'bad', what: task.error, count: null }]),
    ...task.checks
      .filter((check) => !check.passed)
      .map((check) => ({
        task,
        tone: check.severity === 'warn' ? 'warn' : 'bad',
        what: `check ${check.severity === 'warn' ? 'warned' : 'failed'}: ${check.text}`,
        count: check.failing,
      })),
    ...(task.load?.reasons ?? []).map((reason) => ({
      task,
      tone: 'warn',
      what: `quarantined: ${reason.reason}`,
      count: reason.rows,
    })),
  ]);
  if (rows.length === 0) return null;
  return html`<h2>To look at</h2><div class="scroll"><table><thead><tr><th scope="col">dataset</th><th scope="col">what</th><th scope="col" class="number">rows</th></tr></thead><tbody>
${rows.map(({ task, tone, what, count }) => html`<tr><td><a href="${datasetLink(task.id)}">${task.id}</a></td><td class="${tone}">${what}</td><td class="number">${count === null ? '' : grouped(count)}</td></tr>`)}</tbody></table></div>`;
}

/** The chart of each mart that has one and has rows. */
async function drawnCharts(
  { plan, charts }: ReportInput,
  tasks: ReadonlyMap<string, TaskSummary>,
): Promise<ReadonlyMap<string, DrawnChart>> {
  const drawn = new Map<string, DrawnChart>();
  for (const dataset of plan.datasets) {
    const rows = charts[dataset.name];
    const choice = rows === undefined ? null : chooseChart(dataset, tasks.get(dataset.name)?.rows ?? null);
    if (choice === null || rows === undefined) continue;
    const [width, height] = choice.kind === 'map' ? [1180, 480] : [400, 270];
    const chart = await drawChart(choice, dataset, rows, width, height);
    if (chart !== null) drawn.set(dataset.name, chart);
  }
  return drawn;
}

function chartCards(plan: Plan, charts: ReadonlyMap<string, DrawnChart>): Html[] {
  const cards = plan.datasets.flatMap((dataset) => {
    const chart = charts.get(dataset.name);
    return chart === undefined ? [] : [{ dataset, chart, wide: chart.width > 600 }];
  });
  // What spans the whole width stands first and leaves no hole in the grid.
  return cards
    .sort((a, b) => Number(b.wide) - Number(a.wide))
    .map(
      ({ dataset, chart, wide }) =>
        html`<section class="chart${wide ? ' wide' : ''}"><h3><a href="${datasetLink(dataset.name)}">${shortName(dataset)}</a><span>${chart.measure}</span></h3><p>${dataset.doc?.split('\n')[0] ?? ''}</p><figure data-chart="${dataset.name}">${new Html(chart.svg)}</figure></section>`,
    );
}

function shortName(dataset: DatasetPlan): string {
  return dataset.name.slice(dataset.name.lastIndexOf('.') + 1);
}

function pageData(
  { plan, previews }: ReportInput,
  tasks: ReadonlyMap<string, TaskSummary>,
  charts: ReadonlyMap<string, DrawnChart>,
): PageData {
  const steps = new Map(
    plan.jobs.flatMap((job) => job.tasks.map(({ id, step }) => [id, { job: job.name, step }] as const)),
  );
  const datasets = plan.datasets.map((dataset): PageDataset => {
    const planned = steps.get(dataset.name);
    const { name, layer, doc, owner, at, key, reads, columns, lineage } = dataset;
    return {
      name,
      kind: planned?.step.kind === 'view' ? 'view' : dataset.kind,
      deferred: planned?.step.into.deferred ?? null,
      layer,
      doc,
      owner,
      at,
      key,
      reads,
      columns,
      lineage,
      sql: planned === undefined || planned.step.kind === 'load' ? null : planned.step.sql,
      checks: (planned?.step.audit?.checks ?? []).map(({ text, severity }) => ({ text, severity })),
      job: planned?.job ?? null,
      task: tasks.get(name) ?? null,
      preview: previews[name] ?? null,
    };
  });
  return {
    project: plan.project,
    datasets,
    charts: Object.fromEntries([...charts].map(([name, { svg: _svg, ...chart }]) => [name, chart])),
  };
}
