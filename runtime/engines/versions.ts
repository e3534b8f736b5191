/**
 * What is published under which name, and what it was made from: the part of publication that is the same on every engine
 * (docs/decisions/0001-publication-by-view.md). The commit state is in the comment of each public view, so that it commits
 * with the view; an engine reads those comments when it is opened and writes them when it moves a view.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { StandingVersion } from '../engine.ts';
import { runError } from '../errors.ts';
import type { KeptSpan } from '../intervals.ts';
import type { Destination, Removed, SamplePlan, Step } from '../plan.ts';
import {
  type KeptFile,
  type KeptVersion,
  type Move,
  nothing,
  type Place,
  type Placed,
  PRODUCTION,
  type Published,
  type Reached,
  readPublished,
  type Scope,
  stateOf,
  tablesIn,
  type Warned,
} from './published.ts';

export const PIPEC = '_pipec';

/** PostgreSQL cuts names at 63 bytes without an error, and two long ones would meet. */
const LONGEST_NAME = 60;

/** The name in `_pipec` under which the rows of one dataset that broke its contract are found: those of the published version. */
export const quarantineName = (into: Place): string => besideName('quarantine', into);

/** The name in `_pipec` under which the rows of a log have their position, where they are in no table. */
export const logName = (into: Place): string => besideName('log', into);

/** The name in `_pipec` of what is left of a dataset that was removed: a view whose comment says what stood. */
export const goneName = (removed: Place): string => besideName('gone', removed);

/** What the view of a removed dataset reads: it is there for its comment. */
export const GONE_SELECT = 'SELECT 1 AS "gone"';

