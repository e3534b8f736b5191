/** One project as the editor sees it: its files with the unsaved texts of those that are open, and what is known of them. */
import { lstatSync, readdirSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Location } from 'vscode-languageserver';
import type { CheckCache } from '../../compiler/cli/check-cache.ts';
import type { KeptAnswers } from '../../compiler/cli/kept-answers.ts';
import { type FileProblem, isOfProject, readPipe, readProject, sizeProblem } from '../../compiler/cli/project-files.ts';
import type { Diagnostic, Place } from '../../compiler/diagnostics/diagnostic.ts';
import type { SourceFile } from '../../compiler/syntax/source.ts';
import type { Keep } from '../../compiler/workspace/facts.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { Lines } from './to-lsp.ts';
import { uriOf } from './uris.ts';

/** Characters of programs from which only what is open is kept whole: some two thousand datasets. */
const LARGE = 1_000_000;

/** More files of one folder than anybody looks through. */
const MOST = 500;

/** A file's text as the editor has it, or as it is on disk. */
export class TextFile {
  /** As the editor writes it where the file is open. */
  readonly uri: string;
  readonly text: string;
  /** Of the text in the editor; null where the file is not open. */
  readonly version: number | null;
  #lines: Lines | null = null;

  constructor(uri: string, text: string, version: number | null) {
    this.uri = uri;
    this.text = text;
    this.version = version;
  }

  get lines(): Lines {
    this.#lines ??= new Lines(this.text);
    return this.#lines;
  }
}

export abstract class Project {
  abstract readonly workspace: Workspace;
  protected readonly files = new Map<string, TextFile>();

  /** What the last check of all of it said of the project as a whole; its files are checked more often. */
  ofProject: readonly Diagnostic[] = [];

  /** Everything the editor is told to be wrong, out of what the workspace's check found. */
  abstract findings(checked: readonly Diagnostic[]): readonly Diagnostic[];

  /** Of one file, whose text may have changed since the last check. */
  findingsOf(path: string): readonly Diagnostic[] {
    const found = [...this.workspace.problems(path), ...this.ofProject];
    return this.findings(found).filter(({ place }) => place.file === path);
  }

  /** What a check keeps: trees and queries of a large project would take more memory than an editor has. */
  get keep(): Keep {
    return 'all';
  }

  /**
   * Takes over what the last `pipec check` found out from engines and from TypeScript, as far as that still holds: an editor
   * runs nothing of the project. @returns whether anything is other than it was
   */
  recall(): boolean {
    return false;
  }

  /** `path` as in the workspace. */
  file(path: string): TextFile | null {
    return this.files.get(path) ?? null;
  }

  /** As the editor writes it where the file is open; also of a file that is gone. */
  abstract uri(path: string): string;

  /** Of any file of its folder, of whatever kind. Null where it has no folder. */
  abstract uriOfPath(path: string): string | null;

  /** Absolute path of the folder; null where there is none. */
  abstract readonly root: string | null;

  /** What lies in a folder below it, folders with `/` behind their names; nothing where it cannot be read. */
  abstract list(folder: string): readonly string[];

  get paths(): Iterable<string> {
    return this.files.keys();
  }

  /** Paths of the files that are open in the editor. */
  get open(): readonly string[] {
    return [...this.files].flatMap(([path, { version }]) => (version === null ? [] : path));
  }

  /** Null where the place is gone: its file, or the declaration that it is told relative to. */
  readonly locate = (place: Place): Location | null => {
    const file = this.files.get(place.file);
    if (file === undefined) return null;
    const at = this.workspace.whereIs(place);
    return at === null ? null : { uri: file.uri, range: file.lines.range(at) };
  };
}

/** A folder with a `project` declaration. */
export class FolderProject extends Project {
  /** Absolute. */
  readonly root: string;
  readonly workspace: Workspace;
  readonly #cache: CheckCache;
  readonly #answers: KeptAnswers;
  /** What the workspace was told of them, by question. */
  readonly #recalled = new Map<string, string>();
  readonly #problems = new Map<string, FileProblem>();

  constructor(root: string, cache: CheckCache, answers: KeptAnswers) {
    super();
    this.root = root;
    this.#cache = cache;
    this.#answers = answers;
    this.workspace = new Workspace(cache.read(root));
    this.rescan();
  }

  override get keep(): Keep {
    let characters = 0;
    for (const { text } of this.files.values()) characters += text.length;
    return characters > LARGE ? new Set(this.open) : 'all';
  }

  /** Path in the project; null for a file that is not of it. */
  pathIn(file: string): string | null {
    const path = relative(this.root, file).split(sep).join('/');
    return isAbsolute(path) || !isOfProject(path) ? null : path;
  }

  uri(path: string): string {
    return this.files.get(path)?.uri ?? uriOf(join(this.root, path));
  }

  uriOfPath(path: string): string {
    return uriOf(join(this.root, path));
  }

  list(folder: string): readonly string[] {
    try {
      return readdirSync(join(this.root, folder), { withFileTypes: true })
        .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
        .sort()
        .slice(0, MOST);
    } catch {
      return [];
    }
  }

