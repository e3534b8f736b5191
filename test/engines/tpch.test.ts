/**
 * The 22 queries of TPC-H in pipe syntax, through the whole compiler, over generated data: the three engines agree with each
 * other, and with plain SQL (`tpch.sql`) run straight on DuckDB.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import type { Rel } from '../../compiler/relational/rel.ts';
import { canonicalRow } from '../support/canonical.ts';
import { tpch, workspaceOf } from '../support/check.ts';
import { type TpchTable, tpchRows } from '../support/tpch-data.ts';
import { answer } from './compare.ts';

import { type Engine, openEngines } from './engines.ts';
import { load } from './tables.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');

const program = workspaceOf([
  tpch,
  { path: 'queries.pipe', text: read('../fixtures/check/tpch/queries.pipe') },
]).program();
const queries = (program?.datasets ?? []).flatMap(({ table, rel }): [string, Rel][] =>
  rel === null ? [] : [[table, optimize(rel)]],
);
const references = new Map(
  read('tpch.sql')
    .split(/^-- (?=q\d\d$)/m)
    .slice(1)
    .map((text) => [text.slice(0, 3), text.slice(4)] as const),
);

let engines: readonly Engine[] = [];

beforeAll(async () => {
  engines = await openEngines('_landing');
  for (const [name, rows] of Object.entries(tpchRows({ scale: 0.002, seed: 1 }))) {
    const columns = program?.datasets.find((dataset) => dataset.table === (name as TpchTable))?.row.columns ?? [];
    for (const engine of engines) await load(engine, '_landing', name, columns, [...rows()]);
  }
  await engines[0]?.run('USE _landing');
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

test('there are 22 of them, each with its reference', () => {
  expect(queries.map(([name]) => name)).toEqual([...references.keys()]);
  expect(queries).toHaveLength(22);
});

test.each(queries)('%s', { timeout: 120_000 }, async (name, rel) => {
  const wanted = await engines[0]?.rows(references.get(name) ?? '');
  const values = wanted?.flat().filter((value) => value !== null && value !== '0' && value !== 0) ?? [];
  expect(values, 'the query must have something to compare').not.toHaveLength(0);
  const reference = wanted?.map((row) => canonicalRow(row, rel.columns)).sort();
  for (const engine of engines) {
    const { sql, rows, failure } = await answer(engine, rel);
    expect(failure, `${engine.name}\n${sql}`).toBeNull();
    expect(rows, `${engine.name}\n${sql}`).toEqual(reference);
  }
});
