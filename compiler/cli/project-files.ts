/** Finds a project's folder and reads the `.pipe` files below it. */
import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { diagnostic } from '../diagnostics/codes.ts';
import type { Diagnostic, Place } from '../diagnostics/diagnostic.ts';
import { plural } from '../diagnostics/render.ts';
import { SourceFile } from '../syntax/source.ts';
import { CommandError, EXIT, usageError } from './command.ts';

export interface ProjectFiles {
  /** Absolute. */
  readonly root: string;
  /** Paths relative to the root, with `/`, sorted. */
  readonly files: readonly SourceFile[];
  /** Files that cannot be read as text, with what can be shown of them. */
  readonly problems: readonly FileProblem[];
}

/** Why a file is no part of a program. */
export interface FileProblem {
  readonly diagnostic: Diagnostic;
  readonly source: SourceFile;
}

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist']);
/** More folders than this are a home folder or a disk, not a project. */
const MOST_FOLDERS = 50_000;
const MOST_NAMED = 5;
const MEGABYTE = 2 ** 20;
const MOST_BYTES = 10 * MEGABYTE;
const DECLARES_PROJECT = /^\s*project\s+[`A-Za-z_]/m;

/** The project that `folder` belongs to, read. Raises `CommandError`: command-line, no-project, folder-too-large. */
export function readProject(folder: string, mostFolders = MOST_FOLDERS): ProjectFiles {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw usageError(`there is no folder \`${folder}\``);
  const root = projectRoot(folder) ?? folder;
  const { paths, unreadable } = pipeFiles(root, mostFolders);
  if (paths.length === 0 && unreadable.length === 0) {
    throw new CommandError('no-project', EXIT.usage, `there is no pipec project in \`${folder}\``, [
      'go to the folder of one, or name it: `pipec -C folder …`',
      'or make one that runs at once: `pipec init my-project`',
    ]);
  }
  const projects = paths.length > 1 ? projectsIn(root, paths) : [];
  if (projects.length > 1) {
    throw new CommandError(
      'several-projects',
      EXIT.usage,
      `\`${root}\` is no project: there are ${projects.length} below it`,
      [
        `they are in: ${projects.slice(0, MOST_NAMED).join(', ')}${projects.length > MOST_NAMED ? ', …' : ''}`,
        `go to the folder of one, or name it: \`pipec -C ${projects[0]} …\``,
      ],
    );
  }
  const files: SourceFile[] = [];
  const problems: FileProblem[] = unreadable.map(({ path, error }) => refused(path, error));
  for (const path of paths) {
    const read = readPipe(root, path);
    if ('source' in read) problems.push(read);
    else files.push(read);
  }
  return { root, files, problems };
}

/** Whether a file with this path, relative to the project's folder with `/`, is one that `readProject` reads if it is there. */
export function isOfProject(path: string): boolean {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  return (
    name.endsWith('.pipe') && !isSkipped(name) && !parts.some((part) => isSkipped(part) || SKIPPED_FOLDERS.has(part))
  );
}

/** Also what leads out of the folder, `..`. */
const isSkipped = (name: string): boolean => name.startsWith('.');

