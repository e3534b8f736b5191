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

import type { OpenEngine } from '../../engine.ts';
import { PipecError, runError } from '../../errors.ts';
import type { Destination, Removed } from '../../plan.ts';
import { APPLIES, APPLY_COLUMNS } from '../apply-lines.ts';
import type { ApplyLine } from '../published.ts';
import { commentOf, type Move, type Place, type Published } from '../published.ts';
import { ident, literal, qualified } from '../quote.ts';
import { GONE_SELECT, goneName, PIPEC, quarantineName, sweep, type Version, Versions } from '../versions.ts';
import type { Connection } from './connect.ts';

/** Where the rows of one dataset that broke its contract are: those of the published version. */
export function quarantineTable(into: Destination): string {
  return qualified(PIPEC, quarantineName(into));
}

export const COMMIT_STATE =
  'SELECT schema_name AS "schema", view_name AS "view", comment, sql AS definition FROM duckdb_views() WHERE NOT internal AND database_name = current_database() AND comment IS NOT NULL';

export const CATALOGUE =
  'SELECT schema_name AS "schema", table_name AS "relation", column_name AS "column", data_type AS "type" FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, table_name, column_index';

/** Something that is no view may have the public name. */
async function namingTaken<T>({ schema, name }: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    const isTaken =
      failure instanceof PipecError && /^Catalog Error: Existing object .* is of type/.test(failure.engine ?? '');
    throw isTaken ? runError('name-taken', { name: `${schema}.${name}` }) : failure;
  }
}

/** A comment costs half of what a row in a table does. The file's lock sees to it that one process writes it. */
export class Publisher extends Versions {
  readonly #definitions = new Map<string, string>();

  /** Makes the schemas, reads what is published, drops orphans: once, before the first task. */
  async open(connection: Connection, { steps, warned }: Pick<OpenEngine, 'steps' | 'warned'>): Promise<void> {
    const schemas = new Set([PIPEC, ...steps.map((step) => step.into.schema)]);
    for (const schema of schemas) await connection.run(`CREATE SCHEMA IF NOT EXISTS ${ident(schema)}`);
    for (const row of await connection.rows(COMMIT_STATE)) {
      const [schema, view] = [String(row['schema']), String(row['view'])];
      if (this.found(schema, view, String(row['comment'])))
        this.#definitions.set(`${schema}.${view}`, String(row['definition']));
    }
    const tables = await connection.rows(
      `SELECT table_name FROM duckdb_tables() WHERE schema_name = ${literal(PIPEC)}`,
    );
    const orphans = this.orphans(tables.map((row) => String(row['table_name'])));
    const drop = (orphan: string): Promise<boolean> =>
      connection.run(`DROP TABLE ${qualified(PIPEC, orphan)}`).then(
        () => true,
        () => false,
      );
    await sweep(orphans, drop, warned);
  }

  /** Whether the public view, as it was when the database was opened, reads below a folder. */
  readsBelow(into: Destination, folder: string): boolean {
    const definition = this.#definitions.get(`${into.schema}.${into.name}`);
    return definition?.includes(literal(`${folder}/`).slice(0, -1)) === true;
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
    await this.move(connection, into, this.after(into, version, select), also);
  }

  /** The public view moves to a version that is there already. @throws PipecError `name-taken` */
  async place(connection: Connection, move: Move, by: string): Promise<void> {
    await this.move(connection, move, this.placed(move, by), rejectedOf(move));
  }

  /** The public view moves, with what else must be seen at the same time. @throws PipecError `name-taken` */
  async move(connection: Connection, into: Place, published: Published, also: readonly string[] = []): Promise<void> {
    await namingTaken(into, () => connection.transaction([...also, ...this.#moves(into, published)]));
    this.moved(into, published);
  }

  /** As `move`, in the transaction of the work that makes the version; where it gives none, only that commits. */
  async moving<T extends { readonly moved: Published | null }>(
    connection: Connection,
    into: Place,
    work: () => Promise<T>,
  ): Promise<T> {
    const done = await namingTaken(into, () =>
      connection.within(work, ({ moved }) => (moved === null ? [] : this.#moves(into, moved))),
    );
    if (done.moved !== null) this.moved(into, done.moved);
    return done;
  }

  #moves(into: Place, published: Published): readonly string[] {
    return [
      `CREATE OR REPLACE VIEW ${qualified(into.schema, into.name)} AS ${published.select}\n`,
      ...this.commits(into, published),
      ...(this.wasRemoved(into) ? [`DROP VIEW IF EXISTS ${qualified(PIPEC, goneName(into))}`] : []),
      ...this.outlived(into, published).map((table) => `DROP TABLE IF EXISTS ${qualified(PIPEC, table)}`),
    ];
  }

  /** The public view goes in one transaction with what nothing needs any more. */
  async remove(connection: Connection, removed: Removed, by: string, held: boolean): Promise<void> {
    await this.#leave(connection, removed, this.goneAfter(removed, by, held));
  }

  /** What was kept of a dataset that was removed goes too, unless it is there again. */
  async forget(connection: Connection, removed: Removed): Promise<void> {
    if (this.wasRemoved(removed)) await this.#leave(connection, removed, null);
  }

  async #leave(connection: Connection, removed: Removed, left: Published | null): Promise<void> {
    const { schema, name } = removed;
    const gone = qualified(PIPEC, goneName(removed));
    const tables = [...this.outlived(removed, left), quarantineName(removed)];
    await connection.transaction([
      `DROP VIEW IF EXISTS ${qualified(schema, name)}`,
      ...(left === null
        ? [`DROP VIEW IF EXISTS ${gone}`]
        : [
            `CREATE OR REPLACE VIEW ${gone} AS ${GONE_SELECT}`,
            `COMMENT ON VIEW ${gone} IS ${literal(commentOf(left))}`,
          ]),
      ...tables.map((table) => `DROP TABLE IF EXISTS ${qualified(PIPEC, table)}`),
    ]);
    this.removed(removed, left);
  }

  async record(connection: Connection, line: ApplyLine): Promise<void> {
    const columns = APPLY_COLUMNS.map((name) => `${ident(name)} VARCHAR NOT NULL`);
    await connection.run(`CREATE TABLE IF NOT EXISTS ${APPLIES} (${columns.join(', ')})`);
    await connection.run(
      `INSERT INTO ${APPLIES} VALUES (${APPLY_COLUMNS.map((name) => literal(line[name])).join(', ')})`,
    );
  }

  /** What tables that have been changed in place say of themselves, for the transaction that changes them. */
  commits(into: Place, published: Published): readonly string[] {
    return [{ place: into, published }, ...this.sharing(into, published)].map(
      ({ place, published: said }) =>
        `COMMENT ON VIEW ${qualified(place.schema, place.name)} IS ${literal(commentOf(said))}`,
    );
  }

  /** Says of a version that stands what is known of it by now. */
  async tell(connection: Connection, into: Place, published: Published): Promise<void> {
    for (const statement of this.commits(into, published)) await connection.run(statement);
    this.moved(into, published);
  }
}

/** The rejected rows of a source go with the version that they were rejected for. */
function rejectedOf(move: Move): readonly string[] {
  const [own, other] = [move, move.rejected].map((place) =>
    place === null ? '' : qualified(PIPEC, quarantineName(place)),
  );
  return move.rejected === null ? [] : [`CREATE OR REPLACE TABLE ${own} AS SELECT * FROM ${other}`];
}
