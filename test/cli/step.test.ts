/** Steps whose rows a function of the project computes, through the command and through a built job. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newFolder, pipec, plainEnvironment, write } from '../support/command.ts';

const PROGRAM = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
store lake : lake { path: 'lake', owner: 'me@example.com', retention: 1y }
enum kind { odd, even }
type All {
  id:    int64
  yes:   bool?
  ratio: float64?
  money: decimal(20, 4)?
  text:  string?
  kind:  kind?
  bytes: bytes?
  on:    date?
  at:    timestamp?
  uuid:  uuid?
  json:  json?
  words: list<string>?
}
table given : All in dwh.core = sql"""
  select i as id, i % 2 = 0 as yes, i / 7 as ratio, (i * 1.2345 - 5000)::decimal(20, 4) as money, 'é' || i as text,
    case when i % 2 = 0 then 'even' else 'odd' end as kind, ('\\x' || 'AB')::blob as bytes, date '1969-01-01' + i::int as "on",
    timestamptz '1960-01-01 00:00:00.000001+00' + to_hours(i) as at,
    ('00000000-0000-4000-8000-00000000' || lpad(i::varchar, 4, '0'))::uuid as uuid, ('{"i":' || i || '}')::json as json, ['a', null, i::varchar] as words
  from range(5000) as t(i)
  union all by name select 5000 as id
"""
step same : All of given from typescript('lib/steps.ts#same') in dwh.core { key: id, checks { rows between 5001 and 5001 } }
step kept : All of given from typescript('lib/steps.ts#same') in lake
table differs in dwh.core =
  from (from given |> except distinct dwh.core.same) |> union all (from dwh.core.same |> except distinct given) |> union all (from given |> except distinct lake.kept)
type Sum { total: int64, biggest: string }
step summed : Sum of given from typescript('lib/steps.ts#summed') in dwh.core
test of summed {
  given given = values [{ id: 3, money: 1.5 }, { id: 4, money: 2.25 }]
  expect = values [{ total: 7, biggest: '2.2500' }]
}
job all { builds: [dwh.*, lake.*] }
`;

const STEPS = `
import { bigger } from './money.ts';

/** Not erasable: Node alone would not run it. */
enum Start { None = 0 }

interface All {
  readonly id: readonly bigint[];
  readonly yes: readonly (boolean | null)[];
  readonly ratio: readonly (number | null)[];
  readonly money: readonly (string | null)[];
  readonly text: readonly (string | null)[];
  readonly kind: readonly ('odd' | 'even' | null)[];
  readonly bytes: readonly (Uint8Array | null)[];
  readonly on: readonly (string | null)[];
  readonly at: readonly (bigint | null)[];
  readonly uuid: readonly (string | null)[];
  readonly json: readonly (string | null)[];
  readonly words: readonly ((string | null)[] | null)[];
}

export async function* same(batches: AsyncIterable<All>): AsyncGenerator<All> {
  for await (const batch of batches) yield batch;
}

