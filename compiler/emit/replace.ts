/**
 * `dist/` is replaced whole or not at all: everything is written beside it, then two renames put it in place.
 * A process killed between the two leaves the old folder under another name; the next build puts it back first, and
 * removes what builds that were killed before had begun.
 *
 * What a build has written stands in its `SHA256SUMS`, so that `sha256sum -c` says whether a deployed build is whole, and so
 * that nothing is ever removed that no build has written: a folder with anything else in it is refused.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

const SUMS = 'SHA256SUMS';

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
    await makeFolder(parent);
    if (existsSync(old) && !existsSync(out)) await rename(old, out);
  });
  await refuseForeign(out);
  await reported(out, () => removeDead(parent, `.${basename(out)}.new-`));
  const fresh = await reported(out, () => mkdtemp(join(parent, `.${basename(out)}.new-${process.pid}-`)));
  try {
    // A temporary folder is its owner's alone; a build is as open as any other folder of the project.
    await reported(out, () => chmod(fresh, 0o777 & ~process.umask()));
    await reported(out, () => write(fresh));
    await reported(out, async () => {
      await writeFile(join(fresh, SUMS), await sumsOf(fresh));
      await rm(old, { recursive: true, force: true });
      if (existsSync(out)) await rename(out, old);
      try {
        await rename(fresh, out);
      } catch (error) {
        if (existsSync(old)) await rename(old, out);
        throw error;
      }
    });
    // The new one is in place: what is left of the old one, where another build is at it too, goes with the next.
    await rm(old, { recursive: true, force: true }).catch(() => undefined);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** One level after the other: `recursive` never ends where a file system makes no folders, such as /proc. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  if (folder !== dirname(folder)) await makeFolder(dirname(folder));
  await mkdir(folder);
}

/** Folders of builds whose process is gone; `prefix` is followed by its id. */
async function removeDead(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Every file below the folder, `/` between the parts, sorted. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** As `sha256sum` writes it: the sum, two spaces, the path. */
async function sumsOf(folder: string): Promise<string> {
  const lines = (await filesBelow(folder)).map(async (path) => {
    const sum = createHash('sha256').update(await readFile(join(folder, path)));
    return `${sum.digest('hex')}  ${path}\n`;
  });
  return (await Promise.all(lines)).join('');
}

/** A folder with other things in it is somebody's: it is never removed. */
async function refuseForeign(out: string): Promise<void> {
  if (!existsSync(out)) return;
  if (!(await stat(out)).isDirectory()) throw new OutputError('output-not-ours', `${out} is a file, not a folder`);
  const built = existsSync(join(out, SUMS));
  const ours = new Set([SUMS]);
  if (built) for (const line of (await readFile(join(out, SUMS), 'utf8')).split('\n')) ours.add(line.slice(66));
  // What no build has been in may be anything, a whole disk too: its first level is enough to refuse it.
  const foreign = (built ? await filesBelow(out) : await readdir(out)).filter((path) => !ours.has(path));
  const [first, ...more] = foreign;
  if (first === undefined) return;
  throw new OutputError(
    'output-not-ours',
    `${out} holds what no build has written (${first}${more.length === 0 ? '' : ` and ${more.length} more`}); move it, or name another folder with --out`,
  );
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'a folder above it cannot be made',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  EBUSY: 'it is in use',
  ENOTEMPTY: 'another build writes it',
};

async function reported<T>(out: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    const words = SYSTEM_WORDS[code] ?? `${syscall} says ${code}`;
    throw new OutputError('output-not-writable', `${out} cannot be written: ${words}; what was there is unchanged`);
  }
}
