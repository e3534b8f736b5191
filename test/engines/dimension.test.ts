/**
 * Dimensions on every engine: histories reckoned by hand, then random logs in random order of arrival against a plain loop.
 * What is compared is the whole row, the surrogate key included.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import type { Rel } from '../../compiler/relational/rel.ts';
import type { RowType } from '../../compiler/relational/types.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { canonicalRow } from '../support/canonical.ts';
import { workspaceOf } from '../support/check.ts';
import { type DimensionPlan, dimensionRows, type Row, type Value } from '../support/dimension.ts';
import { type Engine, openEngines } from './engines.ts';
import { load } from './tables.ts';

const SCHEMA = '_landing';
/** Random logs for each dimension. */
const RUNS = 25;
let engines: readonly Engine[] = [];
beforeAll(async () => {
  engines = await openEngines(SCHEMA);
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

/** One log for all: every type there is in keys and attributes, with few values, so that they meet. */
const LOG: Readonly<Record<string, { readonly type: string; readonly values: readonly Value[] }>> = {
  k: { type: 'int64', values: ['1', '2'] },
  s: { type: 'string', values: ['a', 'a|2', '\\', "it's"] },
  at: {
    type: 'timestamp',
    values: ['2026-01-01 00:00:00', '2026-01-01 00:00:00.000001', '2026-02-01 12:30:00', '1969-12-31 23:59:59.5'],
  },
  day: { type: 'date', values: ['2026-01-01', '2026-01-02', '1950-07-01'] },
  seq: { type: 'int64', values: ['1', '2', '10'] },
  op: { type: 'string?', values: ['u', 'u', 'd', null] },
  gone: { type: 'bool', values: [false, false, true] },
  a: { type: 'string?', values: ['x', 'y', null] },
  b: { type: 'int64?', values: ['9', '10', null] },
  c: { type: 'decimal(9, 2)', values: ['1.50', '2.00'] },
  d: { type: 'bool?', values: [true, false, null] },
  e: { type: 'date?', values: ['2026-01-01', null] },
  u: { type: 'uuid', values: ['6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55', '00000000-0000-0001-0000-000000000000'] },
  f: { type: 'colour', values: ['red', 'green'] },
};
const fields = (columns: Readonly<Record<string, { readonly type: string }>>): string =>
  Object.entries(columns)
    .map(([name, { type }]) => `${name}: ${type}`)
    .join(', ');

/** Each dimension in words, and as the plan that the loop goes by. */
const DIMENSIONS: Readonly<
  Record<string, { readonly text: string; readonly plan: Omit<DimensionPlan, 'text' | 'compare'> }>
> = {
  'every type of history': {
    text: `dimension dim_kept in dwh.core {
      key: k, order: at, deleted: gone, history: { a: 2, b: 1, c: 0, d: 3, e: 2 }
    } = from log |> select k, at, gone, a, b, c, d, e`,
    plan: {
      surrogate: 'kept_key',
      key: ['k'],
      order: ['at'],
      deleted: (row) => row['gone'] === true,
      history: { a: 2, b: 1, c: 0, d: 3, e: 2 },
      inferred: false,
      unknown: null,
      beginning: '',
    },
  },
  'no history, nobody leaves': {
    text: 'dimension latest in dwh.core { key: k, order: [at, seq] } = from log |> select k, at, seq, a, b',
    plan: {
      surrogate: 'latest_key',
      key: ['k'],
      order: ['at', 'seq'],
      deleted: null,
      history: { a: 1, b: 1 },
      inferred: false,
      unknown: null,
      beginning: '',
    },
  },
  'one type for all, none of them the default': {
    text: `dimension all_dim in dwh.core { key: [k, s], order: [day, at], history: 2, unknown: true, surrogate: sk } =
      from log |> select k, s, day, at, a, c`,
    plan: {
      surrogate: 'sk',
      key: ['k', 's'],
      order: ['day', 'at'],
      deleted: null,
      history: { a: 2, c: 2 },
      inferred: false,
      unknown: {},
      beginning: '1900-01-01',
    },
  },
  'keys of every type': {
    text: `dimension keys in dwh.core { key: [c, day, gone, u, f, at], order: day, history: { b: 2, s: 2 } } =
      from log |> select s, c, day, gone, u, f, at, b`,
    plan: {
      surrogate: 'keys_key',
      key: ['c', 'day', 'gone', 'u', 'f', 'at'],
      order: ['day'],
      deleted: null,
      history: { s: 2, b: 2 },
      inferred: false,
      unknown: null,
      beginning: '',
    },
  },
  'attributes that are called as the steps call theirs': {
    text: `dimension steps in dwh.core { key: k, order: at, deleted: gone = true, history: { until: 3, next: 2, gone: 2, version: 0 } } =
      from log |> select k, at, a as until, b as next, gone, c as version, d as absent, e as latest_until`,
    plan: {
      surrogate: 'steps_key',
      key: ['k'],
      order: ['at'],
      deleted: (row) => row['gone'] === true,
      history: { until: 3, next: 2, gone: 2, version: 0, absent: 1, latest_until: 1 },
      inferred: false,
      unknown: null,
      beginning: '',
    },
  },
  'inferred and unknown members, who are gone by a condition': {
    text: `dimension dim_inferred in dwh.core {
      key: [s, k]
      order: at
      deleted: op = 'd' or gone
      history: { a: 3, b: 3, d: 2, default: 0 }
      inferred: (from named |> where k <> 3)
      unknown: { a: 'none', d: false }
    } = from log |> select s, at, k, op, gone, a, b, d, e`,
    plan: {
      surrogate: 'inferred_key',
      key: ['s', 'k'],
      order: ['at'],
      deleted: (row) => row['op'] === 'd' || row['gone'] === true,
      history: { a: 3, b: 3, d: 2, e: 0 },
      inferred: true,
      unknown: { a: 'none', d: false },
      beginning: '1900-01-01 00:00:00',
    },
  },
};
const NAMED = {
  k: { type: 'int64?', values: ['1', '3', '4', null] },
  s: { type: 'string', values: ['a', 'a|2'] },
} as const;

const workspace = workspaceOf([
  {
    path: 'dimensions.pipe',
    text: [
      "project p { owner: 'a@b.example', target: local }",
      "target local { engine: duckdb(path: '.pipec/p.duckdb') }",
      "store dwh : warehouse { owner: 'a@b.example', retention: 7y }",
      'enum colour { red, green, blue }',
      `type Log { ${fields(LOG)} }\nsource log : Log from file('log.csv')`,
      `type Named { ${fields(NAMED)} }\nsource named : Named from file('named.csv')`,
      ...Object.values(DIMENSIONS).map(({ text }) => text),
      ...Object.entries({ before: 'k, at, seq, gone, a', after: 'k, at, seq, gone, a, s, op, b, d, e' }).map(
        ([name, columns]) =>
          `dimension ${name} in dwh.core { key: k, order: [at, seq], deleted: gone, history: { a: 2 }, surrogate: sk } = from log |> select ${columns}`,
      ),
    ].join('\n'),
  },
]);

const TIES: Readonly<Record<string, (a: string, b: string) => number>> = {
  int64: (a, b) => Number(BigInt(a) - BigInt(b)),
  decimal: (a, b) => Number(a) - Number(b),
};

/** As a key hashes it; the same with six digits after the second. */
function text(type: string, value: Value): string {
  const written = String(value);
  if (type.startsWith('string')) return written.replaceAll('\\', '\\\\').replaceAll('|', '\\|');
  if (!/ \d\d:/.test(written)) return written;
  const [seconds = '', fraction = ''] = written.split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}`;
}

function compare(type: string, a: Value, b: Value): number {
  if (typeof a === 'boolean' || typeof b === 'boolean') return Number(a) - Number(b);
  const own = TIES[type.replace(/[(?].*/, '')];
  return own === undefined ? (String(a) < String(b) ? -1 : 1) : own(String(a), String(b));
}

function queryOf(name: string): { readonly rel: Rel; readonly row: RowType } {
  const program = workspace.program();
  if (program === null) throw new Error(JSON.stringify(workspace.check(), null, 2));
  const word = /^dimension (\w+)/.exec(name)?.[1] ?? '';
  const dataset = program.datasets.find(({ table }) => table === word);
  if (dataset?.rel == null) throw new Error(`no dimension ${word}`);
  return { rel: optimize(dataset.rel), row: dataset.row };
}

const loaded = async (engine: Engine, name: 'log' | 'named', rows: readonly Row[]): Promise<void> => {
  const columns = workspace.adHocQuery(`from ${name}`).query?.row.columns ?? [];
  await load(
    engine,
    SCHEMA,
    name,
    columns,
    rows.map((row) => columns.map((column) => row[column.name] ?? null)),
  );
};

/** The dimension's rows on each engine, and those of the loop, as sorted texts. */
async function both(name: keyof typeof DIMENSIONS, log: readonly Row[], named: readonly Row[]) {
  const { text: written, plan } = DIMENSIONS[name] ?? { text: '', plan: null };
  if (plan === null) throw new Error(`no dimension ${name}`);
  const { rel, row } = queryOf(written);
  // What the query gives: columns of the log, some under another name.
  const source = (/from log \|> select (.*)/.exec(written)?.[1]?.split(', ') ?? []).map((item) => item.split(' as '));
  const columns = source.map(([from = '', to = from]) => ({ from, to }));
  const read = log.map((each) => Object.fromEntries(columns.map(({ from, to }) => [to, each[from] ?? null])));
  const typeOf = (column: string): string =>
    LOG[columns.find(({ to }) => to === column)?.from ?? '']?.type ?? 'timestamp';
  const expected = dimensionRows(
    {
      ...plan,
      text: (column, value) => text(typeOf(column), value),
      compare: (column, a, b) => compare(typeOf(column), a, b),
    },
    read,
    named.filter((each) => each['k'] !== '3'),
  );
  const given: Record<string, readonly string[]> = {};
  for (const engine of engines) {
    const rows = await engine.rows(renderQuery(rel, engine.dialect));
    given[engine.name] = rows.map((each) => canonicalRow(each, row.columns)).sort();
  }
  return {
    given,
    expected: expected
      .map((each) =>
        canonicalRow(
          row.columns.map(({ name: column }) => each[column] ?? null),
          row.columns,
        ),
      )
      .sort(),
  };
}

const rowsOf = (columns: Readonly<Record<string, { readonly values: readonly Value[] }>>, maxLength: number) =>
  fc.array(
    fc.record(
      Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, fc.constantFrom(...values)])),
    ),
    { maxLength, size: 'max' },
  );

test('the program is right', () => {
  expect(workspace.check().filter(({ severity }) => severity === 'error')).toEqual([]);
});

/** Histories reckoned by hand, as tests of the language: what each engine makes of the given rows, and the expected rows. */
const HISTORIES = workspaceOf([
  {
    path: 'histories.pipe',
    text: readFileSync(join(import.meta.dirname, '../fixtures/dimensions/histories.pipe'), 'utf8'),
  },
]);
test.each((HISTORIES.program()?.tests ?? []).map((each) => [each.name ?? '', each] as const))(
  'by hand: %s',
  async (_name, { actual, expected }) => {
    for (const engine of engines) {
      const rows = async (rel: Rel): Promise<readonly string[]> =>
        (await engine.rows(renderQuery(optimize(rel), engine.dialect)))
          .map((row) => canonicalRow(row, rel.columns))
          .sort();
      expect(await rows(actual), engine.name).toEqual(await rows(expected));
    }
  },
);
test('what is reckoned by hand is a program', () => {
  expect(HISTORIES.check()).toEqual([]);
});

describe.each(Object.keys(DIMENSIONS))('%s', (name) => {
  test('a loop over the log of each member gives the same rows', { timeout: 120_000 }, async () => {
    let versions = 0;
    await fc.assert(
      fc.asyncProperty(rowsOf(LOG, 14), rowsOf(NAMED, 4), async (log, named) => {
        for (const engine of engines) {
          await loaded(engine, 'log', log);
          await loaded(engine, 'named', named);
        }
        const { given, expected } = await both(name, log, named);
        for (const engine of engines) expect(given[engine.name], engine.name).toEqual(expected);
        versions += expected.length;
      }),
      { numRuns: RUNS, seed: 11 },
    );
    // Logs of nothing prove nothing. Without history a log has two rows at most, one a member.
    expect(versions).toBeGreaterThan(RUNS);
  });
});

test('a column that is new at the source changes neither keys nor versions', { timeout: 120_000 }, async () => {
  const [before, after] = [queryOf('dimension before'), queryOf('dimension after')];
  expect(after.row.columns.length).toBe(before.row.columns.length + 5);
  const at = before.row.columns.map(({ name }) => after.row.columns.findIndex((column) => column.name === name));
  await fc.assert(
    fc.asyncProperty(rowsOf(LOG, 14), async (log) => {
      for (const engine of engines) {
        await loaded(engine, 'log', log);
        const rows = async ({ rel }: { readonly rel: Rel }) => engine.rows(renderQuery(rel, engine.dialect));
        const narrow = (await rows(before)).map((row) => canonicalRow(row, before.row.columns));
        const wide = (await rows(after)).map((row) =>
          canonicalRow(
            at.map((i) => row[i]),
            before.row.columns,
          ),
        );
        expect(wide.sort(), engine.name).toEqual(narrow.sort());
      }
    }),
    { numRuns: 25, seed: 3 },
  );
});
