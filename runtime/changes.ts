/**
 * What a program would change in a target: the commit state there, which says what each public view was made by, compared
 * with the steps of a plan. Nothing here looks at rows, and nothing is changed.
 */
import { createHash } from 'node:crypto';
import type { Published } from './engines/published.ts';
import { codeOver, PIPEC } from './engines/versions.ts';
import { dueSpan, keep } from './intervals.ts';
import type { DatasetPlan, RecordedColumn, Removed, SamplePlan, StepOutline, TaskOutline } from './plan.ts';
import { keyOf, type TimeRange } from './status.ts';

/** What would be done to one dataset of a target, as `pipec plan --json` tells it. */
export interface DatasetChange {
  readonly dataset: string;
  /**
   * `inherited`: its own code is the same, that of something it stands on is not. `drifted`: its code is the same, and what
   * stands in the target is not what was made.
   */
  readonly change: 'added' | 'changed' | 'inherited' | 'drifted' | 'removed' | 'unchanged';
  /** Of an inherited change: what it reads whose code is another. */
  readonly because: readonly string[];
  readonly columns: readonly ColumnChange[];
  /** Columns of other datasets whose values come from one that becomes another: `dwh.marts.daily.revenue`. */
  readonly reaches: readonly string[];
  /** Exposures on it, where a column goes or becomes another. */
  readonly breaks: readonly string[];
  /** Null where nothing is done. */
  readonly work: Work | null;
  /** What building again does not bring back: needs `--allow-destructive`. */
  readonly destructive: readonly Loss[];
  /** What somebody did to the target by hand. */
  readonly drift: readonly string[];
  /** The rollback that put back what stands. */
  readonly rolledBack: string | null;
  /** The target whose rows it shows, instead of being built; null: it is built. */
  readonly deferred: string | null;
  /** What would be made is a sample; null: it is whole. */
  readonly sample: SamplePlan | null;
  /** What stands is a sample; null: it is whole, or nothing stands. */
  readonly wasSample: SamplePlan | null;
}

/** Types are in the language's words, `decimal(12, 2)?`. */
export type ColumnChange =
  | { readonly kind: 'added' | 'removed'; readonly column: string; readonly type: string }
  /** `from` is its name before: of the same type, and from the same columns. */
  | { readonly kind: 'renamed'; readonly column: string; readonly type: string; readonly from: string }
  /** `from` is its type before. */
  | { readonly kind: 'retyped'; readonly column: string; readonly type: string; readonly from: string };

export interface Work {
  /** `share`: an environment's view shows production's version. */
  readonly kind: 'load' | 'build' | 'view' | 'share' | 'drop';
  /** Of a table in intervals: what is computed. */
  readonly intervals: TimeRange | null;
  readonly rows: Estimate;
  readonly ms: Estimate;
}

/** `measured`: of a version with the same code. `estimated`: of the version before. */
export interface Estimate {
  readonly value: number | null;
  readonly basis: 'measured' | 'estimated' | 'unknown';
}

export type Loss =
  /** Rows are null of a view. */
  | { readonly kind: 'dataset-removed'; readonly rows: number | null }
  | { readonly kind: 'column-removed'; readonly column: string; readonly rows: number | null }
  /** It is read again, and what its source no longer has is gone. Inherited: so is it from what follows. */
  | { readonly kind: 'history-lost'; readonly inherited: boolean; readonly rows: number | null };

/** Columns with their types of all that is in a target, by `schema.relation`, in order. */
export type Catalogue = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface Compared {
  readonly project: string;
  /** Of the whole program, in dependency order. */
  readonly tasks: readonly TaskOutline[];
  readonly datasets: readonly Pick<DatasetPlan, 'name' | 'lineage'>[];
  readonly exposures: readonly { readonly name: string; readonly on: readonly string[] }[];
  /** Of the environment that is compared, by `schema.view`. */
  readonly published: ReadonlyMap<string, Published>;
  /** Where that is not production: what production has, by `schema.view`. */
  readonly production?: ReadonlyMap<string, Published> | null;
  readonly catalogue: Catalogue;
  /** Ms of the last build of each dataset. */
  readonly took: ReadonlyMap<string, number>;
  readonly now: Date;
}

