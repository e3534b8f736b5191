/** PostgreSQL: a server, or PGlite inside this process. What differs between the two is in `postgres/`. */

import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  type Engine,
  type EngineKind,
  type EngineReader,
  type Holder,
  holderText,
  type OpenEngine,
  type ReadEngine,
} from '../engine.ts';
import { runError } from '../errors.ts';
import type { EnginePlan, IncrementPlan, LoadType } from '../plan.ts';
import type { Asks } from './audit.ts';
import { names, type StoredColumn } from './columns.ts';
import { Lakes } from './duckdb/lake.ts';
import { POSITION, upsertKey } from './increments/follow.ts';
import { Mover } from './mover.ts';
import { finite, isFloat } from './overflow.ts';
import { embeddedPath, MEMORY } from './place.ts';
import { binaryCopy } from './postgres/binary.ts';
import type { PgConnection, PgDatabase, PgQuery } from './postgres/connect.ts';
import { openEmbedded } from './postgres/embedded.ts';
import { sqlState } from './postgres/failures.ts';
import { forms } from './postgres/forms.ts';
import { CATALOGUE, COMMIT_STATE, drop, PostgresPublisher } from './postgres/publish.ts';
import { columnsOf } from './postgres/reader.ts';
import { openServer } from './postgres/server.ts';
import { converter } from './postgres/values.ts';
import { ident, literal, qualified, subquery } from './quote.ts';
import { NO_WAIT, takeTurn } from './turn.ts';
import { PIPEC } from './versions.ts';
import { warehouseSession } from './warehouse/session.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

type PostgresPlan = Extract<EnginePlan, { readonly kind: 'postgres' }>;

export const postgres: EngineKind<PostgresPlan> = {
  commitState: COMMIT_STATE,
  catalogue: CATALOGUE,
  forms,
  heldPath: (folder, { place }, texts) => embeddedPath(folder, place, texts),
  open,
  read,
};

async function read({ folder, plan: { place }, texts }: ReadEngine<PostgresPlan>): Promise<EngineReader> {
  const path = embeddedPath(folder, place, texts);
  if (path !== null && !existsSync(path)) throw runError('database-missing', { path });
  const database =
    place.kind === 'server'
      ? openServer(texts.valueOf(place.url), 'pipec')
      : await openEmbedded(path ?? MEMORY, folder, { nameHolder: holderText, ...NO_WAIT });
  const reader = await readerOf(database);
  return {
    ...reader,
    async close() {
      await reader.close();
      await database.close();
    },
  };
}

async function readerOf(database: PgDatabase): Promise<EngineReader> {
  const connection = await database.connect();
  return {
    query: (sql, limit) => connection.read(sql, limit),
    interrupt: () => connection.interrupt(),
    close: () => connection.close(),
  };
}

async function open(options: OpenEngine<PostgresPlan>): Promise<Engine> {
  const { folder, plan, texts, run, steps } = options;
  const { place } = plan;
  const database =
    place.kind === 'server'
      ? openServer(texts.valueOf(place.url), applicationName(run))
      : await openEmbedded(embeddedPath(folder, place, texts) ?? MEMORY, folder, options);
  const publisher = new PostgresPublisher(options.scope);
  const mover = new Mover(folder);
  const lakes = new Lakes(folder, texts);
  // It holds the lock as long as it is open.
  let first: PgConnection | null = null;
  const close = async (): Promise<void> => {
    await mover.close();
    await first?.close();
    await database.close();
  };
  try {
    const connection = await database.connect();
    first = connection;
    if (place.kind === 'server') await takeTurn(database.place, options, () => tryLock(connection));
    await publisher.open(connection, options);
    await lakes.recoverFiles(
      () => mover.connect(),
      steps,
      (into) => publisher.published(into),
    );
  } catch (failure) {
    await close();
    throw failure;
  }
  return {
    kind: 'postgres',
    session: async () =>
      warehouseSession(warehouse(await connected(database, options.began), publisher), {
        versions: publisher,
        mover,
        lakes,
        folder,
      }),
    reader: () => readerOf(database),
    close,
  };
}

/** A connection in which `now()` is the instant at which the run began. */
async function connected(database: PgDatabase, began: string): Promise<PgConnection> {
  const connection = await database.connect();
  await connection.query(`SET pipec.run_began = ${literal(began)}`);
  return connection;
}

/** PostgreSQL cuts it at 63 bytes. */
const applicationName = (run: string): string =>
  `pipec run ${run} (process ${process.pid} on ${hostname()})`.slice(0, 63);

/** One run at a time writes a database. The lock goes with the connection, so that a killed run leaves none. */
async function tryLock({ query }: PgConnection): Promise<{ readonly taken: true } | Holder> {
  // Of this database only; the number is the first bytes of the word.
  const key = BigInt.asIntN(64, Buffer.from('pipec\0\0\0').readBigInt64BE());
  const { rows } = await query(`SELECT pg_catalog.pg_try_advisory_lock(${key})`);
  if (rows[0]?.[0] === 't') return { taken: true };
  const holder = await query(
    `SELECT a.application_name FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND ((l.classid::bigint << 32) | l.objid::bigint) = ${key}`,
  );
  const name = (holder.rows[0]?.[0] ?? '').replace(/^pipec /, '');
  return { pid: null, program: null, ...(name === '' ? {} : { name }) };
}

