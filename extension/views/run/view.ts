/** Runs datasets with the project's pipec and shows how it goes, in a panel beside the text. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunEvent } from '../../../runtime/events.ts';
import type { App } from '../../client/app.ts';
import { type Pipec, pipecOrTell } from '../../client/install.ts';
import { runLines } from '../../client/process.ts';
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
        void openTask(message.task);
        break;
      case 'openPlace': {
        const line = message.line - 1;
        void openAt(vscode.Uri.file(join(this.#root, message.file)), new vscode.Range(line, 0, line, 0));
        break;
      }
      default:
        message satisfies never;
    }
  }
}

/** Where a dataset is declared, as the server finds it by name. */
async function openTask(task: string): Promise<void> {
  const name = task.split(' ')[0] ?? task;
  const last = name.slice(name.lastIndexOf('.') + 1);
  const found = await vscode.commands.executeCommand<vscode.SymbolInformation[]>(
    'vscode.executeWorkspaceSymbolProvider',
    last,
  );
  const symbol =
    found.find((one) => one.name === name) ?? found.find((one) => one.name === last || one.name.endsWith(`.${last}`));
  if (symbol !== undefined) await openAt(symbol.location.uri, symbol.location.range);
}

async function openAt(uri: vscode.Uri, range: vscode.Range): Promise<void> {
  const start = new vscode.Range(range.start, range.start);
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, selection: start });
}

function isRunEvent(line: unknown): line is RunEvent {
  return typeof line === 'object' && line !== null && 'event' in line && 'run' in line;
}
