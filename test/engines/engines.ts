/**
 * The three engines in this process, behind one small interface, in the session state that `compiler/sql` counts on.
 * One instance each a test file: each takes half a second and more to start.
 */
import type { PGlite } from '@electric-sql/pglite';
import { Session } from 'chdb';
import type { EngineName } from '../../compiler/semantics/functions/table.ts';
import { clickhouse } from '../../compiler/sql/clickhouse.ts';
import type { Dialect } from '../../compiler/sql/dialect.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { postgres } from '../../compiler/sql/postgres.ts';
import { MEMORY, openPGlite } from '../../runtime/engines/postgres/pglite.ts';
import { connect } from '../support/duckdb.ts';

export interface Engine {
  readonly name: EngineName;
  readonly dialect: Dialect;
  /** One statement. */
  run(sql: string): Promise<void>;
  /** Rows as the engine gives them: null, booleans, numbers of float64, lists; texts for all else. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** The engine's own names of the types of the query's columns. */
  types(sql: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The engines, each with these schemas, empty. */
export async function openEngines(...schemas: readonly string[]): Promise<readonly Engine[]> {
  const engines = [await openDuckdb(), await openPostgres(), openClickhouse()];
  for (const engine of engines)
    for (const schema of schemas)
      await engine.run(`CREATE ${engine.name === 'clickhouse' ? 'DATABASE' : 'SCHEMA'} ${schema}`);
  return engines;
}

export async function openDuckdb(): Promise<Engine> {
  const connection = await connect();
  for (const statement of duckdb.session) await connection.run(statement);
  return {
    name: 'duckdb',
    dialect: duckdb,
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson(),
    types: async (sql) =>
      (await connection.runAndReadAll(`DESCRIBE ${sql}`)).getRowsJson().map((row) => String(row[1])),
    close: () => Promise.resolve(connection.closeSync()),
  };
}

/** Object ids of types whose text is changed by PGlite's own parsers: int8, numeric, date, timestamptz, timestamp, uuid, json, jsonb. */
const AS_TEXT = [20, 21, 23, 1700, 1082, 1184, 1114, 2950, 114, 3802, 17];
/** Arrays whose elements PGlite would make dates of: date, timestamptz. None of their texts has a quote or a backslash. */
const ARRAYS = [1182, 1185];
const items = (text: string): readonly (string | null)[] =>
  text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((item) => (item === 'NULL' ? null : item.replaceAll('"', '')));
const asText: Readonly<Record<number, (text: string) => unknown>> = Object.fromEntries([
  ...AS_TEXT.map((oid) => [oid, (text: string): string => text]),
  ...ARRAYS.map((oid) => [oid, items]),
]);

async function openPostgres(): Promise<Engine> {
  const database = (await openPGlite(MEMORY, import.meta.dirname)) as unknown as PGlite;
  for (const statement of postgres.session) await database.exec(statement);
  return {
    name: 'postgres',
    dialect: postgres,
    run: async (sql) => {
      await database.exec(sql);
    },
    rows: async (sql) => (await database.query(sql, [], { rowMode: 'array', parsers: asText })).rows,
    types: async (sql) => {
      const { fields } = await database.query(`SELECT * FROM (${sql}) AS t LIMIT 0`, [], { rowMode: 'array' });
      const names = await database.query(
        `SELECT ${fields.map((field) => `format_type(${field.dataTypeID}, NULL)`).join(', ')}`,
        [],
        { rowMode: 'array' },
      );
      return (names.rows[0] ?? []).map(String);
    },
    close: () => database.close(),
  };
}

/** How rows are printed; nothing of what they are. */
const CLICKHOUSE_OUTPUT = [
  'output_format_json_quote_64bit_integers = 1',
  'output_format_json_quote_decimals = 1',
  'output_format_decimal_trailing_zeros = 1',
  'output_format_json_quote_denormals = 1',
  'output_format_json_escape_forward_slashes = 0',
];

export function openClickhouse(): Engine {
  const session = new Session();
  const ask = (sql: string, format: string): string => {
    try {
      return session.query(sql, format);
    } catch (failure) {
      // What was written before the failure would come with the next answer.
      session.query('SELECT 1', 'Null');
      // Its own words are enough, without the text of the query again.
      throw new Error(failure instanceof Error ? failure.message : String(failure));
    }
  };
  for (const statement of clickhouse.session) ask(statement, 'CSV');
  ask(`SET ${CLICKHOUSE_OUTPUT.join(', ')}`, 'CSV');
  const lines = (text: string): unknown[][] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown[]);
  return {
    name: 'clickhouse',
    dialect: clickhouse,
    run: (sql) => Promise.resolve(sql).then((text) => void ask(text, 'CSV')),
    rows: (sql) => Promise.resolve(sql).then((text) => lines(ask(text, 'JSONCompactEachRow'))),
    types: (sql) =>
      Promise.resolve(sql).then((text) =>
        lines(ask(`DESCRIBE (${text})`, 'JSONCompactEachRow')).map((row) => String(row[1])),
      ),
    close: () => Promise.resolve(session.close()),
  };
}
