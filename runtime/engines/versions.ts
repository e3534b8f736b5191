/**
 * What is published under which name, and what it was made from: the part of publication that is the same on every engine
 * (docs/decisions/0001-publication-by-view.md). The commit state is in the comment of each public view, so that it commits
 * with the view; an engine reads those comments when it is opened and writes them when it moves a view.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { StandingVersion } from '../engine.ts';
import type { KeptSpan } from '../intervals.ts';
import type { DatasetRecord, Destination, Removed, Step } from '../plan.ts';

export const PIPEC = '_pipec';

/** PostgreSQL cuts names at 63 bytes without an error, and two long ones would meet. */
const LONGEST_NAME = 60;

/** The name in `_pipec` under which the rows of one dataset that broke its contract are found: those of the published version. */
export const quarantineName = (into: Pick<Destination, 'schema' | 'name'>): string => besideName('quarantine', into);

/** The name in `_pipec` under which the rows of a log have their position, where they are in no table. */
export const logName = (into: Pick<Destination, 'schema' | 'name'>): string => besideName('log', into);

function besideName(what: string, into: Pick<Destination, 'schema' | 'name'>): string {
  const name = `${what}__${into.schema}__${into.name}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, LONGEST_NAME - 14)}__${hash}`;
}

/** A build's id: 8 characters of base 32, never used twice. */
export function newBuild(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(randomBytes(8), (byte) => alphabet[byte & 31]).join('');
}

export function physicalName(into: Destination, build: string): string {
  return `${into.name.slice(0, 30).toLowerCase()}__${into.fingerprint}_${build}`;
}
const physicalPattern = /__[0-9a-z]{12}_[a-z2-7]{8}$/;

/** A check that warned of a version. Its words and its place are the plan's, whose checks are part of the basis. */
export interface Warned {
  /** Index among the step's checks. */
  readonly check: number;
  readonly failing: number | null;
  readonly rows: number | null;
}

/** Drops what killed runs left, and tells what could not be dropped: somebody may be reading it. */
export async function sweep(
  orphans: readonly string[],
  drop: (table: string) => Promise<boolean>,
  warned: (message: string) => void,
): Promise<void> {
  const kept: string[] = [];
  for (const orphan of orphans) if (!(await drop(orphan))) kept.push(`${PIPEC}.${orphan}`);
  if (kept.length > 0)
    warned(`left by an earlier run and in use: ${kept.join(', ')}. The next run tries to remove what is left`);
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
}

/** A place in a log. Rows are numbered in the order in which they came, as long as the log is not made anew. */
export interface Reached {
  /** The build in which it was made as a whole. */
  readonly generation: string;
  readonly position: number;
}

/** What tells a file from others and its content from others of the same file, in one word each. */
export type KeptFile = `${string} ${string}`;

const nothing: Published = {
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
  done: null,
  at: null,
  log: null,
  taken: null,
  files: null,
  cursor: null,
};

export interface Version {
  readonly build: string | null;
  readonly table: string | null;
  readonly rows: number | null;
  readonly run: string | null;
  /** From `basis`, asked before the inputs were read. Null: it is made again by the next run. */
  readonly basis: string | null;
  readonly warned: readonly Warned[];
  readonly done?: readonly KeptSpan[] | null;
  readonly log?: Reached | null;
  readonly taken?: Reached | null;
  readonly files?: readonly KeptFile[] | null;
  readonly cursor?: string | null;
  /** It has the rows of the version before, and more: what these were made by, its code is. */
  readonly grown?: boolean;
}

/** The versions of one opened database, which one process at a time writes. */
export class Versions {
  readonly #published = new Map<string, Published>();
  readonly #versions = new Map<string, string | null>();
  readonly #codes = new Map<string, string | null>();
  readonly #tables = new Set<string>();

  /**
   * A public view that was found with its comment; nothing where the comment is not ours. True where it is.
   * @param definition given where the comment outlives another definition: one that does not read our table is not ours
   */
  found(schema: string, view: string, comment: string, definition: string | null = null): boolean {
    const published = readPublished(comment, definition);
    if (published === null) return false;
    this.note({ schema, name: view }, published);
    return true;
  }

