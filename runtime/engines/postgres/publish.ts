/**
 * Publication by view on PostgreSQL (docs/decisions/0001-publication-by-view.md): one short transaction moves the view, with
 * the quarantine of a load and the commit state in the view's comment. It writes the writer's row first, so that of two
 * runs that both think they write this database only the later one commits.
 *
 * CREATE OR REPLACE VIEW keeps grants and dependants while columns only grow. Where a column changes in type, goes or
 * moves, the view is dropped and made anew in the same transaction, and so is what depends on it, with grants and comments.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenEngine } from '../../engine.ts';
import { PipecError, runError } from '../../errors.ts';
import type { Removed } from '../../plan.ts';
import { ident, literal, qualified } from '../quote.ts';
import { commentOf, PIPEC, type Published, quarantineName, sweep, Versions } from '../versions.ts';
import type { Publication } from '../warehouse/warehouse.ts';
import type { PgConnection, PgQuery } from './connect.ts';
import { sqlState } from './failures.ts';

/** Readers with an open transaction hold the view. Waiting longer would make readers after it wait as well. */
const LOCK_TIMEOUT = '2s';
const TRIES = 10;
/** True, and in the statement that begins a transaction it costs no way to the server and back. */
const SHORT_WAITS = `set_config('lock_timeout', '${LOCK_TIMEOUT}', true) IS NOT NULL`;

export const COMMIT_STATE = `SELECT n.nspname AS "schema", c.relname AS "view", d.description AS "comment", pg_catalog.pg_get_viewdef(c.oid) AS "definition" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0 WHERE c.relkind = 'v' AND d.description LIKE '{"pipec":1,%'`;

export const CATALOGUE = `SELECT n.nspname AS "schema", c.relname AS "relation", a.attname AS "column", pg_catalog.format_type(a.atttypid, a.atttypmod) AS "type" FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY n.nspname, c.relname, a.attnum`;

const WRITER = qualified(PIPEC, 'writer');

export class PostgresPublisher extends Versions {
  #epoch = '0';

  /** Makes the schemas, becomes the writer, reads what is published, drops orphans: once, before the first task. */
  async open(
    connection: PgConnection,
    { steps, run, warned }: Pick<OpenEngine, 'steps' | 'run' | 'warned'>,
  ): Promise<void> {
    const { query } = connection;
    const wanted = new Set([PIPEC, ...steps.map((step) => step.into.schema)]);
    const there = await query('SELECT nspname FROM pg_catalog.pg_namespace');
    const schemas = new Set(there.rows.map(([name]) => name));
    // Who may not make schemas may still write into those that are there.
    for (const schema of wanted) if (!schemas.has(schema)) await query(`CREATE SCHEMA IF NOT EXISTS ${ident(schema)}`);
    await query(
      `CREATE TABLE IF NOT EXISTS ${WRITER} ("only" boolean PRIMARY KEY CHECK ("only"), "epoch" bigint NOT NULL, "run" text NOT NULL, "at" timestamptz NOT NULL)`,
    );
    const writer = await query(
      `INSERT INTO ${WRITER} AS w VALUES (true, 1, ${literal(run)}, now()) ON CONFLICT ("only") DO UPDATE SET "epoch" = w."epoch" + 1, "run" = excluded."run", "at" = now() RETURNING "epoch"`,
    );
    this.#epoch = writer.rows[0]?.[0] ?? '';
    const views = await query(COMMIT_STATE);
    for (const [schema, view, comment, definition] of views.rows)
      this.found(schema ?? '', view ?? '', comment ?? '', definition ?? '');
    const tables = await query(
      `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = ${literal(PIPEC)}`,
    );
    const orphans = this.orphans(tables.rows.map(([name]) => name ?? ''));
    await sweep(orphans, (orphan) => drop(connection, orphan), warned);
  }

