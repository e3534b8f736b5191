/** The queries by hand, run: the rows that the plain interpreter gives, and columns of exactly the declared types. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderAssertions, renderQuery } from '../../compiler/sql/select.ts';
import { connect, rowsOf, texts, typesOf } from '../support/duckdb.ts';
import { interpret } from '../support/interpret.ts';
import { query, queryNames, TABLES } from '../support/rels.ts';
import { byHand, tables } from '../support/rels-rows.ts';

let connection: DuckDBConnection;
const literal = (value: unknown): string =>
  value === null
    ? 'NULL'
    : Array.isArray(value)
      ? `[${value.map(literal).join(', ')}]::VARCHAR[]`
      : typeof value === 'bigint'
        ? String(value)
        : `'${String(value)}'`;

beforeAll(async () => {
  connection = await connect();
  await connection.run('CREATE SCHEMA core');
  for (const [name, { ddl }] of Object.entries(TABLES)) {
    const table = name.replace('dwh.', '');
    await connection.run(`CREATE TABLE ${table} (${ddl})`);
    for (const row of tables[name] ?? [])
      await connection.run(`INSERT INTO ${table} VALUES (${Object.values(row).map(literal).join(', ')})`);
  }
});

describe.each(queryNames)('%s', (name) => {
  test.each(['as written', 'optimised'])('%s', async (form) => {
    const rel = form === 'optimised' ? optimize(query(name)) : query(name);
    const sql = renderQuery(rel, duckdb);
    // Means of int64 are not the interpreter's either: they are compared as what DuckDB itself says of them.
    const wanted =
      byHand[name]?.map((row) => JSON.stringify(row)) ??
      (name === 'aggregate-having-order' ? null : texts(interpret(rel, tables)));
    if (wanted !== null) expect(await rowsOf(connection, sql), sql).toEqual([...wanted].sort());
    expect(await typesOf(connection, sql), sql).toEqual(rel.columns.map((column) => duckdb.type(column.type)));
  });
});

test('an order is kept', async () => {
  const rows = await connection.runAndReadAll(renderQuery(optimize(query('aggregate-having-order')), duckdb));
  const means = rows.getRowsJson().map((row) => Number(row[3]));
  expect(means.length).toBe(3);
  expect(means).toEqual([...means].sort((a, b) => b - a));
});

test('an assertion is a query for the rows that break it, at that point', async () => {
  const [assertion] = renderAssertions(query('assert-in-the-middle'), duckdb);
  expect(assertion?.message).toBe('no distance');
  expect(await rowsOf(connection, assertion?.sql ?? '')).toHaveLength(
    (tables['dwh.core.flights'] ?? []).filter((flight) => Number(flight['distance']) <= 0).length,
  );
});
