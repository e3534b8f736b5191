/** `pipec test`: on each engine of the project's targets, inside the process, whatever the target itself is. */
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';
import { folderWithEngines } from './targets.ts';

const PROGRAM = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
target prod { engine: postgres(url: secret('NOBODY_KNOWS')) }
target olap { engine: clickhouse(url: secret('NOBODY_KNOWS')) }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Order { id: int64 @key, note: string? }
source orders : Order from file('orders.csv')
table kept in dwh.core = from orders |> where note is not null
type Said { said: string }
table engine : Said in dwh.core = {
  duckdb: sql"""select 'one of two' as said from dwh.core.kept"""
  postgres: sql"""select 'the other' as said from dwh.core.kept"""
}
type Long { id: int64, letters: int64 }
step counted : Long of kept from typescript('steps.ts#counted') in dwh.core

test of kept { given orders = values [{ id: 1 }, { id: 2, note: 'a' }], expect = values [{ id: 2, note: 'a' }] }
test of engine { given kept = values [{ id: 1 }], expect = values [{ said: 'one of two' }] }
test of counted { given kept = values [{ id: 1, note: 'abc' }], expect = values [{ id: 1, letters: 4 }] }
`;
const STEPS = `export async function* counted(batches: AsyncIterable<{ id: readonly bigint[]; note: readonly (string | null)[] }>):
  AsyncGenerator<{ id: readonly bigint[]; letters: readonly bigint[] }> {
  for await (const { id, note } of batches) yield { id, letters: note.map((text) => BigInt(text?.length ?? 0)) };
}`;
const run = (folder: string, ...words: readonly string[]) => {
  write(folder, { 'shop.pipe': PROGRAM, 'steps.ts': STEPS });
  return pipec(['test', ...words], { folder, env: { XDG_CACHE_HOME: `${folder}/cache` } });
};

test('a test runs on every engine of the targets, and says on which; what they agree in is said once', async () => {
  const { code, out } = await run(folderWithEngines());
  expect([code, out.replace(/[\d.]+ m?s$/m, '… s')]).toEqual([
    4,
    `✔ kept (shop.pipe:18)
✔ engine (shop.pipe:19) on duckdb
✗ engine (shop.pipe:19) on postgres
    said
  - one of two      expected, missing
  + the other      there, not expected
    ~~~~~~~~~
✗ counted (shop.pipe:20) on duckdb, postgres and clickhouse
    id   letters
  -  1         4      expected, missing
  +  1         3      there, not expected
               ~
2 failed · 1 of 3 tests passed on duckdb, postgres and clickhouse · … s
`,
  ]);
}, 60_000);

test('an engine that the project has not installed is left out, and named', async () => {
  const folder = newFolder();
  const { code, out } = await run(folder, 'kept', '--json');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(code).toBe(0);
  expect(lines.map(({ engine, status, error }) => [engine, status, error])).toEqual([
    ['duckdb', 'passed', null],
    ['postgres', 'skipped', expect.stringContaining('`@electric-sql/pglite`')],
    ['clickhouse', 'skipped', expect.stringContaining('`chdb`')],
  ]);
  expect((await run(folder, 'kept')).out).toContain('1 test passed on duckdb · not on postgres (install it');
  expect(await run(folder, 'kept', '-t', 'prod')).toMatchObject({
    code: 3,
    err: expect.stringContaining('error[package-missing]'),
  });
});
