/** Random programs as text, through the whole compiler, on three engines; `npm run soak` runs thousands of them. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngines } from './engines.ts';
import { loadRows, outcome, PROGRAM_SCHEMA, programRows, runPrograms } from './programs.ts';

let engines: readonly Engine[] = [];
beforeAll(async () => {
  engines = await openEngines(PROGRAM_SCHEMA);
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

test('programs that check give the same rows on every engine', { timeout: 120_000 }, async () => {
  const { counts, differences } = await runPrograms(engines, PROGRAM_SCHEMA, 800, 7);
  expect(differences).toEqual([]);
  // Programs that refuse or fail, or find nothing, prove nothing.
  expect(counts['with rows']).toBeGreaterThan(500);
});

/** What random programs found, by why it went wrong. */
const FOUND: Readonly<Record<string, string>> = {
  'grouping sets without an aggregate have their row of the whole': 'from t |> aggregate group by cube(k, i)',
  'the same beside another query':
    'from t |> select k, i |> union all (from t |> aggregate count() as n group by rollup(k) |> select k, k as i)',
  'constants as keys of grouping sets': 'from t |> set u = 0 |> aggregate count() as n group by rollup(u, k)',
  'a list of conditions':
    'from t |> aggregate array_agg(p is true order by k) as ps, array_agg(d > 1 order by k) as ds',
  'lists of no rows':
    'from w |> where k > 1000 |> aggregate array_agg(k order by k) as ks |> extend array_length(ks) as n',
  'a query for a subquery, called like a table around it':
    'from w |> select k as x, k + 1 as y |> distinct |> semi join (from w |> select k, (k - k) * 2 as v) as q on x = q.v',
  'a subquery that asks about nulls of the rows around it, which ClickHouse leaves out':
    'from t |> semi join v on coalesce(t.i, 0) = v.k |> select k, i |> union all (from t |> anti join v on coalesce(t.i, 0) = v.k |> select k, i)',
  'the same beside an equality':
    'from t |> where exists (from v |> where v.k = t.k and t.i is null) |> select k |> union all (from t |> where not exists (from v |> where v.k = t.k and coalesce(t.i, 1) > v.j) |> select k)',
  'the same of what an outer join filled':
    "from w |> left join (from t |> where k > 5) as x on w.k = x.k |> select w.k, x.s as z |> anti join (from v |> select s as q) as o on coalesce(z, 'a') = o.q",
  'a longer text of a text that is grouped by':
    "from t |> aggregate count() as n group by s || 'x' as v |> extend v || 'y' as w",
  'a join by what is a constant in disguise, which ClickHouse folds before it looks for columns':
    'from t |> semi join v on (case when true then 1 else t.i end) = v.k |> select k, i |> union all (from t |> left join v on (case when false then t.i else 2 end) = v.k |> select t.k, v.j as i)',
  'an asof join by constants, in which engines look for columns':
    "from t |> set k = 1, a = date '2024-02-29' |> asof join (from v |> select k as z1, a as z2, s as z3) as near on k = near.z1 and near.z2 <= a |> select i, z3",
  'a semi join by a constant and by what may be null':
    'from t |> extend 1 as one |> semi join v on one = v.k and coalesce(t.i, 0) < v.j |> select t.k',
  'the whole of grouping sets without an aggregate, under a condition':
    'from t |> aggregate count() as n group by rollup (k) |> drop n |> where exists (from t as q |> where q.k > 0)',
  'a row whose list has no items, kept by a left join':
    'from t |> aggregate array_agg(i order by i) filter (where i > 5) as xs group by k |> left join unnest(xs) as x |> select k, x',
  'a row whose list has no items, left out by a join':
    'from t |> aggregate array_agg(s order by s) filter (where i > 5) as xs group by k |> join unnest(xs) as x on true |> select k, x',
  'grouping sets of the keys that a join compares':
    'from t |> join v on t.k = v.k |> aggregate count() as n group by rollup (t.k, v.k as l)',
  'a literal chosen by a column': "from t |> aggregate arg_max(0.5, i, d) as x, arg_min('a', i) as y group by p",
  'parentheses after `with`':
    'from t |> distinct |> order by d, k |> limit 3 |> select k, i |> union all (from t |> select k, i)',
  'a text alone in an aggregate or a window':
    "from w |> extend last_value('2024') over (order by k) as l |> aggregate any_value('ab' order by s) as v, max(l) as l group by c",
  'a join over what is limited, which DuckDB pushes into the limit':
    'from v |> join (from w |> order by k, s |> limit 1 |> select k as first) as f on k = f.first',
  'a null in a function that takes several types':
    "from v |> extend day(try_cast('12' as date)) as x, year(try_date('')) as y",
};
test.each(Object.entries(FOUND))('%s', async (_, text) => {
  const [rows] = fc.sample(programRows, { seed: 5, numRuns: 1 });
  await loadRows(engines, PROGRAM_SCHEMA, rows ?? {});
  const became = await outcome(engines, { text, refused: [] });
  expect(became).toMatchObject({ kind: 'same' });
});