  /** Whether this may be a folder that the project has files in, or that it is in itself. */
  isTouchedBy(folder: string): boolean {
    if (this.root === folder || this.root.startsWith(`${folder}${sep}`)) return true;
    const path = `${relative(this.root, folder).split(sep).join('/')}/`;
    if (!isOfProject(`${path}any.pipe`)) return false;
    for (const file of this.files.keys()) if (file.startsWith(path)) return true;
    return false;
  }

  override recall(): boolean {
    let isNew = false;
    for (const question of this.workspace.questions()) {
      const key = JSON.stringify(question);
      const answer = this.#answers.read(question)?.answer ?? null;
      const told = JSON.stringify(answer);
      // At first the workspace may know one of its own, from an earlier process, that does not hold any more.
      if (told === this.#recalled.get(key)) continue;
      this.#recalled.set(key, told);
      this.workspace.answer(question, answer);
      isNew = true;
    }
    return isNew;
  }

  /** The text in the editor, from here on, whatever is on disk. */
  edit(path: string, file: TextFile): void {
    this.files.set(path, file);
    const problem = sizeProblem(path, Buffer.byteLength(file.text));
    if (problem === null) {
      this.#problems.delete(path);
      this.workspace.setFile(path, file.text);
    } else {
      this.#problems.set(path, problem);
      this.workspace.removeFile(path);
    }
  }

  /** The text on disk, from here on. */
  revert(path: string): void {
    this.files.delete(path);
    this.refresh(path);
  }

  /** What is on disk may have changed. What is open in the editor stays as it is there. */
  refresh(path: string): void {
    if (this.#isOpen(path)) return;
    const status = lstatSync(join(this.root, path), { throwIfNoEntry: false });
    if (status !== undefined && !status.isDirectory()) this.#take(readPipe(this.root, path));
    else {
      this.files.delete(path);
      this.#problems.delete(path);
    }
    const text = this.#problems.has(path) ? undefined : this.files.get(path)?.text;
    if (text === undefined) this.workspace.removeFile(path);
    else this.workspace.setFile(path, text);
  }

  /** Looks at the whole folder again. Raises what `readProject` raises. */
  rescan(): void {
    const { files, problems } = readProject(this.root);
    const all = [...files, ...problems];
    const there = new Set(all.map((read) => ('source' in read ? read.source.path : read.path)));
    for (const path of this.files.keys()) if (!this.#isOpen(path) && !there.has(path)) this.files.delete(path);
    this.#problems.clear();
    for (const read of all) this.#take(read);
    this.workspace.setFiles(this.#readable().map(([path, { text }]) => ({ path, text })));
  }

  findings(checked: readonly Diagnostic[]): readonly Diagnostic[] {
    // What an unreadable file declares is missing everywhere: what follows from that says nothing.
    if (this.#problems.size === 0) return checked;
    return [
      ...[...this.#problems.values()].map(({ diagnostic }) => diagnostic),
      ...this.#readable().flatMap(([path]) => this.workspace.syntax(path)),
    ];
  }

  /** For the next process, if it is worth it. */
  save(): void {
    const parts = this.#problems.size > 0 ? null : this.workspace.save();
    if (parts !== null) this.#cache.write(this.root, parts);
  }

  #isOpen(path: string): boolean {
    return (this.files.get(path)?.version ?? null) !== null;
  }

  #take(read: SourceFile | FileProblem): void {
    const { path, text } = 'source' in read ? read.source : read;
    if (this.#isOpen(path)) return;
    if (this.files.get(path)?.text !== text) this.files.set(path, new TextFile(this.uri(path), text, null));
    if ('source' in read) this.#problems.set(path, read);
    else this.#problems.delete(path);
  }

  #readable(): (readonly [string, TextFile])[] {
    return [...this.files].filter(([path]) => !this.#problems.has(path));
  }
}

/** A text that is part of no project: a new one that has no file yet, or a file outside of every project. */
export class LooseFile extends Project {
  readonly root = null;
  readonly workspace = new Workspace();
  readonly #path: string;
  readonly #uri: string;
  #problem: FileProblem | null = null;

  /** @param path what the file is called in messages */
  constructor(path: string, file: TextFile) {
    super();
    this.#path = path;
    this.#uri = file.uri;
    this.edit(file);
  }

  uri(): string {
    return this.#uri;
  }

  uriOfPath(): null {
    return null;
  }

  list(): readonly string[] {
    return [];
  }

  edit(file: TextFile): void {
    this.files.set(this.#path, file);
    this.#problem = sizeProblem(this.#path, Buffer.byteLength(file.text));
    this.workspace.setFile(this.#path, this.#problem === null ? file.text : '');
  }

  /** Where it declares no project, its names are declared elsewhere: only what does not read is known to be wrong. */
  findings(checked: readonly Diagnostic[]): readonly Diagnostic[] {
    if (this.#problem !== null) return [this.#problem.diagnostic];
    if (this.workspace.declaresProject) return checked;
    const isFile = isAbsolute(this.#path);
    return [...this.workspace.syntax(this.#path), ...checked.filter(({ code }) => isFile && code === 'no-project')];
  }
}
