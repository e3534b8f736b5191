/** What is to be known of the dataset at the cursor, beside the text. */
import * as vscode from 'vscode';
import type { App } from '../../client/app.ts';
import { type DatasetAt, type DatasetPlace, type Inspection, requests } from '../../server/protocol.ts';
import type { Panel } from '../view.ts';
import { type FromPage, inspectorCommands, type ToPage } from './messages.ts';

/** The cursor is followed when it rests. */
const PAUSE_MS = 150;

let current: InspectorPanel | null = null;

export async function showInspector(app: App, at: DatasetAt): Promise<void> {
  current ??= new InspectorPanel(app, () => {
    current = null;
  });
  await current.show(at);
}

class InspectorPanel {
  readonly #app: App;
  readonly #panel: Panel<ToPage>;
  #at: DatasetAt | null = null;
  #asked = 0;
  #waiting: NodeJS.Timeout | undefined;

  constructor(app: App, onClose: () => void) {
    this.#app = app;
    this.#panel = app.views.open<ToPage, FromPage>({ name: 'inspector', title: 'Inspector' }, (message) =>
      this.#told(message),
    );
    const following = vscode.Disposable.from(
      app.server.onDidChange(() => void this.#refresh()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#moved(textEditor)),
    );
    this.#panel.onDidClose(() => {
      following.dispose();
      clearTimeout(this.#waiting);
      onClose();
    });
  }

  async show(at: DatasetAt): Promise<void> {
    this.#at = at;
    this.#panel.reveal();
    await this.#refresh();
  }

  #moved({ document, selection }: vscode.TextEditor): void {
    if (document.languageId !== 'pipe') return;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(async () => {
      const at = await this.#app.server.ask<DatasetAt>(requests.datasetAt, {
        textDocument: { uri: document.uri.toString() },
        position: { line: selection.active.line, character: selection.active.character },
      });
      if (at === null || (at.root === this.#at?.root && at.dataset === this.#at.dataset)) return;
      this.#at = at;
      await this.#refresh();
    }, PAUSE_MS);
  }

  async #refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const inspection = await this.#app.server.ask<Inspection>(requests.inspect, this.#at);
    if (asked !== this.#asked) return;
    this.#panel.post(
      inspection === null ? { is: 'nothing' } : { is: 'dataset', inspection, canRun: vscode.workspace.isTrusted },
    );
  }

  #told(message: FromPage): void {
    const at = this.#at;
    if (at === null) return;
    switch (message.is) {
      case 'go':
        void this.#go({ root: at.root, dataset: message.dataset });
        break;
      case 'command':
        if (Object.hasOwn(inspectorCommands, message.command)) void vscode.commands.executeCommand(message.command, at);
        break;
      default:
        message satisfies never;
    }
  }

  async #go(asked: DatasetAt): Promise<void> {
    const place = await this.#app.server.ask<DatasetPlace>(requests.datasetPlace, asked);
    if (place === null) return;
    const { line, character } = place.range.start;
    const at = new vscode.Position(line, character);
    await vscode.window.showTextDocument(vscode.Uri.parse(place.uri), {
      viewColumn: vscode.ViewColumn.One,
      selection: new vscode.Range(at, at),
    });
  }
}
