/** What a target says of itself: of each public view, in its comment, what it shows and what that was made from. */
import type { KeptSpan } from '../intervals.ts';
import type { DatasetRecord, Destination, Removed, SamplePlan } from '../plan.ts';

/** Where a public view is. */
export type Place = Pick<Destination, 'schema' | 'name'>;

/** A check that warned of a version. Its words and its place are the plan's, whose checks are part of the basis. */
export interface Warned {
  /** Index among the step's checks. */
  readonly check: number;
  readonly failing: number | null;
  readonly rows: number | null;
}

/** What is published under one public name. A lake's `build` is a folder, a table's a physical table, a view's neither. */
export interface Published {
  readonly build: string | null;
  readonly table: string | null;
  /** The table before, kept for going back. */
  readonly previous: string | null;
  readonly basis: string | null;
  readonly rows: number | null;
  readonly run: string | null;
  readonly dataset: string | null;
  /** So that a warning does not vanish because nothing has changed. */
  readonly warned: readonly Warned[];
  /** Of the code that its rows were made by. */
  readonly fingerprint: string | null;
  /** Of the code of all that it stands on as well, as it was then: see `codeOver`. */
  readonly code: string | null;
  readonly record: DatasetRecord | null;
  /** It holds a sample, or what came of one; null: it is whole. */
  readonly sample: SamplePlan | null;
  /** Of a table in intervals: those that are done. */
  readonly done: readonly KeptSpan[] | null;
  /** When it was published, ISO 8601 in UTC. */
  readonly at: string | null;
  /** Of a log: how far it goes. */
  readonly log: Reached | null;
  /** Of a table that a log drives: how far it knows that log. */
  readonly taken: Reached | null;
  /** Of a log of files: those that are in it, in the order in which they came. */
  readonly files: readonly KeptFile[] | null;
  /** Of a source that is asked for what has come: the greatest value of its cursor that was let in. */
  readonly cursor: string | null;
  /** What its view reads. Null of a version from before this was kept: nothing goes back to it. */
  readonly select: string | null;
  /** The environment that it is in; null: production. */
  readonly environment: string | null;
  /** In an environment: the build of production's version that stood when this one was last brought up to date. */
  readonly beside: string | null;
  /** The run that put code of its kind in place. What grows it, or builds it again, leaves this as it is. */
  readonly since: string | null;
  /** The rollback that put it back: no run puts other code in its place. */
  readonly held: string | null;
  /** Of a version that was put back: the runs that had put others in its place. */
  readonly replacedBy: readonly string[];
  /** Versions of other code that stood here, the last first: what a rollback puts back. */
  readonly kept: readonly KeptVersion[];
  /** Of a dataset that was removed. */
  readonly gone: Gone | null;
}

/** A version that does not stand any more. `by` is the run that put another in its place. */
export type KeptVersion = Omit<Published, 'kept' | 'gone'> & { readonly by: string };

/** Where a removed dataset was, and the run that removed it. */
export interface Gone extends Place {
  readonly by: string;
}

/** A place in a log. Rows are numbered in the order in which they came, as long as the log is not made anew. */
export interface Reached {
  /** The build in which it was made as a whole. */
  readonly generation: string;
  readonly position: number;
}

/** What tells a file from others and its content from others of the same file, in one word each. */
export type KeptFile = `${string} ${string}`;

/** Of a place where nothing is. */
export const nothing: Published = {
  build: null,
  table: null,
  previous: null,
  basis: null,
  rows: null,
  run: null,
  dataset: null,
  warned: [],
  fingerprint: null,
  code: null,
  record: null,
  sample: null,
  done: null,
  at: null,
  log: null,
  taken: null,
  files: null,
  cursor: null,
  select: null,
  environment: null,
  beside: null,
  since: null,
  held: null,
  replacedBy: [],
  kept: [],
  gone: null,
};

/** For whom versions are looked up and published. */
export interface Scope {
  /** Null: production. */
  readonly environment: string | null;
  /** Whether other code may be put where a rollback has put a version back. */
  readonly applies: boolean;
  /** How many versions of other code are kept of each dataset. */
  readonly keep: number;
}

/** How many versions of other code are kept where the program does not say. */
export const KEEP = 2;

export const PRODUCTION: Scope = { environment: null, applies: false, keep: KEEP };

/** A view that is to move to a version that is there. */
export interface Move extends Removed {
  readonly version: Omit<KeptVersion, 'by'> & { readonly by: string | null };
  /** The build that stands until then, null of none: where it is another by now, nothing is moved. */
  readonly over: string | null;
  /** Whether it is a rollback: no run puts other code in its place. */
  readonly held: boolean;
  /** Of a source: the dataset whose rejected rows are its own from then on. */
  readonly rejected: Place | null;
}

/** What of a version changes as its table does: every view over one table says the same of it. */
const STATE = [
  'build',
  'basis',
  'rows',
  'run',
  'warned',
  'done',
  'at',
  'log',
  'taken',
  'files',
  'cursor',
] as const satisfies readonly (keyof Published)[];

export const stateOf = (published: Published): Partial<Published> =>
  Object.fromEntries(STATE.map((name) => [name, published[name]]));

/** What a view at a place says of itself. */
export interface Placed {
  readonly place: Place;
  readonly published: Published;
}

/** Tables that a view needs, or a rollback of it. */
export function tablesIn({ table, previous, kept }: Published): readonly string[] {
  return [table, previous, ...kept.map((one) => one.table)].filter((one) => one !== null);
}

/** The comment of a public view: what `readPublished` reads. What is not known of it is left out. */
export function commentOf(published: Published): string {
  const fields = (all: object): object =>
    Object.fromEntries(
      Object.entries(all).filter(([name, value]) => value !== null && (name !== 'replacedBy' || value.length > 0)),
    );
  const { kept, ...own } = published;
  return JSON.stringify({ pipec: 1, ...fields(own), ...(kept.length === 0 ? {} : { kept: kept.map(fields) }) });
}

/**
 * What a public view says of itself; null where that is not ours.
 * @param definition given where the comment outlives another definition: one that does not read our table is not ours
 */
export function readPublished(comment: string, definition: string | null = null): Published | null {
  if (!comment.startsWith('{"pipec":1,')) return null;
  const published = { ...nothing, ...(JSON.parse(comment) as Partial<Published>) };
  const { table, gone, kept } = published;
  if (gone === null && definition !== null && table !== null && !definition.includes(table)) return null;
  const { kept: _kept, gone: _gone, ...none } = nothing;
  return { ...published, kept: kept.map((one) => ({ ...none, ...one })) };
}

/** A line of the record that a target keeps of what was applied to it: all texts. */
export interface ApplyLine {
  readonly id: string;
  readonly event: 'begun' | 'done' | 'failed';
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly who: string;
  /** An `ApplyNote` as JSON where it begins, else ''. */
  readonly content: string;
}

/** What is told of it when it begins. */
export interface ApplyNote {
  readonly kind: 'apply' | 'promote' | 'rollback';
  /** The environment that it is done to; null: production. Of a promotion, the one that it comes from is `from`. */
  readonly environment: string | null;
  readonly from?: string;
  /** Fingerprint of the program. */
  readonly program: string;
  /** Digest of the plan. */
  readonly plan: string | null;
  readonly changes: readonly { readonly dataset: string; readonly change: string }[];
  /** Of a rollback: what it undoes, the oldest first. */
  readonly undoes?: readonly string[];
  /** In an environment: the code of production's datasets at that time, by name. */
  readonly base?: Readonly<Record<string, string | null>>;
}
