/** Airflow DAGs: one file a job, with its tasks, edges, schedule, retries and time limits, over the same bundles. */
import type { DatasetPlan, JobPlan, Plan, TaskPlan } from '../../../runtime/plan.ts';
import { heading, label, oneLine } from '../deploy/names.ts';
import { needsOf } from '../deploy/needs.ts';
import { fileName } from '../names.ts';
import { OPERATOR } from './operator.ts';
import { identifiers, list, text, timedelta } from './python.ts';

/** Text of each file by its path in the build; none where there is no job to run. */
export function airflowFiles(plan: Plan): ReadonlyMap<string, string> {
  if (plan.jobs.length === 0) return new Map();
  return new Map([
    ['airflow/.airflowignore', 'pipec_operator.py\n'],
    ['airflow/pipec_operator.py', OPERATOR],
    ...poolFiles(plan),
    ...plan.jobs.map((job): [string, string] => [`airflow/${fileName(job.name)}.py`, dagModule(plan, job)]),
  ]);
}

/** For `airflow pools import`: a task whose pool Airflow does not know never begins. */
function poolFiles(plan: Plan): readonly (readonly [string, string])[] {
  const pools = Object.assign({}, ...plan.jobs.map(({ pools: own = {} }) => own)) as Readonly<Record<string, number>>;
  const entries = Object.entries(pools).map(([name, slots]) => [poolName(plan, name), { slots, description: 'pipec' }]);
  if (entries.length === 0) return [];
  return [['airflow/pools.json', `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`]];
}

/** A task is given its time by the job itself; Airflow steps in where that does not end it. */
const GRACE_MS = 60_000;

function dagModule(plan: Plan, job: JobPlan): string {
  const names = identifiers(job.tasks.map((task) => task.id));
  const datasets = new Map(plan.datasets.map((dataset) => [dataset.name, dataset]));
  const name = (id: string): string => names.get(id) ?? id;
  const when = scheduleOf(plan, job);
  const sdk = ['Asset', 'DAG', ...when.imports].sort();
  const tasks = job.tasks.map((task) => taskCode(plan, task, name(task.id), datasets.get(task.id)));
  const edges = job.tasks.flatMap((task) =>
    task.after.length === 0 ? [] : [`    ${list(task.after.map(name), '    ')} >> ${name(task.id)}\n`],
  );
  return `${heading(plan)}
import sys
from datetime import timedelta
from pathlib import Path

from airflow.sdk import ${sdk.join(', ')}

# The operator lies beside this file, wherever Airflow finds that.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from pipec_operator import PipecOperator  # noqa: E402


def task(dataset: str, **more) -> PipecOperator:
    return PipecOperator(
        job=${text(`jobs/${fileName(job.name)}.mjs`)},
        task=dataset,
        build=str(Path(__file__).resolve().parent.parent),
        secrets=${tuple(plan.target.secrets.kind === 'env' ? needsOf(plan, job).secrets : [])},
        **more,
    )


with DAG(
    ${text(key(plan, job.name))},
${job.doc === null ? '' : `    description=${text(oneLine(job.doc))},\n    doc_md=${text(job.doc)},\n`}    schedule=${when.code},
    # One run makes up for all that were missed: tables know what they lack.
    catchup=False,
    max_active_runs=1,
    # One process at a time writes to a target: tasks take turns.
    max_active_tasks=1,
    default_args={
${defaults(job)
  .map((line) => `        ${line},\n`)
  .join('')}    },
    tags=${list(
      ['pipec', plan.project, plan.target.name].map((tag) => text(tag.slice(0, 100))),
      '    ',
    )},
):
${tasks.join('')}${edges.length === 0 ? '' : `\n${edges.join('')}`}`;
}

function tuple(items: readonly string[]): string {
  return `(${items.map((item) => `${text(item)},`).join(' ')})`;
}

function taskCode(plan: Plan, { id, pool }: TaskPlan, variable: string, dataset: DatasetPlan | undefined): string {
  const { doc = null, owner = null } = dataset ?? {};
  const parts = [
    text(id),
    `task_id=${text(taskId(id))}`,
    ...(owner === null ? [] : [`owner=${text(owner)}`]),
    ...(doc === null ? [] : [`doc_md=${text(doc)}`]),
    `outlets=[${asset(plan, id)}]`,
    ...(pool === undefined ? [] : [`pool=${text(poolName(plan, pool))}`]),
  ];
  return `    ${variable} = task(\n${parts.map((part) => `        ${part},\n`).join('')}    )\n`;
}

function defaults({ retries, backoff, timeoutMs, priority }: JobPlan): string[] {
  return [
    `"retries": ${retries}`,
    `"retry_delay": ${timedelta(backoff.initialMs)}`,
    ...(backoff.kind === 'exponential' ? ['"retry_exponential_backoff": 2.0'] : []),
    `"max_retry_delay": ${timedelta(backoff.maxMs)}`,
    ...(timeoutMs === null ? [] : [`"execution_timeout": ${timedelta(timeoutMs + GRACE_MS)}`]),
    // By itself, and not with what comes after it: as the scheduler of pipec takes it.
    ...(priority === undefined ? [] : [`"priority_weight": ${priority}`, '"weight_rule": "absolute"']),
  ];
}

/** By hand, by the clock, or when all that other jobs build for it has come. */
function scheduleOf(plan: Plan, { schedule, waitsFor }: JobPlan): { code: string; imports: readonly string[] } {
  if (schedule === null) return { code: 'None', imports: [] };
  if ('arrival' in schedule) {
    const assets = waitsFor.map((dataset) => asset(plan, dataset));
    return { code: list(assets, '    '), imports: [] };
  }
  if ('cron' in schedule)
    return {
      code: `CronTriggerTimetable(${text(schedule.cron)}, timezone=${text(schedule.timezone)})`,
      imports: ['CronTriggerTimetable'],
    };
  return { code: `DeltaTriggerTimetable(${timedelta(schedule.everyMs)})`, imports: ['DeltaTriggerTimetable'] };
}

/** A dataset is another in another project or target. */
function asset(plan: Plan, dataset: string): string {
  return `Asset(${text(key(plan, dataset, plan.target.name))})`;
}

/** A pool is another in another project or target. */
function poolName(plan: Plan, pool: string): string {
  return key(plan, pool, plan.target.name);
}

/** Letters, digits, `_`, `-` and dots are what Airflow has in names of DAGs and tasks. */
function taskId(name: string): string {
  return /^[\w.-]{1,200}$/.test(name) ? name : label(name);
}

function key(plan: Plan, name: string, ...between: readonly string[]): string {
  return [plan.project, ...between, name].map(taskId).join('.');
}
