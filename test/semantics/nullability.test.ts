/** What the checker says is never null is never null: random filters and values, run over every combination of nulls. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { workspaceOf } from '../support/check.ts';
import { connect } from '../support/duckdb.ts';

const workspace = workspaceOf([
  {
    path: 'sources.pipe',
    text: `project p { owner: 'a@b.example', target: local }
      target local { engine: duckdb(path: '.pipec/p.duckdb') }
      type T { id: int64, x: int64?, y: int64?, b: bool? }
      type K { k: int64 }
      source t : T from file('t.csv')
      source none : K from file('none.csv')
      source some : K from file('some.csv')`,
  },
]);

const { value, condition } = fc.letrec<{ value: string; condition: string }>((tie) => {
  const one = (...texts: string[]) => fc.constantFrom(...texts);
  const filled = (shape: (...parts: string[]) => string, ...parts: fc.Arbitrary<string>[]) =>
    fc.tuple(...parts).map((each) => shape(...each));
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      one('x', 'y', 'id', '1', '0'),
      filled((a, b) => `(${a} + ${b})`, tie('value'), tie('value')),
      filled((a, b) => `coalesce(${a}, ${b})`, tie('value'), tie('value')),
      filled((a, b) => `nullif(${a}, ${b})`, tie('value'), tie('value')),
      filled((a, b) => `greatest(${a}, ${b})`, tie('value'), tie('value')),
      filled((a, b) => `div(${a}, ${b})`, tie('value'), tie('value')),
      filled((c, a, b) => `case when ${c} then ${a} else ${b} end`, tie('condition'), tie('value'), tie('value')),
      filled(
        (c, a, d, b) => `case when ${c} then ${a} when ${d} then ${b} end`,
        tie('condition'),
        tie('value'),
        tie('condition'),
        tie('value'),
      ),
    ),
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      one('b', 'b is true', 'b is not true', 'b is false', 'x is null', 'y is not null', 'not b'),
      filled((a, op, b) => `(${a} ${op} ${b})`, tie('value'), one('=', '<>', '<', '>='), tie('value')),
      filled(
        (a, op, b) => `(${a} ${op} ${b})`,
        tie('value'),
        one('is distinct from', 'is not distinct from'),
        tie('value'),
      ),
      filled((a, test) => `(${a} ${test})`, tie('value'), one('is null', 'is not null')),
      filled((a, not) => `(${a} ${not} (0, 1))`, tie('value'), one('in', 'not in')),
      filled(
        (a, not, b, c) => `(${a} ${not} ${b} and ${c})`,
        tie('value'),
        one('between', 'not between'),
        tie('value'),
        tie('value'),
      ),
      filled(
        (a, not, from) => `(${a} ${not} (from ${from} |> select k))`,
        tie('value'),
        one('in', 'not in'),
        one('none', 'some'),
      ),
      filled((a, b) => `(${a} between 0 and ${b})`, tie('value'), tie('value')),
      filled((a, op, b) => `(${a} ${op} ${b})`, tie('condition'), one('and', 'or'), tie('condition')),
      filled((a) => `(not ${a})`, tie('condition')),
      filled(
        (a, test) => `(${a} ${test})`,
        tie('condition'),
        one('is true', 'is not true', 'is false', 'is not false', 'is null'),
      ),
    ),
  };
});

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await connect();
  await connection.run('create schema _landing');
  await connection.run(`create table _landing.t as
    select row_number() over () as id, x::bigint as x, y::bigint as y, b from (values (null), (0), (1)) as x(x), (values (null), (0), (2)) as y(y), (values (null), (true), (false)) as b(b)`);
  await connection.run('create table _landing.none(k bigint)');
  await connection.run('create table _landing.some as select 1::bigint as k');
});

/** True where the query was one: what engines do not agree on is refused. */
async function isSound(query: string): Promise<boolean> {
  const checked = workspace.adHocQuery(query).query;
  if (checked === null) return false;
  const result = await connection.runAndReadAll(renderQuery(checked.rel, duckdb));
  const rows = result.getRowsJson();
  for (const [i, column] of checked.rel.columns.entries())
    if (!column.nullable) expect(rows.filter((row) => row[i] === null).length, `${column.name} of ${query}`).toBe(0);
  return true;
}

test.each([
  ['filters', condition.map((text) => `from t |> where ${text}`)],
  ['values', value.map((text) => `from t |> extend ${text} as v`)],
  ['values after filters', fc.tuple(condition, value).map(([a, b]) => `from t |> where ${a} |> extend ${b} as v`)],
  [
    'joins',
    fc
      .tuple(fc.constantFrom('', 'left', 'right', 'full', 'semi'), condition)
      .map(([type, text]) => `from t |> ${type} join (from some |> select k) as s on t.x = s.k |> where ${text}`),
  ],
] as const)('%s', async (_name, queries) => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(queries, async (query) => {
      if (await isSound(query)) run++;
    }),
    { numRuns: 400 },
  );
  expect(run).toBeGreaterThan(200);
});