function warehouse(connection: PgConnection, publisher: PostgresPublisher): Warehouse {
  const { query } = connection;
  return {
    wire: binaryCopy,
    typeOf,
    ...asks(query),
    async create(table, columns, _key, increment = null) {
      for (const statement of tableOf(table, columns, increment)) await query(statement);
    },
    async revise({ table, columns, gone, sql }, judge) {
      const relation = qualified(PIPEC, table);
      try {
        const { publication, published } = await connection.longTransaction(async (own) => {
          await own(`DELETE FROM ${relation} WHERE ${gone}`);
          await own(`INSERT INTO ${relation} (${names(columns)})\n${sql}`);
          const publication = await judge(asks(own), table);
          const published = publisher.after(publication.into, publication.version, null);
          await publisher.commitIn(own, publication, published);
          return { publication, published };
        });
        publisher.moved(publication.into, published);
        return publication.version.rows;
      } catch (failure) {
        if (isRefused(failure)) return 'refused';
        throw failure;
      }
    },
    async fill(table, columns, sql) {
      try {
        const { count } = await query(`INSERT INTO ${qualified(PIPEC, table)} (${names(columns)})\n${sql}`);
        await analyze(connection, table);
        return count;
      } catch (failure) {
        // A null, or a float64 that is not finite.
        if (isRefused(failure)) return null;
        throw failure;
      }
    },
    async take(table, columns, pieces) {
      const rows = await connection.copy(`${qualified(PIPEC, table)} (${names(columns)})`, pieces);
      await analyze(connection, table);
      return rows;
    },
    async makeOf(table, columns, pieces) {
      const into = `${qualified(PIPEC, table)} (${names(columns)})`;
      const rows = await connection.make(tableOf(table, columns, null), into, pieces);
      await analyze(connection, table);
      return rows;
    },
    takeFiles: null,
    drop: async (table) => void (await drop(connection, table)),
    read: (sql) => connection.read(sql, null),
    async describe(sql) {
      const { fields } = await query(`SELECT * FROM ${subquery(sql)} AS described LIMIT 0`);
      return await columnsOf(query, fields);
    },
    isType: (found, expected) => found === base(expected),
    publish: (publication) => publisher.publish(connection, publication),
    remove: (removed, by, held) => publisher.remove(connection, removed, by, held),
    leave: async (schema) =>
      void (await query(`DROP SCHEMA IF EXISTS ${ident(schema)} RESTRICT`).catch(() => undefined)),
    forget: (removed) => publisher.forget(connection, removed),
    note: (line) => publisher.record(connection, line),
    place: (move, by) => publisher.place(connection, move, by),
    share: (into, published) => publisher.share(connection, into, published),
    tell: (into, published) => publisher.tell(connection, into, published),
    interrupt: () => connection.interrupt(),
    close: () => void connection.close(),
  };
}

/** The statements that make it. */
function tableOf(table: string, columns: readonly StoredColumn[], increment: IncrementPlan | null): readonly string[] {
  const parts = columns.map(
    ({ name, sqlType, nullable }) =>
      `${ident(name)} ${stored(sqlType)}${nullable ? '' : ' NOT NULL'}${isFloat(sqlType) ? ` CHECK (${finite(name)})` : ''}`,
  );
  const index = (by: readonly string[], how = ''): string =>
    `CREATE INDEX ON ${qualified(PIPEC, table)} ${how}(${by.map(ident).join(', ')})`;
  const key = upsertKey(increment);
  return [
    `CREATE TABLE ${qualified(PIPEC, table)} (\n  ${parts.join(',\n  ')}\n)`,
    // Intervals are found by it. In the order of time its pages are few, and rows are added at its end.
    ...(increment?.kind === 'intervals' ? [index([increment.by])] : []),
    // A row is found by it.
    ...(key.length > 0 ? [index(key)] : []),
    // What came last lies last.
    ...(columns.some(({ name }) => name === POSITION) ? [index([POSITION], 'USING brin ')] : []),
  ];
}

/** A null where none may be, or a float64 that is not finite. */
const isRefused = (failure: unknown): boolean => ['23502', '23514'].includes(sqlState(failure) ?? '');

function asks(query: PgQuery): Asks {
  const rows: Asks['rows'] = async (sql) => {
    const { fields, rows: found } = await query(sql);
    const convert = fields.map(({ oid }) => converter(oid));
    return found.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, convert[i]?.(row[i] ?? null)])));
  };
  return {
    rows,
    async numbers(sql) {
      const [first = {}] = await rows(sql);
      return Object.fromEntries(
        Object.entries(first).map(([name, value]) => [name, value === null ? null : Number(value)]),
      );
    },
  };
}

/** The next task reads it at once, before the server finds time to look at it by itself. */
async function analyze({ query }: PgConnection, table: string): Promise<void> {
  await query(`ANALYZE ${qualified(PIPEC, table)}`);
}

/** Texts are ordered by their bytes, as everywhere. */
const stored = (sqlType: string): string =>
  sqlType.replace(/^text\b/, 'text COLLATE "C"').replace(/^text COLLATE "C"\[\]$/, 'text[] COLLATE "C"');

/** A type's name as PostgreSQL tells it, without precision. */
const base = (sqlType: string): string =>
  sqlType.replace(/\(.*?\)/, '').replace(/^timestamptz\b/, 'timestamp with time zone');

function typeOf(type: LoadType): string {
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 'int64':
      return 'bigint';
    case 'float64':
      return 'double precision';
    case 'string':
    case 'enum':
      return 'text';
    case 'bytes':
      return 'bytea';
    case 'timestamp':
      return 'timestamptz';
    case 'decimal':
      return `numeric(${type.precision}, ${type.scale})`;
    case 'date':
    case 'uuid':
    case 'json':
      return type.kind;
  }
}
