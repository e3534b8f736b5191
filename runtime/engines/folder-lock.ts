/**
 * A file beside the folder of an embedded database says which process has it open: PGlite and chDB lock nothing
 * themselves, and two writers would ruin it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Holder } from '../engine.ts';
import { type PipecError, runError } from '../errors.ts';
import { takeTurn, type Waiting } from './turn.ts';

/** Gives what lets go of it. @throws PipecError `database-busy`, `database-unreadable`, `not-writable`, `cancelled` */
export async function lockFolder(path: string, waiting: Waiting): Promise<() => void> {
  const file = `${path}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (thrown) {
    throw runError('not-writable', { path: dirname(path), why: String((thrown as Error).message) });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false)
    throw runError('database-unreadable', { path, why: 'it is a file, and an embedded database is a folder' });
  return await takeTurn(path, waiting, async () => tryLock(file));
}

/** A segment of PostgreSQL's log: with less an engine neither writes nor starts. */
const LEAST_ROOM = 16 * 1024 * 1024;

/** That the disk is full, in words; null where it is not. An engine inside the process may fail of it and not say so. */
export function fullDisk(path: string): string | null {
  try {
    const { bavail, bsize } = statfsSync(existsSync(path) ? path : dirname(path));
    const left = bavail * bsize;
    return left < LEAST_ROOM ? `${Math.floor(left / 1024 / 1024)} MB are left where \`${path}\` is` : null;
  } catch {
    return null;
  }
}

/** The engines say little of why they do not start: in the words of their own insides, or in none. */
export function notOpened(path: string, thrown: unknown): PipecError {
  const engine = thrown instanceof Error ? thrown.message : JSON.stringify(thrown);
  const full = fullDisk(path);
  if (full !== null) return runError('disk-full', { why: full }, { engine });
  const why = 'its files are damaged, of another version, or cannot be written';
  const hint = 'put a backup back, or move the folder away and run again: tables are built anew from their sources';
  return runError('database-unreadable', { path, why }, { engine, hint });
}

/** A process writes its number right after it has made the file: one that is empty for longer was killed between the two. */
const EMPTY_MS = 2_000;

function tryLock(file: string): { readonly taken: () => void } | Holder {
  for (let round = 0; round < 2; round++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return { taken: () => rmSync(file, { force: true }) };
    } catch (thrown) {
      const { code = '', message } = thrown as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw runError('not-writable', { path: file, why: message });
    }
    const pid = holderOf(file);
    if (holds(file, pid)) return { pid, program: null };
    forget(file, pid);
  }
  // Others are as fast, or it is not ours to remove.
  return { pid: null, program: null };
}

/** Null where it is not written yet, or gone. */
function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch (thrown) {
    const { code = '', message } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw runError('not-writable', { path: file, why: message });
  }
}

function holds(file: string, pid: number | null): boolean {
  if (pid !== null) return isAlive(pid);
  const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && Date.now() - made < EMPTY_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes a dead process's lock away, unless somebody else did and has locked again meanwhile. */
function forget(file: string, pid: number | null): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) === pid && !holds(aside, pid)) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Somebody else was faster.
  }
}