function besideName(what: string, into: Place): string {
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
  readonly #scope: Scope;
  readonly #published = new Map<string, Placed>();
  /** Of datasets that were removed: what stood. */
  readonly #gone = new Map<string, Published>();
  readonly #versions = new Map<string, string | null>();
  readonly #codes = new Map<string, string | null>();
  /** Datasets of which a sample stands, by name. */
  readonly #samples = new Map<string, SamplePlan>();
  readonly #tables = new Set<string>();
  /** Of each table, the places that name it, of removed datasets too. */
  readonly #namedAt = new Map<string, Set<string>>();

  constructor(scope: Scope = PRODUCTION) {
    this.#scope = scope;
  }

  /**
   * A public view that was found with its comment; nothing where the comment is not ours. True where it is.
   * @param definition given where the comment outlives another definition: one that does not read our table is not ours
   */
  found(schema: string, view: string, comment: string, definition: string | null = null): boolean {
    const published = readPublished(comment, definition);
    if (published === null) return false;
    if (published.gone === null) this.note({ schema, name: view }, published);
    else this.#put(published.gone, this.#gone, published);
    return true;
  }

  /** Takes the tables of `_pipec`; gives those that no view names: what a killed run left. */
  orphans(tables: readonly string[]): readonly string[] {
    for (const table of tables) this.#tables.add(table);
    return tables.filter((name) => physicalPattern.test(name) && !this.#isNamed(name));
  }

  published(into: Place): Published {
    return this.#published.get(key(into))?.published ?? nothing;
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

  /**
   * The table behind the view, where the code that made it is still that of the program and nobody has dropped it. Where this
   * is an environment, not one that another place names as well: what it does to the table, it would do to them.
   */
  current(into: Destination): (Published & { readonly table: string }) | null {
    const published = this.published(into);
    const { table, fingerprint } = published;
    if (table === null || fingerprint !== into.fingerprint || !this.#tables.has(table)) return null;
    if (this.#scope.environment !== null && this.#isNamed(table, into)) return null;
    return { ...published, table };
  }

  /** @throws PipecError `rolled-back` */
  expectFree({ dataset, schema, name, fingerprint }: Destination): void {
    if (this.#scope.applies) return;
    const standing = this.#published.get(key({ schema, name }))?.published;
    const { held, fingerprint: own } = standing ?? this.#gone.get(key({ schema, name })) ?? nothing;
    if (held !== null && (standing === undefined || own !== fingerprint))
      throw runError('rolled-back', { dataset, rollback: held });
  }

  /** That it would not be a sample that takes the place of a whole version of production's. @throws PipecError `sample-of-production` */
  expectWhole({ dataset, schema, name, sample, environment }: Destination): void {
    const standing = this.#published.get(key({ schema, name }))?.published;
    if (sample !== undefined && environment === undefined && standing?.sample === null)
      throw runError('sample-of-production', { dataset, last: sample.last });
  }

  /** Production's version of what a step of an environment makes, where the code of all that it stands on is the same. */
  shared({ into, kind }: Step): Published | null {
    if (into.environment === undefined || kind === 'view') return null;
    const production = this.published(into.environment.of);
    const { table, build } = production;
    const whole = table === null ? build !== null : this.#tables.has(table);
    return whole && production.code !== null && production.code === this.#codeOf(into) ? production : null;
  }

  /** What an environment's view says that shows production's version. */
  sharedAs(into: Destination, production: Published, select: string): Published {
    const { environment } = this.#scope;
    const { table: previous } = this.published(into);
    const { dataset, record = null } = into;
    return {
      ...nothing,
      ...production,
      dataset,
      record,
      previous,
      select,
      environment,
      beside: production.build,
      held: null,
      replacedBy: [],
      kept: [],
    };
  }

  /** What the version that stands says of itself once it is known to be as new as production's; null where it says so. */
  upToDate(into: Destination): Published | null {
    const published = this.published(into);
    const beside = this.#beside(into);
    return published.dataset === null || published.beside === beside ? null : { ...published, beside };
  }

  /**
   * What is published once the view has moved to this version. A table that is changed in place has the one before it still.
   * @param select what the view reads; null where it stays what it is
   */
  after(into: Destination, version: Version, select: string | null): Published {
    const before = this.published(into);
    const previous = before.table === version.table ? before.previous : before.table;
    const { dataset, fingerprint, record = null } = into;
    const { environment } = this.#scope;
    const at = new Date().toISOString();
    const { done = null, log = null, taken = null, files = null, cursor = null, grown = false, ...made } = version;
    const code = grown ? before.code : this.#codeOf(into);
    const sample = into.sample ?? this.#sampleBelow(record?.reads ?? []);
    const own = { ...made, previous, dataset, fingerprint, code, record, sample, done, log, taken, files, cursor, at };
    const isOther = before.fingerprint !== fingerprint || before.code !== code;
    return {
      ...own,
      select: select ?? before.select,
      environment,
      beside: this.#beside(into),
      since: isOther ? version.run : before.since,
      held: before.fingerprint === fingerprint ? before.held : null,
      replacedBy: isOther ? [] : before.replacedBy,
      kept: this.#before(into, own, version.run ?? '').slice(0, this.#scope.keep),
      gone: null,
    };
  }

  /** What is published once the view has moved to a version that is there already. @throws PipecError `target-moved`, `sample-of-production` */
  placed({ version, over, held, ...place }: Move, by: string): Published {
    const { by: replaced, ...own } = version;
    const { build, table } = this.published(place);
    if (build !== over) throw runError('target-moved', { dataset: place.dataset });
    if (own.sample !== null && this.#scope.environment === null && !held)
      throw runError('sample-of-production', { dataset: place.dataset, last: own.sample.last });
    const before = this.#before(place, own, by);
    const isOwn = (one: KeptVersion): boolean => one.build === own.build && one.select === own.select;
    const again = before.filter(isOwn).map((one) => one.by);
    return {
      ...own,
      dataset: place.dataset,
      environment: this.#scope.environment,
      previous: table === own.table ? null : table,
      beside: null,
      since: by,
      held: held ? by : null,
      replacedBy: [...new Set([...own.replacedBy, ...again, ...(replaced === null ? [] : [replaced])])],
      kept: before.filter((one) => !isOwn(one)).slice(0, this.#scope.keep),
      gone: null,
    };
  }

  /** What is left of a dataset that is removed; null where nothing of it is to come back. */
  goneAfter({ schema, name }: Removed, by: string, held: boolean): Published | null {
    const published = this.published({ schema, name });
    if (this.#scope.keep === 0 || published.select === null) return null;
    return { ...published, held: held ? by : null, gone: { schema, name, by } };
  }

  /** The versions of other code that stood here before, once another stands, the last first. */
  #before(into: Place, next: Pick<Published, 'fingerprint' | 'code'>, by: string): readonly KeptVersion[] {
    const gone = this.#gone.get(key(into)) ?? null;
    const standing = this.#published.get(key(into))?.published ?? null;
    const before = standing ?? gone;
    if (before === null) return [];
    const isOther = standing === null || before.fingerprint !== next.fingerprint || before.code !== next.code;
    const { kept, gone: was, ...version } = before;
    return isOther && before.select !== null ? [{ ...version, previous: null, by: was?.by ?? by }, ...kept] : kept;
  }

  #codeOf({ fingerprint, record }: Destination): string | null {
    if (record === undefined) return null;
    return codeOver(fingerprint, record.reads, (read) => this.#codes.get(read) ?? null);
  }

  /** Where what it reads stands as a sample, so does it, whatever the program says. */
  #sampleBelow(reads: readonly string[]): SamplePlan | null {
    const [found] = reads.flatMap((read) => this.#samples.get(read) ?? []);
    return found === undefined ? null : { last: found.last, by: null };
  }

  /** The build of production's version beside that of an environment. */
  #beside({ environment }: Destination): string | null {
    return environment === undefined ? null : this.published(environment.of).build;
  }

  /** Whether a view names a table, but for that of one place. */
  #isNamed(table: string, but: Place | null = null): boolean {
    const places = this.#namedAt.get(table);
    if (places === undefined) return false;
    return places.size > (but !== null && places.has(key(but)) ? 1 : 0);
  }

  /** Takes what a place says of itself, or that it says nothing any more, and sees to who names which table. */
  #put<T>(at: Place, into: Map<string, T>, said: T | null): void {
    const own = key(at);
    for (const table of this.tablesOf(at)) this.#namedAt.get(table)?.delete(own);
    if (said === null) into.delete(own);
    else into.set(own, said);
    for (const table of this.tablesOf(at)) {
      const places = this.#namedAt.get(table);
      if (places === undefined) this.#namedAt.set(table, new Set([own]));
      else places.add(own);
    }
  }

  /** The tables that no view needs any more once that of a place says this; null where it goes. */
  outlived(into: Place, after: Published | null): readonly string[] {
    const still = new Set(after === null ? [] : tablesIn(after));
    return this.tablesOf(into).filter((table) => !still.has(table) && !this.#isNamed(table, into));
  }

  /** Tables behind a view, those of versions before it too. */
  tablesOf(into: Place): readonly string[] {
    const gone = this.#gone.get(key(into));
    return [...new Set([...tablesIn(this.published(into)), ...(gone === undefined ? [] : tablesIn(gone))])];
  }

  /** Whether something is left of a dataset that stood here and was removed. */
  wasRemoved(into: Place): boolean {
    return this.#gone.has(key(into));
  }

  /** To be called when the view is gone. */
  removed(into: Removed, left: Published | null): void {
    this.#put(into, this.#published, null);
    this.#versions.delete(into.dataset);
    this.#codes.delete(into.dataset);
    this.#samples.delete(into.dataset);
    this.#put(into, this.#gone, left);
  }

  /** To be called when the view has moved, or what it says is another. */
  moved(into: Place, published: Published): void {
    for (const { place, published: same } of this.sharing(into, published)) this.note(place, same);
    if (published.table !== null) this.#tables.add(published.table);
    this.#put(into, this.#gone, null);
    this.note(into, published);
  }

  /** What views elsewhere say, once the table that they share with this one has changed. */
  sharing(into: Place, published: Published): readonly Placed[] {
    const { table } = published;
    if (table === null) return [];
    const state = stateOf(published);
    return [...(this.#namedAt.get(table) ?? [])].flatMap((at) => {
      const there = this.#published.get(at);
      if (at === key(into) || there === undefined) return [];
      const { place, published: other } = there;
      if (other.table !== table || JSON.stringify(stateOf(other)) === JSON.stringify(state)) return [];
      const beside = other.beside === other.build ? published.build : other.beside;
      return [{ place, published: { ...other, ...state, beside } }];
    });
  }

  /** What a public view shows. */
  protected note(place: Place, published: Published): void {
    const { schema, name } = place;
    this.#put(place, this.#published, { place: { schema, name }, published });
    // A build's id names its rows; a view's rows are those of its basis.
    if (published.dataset === null || published.environment !== this.#scope.environment) return;
    this.#versions.set(published.dataset, published.build ?? published.basis);
    this.#codes.set(published.dataset, published.code);
    if (published.sample === null) this.#samples.delete(published.dataset);
    else this.#samples.set(published.dataset, published.sample);
  }
}

const key = (into: Place): string => `${into.schema}.${into.name}`;

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

/** What of a step decides its rows and checks. The fingerprint stands for the query, whose text a new compiler may change. */
function codeOf(step: Step): unknown {
  const { fingerprint, storage } = step.into;
  const checks = step.audit?.checks.map(({ at: _at, ...check }) => check) ?? [];
  const audit = [step.audit?.sql ?? null, checks];
  if (step.kind !== 'load') return [step.kind, fingerprint, storage, audit];
  const { from, columns, key, expectations, invalid, timezone } = step;
  return [step.kind, fingerprint, storage, audit, from, columns, key, expectations, invalid, timezone];
}
