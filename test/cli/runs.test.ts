/** Runs that are cut short, killed, or meet each other: what was there is there, and the next run goes on. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../runtime/events.ts';
import { newFolder, pipec, start, write } from '../support/command.ts';

/** `slow` takes longer than anybody waits; `quick` is there before it begins. */
const SLOW = `
project slow { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/slow.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Number { n: int64 @key }
source numbers : Number from file('numbers.csv') in dwh.raw { invalid: quarantine }
table quick in dwh.core { key: [n] } = from numbers |> where n < 10
table slow in dwh.core =
  from quick as q
  |> cross join numbers as a
  |> cross join numbers as b
  |> aggregate sum(abs(a.n - b.n)) as total
table after in dwh.core = from slow
`;
const NUMBERS = `n\n${Array.from({ length: 100_000 }, (_, index) => index + 1).join('\n')}\n`;

function slowProject(): string {
  const folder = newFolder();
  write(folder, { 'slow.pipe': SLOW, 'numbers.csv': NUMBERS });
  return folder;
}

const slowRuns = /dwh\.core\.slow started|"event":"task\.started".*"task":"dwh\.core\.slow"/;
const events = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);

async function goesOn(folder: string): Promise<void> {
  const next = await pipec(['run', 'quick', 'numbers', '--json'], { folder });
  expect(next.code, next.err).toBe(0);
  const last = events(next.out).at(-1);
  expect(last).toMatchObject({ event: 'run.finished', status: 'succeeded', done: 0, unchanged: 2 });
  const shown = await pipec(['show', 'quick', '--csv'], { folder });
  expect(shown).toMatchObject({ code: 0, out: `n\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].join('\n')}\n` });
}

test('Ctrl-C stops what runs, keeps what is done, and says how to go on', async () => {
  const folder = slowProject();
  const run = start(['run'], { folder });
  await run.printed(slowRuns);
  run.process.kill('SIGINT');
  const { code, out, err } = await run.ended;
  expect(code).toBe(130);
  expect(err).toContain('cancelling');
  expect(out).toMatch(/○ dwh\.core\.slow +stopped/);
  expect(out).toMatch(/○ dwh\.core\.after +skipped: the run was cancelled/);
  expect(out).toMatch(/^cancelled · 2 done · 1 stopped · 0 failed · 1 skipped · /m);
  expect(out).toContain('Go on: pipec run\n');
  await goesOn(folder);
});

test('Ctrl-C with --json ends in events, and the second one ends at once', async () => {
  const folder = slowProject();
  const run = start(['run', '--json'], { folder });
  await run.printed(slowRuns);
  run.process.kill('SIGINT');
  const { code, out, err } = await run.ended;
  expect({ code, err }).toEqual({ code: 130, err: '' });
  expect(events(out).at(-1)).toMatchObject({ event: 'run.finished', status: 'cancelled', done: 2, skipped: 1 });

  const again = start(['run'], { folder });
  await again.printed(slowRuns);
  again.process.kill('SIGINT');
  // Two that come at once are one.
  await again.printed(/cancelling/);
  again.process.kill('SIGINT');
  // The signal ended it, or the run was cancelled by then. A shell says 130 of both.
  expect([130, null]).toContain((await again.ended).code);
  await goesOn(folder);
});

test('kill -9 in the middle of a run loses nothing that was published', async () => {
  const folder = slowProject();
  const run = start(['run'], { folder });
  await run.printed(slowRuns);
  run.process.kill('SIGKILL');
  expect((await run.ended).code).toBe(null);
  await goesOn(folder);
});

test('while a run holds the database, others look at what is published, and a second run waits and says for whom', async () => {
  const folder = slowProject();
  const first = start(['run', '--json'], { folder });
  await first.printed(slowRuns);
  const id = events(first.out())[0]?.run ?? '';

  const shown = await pipec(['show', 'quick', '--json', '--limit', '1'], { folder });
  expect(shown).toMatchObject({ code: 0, out: '{"n":"1"}\n' });
  const asked = await pipec(['query', 'from numbers |> aggregate count() as n', '--csv'], { folder });
  expect(asked).toMatchObject({ code: 0, out: 'n\n100000\n' });
  expect(await pipec(['show', 'slow'], { folder })).toMatchObject({ code: 3, out: '' });

  const second = start(['run', 'quick'], { folder });
  const third = start(['run', 'quick', '--json'], { folder });
  await second.printed(new RegExp(`waits.*${id}|${id}`));
  await third.printed(/"event":"run\.waiting"/);
  first.process.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
  expect(await second.ended).toMatchObject({ code: 0 });
  const waited = await third.ended;
  expect(waited.code).toBe(0);
  const reasons = events(waited.out).flatMap((event) => (event.event === 'run.waiting' ? [event.reason] : []));
  expect(reasons.join()).toContain(id);
});

test('a run that waits can be cancelled', async () => {
  const folder = slowProject();
  const first = start(['run'], { folder });
  await first.printed(slowRuns);
  const second = start(['run', 'quick'], { folder });
  await second.printed(/waits|waiting/i);
  second.process.kill('SIGINT');
  expect((await second.ended).code).toBe(130);
  first.process.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
});

const isRoot = process.getuid?.() === 0;

test('a full disk fails the task, and what was published is still there', async ({ skip }) => {
  const outside = newFolder();
  const folder = join(outside, 'small');
  mkdirSync(folder);
  // Room for the numbers, not for thirty times as many.
  const mounted = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]).status === 0;
  if (!mounted) skip('a small file system can be mounted by root only');
  onTestFinished(() => void spawnSync('umount', [folder]));
  write(outside, { 'numbers.csv': NUMBERS });
  write(folder, {
    'small.pipe': `${SLOW.replace("'numbers.csv'", "'../numbers.csv'").replace(/table slow[\s\S]*/, '')}
table wide in dwh.core =
  from numbers as a
  |> cross join (from numbers |> where n <= 30) as b
  |> extend sha256(cast(a.n * b.n as string)) as hash
  |> select a.n, b.n as m, hash
`,
  });
  const built = await pipec(['run', 'quick', '--json'], { folder });
  expect(built.code, built.out).toBe(0);
  const full = await pipec(['run'], { folder });
  expect(full.code).toBe(3);
  expect(full.out).toContain('error[disk-full]: the disk is full');
  expect(full.out).toContain('CREATE TABLE');
  await goesOn(folder);

  const build = await pipec(['build'], { folder });
  expect(build.code, build.err).toBe(0);
  const before = readdirSync(join(folder, 'dist'), { recursive: true }).sort();
  spawnSync('sh', ['-c', 'head -c 8000000 /dev/zero > fill'], { cwd: folder });
  const again = await pipec(['build'], { folder });
  expect(again.code).toBe(3);
  expect(again.err).toContain('error[output-not-writable]');
  expect(readdirSync(join(folder, 'dist'), { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(['.pipec', 'dist', 'fill', 'small.pipe']);
  const formatted = await pipec(['init', 'new'], { folder: outside });
  expect(formatted.code, formatted.err).toBe(0);
  expect(existsSync(join(outside, 'new/project.pipe'))).toBe(true);
});
