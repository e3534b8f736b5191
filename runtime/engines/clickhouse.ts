/** ClickHouse: a server, or chDB inside this process. What differs between the two is in `clickhouse/`. */
import { existsSync } from 'node:fs';
import {
  type Engine,
  type EngineKind,
  type EngineReader,
  holderText,
  type OpenEngine,
  type ReadEngine,
} from '../engine.ts';
import { PipecError, runError } from '../errors.ts';
import type { BatchColumn, EnginePlan, IntervalsPlan, LoadType } from '../plan.ts';
import { type ChConnection, type ChDatabase, chLiteral } from './clickhouse/connect.ts';
import { openEmbedded } from './clickhouse/embedded.ts';
import { isValueRefused } from './clickhouse/failures.ts';
import { forms } from './clickhouse/forms.ts';
import { gate } from './clickhouse/gates.ts';
import { type Lease, takeLease } from './clickhouse/lease.ts';
import { native } from './clickhouse/native.ts';
import { CATALOGUE, ClickhousePublisher, COMMIT_STATE } from './clickhouse/publish.ts';
import { openServer } from './clickhouse/server.ts';
import { bareType, converter } from './clickhouse/values.ts';
import { names, type StoredColumn } from './columns.ts';
import { Lakes } from './duckdb/lake.ts';
import { POSITION } from './increments/follow.ts';
import { Mover } from './mover.ts';
import { finite, isFloat } from './overflow.ts';
import { embeddedPath, MEMORY } from './place.ts';
import { ident, qualified, subquery } from './quote.ts';
import { NO_WAIT } from './turn.ts';
import { PIPEC } from './versions.ts';
import { warehouseSession } from './warehouse/session.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

type ClickhousePlan = Extract<EnginePlan, { readonly kind: 'clickhouse' }>;

export const clickhouse: EngineKind<ClickhousePlan> = {
  commitState: COMMIT_STATE,
  catalogue: CATALOGUE,
  forms,
  heldPath: (folder, { place }, texts) => embeddedPath(folder, place, texts),
  open,
  read,
};

async function read({ folder, plan, texts }: ReadEngine<ClickhousePlan>): Promise<EngineReader> {
  const { place } = plan;
  const path = embeddedPath(folder, place, texts);
  if (path !== null && !existsSync(path)) throw runError('database-missing', { path });
  const database =
    place.kind === 'server'
      ? await openServer(texts.valueOf(place.url), plan.database, 'pipec')
      : await openEmbedded(path ?? MEMORY, folder, { nameHolder: holderText, ...NO_WAIT });
  return { ...(await readerOf(database)), close: () => database.close() };
}

async function readerOf(database: ChDatabase): Promise<EngineReader> {
  const connection = await database.connect();
  return {
    query: (sql, limit) => connection.read(sql, limit),
    interrupt: () => connection.interrupt(),
    close: () => undefined,
  };
}

async function open(options: OpenEngine<ClickhousePlan>): Promise<Engine> {
  const { folder, plan, texts, run, steps } = options;
  const { place } = plan;
  const database =
    place.kind === 'server'
      ? await openServer(texts.valueOf(place.url), plan.database, `pipec run ${run}`)
      : await openEmbedded(embeddedPath(folder, place, texts) ?? MEMORY, folder, options);
  const publisher = new ClickhousePublisher(options.scope);
  const mover = new Mover(folder);
  const lakes = new Lakes(folder, texts);
  let lease: Lease = ALONE;
  const close = async (): Promise<void> => {
    await mover.close();
    await lease.release();
    await database.close();
  };
  try {
    const connection = await database.connect();
    await connection.run(`CREATE DATABASE IF NOT EXISTS ${ident(PIPEC)}`);
    if (place.kind === 'server') lease = await takeLease(connection, run, database.place, options);
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
    kind: 'clickhouse',
    async session() {
      // In it `now()` is the instant at which the run began.
      const connection = await database.connect({ log_comment: `pipec run began ${options.began}` });
      return warehouseSession(warehouse(connection, publisher, lease), { versions: publisher, mover, lakes, folder });
    },
    reader: () => readerOf(database),
    close,
  };
}

