/**
 * `dist/` is replaced whole or not at all: everything is written beside it, then two renames put it in place.
 * A process killed between the two leaves the old folder under another name; the next build puts it back first.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A folder that a build may not replace, in words for people. */
export class OutputError extends Error {
  readonly code: 'output-not-ours' | 'output-not-writable';
  constructor(code: OutputError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Fills a new folder by `write` and puts it in the place of `out`. What was there stays where `write` or a rename fails. */
export async function replaceFolder(out: string, write: (folder: string) => Promise<void>): Promise<void> {
  const parent = dirname(out);
  const old = join(parent, `.${basename(out)}.old`);
  await reported(out, async () => {
    await mkdir(parent, { recursive: true });
    if (existsSync(old) && !existsSync(out)) await rename(old, out);
  });
  await refuseForeign(out);
  const fresh = await reported(out, () => mkdtemp(join(parent, `.${basename(out)}.new-`)));
  try {
    await reported(out, () => write(fresh));
    await reported(out, async () => {
      await rm(old, { recursive: true, force: true });
      if (existsSync(out)) await rename(out, old);
      try {
        await rename(fresh, out);
      } catch (error) {
        if (existsSync(old)) await rename(old, out);
        throw error;
      }
    });
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** A folder with other things in it is somebody's: it is never removed. */
async function refuseForeign(out: string): Promise<void> {
  if (!existsSync(out)) return;
  if (!(await stat(out)).isDirectory()) throw new OutputError('output-not-ours', `${out} is a file, not a folder`);
  const there = await readdir(out);
  if (there.length > 0 && !there.includes('manifest.json')) {
    throw new OutputError(
      'output-not-ours',
      `${out} holds files that no build has written (${there.slice(0, 3).join(', ')}); name another folder with --out`,
    );
  }
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EBUSY: 'it is in use',
};

async function reported<T>(out: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const words = SYSTEM_WORDS[(error as NodeJS.ErrnoException).code ?? ''];
    if (words === undefined) throw error;
    throw new OutputError('output-not-writable', `${out} cannot be written: ${words}; what was there is unchanged`);
  }
}