/** What `pipec plan --json` prints. */
export interface TargetChanges {
  /** Of what would be done: `pipec apply --plan` does this and nothing else. */
  readonly plan: string;
  readonly project: string;
  readonly target: string;
  readonly engine: string;
  /** How much of the rows is asked for: `3d`. Null: all. */
  readonly sample: string | null;
  /** Datasets that stay as they are, and are not told. */
  readonly unchanged: number;
  readonly changes: readonly DatasetChange[];
  /** Of an environment: what the program would destroy in production, were it promoted or applied there. */
  readonly inProduction: readonly Destroyed[];
}

export type Destroyed = Pick<DatasetChange, 'dataset' | 'change' | 'destructive'>;

/** What of changes building again does not bring back. */
export const destroyedBy = (changes: readonly DatasetChange[]): readonly Destroyed[] =>
  changes.flatMap(({ dataset, change, destructive }) =>
    destructive.length === 0 ? [] : [{ dataset, change, destructive }],
  );

/** In the order of the tasks; what the program no longer has last, readers before what they read. */
export function changesOf(compared: Compared): readonly DatasetChange[] {
  const { tasks, published } = compared;
  /** Of what stands once the plan is done. */
  const codes = new Map<string, string | null>();
  /** Datasets whose code becomes another, and those that lose rows. */
  const [moved, lossy] = [new Set<string>(), new Set<string>()];
  const reached = reachedBy(compared.datasets);
  const changes = tasks.map(({ id, step }): DatasetChange => {
    const standing = published.get(keyOf(step.into)) ?? null;
    const reads = step.into.record?.reads ?? [];
    const code = codeOver(step.into.fingerprint, reads, (read) => codes.get(read) ?? null);
    const drift = driftOf(step, standing, compared.catalogue);
    const change = changeOf(step, standing, code, drift);
    const shared = sharedBy(step, code, compared);
    codes.set(id, change === 'unchanged' || change === 'drifted' ? (standing?.code ?? null) : code);
    if (change === 'unchanged') return { ...untouched, dataset: id };
    if (change !== 'drifted') moved.add(id);
    const columns =
      standing?.record == null ? [] : columnChanges(standing.record.columns, step.into.record?.columns ?? []);
    // What goes of an environment is production's still, or can be built again.
    const destructive =
      standing === null || step.into.environment !== undefined ? [] : lossesOf(step, standing, columns, lossy);
    if (destructive.some(({ kind }) => kind === 'history-lost')) lossy.add(id);
    const others = columns.filter(isAnother).flatMap((one) => [...reached(`${id}.${one.column}`)]);
    const because = reads.filter((read) => moved.has(read));
    return {
      dataset: id,
      change,
      // Where what it reads has been built again by itself, nothing tells which of them it was.
      because: change !== 'inherited' ? [] : because.length > 0 ? because : reads,
      columns,
      reaches: [...new Set(others)],
      breaks: columns.some(isBreaking) ? exposuresOn(id, compared) : [],
      work: shared === null ? workOf(step, standing, change === 'changed', compared) : shareOf(shared),
      destructive,
      drift,
      rolledBack: standing?.held ?? null,
      deferred: step.into.deferred ?? null,
      sample: step.into.sample ?? null,
      wasSample: standing?.sample ?? null,
    };
  });
  return [...changes, ...removals(compared)];
}

/** A dataset that is in the target as the program has it. */
export const untouched: Omit<DatasetChange, 'dataset'> = {
  change: 'unchanged',
  because: [],
  columns: [],
  reaches: [],
  breaks: [],
  work: null,
  destructive: [],
  drift: [],
  rolledBack: null,
  deferred: null,
  sample: null,
  wasSample: null,
};

/** Production's version, where it is of the same code at any distance and still there. */
function sharedBy({ into, kind }: StepOutline, code: string, { production, catalogue }: Compared): Published | null {
  if (into.environment === undefined || kind === 'view') return null;
  const standing = production?.get(keyOf(into.environment.of)) ?? null;
  if (standing === null || standing.code !== code) return null;
  return standing.table === null || catalogue.has(`${PIPEC}.${standing.table}`) ? standing : null;
}

function shareOf({ rows }: Published): Work {
  return {
    kind: 'share',
    intervals: null,
    rows: { value: rows, basis: rows === null ? 'unknown' : 'measured' },
    ms: { value: null, basis: 'unknown' },
  };
}

