/** The lock beside an embedded database: one process at a time, and none that waits for a dead one. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { lockFolder } from '../../runtime/engines/folder-lock.ts';
import { newFolder } from '../support/command.ts';

const path = (): string => join(newFolder(), 'shop.postgres');
const waiting = (waitMs: number) => ({
  waitMs,
  nameHolder: holderText,
  waiting: () => undefined,
  signal: new AbortController().signal,
});

/** A process that has ended by now. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('it says who has the folder, and is gone when they let go', async () => {
  const folder = path();
  const unlock = await lockFolder(folder, waiting(0));
  expect(readFileSync(`${folder}.lock`, 'utf8')).toBe(String(process.pid));
  await expect(lockFolder(folder, waiting(0))).rejects.toMatchObject({ code: 'database-busy' });
  unlock();
  expect(existsSync(`${folder}.lock`)).toBe(false);
});

test('of a dead process it is taken over', async () => {
  const folder = path();
  writeFileSync(`${folder}.lock`, String(deadProcess()));
  const unlock = await lockFolder(folder, waiting(0));
  expect(readFileSync(`${folder}.lock`, 'utf8')).toBe(String(process.pid));
  unlock();
});

test('of a process that was killed before it wrote its number, too', async () => {
  const folder = path();
  const file = `${folder}.lock`;
  writeFileSync(file, '');
  await expect(lockFolder(folder, waiting(0))).rejects.toMatchObject({ code: 'database-busy' });
  expect(existsSync(file)).toBe(true);
  const long = Date.now() / 1000 - 60;
  utimesSync(file, long, long);
  const unlock = await lockFolder(folder, waiting(0));
  expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
  unlock();
  writeFileSync(file, '');
  (await lockFolder(folder, waiting(60_000)))();
  expect(existsSync(file)).toBe(false);
});