  async publish(connection: PgConnection, publication: Publication): Promise<void> {
    const { into, version } = publication;
    const published = this.after(into, version);
    const outlived = this.outlived(into, version);
    let move = replaceView;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await connection.transaction((query) => this.#publishIn(query, publication, published, move));
        break;
      } catch (failure) {
        if (sqlState(failure) === '42P16' && move === replaceView) {
          move = remakeView;
          continue;
        }
        if (sqlState(failure) !== '55P03' || attempt === TRIES) throw failure;
        await sleep(100 * attempt);
      }
    }
    this.moved(into, published);
    // A reader may still be in it: then it goes at the next run.
    if (outlived !== null) await drop(connection, outlived);
  }

  /** @throws PipecError `not-the-writer`, `name-taken`, `view-in-use` */
  async #publishIn(
    query: PgQuery,
    { into, select, quarantine }: Publication,
    published: Published,
    move: typeof replaceView,
  ): Promise<void> {
    await this.#write(query);
    if (quarantine !== null) {
      const name = quarantineName(into);
      await query(`DROP TABLE IF EXISTS ${qualified(PIPEC, name)}`);
      await query(`ALTER TABLE ${qualified(PIPEC, quarantine.table)} RENAME TO ${ident(name)}`);
    }
    await move(query, into.schema, into.name, select);
    await query(`COMMENT ON VIEW ${qualified(into.schema, into.name)} IS ${literal(commentOf(published))}`);
  }

  /**
   * What a table says of itself that has been changed in place, in the transaction that changes it. The view stays as it is, so
   * that no reader is waited for, and so does the table of rejected rows, which get those of another.
   * @throws PipecError `not-the-writer`
   */
  async commitIn(query: PgQuery, { into, quarantine }: Publication, published: Published): Promise<void> {
    await this.#write(query);
    if (quarantine !== null) {
      const [own, other] = [qualified(PIPEC, quarantineName(into)), qualified(PIPEC, quarantine.table)];
      await query(`DELETE FROM ${own}`);
      await query(`INSERT INTO ${own} SELECT * FROM ${other}`);
      await query(`DROP TABLE ${other}`);
    }
    await query(`COMMENT ON VIEW ${qualified(into.schema, into.name)} IS ${literal(commentOf(published))}`);
  }

  /** The public view and what was quarantined in one transaction, then the tables. @throws PipecError `not-the-writer`, `view-in-use` */
  async remove(connection: PgConnection, removed: Removed): Promise<void> {
    const { schema, name } = removed;
    const view = qualified(schema, name);
    await connection.transaction(async (query) => {
      await this.#write(query);
      const { rows } = await query(`SELECT to_regclass(${literal(view)}) IS NOT NULL`);
      if (rows[0]?.[0] !== 't') return;
      const [dependant] = await dependantsOf(query, schema, name);
      if (dependant !== undefined) throw runError('view-in-use', { view, dependant: dependant.relation });
      await query(`DROP VIEW ${view}`);
      await query(`DROP TABLE IF EXISTS ${qualified(PIPEC, quarantineName(removed))}`);
    });
    const tables = this.tablesOf(removed);
    this.removed(removed);
    for (const table of tables) await drop(connection, table);
  }

  /** From here on locks are waited for shortly. @throws PipecError `not-the-writer` */
  async #write(query: PgQuery): Promise<void> {
    const { count } = await query(
      `UPDATE ${WRITER} SET "at" = now() WHERE "epoch" = ${this.#epoch} AND ${SHORT_WAITS}`,
    );
    if (count !== 1) throw runError('not-the-writer', {});
  }
}

/** Whether it is gone. Never throws. */
export async function drop(connection: PgConnection, table: string): Promise<boolean> {
  return await connection
    .transaction(async (query) => {
      await query(`SELECT ${SHORT_WAITS}`);
      await query(`DROP TABLE IF EXISTS ${qualified(PIPEC, table)}`);
      return true;
    })
    .catch(() => false);
}

/** @throws PipecError `name-taken`, and what PostgreSQL says of other columns than before (42P16) */
async function replaceView(query: PgQuery, schema: string, name: string, select: string): Promise<void> {
  try {
    await query(`CREATE OR REPLACE VIEW ${qualified(schema, name)} AS ${select}\n`);
  } catch (failure) {
    throw sqlState(failure) === '42809' ? runError('name-taken', { name: `${schema}.${name}` }) : failure;
  }
}