/** One file of a project, `path` as in `ProjectFiles`; or why it cannot be read. */
export function readPipe(root: string, path: string): SourceFile | FileProblem {
  let file: number | null = null;
  try {
    file = openSync(join(root, path), 'r');
    const problem = sizeProblem(path, fstatSync(file).size);
    if (problem !== null) return problem;
    const bytes = readFileSync(file);
    return isUtf8(bytes) ? new SourceFile(path, withoutMark(bytes.toString('utf8'))) : notUtf8(path, bytes);
  } catch (error) {
    return refused(path, error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

function refused(path: string, error: unknown): FileProblem {
  return {
    diagnostic: diagnostic('file-unreadable', { file: path, reason: systemWords(error) }, placeIn(path, 0)),
    source: new SourceFile(path, ''),
  };
}

/**
 * The nearest folder, upwards, that has a `.pipe` file of its own with a `project` declaration; null where there is none.
 * A folder that everybody may write to (`/tmp`) is not taken for a project from below: its program could be anybody's.
 */
export function projectRoot(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (at !== folder && isShared(at)) return null;
    if (declaresProject(at)) return at;
    if (dirname(at) === at) return null;
  }
}

/** The project that a folder belongs to, or else those below it. Absolute. Raises `CommandError` folder-too-large. */
export function projectsAround(folder: string, mostFolders = MOST_FOLDERS): readonly string[] {
  const root = projectRoot(folder);
  if (root !== null) return [root];
  return projectsIn(folder, pipeFiles(folder, mostFolders).paths).map((each) => join(folder, each));
}

/** Whether there is a `.pipe` file in a folder or below it. Raises `CommandError` folder-too-large, and where it is gone. */
export function hasPrograms(folder: string, mostFolders = MOST_FOLDERS): boolean {
  return pipeFiles(folder, mostFolders).paths.length > 0;
}

/** Folders below the root that declare a project, where the root itself declares none. */
function projectsIn(root: string, paths: readonly string[]): readonly string[] {
  if (declaresProject(root)) return [];
  const folders = new Set(paths.map((path) => (path.includes('/') ? dirname(path) : '.')));
  return [...folders].filter((folder) => declaresProject(join(root, folder)));
}

function isShared(folder: string): boolean {
  const status = statSync(folder, { throwIfNoEntry: false });
  return process.platform !== 'win32' && status !== undefined && (status.mode & 0o002) !== 0;
}

function declaresProject(folder: string): boolean {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder above that may not be read is nobody's project.
    return false;
  }
  return entries.some((entry) => {
    if (!entry.name.endsWith('.pipe')) return false;
    const path = join(folder, entry.name);
    try {
      // Reading a pipe that nobody writes to would wait for ever.
      if (kindOf(entry, () => path) !== 'file' || sizeOf(path) > MOST_BYTES) return false;
      return DECLARES_PROJECT.test(readFileSync(path, 'utf8'));
    } catch {
      return false;
    }
  });
}

function pipeFiles(
  root: string,
  mostFolders: number,
): {
  readonly paths: string[];
  readonly unreadable: { readonly path: string; readonly error: unknown }[];
} {
  const paths: string[] = [];
  const unreadable: { path: string; error: unknown }[] = [];
  // By what a folder really is: a symbolic link may lead back up.
  const seen = new Set<string>([realpathSync(root)]);
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, folder), { withFileTypes: true });
    } catch (error) {
      unreadable.push({ path: folder.slice(0, -1), error });
      continue;
    }
    for (const entry of entries) {
      if (isSkipped(entry.name)) continue;
      const path = folder + entry.name;
      const kind = kindOf(entry, () => join(root, path));
      if (kind === 'folder') {
        if (SKIPPED_FOLDERS.has(entry.name) || (entry.isSymbolicLink() && !isNew(join(root, path), seen))) continue;
        waiting.push(`${path}/`);
      } else if (kind === 'file' && entry.name.endsWith('.pipe')) paths.push(path);
    }
    if (waiting.length > mostFolders) {
      throw new CommandError(
        'folder-too-large',
        EXIT.usage,
        `\`${root}\` has more than ${plural(mostFolders, 'folder')}: this is no project's folder`,
        ['go to the folder of one, or name it: `pipec -C folder …`'],
      );
    }
  }
  return { paths: paths.sort(), unreadable };
}

function kindOf(entry: Dirent, path: () => string): 'file' | 'folder' | 'other' {
  // A link that leads nowhere has no status; it is read later, if it is a program, and then told.
  const status = entry.isSymbolicLink() ? statSync(path(), { throwIfNoEntry: false }) : entry;
  if (status === undefined) return 'file';
  if (status.isDirectory()) return 'folder';
  return status.isFile() ? 'file' : 'other';
}

function isNew(path: string, seen: Set<string>): boolean {
  const real = realpathSync(path);
  if (seen.has(real)) return false;
  seen.add(real);
  return true;
}

/** The first line with a byte that is not UTF-8. Lines may be told apart before decoding, as no other character holds the byte 0A. */
function notUtf8(path: string, bytes: Buffer): FileProblem {
  let line = 1;
  let start = 0;
  for (;;) {
    const next = bytes.indexOf(0x0a, start);
    const end = next === -1 ? bytes.length : next;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
    line += 1;
  }
  const end = bytes.indexOf(0x0a, start);
  const text = bytes.subarray(start, end === -1 ? undefined : end).toString('utf8');
  // The decoder writes `�` for what it cannot read: the first is the place.
  const at = Math.max(0, text.indexOf('\ufffd'));
  const byte = start + Buffer.byteLength(text.slice(0, at));
  const source = new SourceFile(path, `${'\n'.repeat(line - 1)}${text}`);
  return {
    diagnostic: diagnostic('file-not-utf8', { file: path, offset: byte }, placeIn(path, line - 1 + at), {
      label: 'save the file as UTF-8',
    }),
    source,
  };
}

/** Null where a program may be as large as that. */
export function sizeProblem(path: string, bytes: number): FileProblem | null {
  if (bytes <= MOST_BYTES) return null;
  return {
    diagnostic: diagnostic('file-too-large', { file: path, megabytes: Math.ceil(bytes / MEGABYTE) }, placeIn(path, 0)),
    source: new SourceFile(path, ''),
  };
}

function placeIn(file: string, start: number): Place {
  return { file, declaration: null, start, end: start + 1 };
}

/** In bytes; 0 for a link that leads nowhere, which is told when it is read. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Editors on Windows write a byte order mark; it is no part of the program. */
function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** `permission denied` out of `EACCES: permission denied, open '/…'`. */
export function systemWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+: (.*?)(?:, \w+(?: '.*)?)?$/s.exec(message)?.[1] ?? message;
}