function changeOf(
  { into }: StepOutline,
  standing: Published | null,
  code: string,
  drift: readonly string[],
): DatasetChange['change'] {
  if (standing === null) return 'added';
  if (standing.fingerprint !== into.fingerprint) return 'changed';
  // A version that keeps no code is taken to be what its fingerprint says.
  if (standing.code !== null && standing.code !== code) return 'inherited';
  return drift.length > 0 ? 'drifted' : 'unchanged';
}

/** By name; what goes and what comes with the same type from the same columns is one that was renamed, where there is one such pair. */
function columnChanges(before: readonly RecordedColumn[], after: readonly RecordedColumn[]): readonly ColumnChange[] {
  const old = new Map(before.map((column) => [column[0], column]));
  const now = new Set(after.map(([name]) => name));
  const gone = before.filter(([name]) => !now.has(name));
  const come = after.filter(([name]) => !old.has(name));
  const alike = ([, type, from]: RecordedColumn, others: readonly RecordedColumn[]): readonly RecordedColumn[] =>
    from === null ? [] : others.filter((other) => other[1] === type && other[2] === from);
  const formerName = (column: RecordedColumn): string | null => {
    const [was, ...more] = alike(column, gone);
    return was !== undefined && more.length === 0 && alike(was, come).length === 1 ? was[0] : null;
  };
  const renamed = new Map(come.map((column) => [column[0], formerName(column)]));
  const kept = new Set(renamed.values());
  return [
    ...after.flatMap(([column, type]): ColumnChange[] => {
      const was = old.get(column)?.[1];
      if (was !== undefined) return was === type ? [] : [{ kind: 'retyped', column, type, from: was }];
      const from = renamed.get(column) ?? null;
      return [from === null ? { kind: 'added', column, type } : { kind: 'renamed', column, type, from }];
    }),
    ...gone.flatMap(([column, type]): ColumnChange[] => (kept.has(column) ? [] : [{ kind: 'removed', column, type }])),
  ];
}

const isAnother = ({ kind }: ColumnChange): boolean => kind === 'retyped' || kind === 'renamed';

/** Who reads the column gets something else than before. That it is never null any more harms nobody. */
function isBreaking(change: ColumnChange): boolean {
  switch (change.kind) {
    case 'added':
      return false;
    case 'removed':
    case 'renamed':
      return true;
    case 'retyped':
      return change.from !== `${change.type}?`;
  }
}

/** Columns whose values come from a column, at any distance. */
function reachedBy(datasets: Compared['datasets']): (column: string) => ReadonlySet<string> {
  const below = new Map<string, string[]>();
  for (const { name, lineage } of datasets) {
    for (const { column, from } of lineage) {
      for (const parent of from) {
        if (parent.kind !== 'direct') continue;
        const key = `${parent.dataset}.${parent.column}`;
        below.set(key, [...(below.get(key) ?? []), `${name}.${column}`]);
      }
    }
  }
  return (column) => {
    const found = new Set<string>();
    const open = [column];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of below.get(next) ?? []) {
        if (found.has(child)) continue;
        found.add(child);
        open.push(child);
      }
    }
    return found;
  };
}

function exposuresOn(dataset: string, { exposures }: Pick<Compared, 'exposures'>): readonly string[] {
  return exposures.filter(({ on }) => on.includes(dataset)).map(({ name }) => name);
}

function lossesOf(
  step: StepOutline,
  { rows, cursor }: Published,
  columns: readonly ColumnChange[],
  lossy: ReadonlySet<string>,
): readonly Loss[] {
  if (step.kind === 'view') return [];
  const follows = step.kind === 'build' && step.increment !== null && step.increment.kind !== 'intervals';
  const inherited = follows && lossy.has(step.increment.driver.dataset);
  // A source that was read bit by bit may have forgotten what it gave.
  const direct = step.kind === 'load' && cursor !== null;
  return [
    ...columns.flatMap(({ kind, column }): Loss[] =>
      kind === 'removed' ? [{ kind: 'column-removed', column, rows }] : [],
    ),
    ...(direct || inherited ? [{ kind: 'history-lost', inherited, rows } as const] : []),
  ];
}

