/**
 * What of published pipe syntax is refused, printed as a table with the reasons: TPC-H (`tpch.test.ts` has its rows) and the
 * forms of the documentation (`published.ts`). What is not refused runs, and gives the same rows on every engine.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { workspaceOf } from '../support/check.ts';
import { answer } from './compare.ts';
import { type Engine, openEngines } from './engines.ts';
import { PUBLISHED, PUBLISHED_PROJECT, PUBLISHED_ROWS, type PublishedForm } from './published.ts';
import { load } from './tables.ts';

/** The code that refuses a form. A form that is not here checks and runs. */
const REFUSED: Readonly<Record<string, string>> = {
  'set, then the value before it': 'stale-qualifier',
  'drop, then the value before it': 'stale-qualifier',
  'rename, then the value before it': 'stale-qualifier',
  'distinct over a struct': 'expected-expression',
  'recursive union': 'unsupported-stage',
  tablesample: 'unsupported-stage',
  'with recursive': 'form-elsewhere',
  window: 'unsupported-stage',
  match_recognize: 'unsupported-stage',
  describe: 'unsupported-stage',
  if: 'unsupported-stage',
  'create table': 'unsupported-stage',
  insert: 'unsupported-stage',
  'export data': 'unsupported-stage',
  fork: 'unsupported-stage',
  tee: 'unsupported-stage',
  'a mean beside rows': 'incomparable-types',
  'cross join with a list of numbers': 'function-elsewhere',
  extract: 'wrong-arguments',
  format_date: 'function-elsewhere',
  'string functions': 'function-elsewhere',
  'join values': 'duplicate-alias',
  'union all values': 'set-operation-columns',
  'natural join': 'unsupported-stage',
};

const workspace = workspaceOf([{ path: 'published.pipe', text: PUBLISHED_PROJECT }]);
const errorsOf = ({ query }: PublishedForm) =>
  workspace.adHocQuery(query).diagnostics.filter(({ severity }) => severity === 'error');

let engines: readonly Engine[] = [];
beforeAll(async () => {
  engines = await openEngines('_landing');
  for (const [name, rows] of Object.entries(PUBLISHED_ROWS)) {
    const columns = workspace.adHocQuery(`from ${name}`).query?.row.columns ?? [];
    for (const engine of engines) await load(engine, '_landing', name, columns, rows);
  }
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

test('the forms that are refused, and why', () => {
  const refused = PUBLISHED.flatMap((each) => {
    const [first] = errorsOf(each);
    return first === undefined ? [] : [{ ...each, code: first.code, reason: first.message }];
  });
  const lines = refused.map(({ from, form, reason }) => `  ${from.padEnd(9)}  ${form.padEnd(33)}  ${reason}`);
  console.log(
    [
      `published pipe syntax: ${refused.length} of ${PUBLISHED.length} forms are refused, 0 of 22 of TPC-H`,
      ...lines,
    ].join('\n'),
  );
  expect(Object.fromEntries(refused.map(({ form, code }) => [form, code]))).toEqual(REFUSED);
});

test.each(PUBLISHED.filter(({ form }) => !(form in REFUSED)))('$from: $form', async ({ query }) => {
  const { query: elaborated, diagnostics } = workspace.adHocQuery(query);
  if (elaborated === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const rel = optimize(elaborated.rel);
  const [first, ...others] = await Promise.all(engines.map((engine) => answer(engine, rel)));
  expect(first?.failure, first?.sql).toBeNull();
  expect(first?.rows?.length).toBeGreaterThan(0);
  for (const other of others) expect(other.failure ?? other.rows, other.sql).toEqual(first?.rows);
});
