/**
 * Publication by view on ClickHouse (docs/decisions/0001-publication-by-view.md). There are no transactions: the definition of
 * the view is the commit, and its comment, kept in the same statement, carries the commit state. What was quarantined is
 * written before, marked with its build, and is seen through a view that looks the build up in that comment: so it becomes
 * visible at the same moment.
 */

import type { OpenEngine } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { Destination, Removed } from '../../plan.ts';
import { APPLIES, APPLY_COLUMNS } from '../apply-lines.ts';
import { names } from '../columns.ts';
import type { ApplyLine } from '../published.ts';
import { commentOf, type Move, type Place, type Published } from '../published.ts';
import { ident, qualified, subquery } from '../quote.ts';
import { GONE_SELECT, goneName, PIPEC, quarantineName, sweep, Versions } from '../versions.ts';
import { type Publication, QUARANTINE } from '../warehouse/warehouse.ts';
import { type ChConnection, chLiteral, MEANING, settingsText } from './connect.ts';
import type { Lease } from './lease.ts';

/** A comment goes with the definition that it was given with. */
export const COMMIT_STATE = `SELECT database AS "schema", name AS "view", comment, NULL AS "definition" FROM system.tables WHERE engine = 'View' AND startsWith(comment, '{"pipec":1,')`;

export const CATALOGUE = `SELECT database AS "schema", table AS "relation", name AS "column", type AS "type" FROM system.columns WHERE lower(database) NOT IN ('system', 'information_schema') ORDER BY database, table, position`;

export class ClickhousePublisher extends Versions {
  /** Makes the databases, reads what is published, drops orphans: once, before the first task. */
  async open(connection: ChConnection, { steps, warned }: Pick<OpenEngine, 'steps' | 'warned'>): Promise<void> {
    const wanted = new Set([PIPEC, ...steps.map((step) => step.into.schema)]);
    const there = await connection.query('SELECT name FROM system.databases');
    const databases = new Set(there.rows.map(([name]) => name));
    // Who may not make databases may still write into those that are there.
    for (const name of wanted)
      if (!databases.has(name)) await connection.run(`CREATE DATABASE IF NOT EXISTS ${ident(name)}`);
    const views = await connection.query(COMMIT_STATE);
    for (const [schema, view, comment] of views.rows) this.found(String(schema), String(view), String(comment));
    const tables = await connection.query(
      `SELECT name FROM system.tables WHERE database = ${chLiteral(PIPEC)} AND engine LIKE '%MergeTree'`,
    );
    const orphans = this.orphans(tables.rows.map(([name]) => String(name)));
    await sweep(orphans, (orphan) => drop(connection, orphan), warned);
  }

  /** Tables that a statement was sent to publish. */
  readonly #sent = new Set<string>();

  /**
   * Drops a table of work that failed. Not one that a view may show: where the answer to its publication was lost, the server
   * may have done it, or may still be doing it. Such a table is for the next run to sweep, or to go on from.
   */
  async dropFailed(connection: ChConnection, table: string): Promise<void> {
    if (!this.#sent.has(table)) await drop(connection, table);
  }

  async publish(connection: ChConnection, lease: Lease, publication: Publication): Promise<void> {
    const { into, version, select, quarantine, warn } = publication;
    await this.#move(connection, lease, into, this.after(into, version, select), quarantine, warn);
  }

  /** The public view moves to a version that is there already. @throws PipecError `name-taken`, `not-the-writer` */
  async place(
    connection: ChConnection,
    lease: Lease,
    move: Move,
    by: string,
    warn: Publication['warn'],
  ): Promise<void> {
    const published = this.placed(move, by);
    const { rejected } = move;
    if (rejected !== null) await lease.expect();
    // Marked with its build, they are seen once the view's comment names that.
    if (rejected !== null && published.build !== null)
      await addQuarantine(connection, move, quarantineName(rejected), published.build);
    await this.#move(connection, lease, move, published, null, warn);
  }

  /** In an environment: the public view shows production's version. */
  async share(
    connection: ChConnection,
    lease: Lease,
    into: Destination,
    published: Published,
    warn: Publication['warn'],
  ): Promise<void> {
    await this.#move(connection, lease, into, published, null, warn);
  }

  async #move(
    connection: ChConnection,
    lease: Lease,
    into: Place,
    published: Published,
    quarantine: Publication['quarantine'],
    warn: Publication['warn'],
  ): Promise<void> {
    const outlived = this.outlived(into, published);
    const before = await columnsOf(connection, into);
    await expectView(connection, into);
    await lease.expect();
    await connection.shielded(async () => {
      if (quarantine !== null) await addQuarantine(connection, into, quarantine.table, quarantine.build);
      if (published.table !== null) this.#sent.add(published.table);
      await replaceView(connection, qualified(into.schema, into.name), selectOf(published), commentOf(published));
      if (this.wasRemoved(into)) await connection.run(`DROP VIEW IF EXISTS ${qualified(PIPEC, goneName(into))}`);
      this.moved(into, published);
      if (quarantine !== null) await dropQuarantines(connection, into, quarantine.table, buildsIn(published));
      for (const table of outlived) await drop(connection, table);
    });
    if (before !== '' && before !== (await columnsOf(connection, into))) await remakeDependants(connection, into, warn);
  }

