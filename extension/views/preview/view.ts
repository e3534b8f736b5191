/** Rows at the cursor, in a panel beside the text: they follow each keystroke, and the next keystroke gives them up. */
import * as vscode from 'vscode';
import type { PreviewQuestion } from '../../../runtime/preview/messages.ts';
import type { App } from '../../client/app.ts';
import { compareQuestion, planCompare } from '../../client/compare.ts';
import { pipecOf, pipecOrTell } from '../../client/install.ts';
import { type Answer, previewOptions } from '../../client/previews.ts';
import { type Asked, type DatasetAt, type PreviewHere, type PreviewTrouble, requests } from '../../server/protocol.ts';
import type { Base, Trouble } from '../answers.ts';
import type { Panel } from '../view.ts';
import { lastPart } from '../words.ts';
import type { FromPage, Tab, Title, ToPage } from './messages.ts';

/** Between the last keystroke and the question: a person who types on has hit the next key by then. */
const QUIET_MS = 60;
/** Rows that come with the first answer. */
const FIRST_ROWS = 500;

/** There is one panel a window, which follows the cursor. */
let open: PreviewPanel | null = null;

/** Shows the rows of a dataset, or those at the cursor. */
export async function showPreview(app: App, given: DatasetAt | null): Promise<void> {
  const of = given ?? cursorOf(vscode.window.activeTextEditor);
  if (of === null) {
    void vscode.window.showInformationMessage('Put the cursor on a dataset first.');
    return;
  }
  const root = 'root' in of ? of.root : (app.projects.of(vscode.window.activeTextEditor?.document.uri)?.root ?? null);
  if (root !== null && (await pipecOrTell(root, 'A preview')) === null) return;
  open ??= new PreviewPanel(app);
  open.show(of);
}

class PreviewPanel {
  readonly #app: App;
  readonly #panel: Panel<ToPage>;
  readonly #disposables: vscode.Disposable[] = [];
  #of: Asked | null = null;
  #dataset: DatasetAt | null = null;
  #isPinned = false;
  #root: string | null = null;
  #tab: Tab = 'rows';
  #base: Base = 'committed';
  #waiting: NodeJS.Timeout | undefined;
  /** Of the last question: what comes for another is old. */
  #turn = 0;
  #trouble: PreviewTrouble['at'] = null;
  /** Something changed while nobody looked. */
  #isStale = false;
  /** More than the cursor has changed. */
  #isOther = true;
  /** What the rows that show are of; null where they are not what was asked for last. */
  #shown: string | null = null;

