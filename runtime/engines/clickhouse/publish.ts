/**
 * Publication by view on ClickHouse (docs/decisions/0001-publication-by-view.md). There are no transactions: the definition of
 * the view is the commit, and its comment, kept in the same statement, carries the commit state. What was quarantined is
 * written before, marked with its build, and is seen through a view that looks the build up in that comment: so it becomes
 * visible at the same moment.
 */

import type { OpenEngine } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { Destination, Removed } from '../../plan.ts';
import { names } from '../columns.ts';
import { ident, qualified, subquery } from '../quote.ts';
import { commentOf, PIPEC, quarantineName, sweep, Versions } from '../versions.ts';
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
    const { into, version, quarantine, warn } = publication;
    const published = this.after(into, version);
    const outlived = this.outlived(into, version);
    const before = await columnsOf(connection, into);
    await expectView(connection, into);
    await lease.expect();
    await connection.shielded(async () => {
      if (quarantine !== null) await addQuarantine(connection, into, quarantine.table, quarantine.build);
      if (version.table !== null) this.#sent.add(version.table);
      await replaceView(connection, qualified(into.schema, into.name), selectOf(publication), commentOf(published));
      this.moved(into, published);
      if (quarantine !== null) await dropQuarantines(connection, into, quarantine.table, quarantine.build);
      if (outlived !== null) await drop(connection, outlived);
    });
    if (before !== '' && before !== (await columnsOf(connection, into))) await remakeDependants(connection, into, warn);
  }

  /** The public view, which is the commit, then the tables behind it. */
  async remove(connection: ChConnection, lease: Lease, removed: Removed): Promise<void> {
    await lease.expect();
    await connection.shielded(async () => {
      await connection.run(`DROP VIEW IF EXISTS ${qualified(removed.schema, removed.name)}`);
      const tables = this.tablesOf(removed);
      this.removed(removed);
      await connection.run(`DROP VIEW IF EXISTS ${qualified(PIPEC, quarantineName(removed))}`);
      for (const table of [...tables, `${quarantineName(removed)}__rows`]) await drop(connection, table);
    });
  }
}

/** A view is read in sessions of other habits: one that computes brings its own. */
function selectOf({ version, select }: Publication): string {
  return version.table === null ? `SELECT * FROM ${subquery(select)}\nSETTINGS ${settingsText(MEANING)}` : select;
}

async function replaceView(connection: ChConnection, view: string, select: string, comment: string): Promise<void> {
  await connection.run(`CREATE OR REPLACE VIEW ${view} AS ${select}\nCOMMENT ${chLiteral(comment)}`);
}

/** Replacing a table by a view would drop its rows, without a word. @throws PipecError `name-taken` */
async function expectView(connection: ChConnection, { schema, name }: Destination): Promise<void> {
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

const rowsTable = (into: Destination): string => qualified(PIPEC, `${quarantineName(into)}__rows`);

async function addQuarantine(connection: ChConnection, into: Destination, table: string, build: string): Promise<void> {
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
  into: Destination,
  table: string,
  build: string,
): Promise<void> {
  await drop(connection, table);
  const { rows } = await connection.query(
    `SELECT DISTINCT partition FROM system.parts WHERE active AND database = ${chLiteral(PIPEC)} AND table = ${chLiteral(`${quarantineName(into)}__rows`)}`,
  );
  for (const [partition] of rows) {
    const other = String(partition).replaceAll("'", '');
    if (other !== build)
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