  /** Says of a version that stands what is known of it by now. @throws PipecError `not-the-writer` */
  async tell(connection: ChConnection, lease: Lease, into: Place, published: Published): Promise<void> {
    await lease.expect();
    await connection.shielded(() =>
      replaceView(connection, qualified(into.schema, into.name), selectOf(published), commentOf(published)),
    );
    this.moved(into, published);
  }

  /** The public view, which is the commit, then the tables behind it. What is left of it says so before. */
  async remove(connection: ChConnection, lease: Lease, removed: Removed, by: string, held: boolean): Promise<void> {
    await this.#leave(connection, lease, removed, this.goneAfter(removed, by, held));
  }

  /** What was kept of a dataset that was removed goes too, unless it is there again. @throws PipecError `not-the-writer` */
  async forget(connection: ChConnection, lease: Lease, removed: Removed): Promise<void> {
    if (this.wasRemoved(removed)) await this.#leave(connection, lease, removed, null);
  }

  async record(connection: ChConnection, line: ApplyLine): Promise<void> {
    const columns = APPLY_COLUMNS.map((name) => `${ident(name)} String`);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${APPLIES} (${columns.join(', ')}) ENGINE = MergeTree ORDER BY ("at", "id")`,
    );
    const values = APPLY_COLUMNS.map((name) => chLiteral(line[name]));
    await connection.run(`INSERT INTO ${APPLIES} VALUES (${values.join(', ')})`);
  }

  async #leave(connection: ChConnection, lease: Lease, removed: Removed, left: Published | null): Promise<void> {
    await lease.expect();
    await connection.shielded(async () => {
      const tables = this.outlived(removed, left);
      const gone = qualified(PIPEC, goneName(removed));
      if (left !== null) await replaceView(connection, gone, GONE_SELECT, commentOf(left));
      await connection.run(`DROP VIEW IF EXISTS ${qualified(removed.schema, removed.name)}`);
      if (left === null) await connection.run(`DROP VIEW IF EXISTS ${gone}`);
      this.removed(removed, left);
      await connection.run(`DROP VIEW IF EXISTS ${qualified(PIPEC, quarantineName(removed))}`);
      for (const table of [...tables, ...(left === null ? [`${quarantineName(removed)}__rows`] : [])])
        await drop(connection, table);
    });
  }
}

/** Of the version that stands and of those that a rollback may put back. */
const buildsIn = ({ build, kept }: Published): ReadonlySet<string | null> =>
  new Set([build, ...kept.map((one) => one.build)]);

/** A view is read in sessions of other habits: one that computes brings its own. */
function selectOf({ table, select }: Pick<Published, 'table' | 'select'>): string {
  return table === null ? `SELECT * FROM ${subquery(select ?? '')}\nSETTINGS ${settingsText(MEANING)}` : (select ?? '');
}

async function replaceView(connection: ChConnection, view: string, select: string, comment: string): Promise<void> {
  await connection.run(`CREATE OR REPLACE VIEW ${view} AS ${select}\nCOMMENT ${chLiteral(comment)}`);
}

/** Replacing a table by a view would drop its rows, without a word. @throws PipecError `name-taken` */
async function expectView(connection: ChConnection, { schema, name }: Place): Promise<void> {
  const { rows } = await connection.query(
    `SELECT engine FROM system.tables WHERE database = ${chLiteral(schema)} AND name = ${chLiteral(name)}`,
  );
  const engine = rows[0]?.[0];
  if (engine !== undefined && engine !== 'View') throw runError('name-taken', { name: `${schema}.${name}` });
}

/** Whether it is gone. Never throws. */
export async function drop(connection: ChConnection, table: string): Promise<boolean> {
  return await connection.run(`DROP TABLE IF EXISTS ${qualified(PIPEC, table)}`).then(
    () => true,
    () => false,
  );
}

const rowsTable = (into: Place): string => qualified(PIPEC, `${quarantineName(into)}__rows`);

async function addQuarantine(connection: ChConnection, into: Place, table: string, build: string): Promise<void> {
  const rows = rowsTable(into);
  const from = qualified(PIPEC, table);
  const { names: columns, types, rows: none } = await connection.query(`SELECT * FROM ${from} LIMIT 0`);
  if (none.length > 0) throw runError('internal', { why: 'a limit of no rows gave some' });
  const stored = columns.map((name, index) => `${ident(name)} ${types[index]}`);
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${rows} (${stored.join(', ')}, "build" String) ENGINE = MergeTree PARTITION BY "build" ORDER BY tuple()`,
  );
  const list = names(QUARANTINE);
  await connection.run(`INSERT INTO ${rows} (${list}, "build") SELECT ${list}, ${chLiteral(build)} FROM ${from}`);
  const current = `SELECT any(JSONExtractString("comment", 'build')) FROM system.tables WHERE "database" = ${chLiteral(into.schema)} AND "name" = ${chLiteral(into.name)}`;
  await connection.run(
    `CREATE OR REPLACE VIEW ${qualified(PIPEC, quarantineName(into))} AS SELECT ${list} FROM ${rows} WHERE "build" = (${current}) ORDER BY "file", coalesce("row", "line"), "reason"`,
  );
}

