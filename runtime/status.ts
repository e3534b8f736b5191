/** What is known of each dataset of a target: the commit state in the target itself, and what runs have left of themselves. */

import { arrivalsBefore } from './engines/increments/arrivals.ts';
import { nothing, type Published, readPublished } from './engines/published.ts';
import { qualified } from './engines/quote.ts';
import { catalogue, commitState } from './engines/registry.ts';
import { PIPEC, quarantineName } from './engines/versions.ts';
import { PipecError } from './errors.ts';
import { dueSpan, keep, kept, type Span, without } from './intervals.ts';
import type { Destination, IntervalsPlan, Step, TaskPlan } from './plan.ts';
import { allRows, openTarget, queryAll, type TargetQuery, wholeAnswer } from './query.ts';
import { type CheckRecord, placeName, type TaskRecord } from './state/records.ts';
import type { State } from './state/state.ts';

/** A dataset in a target, as `pipec status --json` tells it. */
export interface DatasetStatus {
  readonly dataset: string;
  /** How it is brought up to date. `load`: it is a source. */
  readonly refresh: 'load' | 'view' | 'full' | 'batch' | 'append' | 'upsert';
  /** The version that readers see; null where it has never been built. */
  readonly built: {
    /** ISO 8601 in UTC. */
    readonly at: string | null;
    readonly run: string | null;
    /** Null of a view. */
    readonly rows: number | null;
    /** Whether the program still says what that version was made by. */
    readonly code: 'same' | 'changed';
    /** The rollback that put it in place of what the program says: a run leaves it there. Null: none did. */
    readonly rolledBack: string | null;
    /** Only so much of it, `3d`, or it was made of a sample. Null: it is whole. */
    readonly sample: string | null;
  } | null;
  /** Of a table in intervals. */
  readonly intervals: IntervalsStatus | null;
  /** Of a table that grows by what comes to another dataset. Null where either has never been built. */
  readonly follows: FollowsStatus | null;
  /** Of a source of which only what is new is asked for. Null where nothing has been read. */
  readonly cursor: CursorStatus | null;
  /** The last try, where it failed. */
  readonly failed: {
    readonly run: string;
    readonly at: string | null;
    readonly code: string;
    readonly message: string;
  } | null;
  /** Checks that the version did not hold to, and was published all the same. */
  readonly warnings: readonly {
    readonly check: string;
    readonly failing: number | null;
    readonly rows: number | null;
  }[];
  /** Of a source: rows that broke its contract when the version was loaded. */
  readonly quarantine: {
    readonly rows: number;
    /** Most frequent first. */
    readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
  } | null;
}

/** How far a table knows the dataset that drives it. */
export interface FollowsStatus {
  readonly dataset: string;
  /** What is counted: files of a source of files, else loads that brought something. */
  readonly by: 'file' | 'load';
  /** Of these, those whose rows it has got. */
  readonly taken: number;
  /** Those that have come since. Null: that dataset was made anew, and so will this table be. */
  readonly waiting: number | null;
}

/** The greatest value that was let in. The next load asks for rows from there, and from a stretch before it, its `lookback`. */
export interface CursorStatus {
  readonly column: string;
  /** `42`, `2024-02-29` or `2024-02-29 10:00:00.000001` in UTC. */
  readonly reached: string;
}

/** Ranges in order. Moments are `2024-03-01` or, of intervals that are shorter than a day, `2024-03-01 06:00` in UTC. */
export interface IntervalsStatus {
  readonly by: string;
  readonly everyMs: number;
  readonly timezone: string;
  readonly done: readonly TimeRange[];
  /** Due and not done, before the end of what is done. */
  readonly gaps: readonly TimeRange[];
  /** Due and not done, after it. */
  readonly due: readonly TimeRange[];
}

/** Half-open: `to` is the first moment after it. */
export interface TimeRange {
  /** Null: from the first row on. */
  readonly from: string | null;
  readonly to: string;
}

export type TargetPlace = Omit<TargetQuery, 'sql' | 'limit'>;

export interface StatusOptions extends TargetPlace {
  readonly tasks: readonly TaskPlan[];
  /** Null where nothing has run. */
  readonly state: State | null;
  readonly now?: Date;
  /** Null: production. */
  readonly environment?: string | null;
}

