/**
 * What is to be known of the dataset at the cursor, beside the text. What the program says is told at once; what its rows
 * and its runs say follows, as it is computed and read.
 */
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../../client/app.ts';
import { compareQuestion, planCompare } from '../../client/compare.ts';
import { pipecOf } from '../../client/install.ts';
import { previewOptions } from '../../client/previews.ts';
import {
  type DatasetAt,
  type DatasetPlace,
  type Inspection,
  type PreviewHere,
  type PreviewTrouble,
  requests,
} from '../../server/protocol.ts';
import type { Base } from '../answers.ts';
import type { Panel } from '../view.ts';
import { type FromPage, inspectorCommands, type Sample, type Tab, type ToPage } from './messages.ts';

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
  /** As the person chose it; null where it is the project's own. */
  #target: string | null = null;
  #tab: Tab = 'overview';
  #base: Base = 'committed';
  /** Of the last question: what comes for another is old. */
  #turn = 0;
  #waiting: NodeJS.Timeout | undefined;
  /** Something changed while nobody looked. */
  #isStale = false;
  /** What the shares of nulls that show are of, and the comparison. */
  #sampled: string | null = null;
  #compared: string | null = null;
  #trouble: PreviewTrouble['at'] = null;
  #reading = new vscode.CancellationTokenSource();

  constructor(app: App, onClose: () => void) {
    this.#app = app;
    this.#panel = app.views.open<ToPage, FromPage>({ name: 'inspector', title: 'Inspector' }, (message) =>
      this.#told(message),
    );
    const following = vscode.Disposable.from(
      // Also after an edit, once it pauses.
      app.projects.onDidChange(() => void this.#changed()),
      app.record.onDidChange((root) => {
        if (root === this.#at?.root) void this.#read();
      }),
      app.tests.onDidRun(() => this.#tellTests()),
      // Runs come from elsewhere as well: from a terminal, from a scheduler.
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) void this.#read();
      }),
      vscode.workspace.onDidSaveTextDocument(({ languageId }) => {
        if (languageId === 'pipe') void this.#refresh();
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#moved(textEditor)),
    );
    this.#panel.onDidShow(() => {
      if (this.#isStale) void this.#refresh();
    });
    this.#panel.onDidClose(() => {
      following.dispose();
      clearTimeout(this.#waiting);
      this.#turn += 1;
      this.#reading.cancel();
      this.#stop();
      onClose();
    });
  }

  async show(at: DatasetAt): Promise<void> {
    this.#panel.reveal();
    await this.#become(at);
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
      await this.#become(at);
    }, PAUSE_MS);
  }

  async #become(at: DatasetAt): Promise<void> {
    this.#at = at;
    this.#target = this.#app.projects.chosenTarget(at.root);
    this.#sampled = null;
    this.#compared = null;
    if (await this.#refresh()) await this.#read();
  }

  async #changed(): Promise<void> {
    const target = this.#app.projects.chosenTarget(this.#at?.root ?? null);
    const isOther = target !== this.#target;
    this.#target = target;
    await this.#refresh();
    if (isOther) await this.#read();
  }

  /** What the texts say. @returns whether it is told */
  async #refresh(): Promise<boolean> {
    this.#turn += 1;
    this.#isStale = true;
    const at = this.#at;
    if (at === null || !this.#panel.isVisible()) return false;
    const turn = this.#turn;
    const inspection = await this.#app.server.ask<Inspection>(requests.inspect, at);
    if (turn !== this.#turn) return false;
    this.#isStale = false;
    if (inspection === null) {
      this.#panel.post({ is: 'nothing' });
      return false;
    }
    this.#panel.post({ is: 'dataset', root: at.root, inspection, canRun: vscode.workspace.isTrusted });
    this.#tellTests();
    void this.#compute(at, turn);
    return true;
  }

  #tellTests(): void {
    if (this.#at !== null) this.#panel.post({ is: 'tests', tests: this.#app.tests.outcomesOf(this.#at) });
  }

  async #read(): Promise<void> {
    const at = this.#at;
    if (at === null || !this.#panel.isVisible()) return;
    this.#reading.cancel();
    const reading = new vscode.CancellationTokenSource();
    this.#reading = reading;
    this.#panel.post({ is: 'runs', runs: { is: 'reading' } });
    const runs = await this.#app.record.of(at, reading.token);
    if (!reading.token.isCancellationRequested) this.#panel.post({ is: 'runs', runs });
  }

  // ---------------------------------------------------------------------------------------------- rows

  /** One after the other: the process of previews has one engine. What shows is computed first. */
  async #compute(at: DatasetAt, turn: number): Promise<void> {
    if (this.#tab === 'compare') await this.#compare(at, turn);
    await this.#sample(at, turn);
  }

  async #sample(at: DatasetAt, turn: number): Promise<void> {
    if (turn !== this.#turn) return;
    const tell = (sample: Sample) => this.#panel.post({ is: 'sample', sample });
    const pipec = pipecOf(at.root);
    if (pipec === null) {
      tell({ is: 'unknown', why: this.#whyNot() });
      return;
    }
    const options = previewOptions(this.#app.projects, at.root);
    const here = await this.#app.server.ask<PreviewHere>(requests.preview, { ...options, of: at });
    if (turn !== this.#turn || here === null) return;
    if (here.is !== 'plan') {
      this.#sampled = null;
      tell({ is: 'unknown', why: here.message });
      return;
    }
    const key = JSON.stringify(here.plan);
    if (key === this.#sampled) return;
    tell({ is: 'computing' });
    const answer = await this.#app.previews.ask(at.root, pipec, 'inspector', {
      ask: 'show',
      plan: here.plan,
      count: 0,
    });
    if (turn !== this.#turn) return;
    if (answer.is === 'failed') tell({ is: 'unknown', why: answer.error.message });
    if (answer.is !== 'shown') return;
    this.#sampled = key;
    const { count, isCut, columns, sources, notes } = answer;
    const nulls = Object.fromEntries(columns.map((column) => [column.name, column.nulls]));
    tell({ is: 'known', count, isCut, nulls, sources, notes });
  }

  async #compare(at: DatasetAt, turn: number): Promise<void> {
    const pipec = pipecOf(at.root);
    const given = pipec === null ? null : await planCompare(this.#app, at, this.#base);
    if (turn !== this.#turn) return;
    if (pipec === null || given === null) {
      this.#refuse({ message: this.#whyNot(), notes: [], at: null });
      return;
    }
    const { here, base, hasCommit } = given;
    if (here.is !== 'plans') {
      const notes = here.of === 'before' ? ['It is in the text that is compared with.', ...here.notes] : here.notes;
      this.#refuse({ message: here.message, notes, at: here.at });
      return;
    }
    const question = compareQuestion(here);
    const key = JSON.stringify([question, base, hasCommit]);
    if (key === this.#compared) return;
    this.#panel.post({ is: 'comparing', what: null });
    const answer = await this.#app.previews.ask(at.root, pipec, 'inspector', question, ({ dataset }) => {
      if (turn === this.#turn) this.#panel.post({ is: 'comparing', what: dataset });
    });
    if (turn !== this.#turn) return;
    if (answer.is === 'compared') {
      this.#compared = key;
      this.#panel.post({ is: 'compared', compared: { dataset: at.dataset, base, hasCommit, compared: answer } });
    } else if (answer.is === 'failed') {
      const { message, hint, engine, sample } = answer.error;
      const trouble = { message, notes: hint === null ? [] : [hint], engine, sample, hasPlace: false };
      this.#panel.post({ is: 'trouble', trouble });
    } else this.#panel.post({ is: 'idle' });
  }

  #refuse({ message, notes, at }: Pick<PreviewTrouble, 'message' | 'notes' | 'at'>): void {
    this.#compared = null;
    this.#trouble = at;
    this.#panel.post({ is: 'trouble', trouble: { message, notes, engine: null, sample: [], hasPlace: at !== null } });
  }

  #whyNot(): string {
    return vscode.workspace.isTrusted
      ? 'Rows are computed by the pipec of the project, and it has none in node_modules.'
      : 'Rows are computed by the workspace’s program, and this workspace is not trusted.';
  }

  #stop(): void {
    if (this.#at !== null) this.#app.previews.stop(this.#at.root, 'inspector');
  }

  // ---------------------------------------------------------------------------------------------- what the page says

  #told(message: FromPage): void {
    const at = this.#at;
    if (at === null) return;
    switch (message.is) {
      case 'go':
        void this.#go({ root: at.root, dataset: message.dataset });
        break;
      case 'openPlace':
        void openAt(vscode.Uri.file(join(at.root, message.file)), new vscode.Position(message.line - 1, 0));
        break;
      case 'command':
        if (Object.hasOwn(inspectorCommands, message.command)) void vscode.commands.executeCommand(message.command, at);
        break;
      case 'tab':
        this.#tab = message.tab;
        if (message.tab === 'compare') void this.#compare(at, this.#turn);
        // Others may have run it meanwhile.
        else if (message.tab !== 'overview') void this.#read();
        break;
      case 'base':
        this.#base = message.base;
        void this.#compare(at, this.#turn);
        break;
      case 'goToTrouble':
        if (this.#trouble !== null) void openAt(vscode.Uri.parse(this.#trouble.uri), positionOf(this.#trouble));
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      default:
        message satisfies never;
    }
  }

  async #go(asked: DatasetAt): Promise<void> {
    const place = await this.#app.server.ask<DatasetPlace>(requests.datasetPlace, asked);
    if (place !== null) await openAt(vscode.Uri.parse(place.uri), positionOf(place));
  }
}

const positionOf = ({ range: { start } }: DatasetPlace): vscode.Position =>
  new vscode.Position(start.line, start.character);

async function openAt(uri: vscode.Uri, at: vscode.Position): Promise<void> {
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, selection: new vscode.Range(at, at) });
}
