/** The report: one HTML file that needs nothing else, about the program and a run of it. */
import { createHash } from 'node:crypto';
import type { DatasetPlan, Plan } from '../../../runtime/plan.ts';
import { chooseChart, drawChart } from './charts.ts';
import { lineageGraph } from './graph.ts';
import { anchor, elapsed, grouped, Html, html } from './html.ts';
import type { Preview, ReportInput, RunSummary, TaskSummary } from './input.ts';
import { SCRIPT, STYLE } from './style.ts';

const SHOWN_ROWS = 50;

/** Renders the page. The same input gives the same text. */
export async function renderReport(input: ReportInput): Promise<string> {
  const tasks = new Map((input.run?.tasks ?? []).map((task) => [task.id, task]));
  const graph = await lineageGraph(input.plan.datasets, tasks);
  const charts = await chartCards(input);
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${hash(SCRIPT)}`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${input.plan.project} · pipec</title><style>${new Html(STYLE)}</style></head>
<body><main>
<h1>${input.plan.project}</h1>
<p class="lede">${aboutRun(input.plan, input.run)}</p>
${input.run === null ? null : facts(input.run)}
<h2>Lineage</h2>
<div class="scroll">${graph}</div>
<p class="legend"><span><i style="background:var(--raw)"></i>raw</span><span><i style="background:var(--core)"></i>core</span><span><i style="background:var(--mart)"></i>mart</span><span>Hover a dataset for what it comes from and what reads it; click for its rows.</span></p>
${charts.length === 0 ? null : html`<h2>What the marts say</h2><div class="charts">${charts}</div>`}
${quarantine(input.run)}
<h2>Datasets</h2>
${input.plan.datasets.map((dataset) => datasetDetails(input.plan, dataset, tasks.get(dataset.name), input.previews[dataset.name]))}
<footer>Built by pipec ${input.plan.pipec} · program ${input.plan.fingerprint.slice(0, 12)} · target ${input.plan.target.name} (${input.plan.target.engine.kind})</footer>
</main><script>${new Html(SCRIPT)}</script></body></html>
`;
  return page.markup;
}

function aboutRun(plan: Plan, run: RunSummary | null): string {
  const size = `${plan.datasets.length} datasets on ${plan.target.name} (${plan.target.engine.kind})`;
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
  const done = run.tasks.filter((task) => task.status === 'done').length;
  const fact = (value: string, label: string, tone = ''): Html =>
    html`<li><b class="${tone}">${value}</b><span>${label}</span></li>`;
  return html`<ul class="facts">
${fact(`${done} of ${run.tasks.length}`, 'tasks done', done === run.tasks.length ? 'good' : 'bad')}
${fact(grouped(sum((task) => task.load?.read ?? 0)), 'rows read')}
${fact(grouped(sum((task) => task.load?.quarantined ?? 0)), 'quarantined', sum((task) => task.load?.quarantined ?? 0) > 0 ? 'warn' : '')}
${fact(`${checks.length - failed - warned} of ${checks.length}`, 'checks passed', failed > 0 ? 'bad' : 'good')}
${warned > 0 ? fact(String(warned), 'checks warned', 'warn') : null}
${fact(elapsed(run.ms), 'in all')}</ul>`;
}

async function chartCards(input: ReportInput): Promise<Html[]> {
  const cards: Html[] = [];
  for (const dataset of input.plan.datasets) {
    const preview = input.previews[dataset.name];
    if (dataset.layer !== 'mart' || preview === undefined) continue;
    const choice = chooseChart(dataset, preview);
    if (choice === null) continue;
    const wide = choice.kind === 'map';
    const svg = await drawChart(
      choice,
      dataset,
      preview,
      wide ? 1180 : 520,
      wide ? 470 : choice.kind === 'line' ? 230 : 300,
    );
    cards.push(
      html`<section class="card${wide ? ' wide' : ''}"><h3><a href="#${anchor(dataset.name)}">${shortName(dataset)}</a></h3><p>${dataset.doc ?? ''}</p>${new Html(svg)}</section>`,
    );
  }
  // The map spans the whole width, so it stands first and leaves no hole in the grid.
  return cards.sort((a, b) => Number(b.markup.includes('card wide')) - Number(a.markup.includes('card wide')));
}

