/** The record of runs from the command line: what ran, what it told, and what can be done about it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { DatasetRunLine, RunLine } from '../../compiler/cli/machine.ts';
import { newFolder, pipec, start, write } from '../support/command.ts';

const program = (least: number): string => `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
table one in dwh.core = from values [{ x: 1 }] |> extend now() as at
table bad in dwh.core = from one |> assert x > ${least}, 'x is small'
table below in dwh.core = from bad
table beside in dwh.core = from values [{ y: 1 }]
job nightly { schedule: cron('0 0 1 1 *'), builds: [dwh.core.*] }
`;
const schema = (name: string) =>
  new Ajv({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(join(import.meta.dirname, `../../docs/schemas/${name}.schema.json`), 'utf8')),
  );
const validate = schema('runs');
const validateOf = schema('dataset-runs');

async function runsOf(folder: string, ...words: string[]): Promise<RunLine[]> {
  const { out, err, code } = await pipec(['runs', '--json', ...words], { folder });
  expect(code, err).toBe(0);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const value = JSON.parse(line) as RunLine;
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    return value;
  });
}

test('a failed run is listed, told, and done again where it stopped', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': program(1) });
  expect((await pipec(['runs'], { folder })).out).toBe('Nothing has run in local yet.\n');
  expect((await pipec(['logs'], { folder })).err).toContain('error[unknown-run]: nothing has run in `local` yet');
  await pipec(['run', 'nightly'], { folder });
  const [failed] = await runsOf(folder);
  expect(failed).toMatchObject({ job: 'nightly', status: 'failed', tasks: 4, done: 2, failed: 1, skipped: 1 });
  const run = failed?.run ?? '';
  expect((await pipec(['runs', 'nightly'], { folder })).out).toMatch(
    /^✗ \S+ {3}nightly {3}failed {3}just now .* 2 done, 1 failed, 1 skipped\n$/,
  );

  const told = await pipec(['logs', run], { folder });
  expect(told.out).toMatch(/^[-\d]+ [:\d]+ {2}shop · local \(duckdb\) · job nightly · 4 tasks/);
  expect(told.out).toMatch(/^[-\d]+ [:\d]+ {2}✗ dwh\.core\.bad +failed/m);
  expect(told.out).toContain('error[assertion-failed]: x is small (shop.pipe:6)');
  const one = await pipec(['logs', run, 'beside', '--json'], { folder });
  const events = one.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; task: string });
  expect(events.map(({ event, task }) => `${event} ${task}`)).toEqual([
    'task.started dwh.core.beside',
    'task.finished dwh.core.beside',
  ]);
  const none = await pipec(['logs', run, 'nothing'], { folder });
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('has no task `nothing`') });

  write(folder, { 'shop.pipe': program(0) });
  const again = await pipec(['retry', run], { folder });
  expect(again.code).toBe(0);
  expect(again.out).toContain(`Of the run ${run}: 2 tasks to do again`);
  expect(again.out).toContain('2 done · 0 failed');
  expect((await runsOf(folder, '--last', '1'))[0]).toMatchObject({ job: 'nightly', status: 'succeeded', done: 2 });
  expect((await pipec(['retry'], { folder })).out).toMatch(/^Nothing is left of the run \S+: it succeeded\.\n$/);
  const meant = await pipec(['retry', `${run.slice(0, -1)}_`], { folder });
  expect(meant).toMatchObject({ code: 2, err: expect.stringContaining('did you mean') });
}, 60_000);

test('of a dataset: what each run did to it, and how its checks went', async () => {
  const folder = newFolder();
  const judged = (least: number) =>
    `${program(0)}\ntable judged in dwh.core { checks { expect x > ${least}, expect x > 1 warn } } = from values [{ x: 1 }, { x: 2 }]\n`;
  const of = async (...words: string[]) => await pipec(['runs', '--of', 'judged', ...words], { folder });
  write(folder, { 'shop.pipe': judged(0) });
  expect((await of()).out).toBe('No run has come to dwh.core.judged in local yet.\n');
  for (let count = 0; count < 2; count++) await pipec(['run', 'judged'], { folder });
  write(folder, { 'shop.pipe': judged(1) });
  await pipec(['run', 'judged'], { folder });
  const { out, err } = await of('--json');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DatasetRunLine);
  for (const line of lines) expect(validateOf(line), `${err}${JSON.stringify(validateOf.errors)}`).toBe(true);
  const [failed, unchanged, built] = lines;
  expect(lines.map(({ status, rows }) => ({ status, rows }))).toEqual([
    { status: 'failed', rows: null },
    { status: 'unchanged', rows: null },
    { status: 'succeeded', rows: 2 },
  ]);
  expect(unchanged).toMatchObject({ why: null, checks: [] });
  expect(built?.checks.map(({ check, passed, failing }) => ({ check, passed, failing }))).toEqual([
    { check: 'expect x > 0', passed: true, failing: 0 },
    { check: 'expect x > 1 warn', passed: false, failing: 1 },
  ]);
  expect(failed?.checks).toMatchObject([
    { check: 'expect x > 1', passed: false, severity: 'error', failing: 1, rows: 2, sample: [{ x: '1' }] },
    { check: 'expect x > 1 warn', passed: false, severity: 'warn', failing: 1 },
  ]);
  const text = (await of('--last', '1')).out.split('\n');
  expect(text[0]).toMatch(/^✗ \S+ {3}a selection {3}failed {3}just now /);
  expect(text.slice(1)).toEqual([
    '      failed: expect x > 1 on 1 of 2 rows',
    '      warned: expect x > 1 on 1 of 2 rows',
    '',
  ]);
  expect(await of('nightly')).toMatchObject({ code: 2, err: expect.stringContaining('`--of` and a job') });
}, 60_000);

test('a run that goes on is followed, and cancelled from another process', async () => {
  const folder = newFolder();
  const numbers = `n\n${Array.from({ length: 100_000 }, (_, index) => index + 1).join('\n')}\n`;
  write(folder, {
    'numbers.csv': numbers,
    'slow.pipe': `
project slow { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/slow.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Number { n: int64 @key }
source numbers : Number from file('numbers.csv') in dwh.raw { invalid: quarantine }
table slow in dwh.core = from numbers as a |> cross join numbers as b |> cross join numbers as c |> aggregate sum(abs(a.n - b.n - c.n)) as total
`,
  });
  const going = start(['run'], { folder });
  await going.printed(/dwh\.core\.slow started/);
  const follower = start(['logs', '--follow'], { folder });
  await follower.printed(/dwh\.core\.slow started/);
  const [run] = await runsOf(folder);
  expect(run).toMatchObject({ status: 'running', tasks: 2 });
  expect((await pipec(['retry', run?.run ?? ''], { folder })).err).toContain('goes on');
  const asked = await pipec(['cancel', run?.run ?? ''], { folder });
  expect(asked).toMatchObject({ code: 0, out: `The run ${run?.run} was cancelled.\n` });
  expect((await going.ended).code).toBe(130);
  const followed = await follower.ended;
  expect(followed.code).toBe(0);
  expect(followed.out).toMatch(/^cancelled · 1 done/m);
  const late = await pipec(['cancel', run?.run ?? ''], { folder });
  expect(late).toMatchObject({ code: 2, err: expect.stringContaining('error[run-over]') });
}, 60_000);

test('what a scheduler has queued is listed, and a pause is kept', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': program(0) });
  expect(await pipec(['schedule', '--once'], { folder })).toMatchObject({ code: 0 });
  const database = new DatabaseSync(join(folder, '.pipec/state.db'));
  database.exec(`UPDATE schedules SET considered = '2020-06-01T00:00:00.000Z'`);
  expect((await pipec(['pause', 'nightly'], { folder })).out).toBe('nightly is paused. Go on: pipec resume nightly\n');
  expect((await pipec(['schedule', '--once'], { folder })).out).toBe('Nothing is due.\n');
  expect((await pipec(['resume', 'nightly'], { folder })).out).toBe('nightly goes on.\n');
  database.exec(
    `INSERT INTO queue (target, job, due_at, status, queued_at) VALUES ('local', 'nightly', '2020-01-01T00:00:00.000Z', 'queued', '2020-01-01T00:00:00.000Z')`,
  );
  database.close();
  expect(await runsOf(folder)).toMatchObject([
    { run: null, job: 'nightly', status: 'queued', dueAt: '2020-01-01T00:00:00.000Z' },
  ]);
  expect((await pipec(['schedule', '--once'], { folder })).out).toMatch(/✔ nightly succeeded in/);
  expect(await runsOf(folder)).toMatchObject([{ job: 'nightly', status: 'succeeded', done: 4 }]);
  expect(await pipec(['pause', 'nihgtly'], { folder })).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no job `nihgtly`; did you mean `nightly`?'),
  });
}, 60_000);
