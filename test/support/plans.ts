/** Plans written by hand, for tests of the runtime that need no compiler. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../runtime/events.ts';
import type {
  AuditPlan,
  BuildStep,
  CheckPlan,
  Destination,
  FileReaderPlan,
  JobPlan,
  LoadColumn,
  LoadStep,
  ReaderPlan,
  TargetPlan,
  TaskPlan,
  ViewStep,
} from '../../runtime/plan.ts';
import { type RunOptions, type RunSummary, runJob } from '../../runtime/run.ts';

export const local: TargetPlan = {
  name: 'local',
  engine: { kind: 'duckdb', path: '.pipec/test.duckdb' },
  state: { kind: 'sqlite', path: '.pipec/state.db' },
  secrets: { kind: 'env' },
};

export function projectFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'pipec-')));
}

/** `core.flights` → a destination of that schema and name. */
export function into(dataset: string, storage: Destination['storage'] = { kind: 'table' }): Destination {
  const [schema = 'main', name = dataset] = dataset.split('.').slice(-2);
  const fingerprint = Buffer.from(`${dataset}000000`).toString('hex').slice(0, 12);
  return { dataset, schema, name, fingerprint, storage };
}

export const lake = (path: string, partitionBy: readonly string[] = []): Destination['storage'] => ({
  kind: 'lake',
  path,
  format: 'parquet',
  partitionBy,
});

/** `{ x: 'BIGINT', note: 'VARCHAR?' }` → columns. */
export function columns(types: Readonly<Record<string, string>>): BuildStep['columns'] {
  return Object.entries(types).map(([name, type]) => ({
    name,
    sqlType: type.replace('?', ''),
    nullable: type.endsWith('?'),
  }));
}

/** Tasks of tests are built at each run, unless they say what decides their rows. */
type Wiring = Partial<Pick<TaskPlan, 'after' | 'inputs'>>;

export function build(
  dataset: string,
  sql: string,
  types: Readonly<Record<string, string>>,
  more: Partial<BuildStep> & Wiring = {},
): TaskPlan {
  const { after = [], inputs = null, ...rest } = more;
  const step: BuildStep = {
    kind: 'build',
    sql,
    into: into(dataset),
    columns: columns(types),
    assertions: [],
    increment: null,
    audit: null,
    compute: { mode: 'elt', why: 'test' },
    ...rest,
  };
  return { id: dataset, after, inputs, step };
}

export function view(dataset: string, sql: string, more: Partial<ViewStep> & Wiring = {}): TaskPlan {
  const { after = [], inputs = null, ...rest } = more;
  return {
    id: dataset,
    after,
    inputs,
    step: { kind: 'view', sql, into: into(dataset), assertions: [], audit: null, ...rest },
  };
}

export function file(
  path: string,
  format: FileReaderPlan['format'],
  more: Partial<FileReaderPlan> = {},
): FileReaderPlan {
  return { kind: 'file', path: [path], format, delimiter: null, header: true, ...more };
}

/** `{ delay: 'int64', note: 'string?' }` → columns of a contract; `decimal(12,2)` and `a|b` for enums are read too. */
export function contract(types: Readonly<Record<string, string>>): LoadColumn[] {
  return Object.entries(types).map(([name, spelt]) => {
    const nullable = spelt.endsWith('?');
    const kind = spelt.replace('?', '');
    const decimal = /^decimal\((\d+),(\d+)\)$/.exec(kind);
    const type = (
      decimal !== null
        ? { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) }
        : kind.includes('|')
          ? { kind: 'enum', values: kind.split('|') }
          : { kind }
    ) as LoadColumn['type'];
    return { name, path: [name], type, nullable };
  });
}

export function load(
  dataset: string,
  from: ReaderPlan,
  types: Readonly<Record<string, string>>,
  more: Partial<LoadStep> & Wiring = {},
): TaskPlan {
  const { after = [], inputs = null, ...rest } = more;
  const step: LoadStep = {
    kind: 'load',
    from,
    into: into(dataset),
    columns: contract(types),
    key: [],
    expectations: [],
    invalid: 'quarantine',
    timezone: 'UTC',
    cursor: null,
    audit: null,
    compute: { mode: 'elt', why: 'test' },
    ...rest,
  };
  return { id: dataset, after, inputs, step };
}

export function check(text: string, more: Partial<CheckPlan>): CheckPlan {
  return {
    text,
    severity: 'error',
    at: { file: 'marts.pipe', line: 1 },
    measure: null,
    sql: null,
    low: 0,
    high: 0,
    relative: false,
    sample: null,
    ...more,
  };
}

export const audit = (sql: string | null, ...checks: readonly CheckPlan[]): AuditPlan => ({ sql, checks });

export function job(tasks: readonly TaskPlan[], more: Partial<JobPlan> = {}): JobPlan {
  return {
    name: 'test',
    doc: null,
    schedule: null,
    catchup: false,
    retries: 0,
    backoff: { kind: 'fixed', initialMs: 1, maxMs: 1 },
    timeoutMs: null,
    concurrency: 4,
    waitsFor: [],
    tasks,
    ...more,
  };
}

/** Runs tasks in a folder and gives the summary with all events. */
export async function runTasks(
  folder: string,
  tasks: readonly TaskPlan[] | JobPlan,
  more: Partial<RunOptions> = {},
): Promise<RunSummary & { readonly events: readonly RunEvent[] }> {
  const events: RunEvent[] = [];
  const summary = await runJob({
    folder,
    project: 'test',
    target: local,
    job: 'tasks' in tasks ? tasks : job(tasks),
    ...more,
    listeners: [(event) => void events.push(event), ...(more.listeners ?? [])],
  });
  return { ...summary, events };
}
