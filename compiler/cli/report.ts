/** The HTML page about a project and its run: gathers what `emit/report` shows. */
import type { Plan } from '../../runtime/plan.ts';
import { queryTarget } from '../../runtime/query.ts';
import type { Preview, RunSummary, TaskSummary } from '../emit/report/input.ts';
import { renderReport } from '../emit/report/page.ts';
import type { Program } from '../semantics/model.ts';
import { publicViews } from './data.ts';
import type { Environment } from './io.ts';
import type { RunState, TaskState } from './progress/state.ts';
import { shownValue } from './rows.ts';

const PREVIEW_ROWS = 20;

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
  const views = publicViews(program.datasets);
  const previews: Record<string, Preview> = {};
  for (const state of states) {
    for (const task of state.tasks.values()) {
      const preview = task.status === 'done' ? await previewOf(views.get(task.id), root, plan, environment) : null;
      if (preview !== null) previews[task.id] = preview;
    }
  }
  return renderReport({ plan, run: runSummary(states), previews });
}

async function previewOf(
  view: string | undefined,
  root: string,
  plan: Plan,
  environment: Environment,
): Promise<Preview | null> {
  if (view === undefined) return null;
  const { columns, batches } = await queryTarget({
    folder: root,
    target: plan.target,
    sql: `SELECT * FROM ${view}`,
    limit: PREVIEW_ROWS,
    env: environment,
  });
  const rows: (string | null)[][] = [];
  for await (const batch of batches) rows.push(...batch.map((row) => row.map(shownValue)));
  return { columns: columns.map((column) => column.name), rows };
}

/** Several jobs are told as one run. */
function runSummary(states: readonly RunState[]): RunSummary | null {
  const first = states[0]?.started;
  if (first === null || first === undefined) return null;
  const ends = states.flatMap((state) => (state.finished === null ? [] : [state.finished]));
  return {
    id: first.run,
    startedAt: first.at,
    ms: ends.reduce((sum, end) => sum + end.ms, 0),
    status: ends.find((end) => end.status !== 'succeeded')?.status ?? 'succeeded',
    tasks: states.flatMap((state) => [...state.tasks.values()].map((task) => taskSummary(task, state))),
  };
}

function taskSummary(task: TaskState, state: RunState): TaskSummary {
  return {
    id: task.id,
    status:
      task.status === 'unchanged'
        ? 'done'
        : task.status === 'done' || task.status === 'failed'
          ? task.status
          : 'skipped',
    rows: task.rows,
    ms: task.ms,
    load: task.load,
    checks: state.checks
      .filter((check) => check.task === task.id)
      .map((check) => ({
        text: check.check,
        passed: check.event === 'check.passed',
        severity: check.severity,
        failing: check.failing,
      })),
    error: task.error?.message ?? null,
  };
}
