/** Runs datasets with the project's pipec and shows how it goes, in a panel beside the text. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunEvent } from '../../../runtime/events.ts';
import type { App } from '../../client/app.ts';
import { type Pipec, pipecOrTell } from '../../client/install.ts';
import { runLines } from '../../client/process.ts';
import { type DatasetAt, type DatasetPlace, requests } from '../../server/protocol.ts';
import type { Panel } from '../view.ts';
import type { FromPage, ToPage } from './messages.ts';

/** One panel a project: a second run of it replaces the first, which may still be looked at until then. */
const panels = new Map<string, RunPanel>();

/** Runs a selection (see `pipec run --help`) of the project in `root`; `title` is what people call it. */
export async function runDataset(app: App, root: string, title: string, selection: readonly string[]): Promise<void> {
  const pipec = await pipecOrTell(root, 'Running');
  if (pipec === null) return;
  await vscode.workspace.saveAll(false);
  const panel = panels.get(root) ?? new RunPanel(app, root);
  await panel.run(pipec, title, selection, false);
}

class RunPanel {
  readonly #app: App;
  readonly #root: string;
  readonly #panel: Panel<ToPage>;
  #last: { readonly pipec: Pipec; readonly title: string; readonly selection: readonly string[] } | null = null;
  #cancelling: vscode.CancellationTokenSource | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(app: App, root: string) {
    this.#app = app;
    this.#root = root;
    this.#panel = app.views.open<ToPage, FromPage>({ name: 'run', title: 'Run' }, (message) => this.#told(message));
    panels.set(root, this);
    // Closing the panel does not stop what it shows: a run may take an hour.
    this.#panel.onDidClose(() => panels.delete(root));
  }

  async run(pipec: Pipec, title: string, selection: readonly string[], full: boolean): Promise<void> {
    this.#cancelling?.cancel();
    await this.#running;
    this.#last = { pipec, title, selection };
    this.#cancelling = new vscode.CancellationTokenSource();
    this.#running = this.#perform(pipec, title, selection, full, this.#cancelling.token);
    await this.#running;
  }

  async #perform(
    pipec: Pipec,
    title: string,
    selection: readonly string[],
    full: boolean,
    cancellation: vscode.CancellationToken,
  ): Promise<void> {
    const args = ['run', ...selection, ...this.#app.projects.targetArguments(this.#root), ...(full ? ['--full'] : [])];
    const command = `pipec ${args.join(' ')}`;
    this.#panel.setTitle(`Run ${title}`);
    this.#panel.post({ is: 'begins', title, command, at: Date.now() });
    this.#panel.reveal();
    this.#app.log.info(`${command} in ${this.#root}`);
    const { code, error } = await runLines(pipec, [...args, '--json'], this.#root, cancellation, (line) => {
      this.#app.log.info(JSON.stringify(line));
      if (isRunEvent(line)) this.#panel.post({ is: 'event', event: line });
    });
    if (error !== '') this.#app.log.error(error);
    this.#panel.post({ is: 'ended', code, error, at: Date.now() });
    this.#app.record.hasChanged(this.#root);
  }

  /** Tasks have the names of the datasets that they build. A source without a store lands under a name of its own. */
  async #openTask(task: string): Promise<void> {
    const asked: DatasetAt = { root: this.#root, dataset: task };
    const place = await this.#app.server.ask<DatasetPlace>(requests.datasetPlace, asked);
    if (place === null) return;
    const { line, character } = place.range.start;
    await openAt(vscode.Uri.parse(place.uri), new vscode.Position(line, character));
  }

  #told(message: FromPage): void {
    switch (message.is) {
      case 'again':
        if (this.#last !== null) void this.run(this.#last.pipec, this.#last.title, this.#last.selection, message.full);
        break;
      case 'cancel':
        this.#cancelling?.cancel();
        break;
      case 'output':
        this.#app.log.show(true);
        break;
      case 'openTask':
        void this.#openTask(message.task);
        break;
      case 'openPlace': {
        void openAt(vscode.Uri.file(join(this.#root, message.file)), new vscode.Position(message.line - 1, 0));
        break;
      }
      default:
        message satisfies never;
    }
  }
}

async function openAt(uri: vscode.Uri, at: vscode.Position): Promise<void> {
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, selection: new vscode.Range(at, at) });
}

function isRunEvent(line: unknown): line is RunEvent {
  return typeof line === 'object' && line !== null && 'event' in line && 'run' in line;
}