  /** Takes the tables of `_pipec`; gives those that no view names: what a killed run left. */
  orphans(tables: readonly string[]): readonly string[] {
    for (const table of tables) this.#tables.add(table);
    const kept = new Set([...this.#published.values()].flatMap(({ table, previous }) => [table, previous]));
    return tables.filter((name) => physicalPattern.test(name) && !kept.has(name));
  }

  published(into: Pick<Destination, 'schema' | 'name'>): Published {
    return this.#published.get(key(into)) ?? nothing;
  }

  /**
   * What a step is about to be made from, in one text: its code and the version of each input. Null where that is not all.
   * @param files versions of the files that it reads
   */
  basis(step: Step, inputs: readonly string[] | null, files: readonly string[]): string | null {
    if (inputs === null) return null;
    const versions = inputs.map((dataset) => this.#versions.get(dataset) ?? null);
    if (versions.includes(null)) return null;
    const text = JSON.stringify([codeOf(step), inputs, versions, files]);
    return createHash('sha256').update(text).digest('hex').slice(0, 32);
  }

  /** Whether the version that stands has this basis, and is whole as far as the database can tell. */
  stands(into: Destination, basis: string | null): boolean {
    const { basis: own, table } = this.published(into);
    return basis !== null && own === basis && (table === null || this.#tables.has(table));
  }

  /** What a step that is not done again has to tell of the version that stands. */
  standing({ into, audit }: Exclude<Step, { readonly kind: 'view' }>): StandingVersion {
    const { rows, run, warned } = this.published(into);
    return {
      rows,
      run,
      warned: warned.flatMap(({ check: index, ...found }) => {
        const check = audit?.checks[index];
        return check === undefined ? [] : [{ check, passed: false, ...found, sample: [] }];
      }),
    };
  }

  /** The table behind the view, where the code that made it is still that of the program and nobody has dropped it. */
  current(into: Destination): (Published & { readonly table: string }) | null {
    const published = this.published(into);
    const { table, fingerprint } = published;
    return table !== null && fingerprint === into.fingerprint && this.#tables.has(table)
      ? { ...published, table }
      : null;
  }

  /** What is published once the view has moved to this version. A table that is changed in place has the one before it still. */
  after(into: Destination, version: Version): Published {
    const before = this.published(into);
    const previous = before.table === version.table ? before.previous : before.table;
    const { dataset, fingerprint, record = null } = into;
    const at = new Date().toISOString();
    const { done = null, log = null, taken = null, files = null, cursor = null, grown = false, ...made } = version;
    const code = grown ? before.code : this.#codeOf(into);
    return { ...made, previous, dataset, fingerprint, code, record, done, log, taken, files, cursor, at };
  }

  #codeOf({ fingerprint, record }: Destination): string | null {
    if (record === undefined) return null;
    return codeOver(fingerprint, record.reads, (read) => this.#codes.get(read) ?? null);
  }

  /** The table that no view needs any more once a view has moved to this version. */
  outlived(into: Destination, { table }: Pick<Version, 'table'>): string | null {
    const before = this.published(into);
    return before.table === table ? null : before.previous;
  }

  /** Tables behind a view that is to go. */
  tablesOf(into: Pick<Destination, 'schema' | 'name'>): readonly string[] {
    const { table, previous } = this.published(into);
    return [table, previous].filter((one) => one !== null);
  }

  /** To be called when the view is gone. */
  removed(into: Removed): void {
    this.#published.delete(key(into));
    this.#versions.delete(into.dataset);
    this.#codes.delete(into.dataset);
  }

  /** To be called when the view has moved. */
  moved(into: Pick<Destination, 'schema' | 'name'>, published: Published): void {
    if (published.table !== null) this.#tables.add(published.table);
    this.note(into, published);
  }

  /** What a public view shows. */
  protected note(into: Pick<Destination, 'schema' | 'name'>, published: Published): void {
    this.#published.set(key(into), published);
    // A build's id names its rows; a view's rows are those of its basis.
    if (published.dataset === null) return;
    this.#versions.set(published.dataset, published.build ?? published.basis);
    this.#codes.set(published.dataset, published.code);
  }
}

const key = (into: Pick<Destination, 'schema' | 'name'>): string => `${into.schema}.${into.name}`;

/**
 * What a dataset's code and that of all that it stands on come to, in one word: equal words, equal code at any distance.
 * @param codeOf of a dataset that it reads; null where its code is not known
 */
export function codeOver(
  fingerprint: string,
  reads: readonly string[],
  codeOf: (dataset: string) => string | null,
): string {
  const text = JSON.stringify([fingerprint, reads.map((read) => [read, codeOf(read)])]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The comment of a public view: what `readPublished` reads. */
export function commentOf(published: Published): string {
  return JSON.stringify({ pipec: 1, ...published });
}

/**
 * What a public view says of itself; null where that is not ours.
 * @param definition given where the comment outlives another definition: one that does not read our table is not ours
 */
export function readPublished(comment: string, definition: string | null = null): Published | null {
  if (!comment.startsWith('{"pipec":1,')) return null;
  const published = { ...nothing, ...(JSON.parse(comment) as Partial<Published>) };
  const { table } = published;
  return definition !== null && table !== null && !definition.includes(table) ? null : published;
}

/** What of a step decides its rows and checks. The fingerprint stands for the query, whose text a new compiler may change. */
function codeOf(step: Step): unknown {
  const { fingerprint, storage } = step.into;
  const checks = step.audit?.checks.map(({ at: _at, ...check }) => check) ?? [];
  const audit = [step.audit?.sql ?? null, checks];
  if (step.kind !== 'load') return [step.kind, fingerprint, storage, audit];
  const { from, columns, key, expectations, invalid, timezone } = step;
  return [step.kind, fingerprint, storage, audit, from, columns, key, expectations, invalid, timezone];
}