/** What no view shows any more, of killed runs too. */
async function dropQuarantines(
  connection: ChConnection,
  into: Place,
  table: string,
  builds: ReadonlySet<string | null>,
): Promise<void> {
  await drop(connection, table);
  const { rows } = await connection.query(
    `SELECT DISTINCT partition FROM system.parts WHERE active AND database = ${chLiteral(PIPEC)} AND table = ${chLiteral(`${quarantineName(into)}__rows`)}`,
  );
  for (const [partition] of rows) {
    const other = String(partition).replaceAll("'", '');
    if (!builds.has(other))
      await connection.run(`ALTER TABLE ${rowsTable(into)} DROP PARTITION ${chLiteral(other)}`).catch(() => undefined);
  }
}

/** Names and types in one text. */
async function columnsOf(
  connection: ChConnection,
  { schema, name }: Pick<Destination, 'schema' | 'name'>,
): Promise<string> {
  const { rows } = await connection.query(
    `SELECT name, type FROM system.columns WHERE database = ${chLiteral(schema)} AND table = ${chLiteral(name)} ORDER BY position`,
  );
  return rows.length === 0 ? '' : JSON.stringify(rows);
}

/** What a query gives now, as `columnsOf` has it; '' where it does not work any more. */
async function columnsIn(connection: ChConnection, select: string): Promise<string> {
  const found = await connection.query(`DESCRIBE ${subquery(select)}`).catch(() => null);
  return found === null ? '' : JSON.stringify(found.rows.map(([name, type]) => [name, type]));
}

/**
 * A view keeps the types of its creation and casts to them. Those of ours that read what has changed are made again, and
 * what reads these; one that no longer fits is made by its own task. Another's is not ours to make again: it is told.
 */
async function remakeDependants(
  connection: ChConnection,
  changed: Pick<Destination, 'schema' | 'name'>,
  warn: (message: string) => void,
  seen = new Set<string>(),
): Promise<void> {
  const read = `(^|[^a-zA-Z0-9_\`"])[\`"]?${changed.schema}[\`"]?[.][\`"]?${changed.name}[\`"]?($|[^a-zA-Z0-9_])`;
  const { rows } = await connection.query(
    `SELECT database, name, as_select, comment FROM system.tables WHERE engine = 'View' AND match(as_select, ${chLiteral(read)})`,
  );
  for (const [schema, name, select, comment] of rows) {
    const view = { schema: String(schema), name: String(name) };
    const known = `${view.schema}.${view.name}`;
    if (seen.has(known)) continue;
    seen.add(known);
    if (!String(comment).startsWith('{"pipec":1,')) {
      if ((await columnsOf(connection, view)) !== (await columnsIn(connection, String(select))))
        warn(
          `the columns of ${changed.schema}.${changed.name} have changed, and ${known}, which reads it, goes on with those of before: make that view again`,
        );
      continue;
    }
    const made = await replaceView(connection, qualified(view.schema, view.name), String(select), String(comment)).then(
      () => true,
      () => false,
    );
    if (made) await remakeDependants(connection, view, warn, seen);
  }
}