  constructor(app: App) {
    this.#app = app;
    this.#panel = app.views.open<ToPage, FromPage>({ name: 'preview', title: 'Preview' }, (message) =>
      this.#told(message),
    );
    this.#panel.onDidClose(() => {
      open = null;
      clearTimeout(this.#waiting);
      this.#turn += 1;
      this.#stop();
      for (const each of this.#disposables) each.dispose();
    });
    this.#panel.onDidShow(() => {
      if (this.#isStale) this.#soon();
    });
    this.#disposables.push(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#follow(textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#follow(editor)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document.languageId === 'pipe' && contentChanges.length > 0) this.#soon();
      }),
      vscode.workspace.onDidSaveTextDocument(() => {
        if (this.#tab === 'compare') this.#soon();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('pipec.preview')) this.#soon();
      }),
      app.projects.onDidChange(() => this.#soon()),
    );
  }

  show(of: Asked): void {
    this.#of = of;
    this.#panel.reveal();
    this.#soon(0);
  }

  #follow(editor: vscode.TextEditor | undefined): void {
    const of = cursorOf(editor);
    if (this.#isPinned || of === null || JSON.stringify(of) === JSON.stringify(this.#of)) return;
    this.#of = of;
    this.#later(QUIET_MS);
  }

  #soon(ms = QUIET_MS): void {
    this.#isOther = true;
    this.#later(ms);
  }

  #later(ms: number): void {
    this.#isStale = true;
    this.#turn += 1;
    clearTimeout(this.#waiting);
    if (!this.#panel.isVisible()) return;
    this.#waiting = setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    const turn = this.#turn;
    const of = this.#of;
    if (of === null) return;
    this.#isStale = false;
    if (this.#tab === 'compare') await this.#compare(of, turn);
    else await this.#preview(of, turn);
  }

  async #preview(of: Asked, turn: number): Promise<void> {
    const root = 'root' in of ? of.root : (this.#app.projects.of(vscode.Uri.parse(of.textDocument.uri))?.root ?? null);
    const here = await this.#app.server.ask<PreviewHere>(requests.preview, {
      ...previewOptions(this.#app.projects, root),
      of,
    });
    if (turn !== this.#turn) return;
    if (here === null) {
      this.#panel.post({ is: 'nowhere' });
      return;
    }
    this.#dataset = { root: here.root, dataset: here.dataset };
    const title = { dataset: here.dataset, stage: here.is === 'plan' ? here.stage : null };
    if (here.is !== 'plan') return this.#refuse(title, here);
    const { sql, steps } = here.plan;
    const key = JSON.stringify([here.root, sql, steps.map(({ step }) => step.into.name)]);
    // Within a stage the cursor makes no other rows.
    if (!this.#isOther && key === this.#shown) {
      this.#panel.post({ is: 'same', title });
      return;
    }
    this.#shown = null;
    const answer = await this.#compute(here.root, title, turn, {
      ask: 'show',
      plan: here.plan,
      count: FIRST_ROWS,
    });
    if (answer?.is !== 'shown') return;
    this.#shown = key;
    this.#isOther = false;
    this.#panel.post({ is: 'shown', title, shown: answer });
  }

  async #compare(of: Asked, turn: number): Promise<void> {
    const given = await planCompare(this.#app, of, this.#base);
    if (turn !== this.#turn) return;
    if (given === null) {
      this.#panel.post({ is: 'nowhere' });
      return;
    }
    const { here, base, hasCommit } = given;
    this.#dataset = { root: here.root, dataset: here.dataset };
    const title = { dataset: here.dataset, stage: null };
    if (here.is !== 'plans') {
      const notes = here.of === 'before' ? ['It is in the text that is compared with.', ...here.notes] : here.notes;
      return this.#refuse(title, { ...here, notes });
    }
    const compared = await this.#compute(here.root, title, turn, compareQuestion(here));
    if (compared?.is === 'compared') {
      const { dataset } = here;
      this.#panel.post({ is: 'compared', title, compared: { dataset, base, hasCommit, compared } });
    }
  }

  /** The answer, where it is still wanted and is one. */
  async #compute(root: string, title: Title, turn: number, question: PreviewQuestion): Promise<Answer | null> {
    const pipec = pipecOf(root);
    if (pipec === null) {
      const message = vscode.workspace.isTrusted
        ? `A preview needs pipec in the project: ${root} has none in node_modules, and the setting pipec.path names none.`
        : 'A preview runs the workspace’s program, and this workspace is not trusted.';
      this.#refuse(title, { is: 'refused', message, notes: [], at: null });
      return null;
    }
    this.#root = root;
    this.#trouble = null;
    this.#panel.setTitle(`Preview ${lastPart(title.dataset)}`);
    this.#panel.post({ is: 'computing', title, what: null });
    const answer = await this.#app.previews.ask(root, pipec, 'preview', question, ({ dataset }) => {
      if (turn === this.#turn) this.#panel.post({ is: 'computing', title, what: dataset });
    });
    if (turn !== this.#turn) return null;
    if (answer.is === 'failed') this.#fail(title, answer);
    else if (answer.is === 'cancelled') this.#panel.post({ is: 'idle' });
    return answer;
  }

  #refuse(title: Title, { message, notes, at }: Pick<PreviewTrouble, 'is' | 'message' | 'notes' | 'at'>): void {
    this.#stop();
    this.#shown = null;
    this.#trouble = at;
    this.#panel.setTitle(`Preview ${lastPart(title.dataset)}`);
    const trouble = { message, notes, engine: null, sample: [], hasPlace: at !== null };
    this.#panel.post({ is: 'trouble', title, trouble });
  }

  #fail(title: Title, { dataset, error }: Extract<Answer, { readonly is: 'failed' }>): void {
    const notes = [
      ...(error.hint === null ? [] : [error.hint]),
      ...(dataset === null || dataset === title.dataset ? [] : [`It happened in ${dataset}, which this reads.`]),
    ];
    const { message, engine, sample } = error;
    const trouble: Trouble = { message, notes, engine, sample, hasPlace: false };
    this.#panel.post({ is: 'trouble', title, trouble });
  }

  #stop(): void {
    if (this.#root !== null) this.#app.previews.stop(this.#root, 'preview');
  }

  #told(message: FromPage): void {
    switch (message.is) {
      case 'rows':
        void this.#rows(message);
        break;
      case 'tab':
        this.#tab = message.tab;
        this.#shown = null;
        this.#soon(0);
        break;
      case 'pin':
        this.#isPinned = message.isPinned;
        if (!message.isPinned)
          this.#follow(vscode.window.visibleTextEditors.find(({ document }) => document.languageId === 'pipe'));
        else if (this.#dataset !== null) {
          this.#of = this.#dataset;
          this.#soon(0);
        }
        break;
      case 'base':
        this.#base = message.base;
        this.#soon(0);
        break;
      case 'refresh':
        void this.#refresh();
        break;
      case 'stop':
        this.#turn += 1;
        this.#stop();
        this.#panel.post({ is: 'idle' });
        break;
      case 'goToTrouble':
        if (this.#trouble !== null) void goTo(this.#trouble);
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      default:
        message satisfies never;
    }
  }

  async #rows({ result, sort, from, count }: Extract<FromPage, { readonly is: 'rows' }>): Promise<void> {
    const pipec = this.#root === null ? null : pipecOf(this.#root);
    if (this.#root === null || pipec === null) return;
    const answer = await this.#app.previews.ask(this.#root, pipec, 'preview', {
      ask: 'rows',
      result,
      from,
      count,
      sort,
    });
    if (answer.is === 'rows') this.#panel.post({ is: 'rows', result, sort, from, rows: answer.rows });
    else if (answer.is === 'gone') this.#soon(0);
  }

  async #refresh(): Promise<void> {
    const pipec = this.#root === null ? null : pipecOf(this.#root);
    if (this.#root !== null && pipec !== null)
      await this.#app.previews.ask(this.#root, pipec, 'preview', { ask: 'forget' });
    this.#soon(0);
  }
}

function cursorOf(editor: vscode.TextEditor | undefined): Asked | null {
  if (editor === undefined || editor.document.languageId !== 'pipe') return null;
  const { line, character } = editor.selection.active;
  return { textDocument: { uri: editor.document.uri.toString() }, position: { line, character } };
}

async function goTo({ uri, range: { start } }: NonNullable<PreviewTrouble['at']>): Promise<void> {
  const at = new vscode.Position(start.line, start.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(at, at),
  });
}
