/** `pipec test`: on each engine of the project's targets, inside the process, whatever the target itself is. */
import fc from 'fast-check';
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

interface Change {
  readonly id: number;
  readonly at: number;
  readonly note: string;
  readonly gone: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  at: fc.integer({ min: 1, max: 4 }),
  note: fc.constantFrom('a', 'b', 'c'),
  gone: fc.boolean(),
});

/** Rows that were there, one a key and none of them gone, and those that came since: not two of a key that came at once. */
const stories = fc.record({
  previous: fc.uniqueArray(
    change.map((one) => ({ ...one, gone: false })),
    { maxLength: 4, selector: ({ id }) => id },
  ),
  came: fc.uniqueArray(change, { maxLength: 6, selector: ({ id, at }) => `${id} ${at}` }),
});

/** What each mode makes of them, plainly. */
const MODES: Readonly<Record<string, (previous: readonly Change[], came: readonly Change[]) => readonly Change[]>> = {
  append: (previous, came) => [...previous, ...came],
  hard: (previous, came) => latestOf(previous, came).filter(({ gone }) => !gone),
  soft: (previous, came) => latestOf(previous, came),
  ignore: (previous, came) =>
    latestOf(
      previous,
      came.filter(({ gone }) => !gone),
    ),
};

/** Of equal ones that wins which came later. */
function latestOf(previous: readonly Change[], came: readonly Change[]): readonly Change[] {
  const latest = new Map(previous.map((one) => [one.id, one]));
  for (const one of came) if (one.at >= (latest.get(one.id)?.at ?? 0)) latest.set(one.id, one);
  return [...latest.values()];
}

test('what comes to what was there: as a plain model has it, on every engine', async () => {
  const values = (rows: readonly Change[]): string =>
    rows.map(({ id, at, note, gone }) => `{ id: ${id}, at: ${at}, note: '${note}', gone: ${gone} }`).join(', ');
  const samples = fc.sample(stories, { numRuns: 40, seed: 4 });
  const tests = samples.flatMap(({ previous, came }) =>
    Object.entries(MODES).map(
      ([mode, made]) =>
        `test of by_${mode} { given previous = values [${values(previous)}], given changes = values [${values(came)}], expect = values [${values(made(previous, came))}] }`,
    ),
  );
  const upsert = (deletes: string): string =>
    `table by_${deletes} in dwh.core { key: id, refresh: upsert(order: at, deletes: ${deletes}, deleted: gone) } = from changes`;
  const program = `project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
target prod { engine: postgres(embedded: true) }
target olap { engine: clickhouse(embedded: true) }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Change { id: int64, at: int64, note: string, gone: bool }
source changes : Change from file('changes.csv') in dwh.core
table by_append in dwh.core { refresh: append } = from changes
${['hard', 'soft', 'ignore'].map(upsert).join('\n')}
${tests.join('\n')}
`;
  const folder = folderWithEngines();
  write(folder, { 'shop.pipe': program });
  const { code, out } = await pipec(['test'], { folder, env: { XDG_CACHE_HOME: `${folder}/cache` } });
  expect([
    code,
    out
      .replace(/[\d.]+ m?s$/m, '… s')
      .trim()
      .split('\n')
      .at(-1),
  ]).toEqual([0, `${tests.length} tests passed on duckdb, postgres and clickhouse · … s`]);
}, 60_000);