export async function summed(batches: AsyncIterable<Pick<All, 'id' | 'money'>>): Promise<{ total: BigInt64Array; biggest: string[] }[]> {
  let total = BigInt(Start.None);
  let biggest = '0';
  for await (const { id, money } of batches) {
    for (const each of id) total += each;
    for (const each of money) biggest = bigger(biggest, each);
  }
  return [{ total: BigInt64Array.of(total), biggest: [biggest] }];
}
`;
const MONEY = `
export function bigger(a: string, b: string | null): string {
  if (b?.startsWith('13') === true) throw new RangeError('thirteen');
  return b === null || Number(a) > Number(b) ? a : b;
}
`;

function project(files: Readonly<Record<string, string>> = {}): string {
  const folder = newFolder();
  const calm = MONEY.replace("'13'", "'none'");
  write(folder, { 'shop.pipe': PROGRAM, 'lib/steps.ts': STEPS, 'lib/money.ts': calm, ...files });
  return folder;
}
const run = (folder: string, ...words: readonly string[]) =>
  pipec(words, { folder, env: { XDG_CACHE_HOME: join(folder, 'cache') } });

test('every type comes through a function as it was, into a warehouse and a lake', async () => {
  const folder = project();
  expect(await run(folder, 'check')).toMatchObject({ code: 0, out: expect.stringContaining('no errors') });
  const { code, out } = await run(folder, 'run');
  expect([code, out]).toEqual([0, expect.stringContaining('0 failed')]);
  expect((await run(folder, 'show', 'differs', '--json')).out).toBe('');
  expect((await run(folder, 'query', 'from same |> aggregate count() as n, count(words) as words', '--json')).out).toBe(
    '{"n":"5001","words":"5000"}\n',
  );
  expect((await run(folder, 'show', 'summed', '--json')).out).toBe('{"total":"12502500","biggest":"1171.2655"}\n');
  expect(await run(folder, 'test')).toMatchObject({ code: 0, out: expect.stringContaining('1 test passed') });
  expect(await run(folder, 'sql', 'same')).toMatchObject({
    code: 2,
    err: expect.stringContaining('computed by `same` of `lib/steps.ts`'),
  });
});

test('a built job brings its functions along, and tells errors with places in the project', async () => {
  const folder = project();
  expect(await run(folder, 'build')).toMatchObject({ code: 0 });
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
  // What was built needs the sources no more.
  rmSync(join(folder, 'lib'), { recursive: true });
  const job = (...words: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(folder, 'dist/jobs/all.mjs'), ...words], { env: plainEnvironment() });
  expect((await job('run')).stdout).toContain('0 failed');
  const bundle = readFileSync(join(folder, 'dist/jobs/all.mjs'), 'utf8');
  expect(bundle).not.toContain(folder);
  write(folder, { 'lib/steps.ts': STEPS, 'lib/money.ts': MONEY.replace("'13'", "'11'") });
  expect(await run(folder, 'build')).toMatchObject({ code: 0 });
  await expect(job('run')).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringContaining('`lib/steps.ts#summed` failed: RangeError: thirteen (lib/money.ts:3:'),
  });
});

test('what a function throws fails its step before anything is published, with its own place', async () => {
  const folder = project();
  expect(await run(folder, 'run')).toMatchObject({ code: 0 });
  write(folder, { 'lib/money.ts': MONEY.replace("'13'", "'11'") });
  const failed = await run(folder, 'run', 'summed');
  expect([failed.code, failed.out]).toEqual([
    3,
    expect.stringContaining(
      'error[function-failed]: the function `lib/steps.ts#summed` failed: RangeError: thirteen (lib/money.ts:3:',
    ),
  ]);
  expect((await run(folder, 'show', 'summed', '--json')).out).toBe('{"total":"12502500","biggest":"1171.2655"}\n');
});

test('a function whose module cannot be loaded', async () => {
  const folder = project({ 'lib/money.ts': `${MONEY}\nthrow new Error('no module today');\n` });
  const { code, out } = await run(folder, 'run', 'given', 'summed');
  expect([code, out]).toEqual([
    3,
    expect.stringContaining(
      'error[function-missing]: the function `lib/steps.ts#summed` cannot be loaded: no module today',
    ),
  ]);
  const gone = project({ 'lib/steps.ts': STEPS.replace('./money.ts', './gone.ts') });
  const lost = await run(gone, 'run', 'given', 'summed');
  expect([lost.code, lost.out]).toEqual([3, expect.stringContaining('Could not resolve "./gone.ts" (lib/steps.ts:2:')]);
});

test('a file that is no TypeScript is told where it is none', async () => {
  const folder = project({ 'lib/steps.ts': 'export function summed( {\n' });
  const { code, out } = await run(folder, 'check');
  expect([code, out]).toEqual([1, expect.stringContaining("not TypeScript: '}' expected\n")]);
  expect(out).toContain('lib/steps.ts:2:1');
});

test('a change in what a function imports is looked at anew', async () => {
  const folder = project();
  expect(await run(folder, 'check')).toMatchObject({ code: 0 });
  write(folder, { 'lib/money.ts': 'export function bigger(a: string, b: string | null): bigint { return 1n; }\n' });
  // The function's own types are as they were.
  expect(await run(folder, 'check')).toMatchObject({ code: 0 });
  write(folder, { 'lib/steps.ts': STEPS.replace('readonly id: readonly bigint[]', 'readonly id: readonly number[]') });
  expect(await run(folder, 'check')).toMatchObject({
    code: 1,
    out: expect.stringContaining('error[function-differs]'),
  });
});