/** Of each task, in their order. Works while a run writes the target. @throws PipecError */
export async function targetStatus(options: StatusOptions): Promise<readonly DatasetStatus[]> {
  const { tasks, state, now = new Date() } = options;
  const { environment = null } = options;
  const published = await publishedVersions(options, environment);
  const tried = await state?.lastTried(placeName(options.target.name, environment));
  const found = await checksOf(
    state,
    tasks.flatMap(({ step }) => published.get(keyOf(step.into))?.run ?? []),
  );
  const rejected = await quarantineCounts(
    options,
    tasks.flatMap(({ step }) => (step.kind === 'load' && published.has(keyOf(step.into)) ? [step.into] : [])),
  );
  return tasks.map(({ id, step }): DatasetStatus => {
    const version = published.get(keyOf(step.into)) ?? null;
    const isSame = version?.fingerprint == null || version.fingerprint === step.into.fingerprint;
    return {
      dataset: id,
      refresh: refreshOf(step),
      built:
        version === null
          ? null
          : {
              at: version.at,
              run: version.run,
              rows: version.rows,
              code: isSame ? 'same' : 'changed',
              rolledBack: isSame ? null : version.held,
              sample: version.sample?.last ?? null,
            },
      intervals:
        step.kind === 'build' && step.increment?.kind === 'intervals'
          ? intervalsOf(step.increment, version, now)
          : null,
      follows: version === null ? null : followsOf(step, version, published),
      cursor:
        step.kind === 'load' && step.cursor !== null && version?.cursor != null
          ? { column: step.cursor.column, reached: version.cursor }
          : null,
      failed: failureOf(tried?.get(id)),
      warnings: version?.run == null ? [] : warningsOf(found.get(version.run) ?? [], id),
      quarantine: rejected.get(id) ?? null,
    };
  });
}

/** What is published in an environment of a target, by `schema.view`; null is production. */
export async function publishedVersions(
  place: TargetPlace,
  environment: string | null = null,
): Promise<ReadonlyMap<string, Published>> {
  return standingIn(await allVersions(place), environment);
}

function standingIn(all: ReadonlyMap<string, Published>, environment: string | null): ReadonlyMap<string, Published> {
  return new Map([...all].filter(([, one]) => one.environment === environment && one.gone === null));
}

/** All that a target says of itself, by `schema.view`. Nothing where it has no database yet. @throws PipecError */
export async function allVersions(place: TargetPlace): Promise<ReadonlyMap<string, Published>> {
  return publishedIn(await known(place, await commitState(place.target.engine)));
}