/** Where columns change in type, go or move. @throws PipecError `view-in-use` */
async function remakeView(query: PgQuery, schema: string, name: string, select: string): Promise<void> {
  const view = qualified(schema, name);
  const dependants = await dependantsOf(query, schema, name);
  const grants = await grantsOn(query, schema, name);
  for (const { relation } of [...dependants].reverse()) await query(`DROP VIEW ${relation}`);
  await query(`DROP VIEW ${view}`);
  await query(`CREATE VIEW ${view} AS ${select}\n`);
  for (const grant of grants) await query(grant);
  for (const dependant of dependants) await remake(query, dependant, view);
}

interface Dependant {
  readonly relation: string;
  readonly definition: string;
  readonly comment: string | null;
  readonly ours: boolean;
  readonly grants: readonly string[];
}

/**
 * A dependant of our own that no longer fits is left out: its own task makes it again from the program. Another's is not
 * ours to drop.
 */
async function remake(query: PgQuery, dependant: Dependant, view: string): Promise<void> {
  await query('SAVEPOINT remaking');
  try {
    await query(`CREATE VIEW ${dependant.relation} AS ${dependant.definition}`);
  } catch (failure) {
    if (!(failure instanceof PipecError) || !dependant.ours)
      throw runError('view-in-use', { view, dependant: dependant.relation });
    await query('ROLLBACK TO SAVEPOINT remaking');
    return;
  }
  if (dependant.comment !== null) await query(`COMMENT ON VIEW ${dependant.relation} IS ${literal(dependant.comment)}`);
  for (const grant of dependant.grants) await query(grant);
}

/**
 * Views over a view, and over those, each after what it reads.
 * @throws PipecError `view-in-use` for what cannot be made again from its definition alone
 */
async function dependantsOf(query: PgQuery, schema: string, name: string): Promise<readonly Dependant[]> {
  const { rows } = await query(`WITH RECURSIVE below AS (
  SELECT ${literal(qualified(schema, name))}::regclass::oid AS oid, 0 AS depth
  UNION
  SELECT r.ev_class, b.depth + 1 FROM below b
  JOIN pg_catalog.pg_depend d ON d.refobjid = b.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.classid = 'pg_catalog.pg_rewrite'::regclass
  JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
  WHERE r.ev_class <> b.oid AND b.depth < 50
)
SELECT n.nspname, c.relname, c.relkind, pg_catalog.pg_get_viewdef(c.oid), pg_catalog.obj_description(c.oid, 'pg_class')
FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE b.depth > 0 GROUP BY n.nspname, c.relname, c.relkind, c.oid ORDER BY max(b.depth)`);
  const dependants: Dependant[] = [];
  for (const [of = '', view = '', kind, definition = '', comment = null] of rows) {
    const relation = qualified(of ?? '', view ?? '');
    if (kind !== 'v') throw runError('view-in-use', { view: qualified(schema, name), dependant: relation });
    dependants.push({
      relation,
      definition: definition ?? '',
      comment,
      ours: comment?.startsWith('{"pipec":1,') === true,
      grants: await grantsOn(query, of ?? '', view ?? ''),
    });
  }
  return dependants;
}

/** What others were allowed, as statements. */
async function grantsOn(query: PgQuery, schema: string, name: string): Promise<readonly string[]> {
  const view = qualified(schema, name);
  const { rows } = await query(
    `SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.is_grantable FROM pg_catalog.pg_class c, LATERAL pg_catalog.aclexplode(c.relacl) a WHERE c.oid = ${literal(view)}::regclass AND a.grantee <> c.relowner`,
  );
  return rows.map(
    ([privilege, grantee, grantable]) =>
      `GRANT ${privilege} ON ${view} TO ${grantee}${grantable === 't' ? ' WITH GRANT OPTION' : ''}`,
  );
}
