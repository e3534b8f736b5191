/** A process that has been started before there is a run for it. */
import { copyFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../../runtime/schedule/launch.ts';
import { StandBy } from '../../../runtime/schedule/stand-by.ts';
import { newFolder } from '../../support/command.ts';

/** It notes that it is there, and says what it was told: by a message where it stood by. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
const stoodBy = process.env.PIPEC_STAND_BY === '1';
if (stoodBy) writeFileSync('standing-' + process.pid, '');
process.on('disconnect', () => process.exit());
const args = stoodBy ? await new Promise((told) => process.once('message', ({ args }) => told(args))) : process.argv.slice(2);
if (args[0] === 'hang') setInterval(() => undefined, 1000);
console.log(JSON.stringify({ event: 'run.started', run: [stoodBy ? 'stood by' : 'started', process.pid, ...args].join(' ') }));
console.log(JSON.stringify({ event: 'run.finished', status: 'succeeded' }));
process.disconnect();
`;

let folder = '';
let standBy: StandBy;
beforeEach(() => {
  folder = newFolder();
  writeFileSync(join(folder, 'run.mjs'), PROGRAM);
  standBy = new StandBy(program());
});
afterEach(() => standBy.end());

const program = () => ({ module: join(folder, 'run.mjs'), folder, by: 'schedule' }) as const;
const standing = (): string[] =>
  readdirSync(folder).flatMap((name) => (name.startsWith('standing-') ? [name.slice(9)] : []));
/** Until so many have stood by in all; gives their processes. */
async function stood(count: number): Promise<string[]> {
  while (standing().length < count) await sleep(5);
  return standing();
}
async function run(...args: readonly string[]): Promise<string> {
  const runs: string[] = [];
  const { ended } = launch({ ...program(), args, standBy }, (id) => runs.push(id));
  expect((await ended).status).toBe('succeeded');
  return runs.join();
}

test('a run takes it, and another stands by for the next', async () => {
  const [first] = await stood(1);
  expect(await run('job:a', '--json')).toBe(`stood by ${first} job:a --json`);
  const second = (await stood(2)).find((pid) => pid !== first);
  expect(await run('job:b')).toBe(`stood by ${second} job:b`);
});

test('a run that comes after it has gone starts its own', async () => {
  const [pid] = await stood(1);
  process.kill(Number(pid), 'SIGKILL');
  while (isThere(Number(pid))) await sleep(5);
  await sleep(50);
  expect(await run('job:b')).toMatch(/^started \d+ job:b$/);
});

test('one of a program that has been put in place anew does nothing', async () => {
  const [pid] = await stood(1);
  copyFileSync(join(folder, 'run.mjs'), join(folder, 'new.mjs'));
  renameSync(join(folder, 'new.mjs'), join(folder, 'run.mjs'));
  expect(await run('job:a')).toMatch(/^started \d+ job:a$/);
  while (isThere(Number(pid))) await sleep(5);
});

test('at the end none is left', async () => {
  const [pid] = await stood(1);
  standBy.end();
  while (isThere(Number(pid))) await sleep(5);
  standBy.next();
  await sleep(50);
  expect(standing()).toHaveLength(1);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
