/** DuckDB in memory, for running rendered SQL. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Value } from './interpret.ts';

export async function connect(): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}

/** Rows as texts, sorted: what two queries have in common when they give the same rows. */
export async function rowsOf(connection: DuckDBConnection, sql: string): Promise<readonly string[]> {
  const result = await connection.runAndReadAll(sql);
  return result
    .getRowsJson()
    .map((row) => JSON.stringify(row))
    .sort();
}

/** The types of a query's columns, in the dialect's own words. */
export async function typesOf(connection: DuckDBConnection, sql: string): Promise<readonly string[]> {
  const result = await connection.runAndReadAll(`DESCRIBE ${sql}`);
  const word = (type: string): string =>
    type.replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ').replace(/,(?=\d)/, ', ');
  return result.getRowsJson().map((row) => word(String(row[1])));
}

/** The same text for values that did not come from DuckDB. */
export const texts = (rows: readonly (readonly Value[])[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row.map((value) => (typeof value === 'bigint' ? String(value) : value)))).sort();
