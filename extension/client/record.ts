/** What runs have left of themselves, as the project's pipec reads it. */
import * as vscode from 'vscode';
import type { DatasetRunLine } from '../../compiler/cli/machine.ts';
import type { DatasetAt } from '../server/protocol.ts';
import type { Runs } from '../views/inspector/messages.ts';
import { pipecOf } from './install.ts';
import { runLines } from './process.ts';
import type { Projects } from './projects.ts';

/** Runs of a dataset that are looked at. */
const LAST = 30;

export class RunRecord implements vscode.Disposable {
  readonly #projects: Projects;
  readonly #changed = new vscode.EventEmitter<string>();

  /** Of a project, by its folder. */
  readonly onDidChange = this.#changed.event;

  constructor(projects: Projects) {
    this.#projects = projects;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  /** A run of this window has ended. */
  hasChanged(root: string): void {
    this.#changed.fire(root);
  }

  /** The last runs that came to a dataset in the chosen target, newest first. */
  async of({ root, dataset }: DatasetAt, cancellation: vscode.CancellationToken): Promise<Runs> {
    const pipec = pipecOf(root);
    if (pipec === null) {
      const why = vscode.workspace.isTrusted
        ? 'Runs are read by the pipec of the project, and it has none.'
        : 'Nothing of a workspace is run before it is trusted, not even to read what ran before.';
      return { is: 'unknown', why };
    }
    const project = this.#projects.all.find((each) => each.root === root);
    const target = project === undefined ? null : this.#projects.targetOf(project);
    const runs: DatasetRunLine[] = [];
    const args = ['runs', '--of', dataset, '--last', String(LAST), ...this.#projects.targetArguments(root), '--json'];
    const { code, error } = await runLines(pipec, args, root, cancellation, (line) => {
      if (isRunOfDataset(line)) runs.push(line);
    });
    if (code === 0) return { is: 'known', target, runs };
    // The command reads the program on disk; one with a mistake has no targets to look in.
    const why = code === 1 ? 'The runs are told once the saved text has no mistake.' : error;
    return { is: 'unknown', why: why === '' ? 'The runs could not be read.' : why };
  }
}

function isRunOfDataset(line: unknown): line is DatasetRunLine {
  return typeof line === 'object' && line !== null && 'run' in line && 'dataset' in line && 'checks' in line;
}