function workOf(step: StepOutline, standing: Published | null, isOther: boolean, { took, now }: Compared): Work {
  const ms = took.get(step.into.dataset) ?? null;
  const intervals = step.kind === 'build' && step.increment?.kind === 'intervals' ? step.increment : null;
  const due = intervals === null ? null : dueSpan(intervals, now.getTime());
  const [span] = due === null || intervals === null ? [] : keep(intervals, [due]);
  const estimate = (value: number | null): Estimate =>
    value === null || standing === null
      ? { value: null, basis: 'unknown' }
      : { value, basis: isOther ? 'estimated' : 'measured' };
  return {
    kind: step.kind === 'function' ? 'build' : step.kind,
    intervals: span === undefined ? null : { from: span[0], to: span[1] },
    rows: estimate(standing?.rows ?? null),
    // What took so long the last time were a few intervals.
    ms: estimate(intervals === null ? ms : null),
  };
}

/** What stands in the target and is not what was published there. */
function driftOf({ into }: StepOutline, standing: Published | null, catalogue: Catalogue): readonly string[] {
  const view = catalogue.get(keyOf(into));
  if (standing === null) return view === undefined ? [] : ['something that pipec has not made stands under its name'];
  const { table, record } = standing;
  const rows = table === null ? null : (catalogue.get(`${PIPEC}.${table}`) ?? 'gone');
  if (rows === 'gone') return [`its table ${PIPEC}.${table} is gone`];
  if (record === null || view === undefined) return [];
  const names = record.columns.map(([name]) => name);
  return [
    ...names.filter((name) => !view.has(name)).map((name) => `column \`${name}\` is gone`),
    ...[...view.keys()].filter((name) => !names.includes(name)).map((name) => `column \`${name}\` was added by hand`),
    ...[...(rows ?? [])].flatMap(([name, type]) => {
      const shown = view.get(name);
      return shown === undefined || shown === type ? [] : [`column \`${name}\` is ${type} by now, and was ${shown}`];
    }),
  ];
}

function removals({ project, tasks, published, production }: Compared): readonly DatasetChange[] {
  const kept = new Set(tasks.map(({ step }) => keyOf(step.into)));
  const gone = [...published].flatMap(([key, one]) =>
    one.record?.project === project && one.dataset !== null && !kept.has(key) ? [{ ...one, dataset: one.dataset }] : [],
  );
  return readersFirst(gone).map(
    ({ dataset, rows }): DatasetChange => ({
      ...untouched,
      dataset,
      change: 'removed',
      work: {
        kind: 'drop',
        intervals: null,
        rows: { value: rows, basis: rows === null ? 'unknown' : 'measured' },
        ms: { value: null, basis: 'unknown' },
      },
      destructive: production == null ? [{ kind: 'dataset-removed', rows }] : [],
    }),
  );
}

/** Where the datasets are that go, in the order of the changes. */
export function removedBy(
  changes: readonly DatasetChange[],
  { published }: Pick<Compared, 'published'>,
): readonly Removed[] {
  const places = new Map([...published].map(([place, { dataset }]) => [dataset, place]));
  return changes.flatMap(({ dataset, change }) => {
    const [, schema, name] = (change === 'removed' ? /^([^.]*)\.(.*)$/.exec(places.get(dataset) ?? '') : null) ?? [];
    return schema === undefined || name === undefined ? [] : [{ dataset, schema, name }];
  });
}

function readersFirst<P extends Published & { readonly dataset: string }>(gone: readonly P[]): readonly P[] {
  const byName = new Map(gone.map((one) => [one.dataset, one]));
  const ordered = new Set<P>();
  const visit = (one: P): void => {
    if (ordered.has(one)) return;
    for (const read of one.record?.reads ?? []) {
      const below = byName.get(read);
      if (below !== undefined) visit(below);
    }
    ordered.add(one);
  };
  for (const one of [...gone].sort((a, b) => (a.dataset < b.dataset ? -1 : 1))) visit(one);
  return [...ordered].reverse();
}

/**
 * Of what would be done: equal digests, the same steps from the same code. Rows that came meanwhile, estimates and times are
 * no part of it.
 */
export function digestOf(changes: readonly DatasetChange[], { tasks, published }: Compared): string {
  const into = new Map(tasks.map(({ id, step }) => [id, step.into]));
  const standing = new Map([...published.values()].map((one) => [one.dataset, one]));
  const steps = changes.flatMap(({ dataset, change, destructive }) => {
    if (change === 'unchanged') return [];
    const { fingerprint = null, code = null } = standing.get(dataset) ?? {};
    const losses = destructive.map(({ rows: _rows, ...loss }) => loss);
    return [[dataset, change, fingerprint, code, into.get(dataset)?.fingerprint ?? null, losses]];
  });
  return createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 12);
}
