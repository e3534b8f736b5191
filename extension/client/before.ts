/** Texts of a project as they were: saved on disk, or committed. Only those that are others in the editor. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { Base } from '../views/answers.ts';

/** By path in the project; null where there was no such file. */
export type Texts = Readonly<Record<string, string | null>>;

/** Null where there is no commit to compare with. */
export async function textsBefore(root: string, base: Base): Promise<Texts | null> {
  const unsaved = unsavedFiles(root);
  if (base === 'saved') return await readAll(unsaved, (path) => readFile(join(root, path), 'utf8'));
  try {
    const names = ['--', '*.pipe'];
    const [changed, untracked] = await Promise.all([
      git(root, 'diff', '--name-only', '--no-renames', '--relative', '-z', 'HEAD', ...names),
      git(root, 'ls-files', '--others', '--exclude-standard', '-z', ...names),
    ]);
    const paths = new Set([...unsaved, ...split(changed), ...split(untracked)]);
    return await readAll([...paths], (path) => git(root, 'show', `HEAD:./${path}`));
  } catch {
    return null;
  }
}

function unsavedFiles(root: string): string[] {
  return vscode.workspace.textDocuments
    .filter(({ isDirty, languageId, uri }) => isDirty && languageId === 'pipe' && uri.fsPath.startsWith(root + sep))
    .map(({ uri }) => relative(root, uri.fsPath).split(sep).join('/'));
}

async function readAll(paths: readonly string[], read: (path: string) => Promise<string>): Promise<Texts> {
  const texts = paths.map(async (path) => [path, await read(path).catch(() => null)] as const);
  return Object.fromEntries(await Promise.all(texts));
}

async function git(root: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', root, ...args], {
    maxBuffer: 64 << 20,
    windowsHide: true,
  });
  return stdout;
}

const split = (names: string): string[] => names.split('\0').filter((name) => name !== '');