/** What is published in a target, and the columns with their types of all that is there, by `schema.relation`, in order. */
export interface TargetContents {
  /** Of the environment that was asked for. */
  readonly published: ReadonlyMap<string, Published>;
  /** Where that is not production: what production has. */
  readonly production: ReadonlyMap<string, Published> | null;
  /** What is left of datasets that were removed. */
  readonly gone: readonly Published[];
  readonly catalogue: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Nothing where it has no database yet. The target is opened once. @throws PipecError */
export async function targetContents(place: TargetPlace, environment: string | null = null): Promise<TargetContents> {
  const { all, columns } = await wholeAnswer(async () => await contentsOf(place));
  return {
    published: standingIn(all, environment),
    production: environment === null ? null : standingIn(all, null),
    gone: [...all.values()].filter((one) => one.gone !== null),
    catalogue: columns,
  };
}

async function contentsOf(place: TargetPlace): Promise<{
  readonly all: ReadonlyMap<string, Published>;
  readonly columns: TargetContents['catalogue'];
}> {
  const { engine } = place.target;
  const target = await openTarget(place).catch((failure: unknown) => {
    if (failure instanceof PipecError && failure.code === 'database-missing') return null;
    throw failure;
  });
  if (target === null) return { all: new Map(), columns: new Map() };
  try {
    const all = publishedIn(await allRows(await target.query(await commitState(engine))));
    return { all, columns: columnsIn(await allRows(await target.query(await catalogue(engine)))) };
  } finally {
    await target.close();
  }
}

type Rows = Awaited<ReturnType<typeof queryAll>>;

function publishedIn(rows: Rows): ReadonlyMap<string, Published> {
  const found = new Map<string, Published>();
  for (const { schema, view, comment, definition } of rows) {
    const published = readPublished(String(comment), definition === null ? null : String(definition));
    if (published !== null) found.set(`${schema}.${view}`, published);
  }
  return found;
}

function columnsIn(rows: Rows): TargetContents['catalogue'] {
  const found = new Map<string, Map<string, string>>();
  for (const { schema, relation, column, type } of rows) {
    const key = `${schema}.${relation}`;
    const columns = found.get(key) ?? new Map<string, string>();
    found.set(key, columns.set(String(column), String(type)));
  }
  return found;
}

/** Rows of a question to a target that may have no database yet. */
async function known(place: TargetPlace, sql: string): Promise<Rows> {
  return await queryAll({ ...place, sql, limit: null }).catch((failure: unknown) => {
    if (failure instanceof PipecError && failure.code === 'database-missing') return [];
    throw failure;
  });
}

export const keyOf = ({ schema, name }: Pick<Destination, 'schema' | 'name'>): string => `${schema}.${name}`;

function refreshOf(step: Step): DatasetStatus['refresh'] {
  switch (step.kind) {
    case 'load':
    case 'view':
      return step.kind;
    case 'function':
      return 'full';
    case 'build':
      if (step.increment === null) return 'full';
      return step.increment.kind === 'intervals' ? 'batch' : step.increment.kind;
  }
}

function followsOf(step: Step, { taken }: Published, published: ReadonlyMap<string, Published>): FollowsStatus | null {
  if (step.kind !== 'build' || step.increment === null || step.increment.kind === 'intervals' || taken === null)
    return null;
  const { driver } = step.increment;
  const { log, files } = published.get(keyOf(driver)) ?? nothing;
  // What stands elsewhere, or not any more, tells nothing of what has come.
  if (log === null) return null;
  return {
    dataset: driver.dataset,
    by: files === null ? 'load' : 'file',
    taken: arrivalsBefore(taken.position),
    waiting: log.generation === taken.generation ? arrivalsBefore(log.position - taken.position) : null,
  };
}

/** What is done, what is due, and what lies between. */
export function intervalsOf(plan: IntervalsPlan, version: Published | null, now: Date): IntervalsStatus {
  const done = kept(version?.done ?? []);
  const due = dueSpan(plan, now.getTime());
  const missing = due === null ? [] : without(due, done);
  const end = done.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
  const { by, everyMs, timezone } = plan;
  return {
    by,
    everyMs,
    timezone,
    done: ranges(plan, done),
    gaps: ranges(
      plan,
      missing.filter(({ from }) => from < end),
    ),
    due: ranges(
      plan,
      missing.filter(({ from }) => from >= end),
    ),
  };
}

function ranges(plan: IntervalsPlan, spans: readonly Span[]): readonly TimeRange[] {
  return keep(plan, spans).map(([from, to]) => ({ from, to }));
}

function failureOf(tried: TaskRecord | undefined): DatasetStatus['failed'] {
  if (tried?.status !== 'failed' || tried.error === null) return null;
  const { code, message } = tried.error;
  return { run: tried.run, at: tried.finishedAt, code, message };
}

/** By run. */
async function checksOf(
  state: State | null,
  runs: readonly string[],
): Promise<ReadonlyMap<string, readonly CheckRecord[]>> {
  const found = new Map<string, readonly CheckRecord[]>();
  if (state !== null) for (const run of new Set(runs)) found.set(run, await state.checks({ run }));
  return found;
}

function warningsOf(found: readonly CheckRecord[], dataset: string): DatasetStatus['warnings'] {
  const warned = found.filter((one) => one.task === dataset && !one.passed && one.severity === 'warn');
  // A run that tries again judges again: what it found last is what was published.
  return [...new Map(warned.map(({ check, failing, rows }) => [check, { check, failing, rows }])).values()];
}

/** One question for all of them; where it fails, as one was dropped by hand, one question for each. */
async function quarantineCounts(
  place: TargetPlace,
  sources: readonly Destination[],
): Promise<ReadonlyMap<string, NonNullable<DatasetStatus['quarantine']>>> {
  if (sources.length === 0) return new Map();
  const rowsOf = (some: readonly Destination[]) => {
    const counts = some.map(
      (into) =>
        `SELECT ${sources.indexOf(into)} AS "source", "reason", count(*) AS "rows" FROM ${qualified(PIPEC, quarantineName(into))} GROUP BY "reason"`,
    );
    const sql = `SELECT * FROM (${counts.join('\nUNION ALL\n')}) AS "counts" ORDER BY "rows" DESC, "reason"`;
    return queryAll({ ...place, sql, limit: null });
  };
  const none = (): [] => [];
  const rows = await rowsOf(sources).catch(async () =>
    (await Promise.all(sources.map((into) => rowsOf([into]).catch(none)))).flat(),
  );
  return new Map(
    sources.map(({ dataset }, index) => {
      const reasons = rows.flatMap((row) =>
        Number(row['source']) === index ? [{ reason: String(row['reason']), rows: Number(row['rows']) }] : [],
      );
      return [dataset, { rows: reasons.reduce((sum, one) => sum + one.rows, 0), reasons }];
    }),
  );
}
