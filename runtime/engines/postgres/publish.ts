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
import type { Destination, Removed } from '../../plan.ts';
import { APPLIES, APPLY_COLUMNS } from '../apply-lines.ts';
import type { ApplyLine } from '../published.ts';
import { commentOf, type Move, type Place, type Published } from '../published.ts';
import { ident, literal, qualified } from '../quote.ts';
import { GONE_SELECT, goneName, newBuild, PIPEC, quarantineName, sweep, Versions } from '../versions.ts';
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

  async publish(connection: PgConnection, { into, version, select, quarantine }: Publication): Promise<void> {
    await this.#move(connection, into, this.after(into, version, select), quarantine);
  }

  /** The public view moves to a version that is there already. @throws PipecError `name-taken`, `view-in-use` */
  async place(connection: PgConnection, move: Move, by: string): Promise<void> {
    const published = this.placed(move, by);
    const { rejected } = move;
    // It is made before, and takes the place of the one that is there when the view moves.
    const table = rejected === null ? null : `rejected_${newBuild()}`;
    if (rejected !== null && table !== null)
      await connection.query(
        `CREATE TABLE ${qualified(PIPEC, table)} AS SELECT * FROM ${qualified(PIPEC, quarantineName(rejected))}`,
      );
    await this.#move(connection, move, published, table === null ? null : { table, build: published.build ?? '' });
  }

  async record(connection: PgConnection, line: ApplyLine): Promise<void> {
    const columns = APPLY_COLUMNS.map((name) => `${ident(name)} text NOT NULL`);
    await connection.query(`CREATE TABLE IF NOT EXISTS ${APPLIES} (${columns.join(', ')})`);
    const values = APPLY_COLUMNS.map((name) => literal(line[name]));
    await connection.query(`INSERT INTO ${APPLIES} VALUES (${values.join(', ')})`);
  }

  /** In an environment: the public view shows production's version. */
  async share(connection: PgConnection, into: Destination, published: Published): Promise<void> {
    await this.#move(connection, into, published, null);
  }

  async #move(
    connection: PgConnection,
    into: Place,
    published: Published,
    quarantine: Publication['quarantine'],
  ): Promise<void> {
    const outlived = this.outlived(into, published);
    let move = replaceView;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await connection.transaction((query) => this.#moveIn(query, into, published, quarantine, move));
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
    for (const table of outlived) await drop(connection, table);
  }

  /** @throws PipecError `not-the-writer`, `name-taken`, `view-in-use` */
  async #moveIn(
    query: PgQuery,
    into: Place,
    published: Published,
    quarantine: Publication['quarantine'],
    move: typeof replaceView,
  ): Promise<void> {
    await this.#write(query);
    if (quarantine !== null) {
      const name = quarantineName(into);
      await query(`DROP TABLE IF EXISTS ${qualified(PIPEC, name)}`);
      await query(`ALTER TABLE ${qualified(PIPEC, quarantine.table)} RENAME TO ${ident(name)}`);
    }
    await move(query, into.schema, into.name, published.select ?? '');
    if (this.wasRemoved(into)) await query(`DROP VIEW IF EXISTS ${qualified(PIPEC, goneName(into))}`);
    await this.#comment(query, into, published);
  }

  /** What a view says of itself, and others that show the same table. */
  async #comment(query: PgQuery, into: Place, published: Published): Promise<void> {
    for (const { place, published: said } of [{ place: into, published }, ...this.sharing(into, published)])
      await query(`COMMENT ON VIEW ${qualified(place.schema, place.name)} IS ${literal(commentOf(said))}`);
  }

  /** Says of a version that stands what is known of it by now. @throws PipecError `not-the-writer` */
  async tell(connection: PgConnection, into: Place, published: Published): Promise<void> {
    await connection.transaction(async (query) => {
      await this.#write(query);
      await this.#comment(query, into, published);
    });
    this.moved(into, published);
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
    await this.#comment(query, into, published);
  }

  /** The public view and what was quarantined in one transaction, then the tables. @throws PipecError `not-the-writer`, `view-in-use` */
  async remove(connection: PgConnection, removed: Removed, by: string, held: boolean): Promise<void> {
    await this.#leave(connection, removed, this.goneAfter(removed, by, held));
  }

  /** What was kept of a dataset that was removed goes too, unless it is there again. @throws PipecError `not-the-writer` */
  async forget(connection: PgConnection, removed: Removed): Promise<void> {
    if (this.wasRemoved(removed)) await this.#leave(connection, removed, null);
  }

  async #leave(connection: PgConnection, removed: Removed, left: Published | null): Promise<void> {
    const { schema, name } = removed;
    const view = qualified(schema, name);
    const gone = qualified(PIPEC, goneName(removed));
    const tables = this.outlived(removed, left);
    await connection.transaction(async (query) => {
      await this.#write(query);
      const { rows } = await query(`SELECT to_regclass(${literal(view)}) IS NOT NULL`);
      const [dependant] = rows[0]?.[0] === 't' ? await dependantsOf(query, schema, name) : [];
      if (dependant !== undefined) throw runError('view-in-use', { view, dependant: dependant.relation });
      await query(`DROP VIEW IF EXISTS ${view}`);
      await query(`DROP TABLE IF EXISTS ${qualified(PIPEC, quarantineName(removed))}`);
      if (left === null) await query(`DROP VIEW IF EXISTS ${gone}`);
      else {
        await query(`CREATE OR REPLACE VIEW ${gone} AS ${GONE_SELECT}`);
        await query(`COMMENT ON VIEW ${gone} IS ${literal(commentOf(left))}`);
      }
    });
    this.removed(removed, left);
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