function quarantine(run: RunSummary | null): Html | null {
  const rows = (run?.tasks ?? []).flatMap((task) =>
    (task.load?.reasons ?? []).map((reason) => ({ task: task.id, ...reason })),
  );
  if (rows.length === 0) return null;
  return html`<h2>Quarantine</h2><p class="lede">Rows that broke their contract. They are kept with the reason and their position, and no dataset reads them.</p>
<table><thead><tr><th>source</th><th>reason</th><th class="number">rows</th></tr></thead><tbody>
${rows.map((row) => html`<tr><td>${row.task}</td><td>${row.reason}</td><td class="number">${grouped(row.rows)}</td></tr>`)}</tbody></table>`;
}

function shortName(dataset: DatasetPlan): string {
  return dataset.name.slice(dataset.name.lastIndexOf('.') + 1);
}

function datasetDetails(
  plan: Plan,
  dataset: DatasetPlan,
  task: TaskSummary | undefined,
  preview: Preview | undefined,
): Html {
  const readers = plan.datasets.filter((other) => other.reads.includes(dataset.name));
  const links = (names: readonly string[]): Html[] =>
    names.map((name, index) => html`${index > 0 ? ', ' : ''}<a href="#${anchor(name)}">${name}</a>`);
  const sql = sqlOf(plan, dataset.name);
  return html`<details id="${anchor(dataset.name)}"><summary><h3>${dataset.name}</h3><span class="about">${dataset.doc?.split('\n')[0] ?? ''}</span><span class="meta">${meta(task)}</span></summary><div class="inside">
${dataset.doc === null ? null : html`<p>${dataset.doc}</p>`}
<p class="lede">${dataset.at.file}:${dataset.at.line}${dataset.reads.length > 0 ? html` · reads ${links(dataset.reads)}` : null}${readers.length > 0 ? html` · read by ${links(readers.map((reader) => reader.name))}` : null}</p>
${task?.error == null ? null : html`<p class="bad">${task.error}</p>`}
${task === undefined || task.checks.length === 0 ? null : html`<h4>Checks</h4>${task.checks.map((check) => html`<p><span class="${check.passed ? 'good' : check.severity === 'warn' ? 'warn' : 'bad'}">${check.passed ? '✔' : check.severity === 'warn' ? '!' : '✗'}</span> ${check.text}${!check.passed && check.failing !== null ? ` (${grouped(check.failing)})` : ''}</p>`)}`}
<h4>Columns</h4><div class="scroll"><table><thead><tr><th>column</th><th>type</th><th>comes from</th><th>doc</th></tr></thead><tbody>
${dataset.columns.map((column) => html`<tr><td>${column.name}</td><td><code>${column.type}${column.nullable ? '?' : ''}</code></td><td>${origins(dataset, column.name)}</td><td class="doc">${column.doc ?? ''}</td></tr>`)}</tbody></table></div>
${preview === undefined ? null : previewTable(dataset, preview)}
${sql === null ? null : html`<h4>SQL</h4><pre>${sql}</pre>`}
</div></details>`;
}

function meta(task: TaskSummary | undefined): string {
  if (task === undefined) return '';
  if (task.status !== 'done') return task.status;
  return task.rows === null ? 'view' : `${grouped(task.rows)} rows · ${elapsed(task.ms)}`;
}

function origins(dataset: DatasetPlan, column: string): string {
  const from = dataset.lineage.find((entry) => entry.column === column)?.from ?? [];
  return from
    .filter((origin) => origin.kind === 'direct')
    .map((origin) => `${origin.dataset.slice(origin.dataset.lastIndexOf('.') + 1)}.${origin.column}`)
    .join(', ');
}

function previewTable(dataset: DatasetPlan, preview: Preview): Html {
  const numeric = preview.columns.map((name) =>
    /^(int64|float64|decimal)/.test(dataset.columns.find((column) => column.name === name)?.type ?? ''),
  );
  const shown = preview.rows.slice(0, SHOWN_ROWS);
  return html`<h4>First ${shown.length} rows</h4><div class="scroll"><table><thead><tr>${preview.columns.map((name, index) => html`<th class="${numeric[index] ? 'number' : ''}">${name}</th>`)}</tr></thead><tbody>
${shown.map((row) => html`<tr>${row.map((cell, index) => (cell === null ? html`<td class="null">null</td>` : html`<td class="${numeric[index] ? 'number' : ''}">${cell}</td>`))}</tr>`)}</tbody></table></div>`;
}

function sqlOf(plan: Plan, dataset: string): string | null {
  for (const job of plan.jobs) {
    const step = job.tasks.find((task) => task.id === dataset)?.step;
    if (step !== undefined && step.kind !== 'load') return step.sql;
  }
  return null;
}
