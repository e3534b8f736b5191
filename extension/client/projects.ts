/** The projects of the window, as the server knows them, and the target that the person chose for each. */
import { sep } from 'node:path';
import * as vscode from 'vscode';
import { type DatasetAt, type ProjectInfo, requests } from '../server/protocol.ts';
import type { Server } from './server.ts';

export class Projects {
  readonly #server: Server;
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  #all: readonly ProjectInfo[] = [];

  readonly onDidChange = this.#changed.event;

  constructor(server: Server, memory: vscode.Memento) {
    this.#server = server;
    this.#memory = memory;
  }

  get all(): readonly ProjectInfo[] {
    return this.#all;
  }

  async refresh(): Promise<void> {
    const asked = await this.#server.ask<readonly ProjectInfo[]>(requests.projects);
    if (asked === null) return;
    this.#all = asked;
    await vscode.commands.executeCommand('setContext', 'pipec.hasProject', asked.length > 0);
    this.#changed.fire();
  }

  /** The innermost project that a file is of; without a file, the only one. */
  of(uri: vscode.Uri | undefined): ProjectInfo | null {
    if (uri?.scheme === 'file') {
      const around = this.#all.filter(({ root }) => uri.fsPath.startsWith(root + sep));
      return around.sort((a, b) => b.root.length - a.root.length)[0] ?? null;
    }
    return this.#all.length === 1 ? (this.#all[0] ?? null) : null;
  }

  /** Of the file at hand, or the only one, or the one that the person picks. */
  async pick(): Promise<ProjectInfo | null> {
    const current = this.of(vscode.window.activeTextEditor?.document.uri) ?? this.of(undefined);
    if (current !== null) return current;
    const picked = await vscode.window.showQuickPick(
      this.#all.map((project) => ({ label: project.name, description: project.root, project })),
      { placeHolder: 'Which project?' },
    );
    return picked?.project ?? null;
  }

  /** What the person chose where it still exists, else the project's own default. */
  targetOf(project: ProjectInfo): string | null {
    const chosen = this.#memory.get<string>(key(project));
    return project.targets.some(({ name }) => name === chosen) ? (chosen ?? null) : project.target;
  }

  async choose(project: ProjectInfo, target: string): Promise<void> {
    await this.#memory.update(key(project), target === project.target ? undefined : target);
    this.#changed.fire();
  }

  /** The target of the project in a folder; null where that is its own, or the folder is none. */
  chosenTarget(root: string | null): string | null {
    const project = this.#all.find((one) => one.root === root);
    return project === undefined ? null : this.targetOf(project);
  }

  /** `--target x`, where it is not the project's own. */
  targetArguments(root: string): string[] {
    const project = this.#all.find((one) => one.root === root);
    const target = project === undefined ? null : this.targetOf(project);
    return target === null || target === project?.target ? [] : ['--target', target];
  }

  /** What a lens gave, or the dataset at the cursor; tells the person where there is none. */
  async datasetFor(given: unknown): Promise<DatasetAt | null> {
    if (isDatasetAt(given)) return given;
    const editor = vscode.window.activeTextEditor;
    const at =
      editor === undefined || editor.document.languageId !== 'pipe'
        ? null
        : await this.#server.ask<DatasetAt>(requests.datasetAt, {
            textDocument: { uri: editor.document.uri.toString() },
            position: { line: editor.selection.active.line, character: editor.selection.active.character },
          });
    if (at === null) void vscode.window.showInformationMessage('Put the cursor on a dataset first.');
    return at;
  }
}

const key = (project: ProjectInfo) => `target ${project.root}`;

export function isDatasetAt(given: unknown): given is DatasetAt {
  return (
    typeof given === 'object' &&
    given !== null &&
    'root' in given &&
    'dataset' in given &&
    typeof given.root === 'string' &&
    typeof given.dataset === 'string'
  );
}
