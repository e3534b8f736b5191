/**
 * Publication by view (docs/decisions/0001-publication-by-view.md). A build is an ordinary table of `_pipec` that nobody
 * reads; after its audit one short transaction moves the public view:
 *
 *   CREATE TABLE _pipec.<name>__<fingerprint>_<build> AS …     autocommit, on the task's own connection
 *   the checks
 *   BEGIN; CREATE OR REPLACE VIEW …; COMMENT ON VIEW …; DROP the build before the last; COMMIT
 *
 * What a version was made from (its basis: code and versions of inputs) commits with it, so that a run can tell what it
 * need not make again. A kill leaves the old version or the new one, and at most an orphan, which `open` drops. The build before is kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Destination, Step } from '../../plan.ts';
import type { Connection } from './connect.ts';
import { ident, literal, qualified } from './quote.ts';

export const PIPEC = '_pipec';

/** Where the rows of one dataset that broke its contract are: those of the published version. */
export function quarantineTable(into: Destination): string {
  return qualified(PIPEC, quarantineName(into));
}
function quarantineName(into: Destination): string {
  return `quarantine__${into.schema}__${into.name}`;
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
}
const nothing: Published = {
  build: null,
  table: null,
  previous: null,
  basis: null,
  rows: null,
  run: null,
  dataset: null,
};

export interface Version {
  readonly build: string | null;
  readonly table: string | null;
  readonly rows: number | null;
  readonly run: string | null;
  /** From `basis`, asked before the inputs were read. Null: it is made again by the next run. */
  readonly basis: string | null;
}

/**
 * The commit state of one opened database is in the comments of its public views, as on ClickHouse: it commits with the
 * view, and costs half of what a row in a table does. The file's lock sees to it that one process writes it.
 */
export class Publisher {
  readonly #published = new Map<string, Published>();
  readonly #versions = new Map<string, string | null>();
  readonly #definitions = new Map<string, string>();
  #tables: ReadonlySet<string> = new Set();

  /** Makes the schemas, reads what is published, drops orphans: once, before the first task. */
  async open(connection: Connection, steps: readonly Step[]): Promise<void> {
    const schemas = new Set([PIPEC, ...steps.map((step) => step.into.schema)]);
    for (const schema of schemas) await connection.run(`CREATE SCHEMA IF NOT EXISTS ${ident(schema)}`);
    const views = await connection.rows(
      'SELECT schema_name, view_name, comment, sql FROM duckdb_views() WHERE NOT internal AND database_name = current_database() AND comment IS NOT NULL',
    );
    for (const row of views) {
      const published = readComment(String(row['comment']));
      if (published === null) continue;
      const view = `${row['schema_name']}.${row['view_name']}`;
      this.#note(view, published);
      this.#definitions.set(view, String(row['sql']));
    }
    await this.#sweep(connection);
  }

  published(into: Destination): Published {
    return this.#published.get(key(into)) ?? nothing;
  }

  /** Whether the public view, as it was when the database was opened, reads below a folder. */
  readsBelow(into: Destination, folder: string): boolean {
    return this.#definitions.get(key(into))?.includes(literal(`${folder}/`).slice(0, -1)) === true;
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

  #note(view: string, published: Published): void {
    this.#published.set(view, published);
    // A build's id names its rows; a view's rows are those of its basis.
    if (published.dataset !== null) this.#versions.set(published.dataset, published.build ?? published.basis);
  }

  /**
   * Moves the public view, with what else must be seen at the same time.
   * @param select what the view reads
   * @param also statements of the same transaction
   */
  async publish(
    connection: Connection,
    into: Destination,
    version: Version,
    select: string,
    also: readonly string[] = [],
  ): Promise<void> {
    const before = this.published(into);
    const view = qualified(into.schema, into.name);
    const { build, table, basis, rows, run } = version;
    const published: Published = { build, table, previous: before.table, basis, rows, run, dataset: into.dataset };
    const comment = {
      pipec: 1,
      ...published,
      fingerprint: into.fingerprint,
      at: new Date().toISOString(),
    };
    // One text up to COMMIT saves a third of the time; COMMIT stands alone, so that it never follows a failure.
    await connection.transaction([
      ...also,
      `CREATE OR REPLACE VIEW ${view} AS ${select}\n`,
      `COMMENT ON VIEW ${view} IS ${literal(JSON.stringify(comment))}`,
      ...(before.previous === null ? [] : [`DROP TABLE IF EXISTS ${qualified(PIPEC, before.previous)}`]),
    ]);
    this.#note(key(into), published);
  }

  /** Drops builds that no view names: what a killed run left. */
  async #sweep(connection: Connection): Promise<void> {
    const kept = new Set([...this.#published.values()].flatMap(({ table, previous }) => [table, previous]));
    const rows = await connection.rows(`SELECT table_name FROM duckdb_tables() WHERE schema_name = ${literal(PIPEC)}`);
    this.#tables = new Set(rows.map((row) => String(row['table_name'])));
    for (const name of this.#tables) {
      if (physicalPattern.test(name) && !kept.has(name)) await connection.run(`DROP TABLE ${qualified(PIPEC, name)}`);
    }
  }
}

const key = (into: Destination): string => `${into.schema}.${into.name}`;

function readComment(comment: string): Published | null {
  if (!comment.startsWith('{"pipec":1,')) return null;
  return { ...nothing, ...(JSON.parse(comment) as Partial<Published>) };
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
