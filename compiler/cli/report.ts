/** The HTML page about a project and its run: gathers what `emit/report` shows. */

import type { DatasetPlan, Plan } from '../../runtime/plan.ts';
import { queryTarget } from '../../runtime/query.ts';
import type { State } from '../../runtime/state/state.ts';
import { chooseChart } from '../emit/report/charts.ts';
import { succeeded } from '../emit/report/html.ts';
import type { Preview, RunSummary, TaskSummary } from '../emit/report/input.ts';
import { renderReport } from '../emit/report/page.ts';
import { dialectOf } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { openState, publicViews } from './data.ts';
import type { Environment } from './io.ts';
import type { RunState, TaskState } from './progress/state.ts';
import { shownValue } from './rows.ts';

/** Rows of each dataset that the page shows as a table. */
const PREVIEW_ROWS = 50;

export interface ReportSources {
  /** Absolute path of the project. */
  readonly root: string;
  readonly plan: Plan;
  readonly program: Program;
  /** One a job; empty where nothing ran. */
  readonly states: readonly RunState[];
  readonly environment: Environment;
}

export async function reportPage({ root, plan, program, states, environment }: ReportSources): Promise<string> {
  const { quote } = dialectOf(program, plan.target.name);
  const views = publicViews(program, plan.target.name);
  const previews: Record<string, Preview> = {};
  const charts: Record<string, Preview> = {};
  const tasks = new Map(states.flatMap((state) => [...state.tasks.values()].map((task) => [task.id, task])));
  for (const dataset of plan.datasets) {
    const [view, task] = [views.get(dataset.name), tasks.get(dataset.name)];
    if (view === undefined || task === undefined || !succeeded(task)) continue;
    const read = (order: DatasetPlan['order'], limit: number): Promise<Preview> =>
      rowsOf(`SELECT * FROM ${view}${orderBy(order, quote)}`, limit, { root, plan, environment });
    previews[dataset.name] = await read(dataset.order, PREVIEW_ROWS);
    const choice = dataset.layer === 'mart' ? chooseChart(dataset, task.rows) : null;
    if (choice !== null) charts[dataset.name] = await read(choice.order, choice.limit);
  }
  const state = await openState({ root, target: plan.target, environment });
  try {
    return await renderReport({ plan, run: await runSummary(states, state), previews, charts });
  } finally {
    await state?.close();
  }
}

function orderBy(order: DatasetPlan['order'], quote: (name: string) => string): string {
  if (order.length === 0) return '';
  return ` ORDER BY ${order.map((key) => `${quote(key.column)} ${key.order.toUpperCase()} NULLS LAST`).join(', ')}`;
}

async function rowsOf(
  sql: string,
  limit: number,
  { root, plan, environment }: Pick<ReportSources, 'root' | 'plan' | 'environment'>,
): Promise<Preview> {
  const { columns, batches } = await queryTarget({ folder: root, target: plan.target, sql, limit, env: environment });
  const rows: (string | null)[][] = [];
  for await (const batch of batches) rows.push(...batch.map((row) => row.map(shownValue)));
  return { columns: columns.map((column) => column.name), rows };
}

/** Several jobs are told as one run. */
async function runSummary(states: readonly RunState[], earlier: State | null): Promise<RunSummary | null> {
  const first = states[0]?.started;
  if (first === null || first === undefined) return null;
  const ends = states.flatMap((state) => (state.finished === null ? [] : [state.finished]));
  const tasks: TaskSummary[] = [];
  for (const state of states)
    for (const task of state.tasks.values()) tasks.push(await taskSummary(task, state, earlier));
  return {
    id: first.run,
    startedAt: first.at,
    ms: ends.reduce((sum, end) => sum + end.ms, 0),
    status: ends.find((end) => end.status !== 'succeeded')?.status ?? 'succeeded',
    tasks,
  };
}

/** Of what was unchanged, its rows, its contract and its checks are those of the run that built it. */
async function taskSummary(task: TaskState, state: RunState, earlier: State | null): Promise<TaskSummary> {
  const { id, status } = task;
  const built = status === 'unchanged' ? ((await earlier?.lastBuilt(id)) ?? null) : null;
  const checks =
    built !== null && earlier !== null
      ? await earlier.checks({ task: id })
      : state.checks
          .filter((check) => check.task === id)
          .map((check) => ({ ...check, passed: check.event === 'check.passed' }));
  return {
    id,
    status: status === 'done' || status === 'unchanged' || status === 'failed' ? status : 'skipped',
    rows: task.rows,
    ms: built?.ms ?? task.ms,
    load: built?.load ?? task.load,
    checks: checks.map(({ check, passed, severity, failing }) => ({ text: check, passed, severity, failing })),
    error: task.error?.message ?? null,
  };
}
