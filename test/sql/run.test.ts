/** The queries by hand, run: the rows that the plain interpreter gives, and columns of exactly the declared types. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderAssertions, renderQuery } from '../../compiler/sql/select.ts';
import { connect, rowsOf, texts, typesOf } from '../support/duckdb.ts';
import { interpret, type Tables } from '../support/interpret.ts';
import { query, queryNames, TABLES } from '../support/rels.ts';

const flights = ['A', 'B', 'C', 'A', 'B', 'A'].flatMap((origin, i) =>
  ['B', 'C', 'A'].map((destination, j) => ({
    origin,
    destination,
    delay: (i + j) % 4 === 0 ? null : BigInt(i * 7 + j),
    distance: BigInt(((i * 313 + j * 97) % 12) * 100),
    day: `2024-01-0${1 + ((i + j) % 3)}`,
  })),
);
const tables: Tables = {
  'dwh.core.flights': flights,
  'dwh.core.airports': [
    { iata: 'A', name: 'Aa', state: 'X' },
    { iata: 'B', name: 'Bb', state: null },
    { iata: 'D', name: 'Dd', state: 'Y' },
  ],
  'dwh.core.orders': [1n, 2n, 3n].map((id) => ({
    id,
    amount: '10.00',
    currency: id === 3n ? 'EUR' : 'USD',
    tags: id === 2n ? [] : ['x', 'y'],
  })),
  'dwh.core.rates': [
    { currency: 'USD', as_of: 1n, rate: '0.50' },
    { currency: 'USD', as_of: 2n, rate: '0.60' },
  ],
};
/** Decimals and the latest match are not the interpreter's to know. */
const byHand: Readonly<Record<string, readonly (readonly (string | null)[])[]>> = {
  unnest: [['y', '1', '10.00']],
  'asof-join': [
    ['2', '0.60'],
    ['3', null],
  ],
  'values-and-money': [
    ['1', '10.00', 'a\nb', '20.00'],
    ['2', '2.50', "it's", '5.00'],
  ],
  'same-names-on-both-sides': [
    ['1', '1', '20.00'],
    ['2', '1', '20.00'],
    ['3', '3', '20.00'],
  ],
  'empty-values': [
    ['1', null],
    ['2', null],
    ['3', null],
  ],
};

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
    flights.filter((flight) => flight.distance <= 0n).length,
  );
});
