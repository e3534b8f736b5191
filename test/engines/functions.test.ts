/**
 * Every row of the function table, run on every engine through the whole compiler over tables of edge values: the same
 * value, byte for byte in the canonical text. A value that fails the query (an overflow) must fail it everywhere, but for
 * what `ALONE` names and `docs/engines.md` explains.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Expr, Rel } from '../../compiler/relational/rel.ts';
import { expressionsOf, forEachExpr, forEachRel } from '../../compiler/relational/walk.ts';
import { type EngineName, functionRows } from '../../compiler/semantics/functions/table.ts';
import { AGGREGATES, SCALARS, VALUES, WINDOWS } from './cases.ts';
import { answer, relOf } from './compare.ts';
import { EDGES } from './edges.ts';
import { type Engine, openEngines } from './engines.ts';
import { load } from './tables.ts';

/** What may fail on an engine where the others go on. */
const ALONE: Readonly<Record<string, { readonly engines: readonly EngineName[]; readonly why: string }>> = {
  'i - j': { engines: ['clickhouse'], why: 'below a null is a zero, and zero less the least int64 overflows' },
  'f * g': { engines: ['postgres'], why: 'a float64 that is not finite, or too near to zero, is an error there' },
  'f / g': { engines: ['postgres'], why: 'a float64 that is not finite, or too near to zero, is an error there' },
  'w + d': {
    engines: ['duckdb', 'clickhouse'],
    why: 'both sides take the scale of the result before one is seen to be null',
  },
  'div(w, v, 0)': {
    engines: ['duckdb'],
    why: 'it divides whole numbers of 128 bits, of which the rounding digit takes one',
  },
  'div(w, v, 4)': { engines: ['duckdb'], why: 'it divides whole numbers of 128 bits, of which the scale takes some' },
};

let engines: readonly Engine[] = [];
const seen = new Set<string>();

beforeAll(async () => {
  engines = await openEngines('_landing');
  for (const [name, table] of Object.entries(EDGES)) {
    const { columns } = relOf(`from ${name}`);
    const rows = table.rows.map((row, i) => [String(i), ...row]);
    for (const engine of engines) await load(engine, '_landing', name, columns, rows);
  }
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

const names = (rel: Rel): void => {
  forEachRel(rel, (node) => {
    for (const expr of expressionsOf(node)) forEachExpr(expr, note);
  });
};
const note = (expr: Expr): void => {
  if (expr.kind === 'call' || expr.kind === 'aggregate' || expr.kind === 'window') seen.add(expr.fn);
};

/** The rows of the program on every engine, which must all have some. */
async function same(program: string): Promise<readonly string[]> {
  const rel = relOf(program);
  names(rel);
  const answers = await Promise.all(engines.map((engine) => answer(engine, rel)));
  const [first] = answers;
  for (const [i, other] of answers.entries())
    expect(other.rows ?? other.failure, `${engines[i]?.name}: ${other.sql}\n${first?.sql}`).toEqual(first?.rows);
  return first?.rows ?? [];
}

describe('the example of each function', () => {
  for (const row of functionRows) {
    const { example } = row;
    if (example === null) continue;
    test(row.name, async () => {
      const [only] = await same(`from values [{ one: 1 }] |> select ${example.call} as x`);
      expect(JSON.parse(only ?? '[]')).toEqual([
        example.gives.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)Z$/, '$1.000000'),
      ]);
    });
  }
});

describe('values by hand', () => {
  test.each(VALUES)('%s', async (call, gives) => {
    const [only] = await same(`from values [{ one: 1 }] |> select ${call} as x`);
    expect(JSON.parse(only ?? '[]')).toEqual([gives]);
  });
});

/** Row by row, what the engine gives; 'fails' where the row makes the query fail. */
async function outcomes(
  engine: Engine,
  name: string,
  call: string,
  from: number,
  to: number,
): Promise<readonly string[]> {
  const rel = relOf(`from ${name} |> where n0 between ${from} and ${to} |> select n0, ${call} as x`);
  names(rel);
  const { rows } = await answer(engine, rel);
  if (rows !== null) {
    const values = new Map(rows.map((row) => JSON.parse(row) as [string, string | null]));
    return Array.from({ length: to - from + 1 }, (_, i) => String(values.get(String(from + i)) ?? null));
  }
  if (from === to) return ['fails'];
  const middle = Math.floor((from + to) / 2);
  return [
    ...(await outcomes(engine, name, call, from, middle)),
    ...(await outcomes(engine, name, call, middle + 1, to)),
  ];
}

describe.each(Object.entries(SCALARS))('over %s', (name, calls) => {
  const rows = EDGES[name]?.rows ?? [];
  test.each(calls.map((call) => [call]))('%s', async (call) => {
    const all = await Promise.all(engines.map((engine) => outcomes(engine, name, call, 0, rows.length - 1)));
    const alone = ALONE[call]?.engines ?? [];
    const differing = rows.flatMap((row, i) => {
      const values = Object.fromEntries(engines.map((engine, e) => [engine.name, all[e]?.[i]]));
      const counted = engines
        .map((engine, e) => [engine.name, all[e]?.[i]] as const)
        .filter(([engine, value]) => value !== 'fails' || !alone.includes(engine));
      return new Set(counted.map(([, value]) => value)).size <= 1 ? [] : [{ row, values }];
    });
    expect(differing.slice(0, 5)).toEqual([]);
    expect(
      all[0]?.some((value) => value !== 'fails'),
      'no row gives anything',
    ).toBe(true);
  });
});

/** An overflow is told apart by its own test: here the groups that have none. */
const tame = "from groups |> where k <> 'great'";

describe('aggregates', () => {
  test.each(AGGREGATES.map((call) => [call]))('%s', async (call) => {
    const rows = await same(`${tame} |> aggregate ${call} as x group by k`);
    expect(rows.length).toBe(4);
    expect((await same(`${tame} |> where k = 'none' |> aggregate ${call} as x`)).length).toBe(1);
  });
  test.each([['sum(i)'], ['sum(greatest(w, 999999999999999999999999999999999999.99))']])(
    '%s overflows on every engine',
    async (call) => {
      const rel = relOf(`from groups |> aggregate ${call} as x group by k`);
      for (const engine of engines) expect((await answer(engine, rel)).failure, engine.name).not.toBeNull();
    },
  );
  test('of int64 beyond 64 bits a mean is still exact', async () => {
    expect(await same(`from groups |> where k = 'great' |> aggregate avg(i) as x, avg(i + 0) as y`)).toEqual([
      '["4611686018427388000","4611686018427388000"]',
    ]);
  });
});

describe('windows', () => {
  test.each(WINDOWS.map((call) => [call]))('%s', async (call) => {
    expect((await same(`${tame} |> select o, ${call} as x`)).length).toBe(13);
  });
});

test('every row of the table has been run', () => {
  expect(functionRows.filter((row) => !seen.has(row.name)).map((row) => row.name)).toEqual(['now']);
});
