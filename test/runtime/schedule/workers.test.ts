/** Processes that do runs one after the other, and one that stands by before there is a run for it. */
import { copyFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../../runtime/schedule/launch.ts';
import type { Launched } from '../../../runtime/schedule/scheduler.ts';
import { Workers } from '../../../runtime/schedule/workers.ts';
import { newFolder } from '../../support/command.ts';

/** It notes that it is there, and its run is named after what was done before it in its process. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { work } from ${JSON.stringify(join(import.meta.dirname, '../../../runtime/schedule/worker.ts'))};
const tell = (event) => console.log(JSON.stringify(event));
const done = [];
let foreign = false;
process.on('disconnect', () => process.exit());
process.exitCode = await work({
  warm: async () => writeFileSync('there-' + process.pid, ''),
  isForeign: () => foreign,
  async perform([how]) {
    done.push(how);
    tell({ event: 'run.started', run: process.pid + ' ' + done.join(' ') });
    if (how === 'deaf') process.on('SIGTERM', () => {});
    if (how === 'dead') process.kill(process.pid, 'SIGKILL');
    if (how === 'slow' || how === 'deaf') await new Promise((resolve) => setTimeout(resolve, 400));
    if (how === 'hung') {
      tell({ event: 'task.started', run: '', task: 'core.a', attempt: 1 });
      for (;;);
    }
    if (how === 'foreign') foreign = true;
    tell({ event: 'run.finished', status: how === 'bad' ? 'failed' : 'succeeded', failed: 0, skipped: 0, unchanged: 0 });
    return how === 'bad' ? 3 : 0;
  },
});
`;

let folder = '';
let workers: Workers;
beforeEach(() => {
  folder = newFolder();
  writeFileSync(join(folder, 'run.mjs'), PROGRAM);
  workers = new Workers(program(), true);
});
afterEach(() => workers.end());

const program = () => ({ module: join(folder, 'run.mjs'), folder, by: 'schedule' }) as const;
/** The processes that have been there, in all. */
const there = (): string[] =>
  readdirSync(folder).flatMap((name) => (name.startsWith('there-') ? [name.slice('there-'.length)] : []));
async function stood(count: number): Promise<string[]> {
  while (there().length < count) await sleep(5);
  return there();
}

interface Running {
  readonly launched: Launched;
  readonly begun: Promise<void>;
  /** Its process, and what it has done. */
  readonly words: () => readonly string[];
}
function begin(how: string, timeoutMs: number | null = null): Running {
  let words: readonly string[] = [];
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const launched = launch({ ...program(), args: [how], workers, timeoutMs, stoppingMs: 100 }, (run) => {
    words = run.split(' ');
    resolve();
  });
  return { launched, begun, words: () => words };
}
/** What its process has done when it has ended. */
async function run(
  how: string,
): Promise<{ readonly pid: string; readonly done: readonly string[]; release: () => void }> {
  const { launched, words } = begin(how);
  expect((await launched.ended).status).toBe('succeeded');
  const [pid = '', ...done] = words();
  return { pid, done, release: launched.release };
}

test('a run takes the one that stands by, and the next run the one that is free', async () => {
  const [standing] = await stood(1);
  const first = await run('one');
  expect(first).toMatchObject({ pid: standing, done: ['one'] });
  expect(await run('two')).toMatchObject({ pid: standing, done: ['one', 'two'] });
  expect(await run('three')).toMatchObject({ pid: standing, done: ['one', 'two', 'three'] });
  // One more stands by, and no other was there.
  expect(await stood(2)).toHaveLength(2);
});

test('without a next run it ends, and the one that stands by takes what comes later', async () => {
  const first = await run('one');
  first.release();
  while (isThere(first.pid)) await sleep(5);
  const second = await run('two');
  expect(second.pid).not.toBe(first.pid);
  expect(second.done).toEqual(['two']);
});

test('several runs at a time have a process each', async () => {
  const all = await Promise.all(['slow', 'slow', 'slow'].map(run));
  expect(new Set(all.map(({ pid }) => pid)).size).toBe(3);
  expect(all.map(({ done }) => done)).toEqual([['slow'], ['slow'], ['slow']]);
});

test.each([
  ['failed', 'bad', { status: 'failed' }],
  ['died', 'dead', { status: 'died', said: 'its process was ended by SIGKILL' }],
])('one whose run %s does no other', async (_what, how, end) => {
  const first = await run('one');
  const { launched, words } = begin(how);
  expect(await launched.ended).toMatchObject(end);
  expect(words()).toEqual([first.pid, 'one', how]);
  while (isThere(first.pid)) await sleep(5);
  expect((await run('two')).done).toEqual(['two']);
});

test('one that has run code of others does no other run', async () => {
  const first = await run('foreign');
  while (isThere(first.pid)) await sleep(5);
  expect((await run('two')).done).toEqual(['two']);
});

test('a cancel reaches the run that it is for, in its second run as in its first, and no later one', async () => {
  const first = await run('one');
  const second = begin('slow');
  await second.begun;
  expect(second.words()).toEqual([first.pid, 'one', 'slow']);
  second.launched.cancel();
  expect(await second.launched.ended).toEqual({ status: 'died', said: 'its process was ended by SIGTERM' });
  // It may see the signal only when its run is over.
  const deaf = begin('deaf');
  await deaf.begun;
  deaf.launched.cancel();
  await deaf.launched.ended;
  const [pid = ''] = deaf.words();
  const after = await run('two');
  expect(after.pid).not.toBe(pid);
  while (isThere(pid)) await sleep(5);
  // Of a run that is over nothing is left to cancel.
  const third = begin('three');
  await third.launched.ended;
  third.launched.cancel();
  expect((await run('four')).done).toEqual(['two', 'three', 'four']);
});

test('a second run that hangs is ended by its timeout, and nothing of the first is lost', async () => {
  const first = await run('one');
  const { launched, words } = begin('hung', 200);
  expect(await launched.ended).toMatchObject({ status: 'failed', overdue: true });
  expect(words()).toEqual([first.pid, 'one', 'hung']);
  expect((await run('two')).done).toEqual(['two']);
});

test('one that goes away between two runs is no loss', async () => {
  const [standing] = await stood(1);
  const first = await run('one');
  expect(first.pid).toBe(standing);
  process.kill(Number(first.pid), 'SIGKILL');
  while (isThere(first.pid)) await sleep(5);
  await sleep(50);
  expect((await run('two')).done).toEqual(['two']);
  const [other] = (await stood(3)).filter((pid) => isThere(pid));
  process.kill(Number(other), 'SIGKILL');
  while (isThere(other ?? '')) await sleep(5);
  await sleep(50);
  expect((await run('three')).done.at(-1)).toBe('three');
});

test('a program that has been put in place anew is done by a new process', async () => {
  const first = await run('one');
  const [standing] = (await stood(2)).filter((pid) => pid !== first.pid);
  copyFileSync(join(folder, 'run.mjs'), join(folder, 'new.mjs'));
  renameSync(join(folder, 'new.mjs'), join(folder, 'run.mjs'));
  const second = await run('two');
  expect([first.pid, standing]).not.toContain(second.pid);
  for (const pid of [first.pid, standing ?? '']) while (isThere(pid)) await sleep(5);
});

test('at the end none is left', async () => {
  const first = await run('one');
  const running = begin('slow');
  await running.begun;
  const both = await stood(2);
  workers.end();
  expect((await running.launched.ended).status).toBe('succeeded');
  for (const pid of both) while (isThere(pid)) await sleep(5);
  expect(both).toContain(first.pid);
  workers.next();
  await sleep(50);
  expect(there()).toHaveLength(2);
});

function isThere(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