/** The folder of an embedded database is locked by its process. */
const ALONE: Lease = { expect: () => Promise.resolve(), release: () => Promise.resolve() };

function warehouse(connection: ChConnection, publisher: ClickhousePublisher, lease: Lease): Warehouse {
  const rows: Warehouse['rows'] = async (sql) => {
    const found = await connection.query(sql);
    const convert = found.types.map(converter);
    return found.rows.map((row) => Object.fromEntries(found.names.map((name, i) => [name, convert[i]?.(row[i])])));
  };
  const numbers: Warehouse['numbers'] = async (sql) => {
    const [first = {}] = await rows(sql);
    return Object.fromEntries(
      Object.entries(first).map(([name, value]) => [name, value === null ? null : Number(value)]),
    );
  };
  /** It is known without reading the rows. */
  const count: Count = async (table) => (await numbers(`SELECT count() AS "rows" FROM ${table}`))['rows'] ?? 0;
  return {
    wire: native(typeOf),
    typeOf,
    rows,
    numbers,
    async create(table, columns, key, increment = null) {
      const parts = columns.flatMap((column) => {
        const { name, sqlType } = column;
        const own = `${ident(name)} ${stored(column)}`;
        const constraint = `CONSTRAINT ${ident(`${name} is finite`)} CHECK ifNull(${finite(name)}, true)`;
        return isFloat(sqlType) ? [own, constraint] : [own];
      });
      // What came last is what is asked of a log.
      const by = columns.some(({ name }) => name === POSITION) ? [POSITION] : key;
      const sorted = by.filter((name) => columns.some((column) => column.name === name && !column.nullable));
      const cut = increment?.kind === 'intervals' ? ` PARTITION BY ${partition(increment)}` : '';
      const order = sorted.length === 0 ? 'tuple()' : `(${sorted.map(ident).join(', ')})`;
      await connection.run(
        `CREATE TABLE ${qualified(PIPEC, table)} (\n  ${parts.join(',\n  ')}\n) ENGINE = MergeTree${cut} ORDER BY ${order}`,
      );
    },
    async fill(table, columns, sql) {
      try {
        // Columns are matched by their place, so they are named.
        await connection.run(
          `INSERT INTO ${qualified(PIPEC, table)} (${names(columns)}) SELECT ${names(columns)} FROM ${subquery(sql)}`,
        );
      } catch (failure) {
        if (isValueRefused(failure)) return null;
        throw failure;
      }
      return await count(qualified(PIPEC, table));
    },
    async take(table, columns, pieces) {
      const into = qualified(PIPEC, table);
      const before = await count(into);
      await connection.take(
        into,
        columns.map(({ name }) => name),
        pieces,
      );
      return (await count(into)) - before;
    },
    makeOf: null,
    takeFiles: takingFiles(connection, count),
    async revise(revision, judge) {
      const { table, copy, columns, gone, sql } = revision;
      const [from, to] = [qualified(PIPEC, table), qualified(PIPEC, copy)];
      try {
        // Parts of a copy are those of the table, by links; what changes is written anew.
        await connection.run(`CREATE TABLE ${to} CLONE AS ${from}`);
        const { rows: touched } = await connection.query(`SELECT DISTINCT _partition_id FROM ${from} WHERE ${gone}`);
        const ids = touched.map(([id]) => chLiteral(String(id)));
        for (const id of ids) await connection.run(`ALTER TABLE ${to} DROP PARTITION ID ${id}`);
        if (ids.length > 0)
          await connection.run(
            `INSERT INTO ${to} (${names(columns)}) SELECT ${names(columns)} FROM ${from} WHERE _partition_id IN (${ids.join(', ')}) AND NOT (${gone})`,
          );
        await connection.run(`INSERT INTO ${to} (${names(columns)}) SELECT ${names(columns)} FROM ${subquery(sql)}`);
        const publication = await judge({ rows, numbers }, copy);
        await publisher.publish(connection, lease, publication);
        return publication.version.rows;
      } catch (failure) {
        await publisher.dropFailed(connection, copy);
        if (isValueRefused(failure)) return 'refused';
        throw failure;
      }
    },
    drop: (table) => publisher.dropFailed(connection, table),
    read: (sql, columns) => connection.read(`SELECT ${columns.map(given).join(', ')}\nFROM ${subquery(sql)}`, null),
    async describe(sql) {
      const found = await connection.query(`DESCRIBE ${subquery(sql)}`);
      return found.rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
    },
    isType: (found, expected) => bareType(found) === bareType(expected),
    publish: (publication) => publisher.publish(connection, lease, publication),
    remove: (removed, by, held) => publisher.remove(connection, lease, removed, by, held),
    async leave(schema) {
      // Dropping a database drops all that is in it.
      const { rows: left } = await connection.query(
        `SELECT name FROM system.tables WHERE database = ${chLiteral(schema)} LIMIT 1`,
      );
      if (left.length === 0) await connection.run(`DROP DATABASE IF EXISTS ${ident(schema)}`).catch(() => undefined);
    },
    forget: (removed) => publisher.forget(connection, lease, removed),
    note: (line) => publisher.record(connection, line),
    place: (move, by, warn) => publisher.place(connection, lease, move, by, warn),
    share: (into, published, warn) => publisher.share(connection, lease, into, published, warn),
    tell: (into, published) => publisher.tell(connection, lease, into, published),
    interrupt: () => connection.interrupt(),
    close: () => undefined,
  };
}

