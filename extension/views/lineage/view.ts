/** The lineage graph beside the text: it follows the cursor and the text, and its boxes lead to the code. */
import * as vscode from 'vscode';
import type { App } from '../../client/app.ts';
import type { ColumnAt, LineageGraph } from '../../server/protocol.ts';
import { type DatasetAt, type DatasetPlace, type LineageAt, requests } from '../../server/protocol.ts';
import type { Panel } from '../view.ts';
import type { FromPage, ToPage } from './messages.ts';

/** The cursor is followed when it rests. */
const PAUSE_MS = 150;

let current: LineagePanel | null = null;

/** Shows the graph around a dataset; without one, of the whole project in `root`. */
export async function showLineage(app: App, root: string, dataset: string | null): Promise<void> {
  current ??= new LineagePanel(app, () => {
    current = null;
  });
  await current.show(root, dataset);
}

class LineagePanel {
  readonly #app: App;
  readonly #panel: Panel<ToPage>;
  #root = '';
  #around: string | null = null;
  #up = 2;
  #down = 2;
  #column: ColumnAt | null = null;
  readonly #open = new Set<string>();
  #isPinned = false;
  #waiting: NodeJS.Timeout | undefined;
  /** Counts questions: an answer that comes after a later question is of no use. */
  #asked = 0;

  constructor(app: App, onClose: () => void) {
    this.#app = app;
    this.#panel = app.views.open<ToPage, FromPage>({ name: 'lineage', title: 'Lineage' }, (message) =>
      this.#told(message),
    );
    const following = vscode.Disposable.from(
      app.server.onDidChange(() => this.#refresh()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#cursorMoved(textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor !== undefined) this.#cursorMoved(editor);
      }),
    );
    this.#panel.onDidClose(() => {
      following.dispose();
      clearTimeout(this.#waiting);
      onClose();
    });
  }

  async show(root: string, dataset: string | null): Promise<void> {
    this.#look(root, dataset);
    this.#panel.reveal();
    await this.#refresh();
  }

  #look(root: string, dataset: string | null): void {
    if (root !== this.#root || dataset !== this.#around) this.#column = null;
    if (root !== this.#root) this.#open.clear();
    this.#root = root;
    this.#around = dataset;
  }

  #cursorMoved({ document, selection }: vscode.TextEditor): void {
    clearTimeout(this.#waiting);
    if (document.languageId !== 'pipe' || this.#isPinned || this.#around === null) return;
    this.#waiting = setTimeout(async () => {
      const at = await this.#app.server.ask<DatasetAt>(requests.datasetAt, {
        textDocument: { uri: document.uri.toString() },
        position: { line: selection.active.line, character: selection.active.character },
      });
      if (at === null || (at.root === this.#root && at.dataset === this.#around)) return;
      this.#look(at.root, at.dataset);
      await this.#refresh();
    }, PAUSE_MS);
  }

  async #refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const question: LineageAt = {
      root: this.#root,
      around: this.#around,
      up: this.#up,
      down: this.#down,
      column: this.#column,
      open: [...this.#open],
    };
    const graph = await this.#app.server.ask<LineageGraph>(requests.lineage, question);
    if (asked !== this.#asked) return;
    const project = this.#app.projects.all.find(({ root }) => root === this.#root)?.name ?? '';
    this.#panel.setTitle(`Lineage ${this.#around?.split('.').at(-1) ?? project}`);
    this.#panel.post(
      graph === null
        ? { is: 'nothing', why: 'The language server does not answer. Its output may say why.' }
        : {
            is: 'graph',
            graph,
            shown: {
              project,
              around: this.#around,
              up: this.#up,
              down: this.#down,
              column: graph.path === null ? null : this.#column,
              isPinned: this.#isPinned,
            },
          },
    );
  }

  #told(message: FromPage): void {
    switch (message.is) {
      case 'go':
        void this.#go(message.dataset);
        return;
      case 'around':
        this.#look(this.#root, message.dataset);
        break;
      case 'steps':
        this.#up = message.up;
        this.#down = message.down;
        break;
      case 'widen':
        if (message.side === 'up') this.#up += 1;
        else this.#down += 1;
        break;
      case 'column':
        this.#column = message.column;
        break;
      case 'open':
        if (!this.#open.delete(message.schema)) this.#open.add(message.schema);
        break;
      case 'pin':
        this.#isPinned = message.isPinned;
        break;
      case 'search':
        void this.#search();
        return;
      default:
        message satisfies never;
    }
    void this.#refresh();
  }

  async #go(dataset: string): Promise<void> {
    const asked: DatasetAt = { root: this.#root, dataset };
    const place = await this.#app.server.ask<DatasetPlace>(requests.datasetPlace, asked);
    if (place === null) return;
    const { line, character } = place.range.start;
    const at = new vscode.Position(line, character);
    await vscode.window.showTextDocument(vscode.Uri.parse(place.uri), {
      viewColumn: vscode.ViewColumn.One,
      selection: new vscode.Range(at, at),
    });
  }

  async #search(): Promise<void> {
    const names = await this.#app.server.ask<readonly string[]>(requests.datasets, { root: this.#root });
    const picked = await vscode.window.showQuickPick(
      (names ?? []).map((name) => ({
        label: name.slice(name.lastIndexOf('.') + 1),
        description: name.slice(0, Math.max(0, name.lastIndexOf('.'))),
        name,
      })),
      { placeHolder: 'A dataset to look at', matchOnDescription: true },
    );
    if (picked === undefined) return;
    this.#look(this.#root, picked.name);
    await this.#refresh();
  }
}
