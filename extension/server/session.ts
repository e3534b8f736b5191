/**
 * What is open, and the projects that it belongs to. Features ask it what a URI means; it tells those who listen which texts
 * have changed. Unsaved text wins over what is on disk.
 */
import { dirname, isAbsolute, sep } from 'node:path';
import type { ClientCapabilities, Position } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { CheckCache } from '../../compiler/cli/check-cache.ts';
import { CommandError } from '../../compiler/cli/command.ts';
import type { Environment } from '../../compiler/cli/io.ts';
import { KeptAnswers } from '../../compiler/cli/kept-answers.ts';
import { hasPrograms, projectRoot, projectsAround } from '../../compiler/cli/project-files.ts';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import { type ClientOptions, DEFAULT_OPTIONS } from './options.ts';
import { FolderProject, LooseFile, type Project, TextFile } from './project.ts';
import { Settings } from './settings.ts';
import { keyOf, pathOf } from './uris.ts';

/** A file of a project. */
export interface Found {
  readonly project: Project;
  readonly workspace: Workspace;
  /** As in the workspace. */
  readonly path: string;
  readonly file: TextFile;
}

/** Of a change: what was edited, which people look at. More may be other than it was. */
export type ChangeListener = (project: Project, edited: readonly string[]) => void;

export class Session {
  /** What the editor understands. */
  client: ClientCapabilities = {};
  options: ClientOptions = DEFAULT_OPTIONS;
  readonly settings = new Settings();
  readonly #environment: Environment;
  readonly #cache: CheckCache;
  /** By their folders. */
  readonly #folders = new Map<string, FolderProject>();
  readonly #loose = new Map<string, LooseFile>();
  readonly #open = new Map<string, TextDocument>();
  #editorFolders: readonly string[] = [];
  /** Folders of the projects in there. */
  #inEditor: Set<string> = new Set();
  readonly #changed: ChangeListener[] = [];
  readonly #gone: ((project: Project) => void)[] = [];
  readonly #heard: (() => void)[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#cache = new CheckCache(environment);
  }

  onChange(listener: ChangeListener): void {
    this.#changed.push(listener);
  }

  /** Called with a project that is none any more, or of which nothing is open. */
  onGone(listener: (project: Project) => void): void {
    this.#gone.push(listener);
  }

  /** Called with each message of the editor's before it is answered. */
  onMessage(listener: () => void): void {
    this.#heard.push(listener);
  }

  *projects(): Generator<Project> {
    yield* this.#folders.values();
    yield* this.#loose.values();
  }

  /** The file that a URI means, in the innermost project that it is of; null where it is of none. */
  find(uri: string): Found | null {
    const key = keyOf(uri);
    const loose = this.#loose.get(key);
    if (loose !== undefined) return found(loose, key);
    const [innermost] = this.#projectsOf(key).sort((a, b) => b.project.root.length - a.project.root.length);
    return innermost === undefined ? null : found(innermost.project, innermost.path);
  }

  /** In each project that it is of. */
  findAll(uri: string): readonly Found[] {
    const key = keyOf(uri);
    const loose = this.#loose.get(key);
    const all = loose === undefined ? this.#projectsOf(key) : [{ project: loose, path: key }];
    return all.flatMap(({ project, path }) => found(project, path) ?? []);
  }

  /** The innermost, with the offset of a position in it. */
  at(uri: string, position: Position): (Found & { readonly offset: number }) | null {
    const all = this.find(uri);
    return all === null ? null : { ...all, offset: all.file.lines.offset(position) };
  }

  // ---------------------------------------------------------------------------------------------- what the editor tells

  heard(): void {
    for (const listener of this.#heard) listener();
  }

  /** Its text comes with `edited`. */
  opened(document: TextDocument): void {
    const key = keyOf(document.uri);
    this.#open.set(key, document);
    this.#adopt(key);
  }

  edited(document: TextDocument): void {
    const key = keyOf(document.uri);
    const file = textFile(document);
    const loose = this.#loose.get(key);
    if (loose !== undefined) {
      loose.edit(file);
      this.#announce(loose, [key]);
    }
    for (const { project, path } of this.#projectsOf(key)) {
      project.edit(path, file);
      this.#announce(project, [path]);
    }
  }

  closed(document: TextDocument): void {
    const key = keyOf(document.uri);
    this.#open.delete(key);
    const loose = this.#loose.get(key);
    if (loose !== undefined) {
      this.#loose.delete(key);
      for (const listener of this.#gone) listener(loose);
    }
    for (const { project, path } of this.#projectsOf(key)) {
      project.revert(path);
      this.#announce(project, [path]);
    }
  }

  /** Files or folders that came, went or changed on disk. */
  changedOnDisk(uris: readonly string[]): void {
    const paths = uris.flatMap((uri) => pathOf(uri) ?? []);
    const programs = paths.filter((path) => path.endsWith('.pipe'));
    // What is no program's file may be a folder that holds some; mostly it is nothing of ours.
    const others = paths.filter((path) => !path.endsWith('.pipe'));
    const touched = [...this.#folders.values()].filter((each) => others.some((path) => each.isTouchedBy(path)));
    if (programs.length === 0 && touched.length === 0) return;
    for (const path of programs) {
      const root = projectRoot(dirname(path));
      if (root !== null && this.#isInEditor(root)) this.#inEditor.add(root);
    }
    this.#reattach();
    for (const project of this.#folders.values()) {
      if (touched.includes(project)) {
        this.#rescan(project);
        continue;
      }
      const inside = programs.flatMap((path) => project.pathIn(path) ?? []);
      for (const path of inside) project.refresh(path);
      if (inside.length > 0) this.#announce(project, inside);
    }
  }

  /** Looks at all files on disk again, for editors that do not tell what happens there. */
  rescan(): void {
    this.#reattach();
    for (const project of this.#folders.values()) this.#rescan(project);
  }

  /** The folders of the editor: the projects in them are known, whether a file of theirs is open or not. */
  setFolders(uris: readonly string[]): void {
    this.#editorFolders = uris.flatMap((uri) => pathOf(uri) ?? []);
    this.#inEditor = new Set(this.#editorFolders.flatMap(projectsIn));
    this.#reattach();
  }

  /** Keeps what is known for the next time. */
  save(): void {
    for (const project of this.#folders.values()) project.save();
  }

  // ---------------------------------------------------------------------------------------------- which projects there are

  /** Finds out anew which projects there are: a `project` declaration may have come, gone or moved. */
  #reattach(): void {
    const roots = new Set([...this.#inEditor].filter((root) => projectRoot(root) === root));
    this.#inEditor = new Set(roots);
    for (const key of this.#open.keys()) {
      const root = rootOf(key);
      if (root !== null) roots.add(root);
    }
    for (const [root, project] of this.#folders) {
      if (roots.has(root) || this.#isUndeclared(root, project, roots)) continue;
      this.#folders.delete(root);
      for (const listener of this.#gone) listener(project);
    }
    for (const root of roots) this.#folder(root);
    for (const key of this.#open.keys()) this.#adopt(key);
  }

  /** A project whose declaration is gone while its files are there, in no other project: what is wrong is told, of all of them. */
  #isUndeclared(root: string, project: FolderProject, roots: ReadonlySet<string>): boolean {
    if (!this.#isInEditor(root) && project.open.length === 0) return false;
    if (projectRoot(root) !== null || [...roots].some((other) => other.startsWith(`${root}${sep}`))) return false;
    return isThere(root);
  }

  #isInEditor(path: string): boolean {
    return this.#editorFolders.some((folder) => path === folder || path.startsWith(`${folder}${sep}`));
  }

  #folder(root: string): void {
    if (this.#folders.has(root)) return;
    let project: FolderProject;
    try {
      project = new FolderProject(root, this.#cache, new KeptAnswers(this.#environment, root));
    } catch (error) {
      if (error instanceof CommandError) return;
      throw error;
    }
    this.#folders.set(root, project);
    for (const [key, document] of this.#open) {
      const path = project.pathIn(key);
      if (path !== null) project.edit(path, textFile(document));
    }
    this.#announce(project, project.open);
  }

  /** Finds the project of an open file; without one it stands alone. */
  #adopt(key: string): void {
    const document = this.#open.get(key);
    if (document === undefined) return;
    const root = rootOf(key);
    if (root !== null) this.#folder(root);
    const loose = this.#loose.get(key);
    if (this.#projectsOf(key).length === 0) {
      if (loose !== undefined || !mayBeProgram(document.uri)) return;
      const made = new LooseFile(key, textFile(document));
      this.#loose.set(key, made);
      this.#announce(made, [key]);
    } else if (loose !== undefined) {
      this.#loose.delete(key);
      for (const listener of this.#gone) listener(loose);
    }
  }

  #rescan(project: FolderProject): void {
    try {
      project.rescan();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
    this.#announce(project, project.open);
  }

  #projectsOf(key: string): { readonly project: FolderProject; readonly path: string }[] {
    return [...this.#folders.values()].flatMap((project) => {
      const path = project.pathIn(key);
      return path === null ? [] : [{ project, path }];
    });
  }

  #announce(project: Project, edited: readonly string[]): void {
    for (const listener of this.#changed) listener(project, edited);
  }
}

function found(project: Project, path: string): Found | null {
  const file = project.file(path);
  return file === null ? null : { project, workspace: project.workspace, path, file };
}

function textFile(document: TextDocument): TextFile {
  return new TextFile(document.uri, document.getText(), document.version);
}

/** The project of a file, by its key; null where it has none, or no path. */
function rootOf(key: string): string | null {
  return isAbsolute(key) ? projectRoot(dirname(key)) : null;
}

/** The folders of the projects in a folder of the editor, or of the one that it is in. */
function projectsIn(folder: string): readonly string[] {
  try {
    return projectsAround(folder);
  } catch {
    // It is gone, or holds a whole disk: then a project is known when a file of it is opened.
    return [];
  }
}

/** Whether there are programs in a folder. */
function isThere(folder: string): boolean {
  try {
    return hasPrograms(folder);
  } catch {
    return false;
  }
}

/** Old versions and the like, `git:`, are shown and not worked on. */
function mayBeProgram(uri: string): boolean {
  return /^(?:file|untitled):/.test(uri);
}
