/** Queries that use the rows around them give the rows that SQL gives: DuckDB runs both. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { workspaceOf } from '../support/check.ts';
import { connect, rowsOf } from '../support/duckdb.ts';

const workspace = workspaceOf([
  {
    path: 'sources.pipe',
    text: `project p { owner: 'a@b.example', target: local }
      target local { engine: duckdb(path: '.pipec/p.duckdb') }
      type A { id: int64 @key, k: int64?, v: int64 }
      type B { id: int64 @key, k: int64?, w: int64?, name: string }
      source a : A from file('a.csv')
      source b : B from file('b.csv')
      fn many(x: int64) = (from b |> where id = x |> aggregate count() as n)`,
  },
]);

/** The same question in both languages. */
const pairs: readonly (readonly [string, string])[] = [
  [
    'from a |> where exists (from b |> where b.k = a.k)',
    'select * from a where exists (select 1 from b where b.k = a.k)',
  ],
  [
    'from a |> where not exists (from b |> where b.k = a.k and w > 1) and v > 0',
    'select * from a where not exists (select 1 from b where b.k = a.k and w > 1) and v > 0',
  ],
  [
    'from a |> where not not exists (select id from b where b.k = a.k and b.id <> a.id limit 1)',
    'select * from a where exists (select 1 from b where b.k = a.k and b.id <> a.id)',
  ],
  [
    'from a |> where exists (from b |> where b.k = a.k + 1 and a.v > 1)',
    'select * from a where exists (select 1 from b where b.k = a.k + 1 and a.v > 1)',
  ],
  [
    'from a |> where v in (from b |> where b.k = a.k |> select w)',
    'select * from a where v in (select w from b where b.k = a.k)',
  ],
  [
    'from a |> where v not in (from b |> where b.k = a.k and w is not null |> select w)',
    'select * from a where v not in (select w from b where b.k = a.k and w is not null)',
  ],
  [
    'from a |> where id in (from b |> where b.k = a.k |> aggregate max(w) as m group by name |> select m)',
    'select * from a where id in (select max(w) from b where b.k = a.k group by name)',
  ],
  [
    'from a |> where v > 2 or exists (from b |> where b.k = a.k)',
    'select * from a where v > 2 or exists (select 1 from b where b.k = a.k)',
  ],
  [
    'from a |> where not (v > 2 or exists (from b |> where b.k = a.k and b.w = a.v))',
    'select * from a where not (v > 2 or exists (select 1 from b where b.k = a.k and b.w = a.v))',
  ],
  [
    'from a |> extend (from b |> where b.k = a.k |> aggregate count() as n) as n',
    'select *, (select count(*) from b where b.k = a.k) as n from a',
  ],
  [
    'from a |> extend (from b |> where b.k = a.k |> aggregate sum(w) as s) as s, (select count(w) + 10 from b where b.k = a.k) as c',
    'select *, (select sum(w) from b where b.k = a.k) as s, (select count(w) + 10 from b where b.k = a.k) as c from a',
  ],
  [
    'from a |> extend (from b |> where b.k = a.k |> aggregate sum(w) as s |> select coalesce(s, -1) as s) as s',
    'select *, (select coalesce(sum(w), -1) from b where b.k = a.k) as s from a',
  ],
  [
    'from a |> extend (from b |> where b.id = a.id |> aggregate max(name) as m) as m, exists (from b |> where b.k = a.k) as e',
    'select *, (select max(name) from b where b.id = a.id) as m, exists (select 1 from b where b.k = a.k) as e from a',
  ],
  [
    'from a |> extend (from b |> where b.id = a.id |> select name) as name',
    'select *, (select name from b where b.id = a.id) as name from a',
  ],
  [
    'from a |> where v > (from b |> where b.k = a.k |> aggregate min(w) as m)',
    'select * from a where v > (select min(w) from b where b.k = a.k)',
  ],
  [
    'from a |> aggregate count() filter (where exists (from b |> where b.k = a.k)) as n, max((from b |> where b.id = a.id |> aggregate max(w) as m)) as m group by v',
    `select v, count(*) filter (where e) as n, max(m) as m from
      (select *, exists (select 1 from b where b.k = a.k) as e, (select max(w) from b where b.id = a.id) as m from a) group by v`,
  ],
  [
    'from a |> where exists (from b |> where b.k = a.k and exists (from a as c |> where c.v = b.w))',
    'select * from a where exists (select 1 from b where b.k = a.k and exists (select 1 from a as c where c.v = b.w))',
  ],
  [
    'from a |> where exists (from b |> join a as c on b.w = c.v |> where b.k = a.k |> select c.id)',
    'select * from a where exists (select 1 from b join a as c on b.w = c.v where b.k = a.k)',
  ],
  [
    'from a |> where k in (with t as (from b |> where w > 0) from t |> where t.id = a.id |> select k)',
    'select * from a where k in (select k from b where w > 0 and b.id = a.id)',
  ],
  ['from a |> extend many(v) as n', 'select *, (select count(*) from b where b.id = a.v) as n from a'],
  [
    'from a |> set v = coalesce((from b |> where b.k = a.k |> aggregate max(w) as m), 0)',
    'select id, k, coalesce((select max(w) from b where b.k = a.k), 0) as v from a',
  ],
  [
    'from a |> order by (from b |> where b.k = a.k |> aggregate count() as n), id |> limit 2 |> select id',
    'select id from a order by (select count(*) from b where b.k = a.k), id limit 2',
  ],
];

/** Of the last rows, in an order that tells them all apart. */
const last: readonly (readonly [string, string])[] = [
  [
    'from a |> extend (from b |> where b.k = a.k |> order by w desc, id |> limit 1 |> select name) as name',
    'select *, (select name from b where b.k = a.k order by w desc nulls last, id limit 1) as name from a',
  ],
  [
    'from a |> where v >= (from b |> where b.k = a.k and w is not null |> select w + id as x |> order by x |> limit 1)',
    'select * from a where v >= (select w + id from b where b.k = a.k and w is not null order by w + id limit 1)',
  ],
];

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await connect();
  await connection.run('create schema _landing');
  await connection.run(`create table _landing.a as select i::bigint as id, case when i % 4 = 0 then null else i % 5 end::bigint as k, (i % 3)::bigint as v
    from range(1, 13) as t(i)`);
  await connection.run(`create table _landing.b as select i::bigint as id, case when i % 6 = 0 then null else i % 3 end::bigint as k,
    case when i % 5 = 0 then null else i % 4 end::bigint as w, 'n' || i % 2 as name from range(1, 10) as t(i)`);
  await connection.run("set search_path = '_landing,main'");
});

test.each([...pairs, ...last])('%s', async (pipe, sql) => {
  const { diagnostics, query } = workspace.adHocQuery(pipe);
  expect(diagnostics).toEqual([]);
  if (query === null) throw new Error('no query');
  const wanted = await rowsOf(connection, sql);
  for (const rel of [query.rel, optimize(query.rel)]) {
    const rendered = renderQuery(rel, duckdb);
    expect(await rowsOf(connection, rendered), rendered).toEqual(wanted);
  }
  expect(wanted.length).toBeGreaterThan(0);
});