type Count = (table: string) => Promise<number>;

/** Nobody sees the table yet, so that rows may be in it which are not let in. */
function takingFiles(connection: ChConnection, count: Count): Warehouse['takeFiles'] {
  const { takeFiles } = connection;
  if (takeFiles === null) return null;
  return async (table, columns, { paths, rows, names: inFiles }, areExpected) => {
    const into = qualified(PIPEC, table);
    const taken = columns.map((column) => {
      const { name, type, nullable } = column;
      const inFile = inFiles.get(name) ?? name;
      return { name, inFile, type: stored(column), gate: gate(inFile, type, nullable) };
    });
    const [read, expected] = await Promise.allSettled([
      takeFiles(into, taken, { format: 'Parquet', paths, rows }),
      areExpected(),
    ]);
    if (expected.status === 'rejected') throw expected.reason;
    // The other way would fail of it too, and take longer.
    if (read.status === 'rejected' && read.reason instanceof PipecError && read.reason.code === 'disk-full')
      throw read.reason;
    if (expected.value && read.status === 'fulfilled' && (await count(into)) === rows) return true;
    await connection.run(`TRUNCATE TABLE ${into} SETTINGS max_table_size_to_drop = 0`);
    return false;
  };
}

/** Its JSON has no form for bytes that are no text: they go as base64, as from the other engines. */
function given({ name, type }: BatchColumn): string {
  const column = ident(name);
  if (type.kind === 'bytes') return `base64Encode(${column}) AS ${column}`;
  const areBytes = type.kind === 'list' && type.element.kind === 'bytes';
  return areBytes ? `arrayMap(item -> base64Encode(item), ${column}) AS ${column}` : column;
}

/** A month of days, a day of hours: what an increment writes anew, and how many parts there are, are both few. */
function partition({ by, everyMs }: IntervalsPlan): string {
  return `${everyMs < 86_400_000 ? 'toYYYYMMDD' : 'toYYYYMM'}(${ident(by)})`;
}

/** A list is never null. */
function stored({ sqlType, nullable }: StoredColumn): string {
  return nullable && !sqlType.startsWith('Array(') ? `Nullable(${sqlType})` : sqlType;
}

function typeOf(type: LoadType): string {
  switch (type.kind) {
    case 'bool':
      return 'Bool';
    case 'int64':
      return 'Int64';
    case 'float64':
      return 'Float64';
    case 'string':
    case 'enum':
    case 'bytes':
    case 'json':
      return 'String';
    case 'date':
      return 'Date32';
    case 'timestamp':
      return "DateTime64(6, 'UTC')";
    case 'uuid':
      return 'UUID';
    case 'decimal':
      return `Decimal(${type.precision}, ${type.scale})`;
  }
}
