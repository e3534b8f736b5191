import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { clickhouse } from '../../compiler/sql/clickhouse.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { postgres } from '../../compiler/sql/postgres.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { query, queryNames } from '../support/rels.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/sql');

describe('SQL as a person reads it', () => {
  test.each(queryNames)('%s', async (name) => {
    const sql = renderQuery(optimize(query(name)), duckdb, { head: [name] });
    await expect(`${sql}\n`).toMatchFileSnapshot(join(FIXTURES, `${name}.sql`));
  });
});

/** Queries that other engines say differently; the others differ in types and names of functions alone. */
const ELSEWHERE = [
  'aggregate-having-order',
  'asof-join',
  'case-and-literals',
  'distinct-on',
  'except-order-limit',
  'semi-and-anti-join',
  'unnest',
  'values-and-money',
  'windows-on-windows',
];

describe.each([postgres, clickhouse])('$engine', (dialect) => {
  test.each(ELSEWHERE)('%s', async (name) => {
    const sql = renderQuery(optimize(query(name)), dialect, { head: [name] });
    await expect(`${sql}\n`).toMatchFileSnapshot(join(FIXTURES, dialect.engine, `${name}.sql`));
  });
});
