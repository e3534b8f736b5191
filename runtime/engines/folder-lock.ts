/**
 * A file beside the folder of an embedded database says which process has it open: PGlite and chDB lock nothing
 * themselves, and two writers would ruin it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Holder } from '../engine.ts';
import { runError } from '../errors.ts';
import { takeTurn, type Waiting } from './turn.ts';

/** Gives what lets go of it. @throws PipecError `database-busy`, `not-writable`, `cancelled` */
export async function lockFolder(path: string, waiting: Waiting): Promise<() => void> {
  const file = `${path}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (thrown) {
    throw runError('not-writable', { path: dirname(path), why: String((thrown as Error).message) });
  }
  return await takeTurn(path, waiting, async () => tryLock(file));
}

function tryLock(file: string): { readonly taken: () => void } | Holder {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return { taken: () => rmSync(file, { force: true }) };
    } catch (thrown) {
      const { code = '', message } = thrown as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw runError('not-writable', { path: file, why: message });
    }
    const pid = holderOf(file);
    if (pid !== null && isAlive(pid)) return { pid, program: null };
    if (pid !== null) forget(file, pid);
  }
}

/** Null where it is gone by now. A lock that is just being written is nobody's yet, and is read again. */
function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
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
function forget(file: string, pid: number): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) === pid) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Somebody else was faster.
  }
}
