/**
 * The SQL of the dataset at the cursor, in an editor of its own beside the text. What says the stage at the cursor is marked
 * in it, and a click in it goes to the stage. The engines are lenses above it. A tab is called after its document, so each
 * dataset and engine has a document; there is one tab, in which one takes the place of another.
 */
import * as vscode from 'vscode';
import { type Asked, requests, type SqlHere, type WireRange } from '../server/protocol.ts';
import { lastPart } from '../views/words.ts';
import type { Projects } from './projects.ts';
import type { Server } from './server.ts';

const SCHEME = 'pipec-sql';
const PAUSE_MS = 100;

type Engine = NonNullable<SqlHere['engines']>[number];

export class SqlView implements vscode.Disposable, vscode.TextDocumentContentProvider, vscode.CodeLensProvider {
  readonly #server: Server;
  readonly #projects: Projects;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #lensesChanged = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  /** Of the stage itself, and of the query that it is in. */
  readonly #clause = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightStrongBackground'),
    borderColor: new vscode.ThemeColor('editor.wordHighlightStrongBorder'),
    borderStyle: 'solid',
    borderWidth: '1px',
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.wordHighlightStrongForeground'),
  });
  readonly #query = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderColor: new vscode.ThemeColor('focusBorder'),
    borderStyle: 'solid',
    borderWidth: '0 0 0 2px',
  });
  /** The stage that a click in the SQL went to. */
  readonly #stage = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    borderColor: new vscode.ThemeColor('editor.rangeHighlightBorder'),
    borderStyle: 'solid',
    borderWidth: '1px',
  });
  #here: SqlHere | null = null;
  /** The mistake that the text has since; its SQL is that of before. */
  #isOld = false;
  /** By projects, as people chose them. */
  readonly #chosen = new Map<string, string>();
  #waiting: NodeJS.Timeout | undefined;
  #asked = 0;
  #cursor: { readonly uri: string; readonly at: vscode.Position } | null = null;

  readonly onDidChange = this.#changed.event;
  readonly onDidChangeCodeLenses = this.#lensesChanged.event;

  constructor(server: Server, projects: Projects) {
    this.#server = server;
    this.#projects = projects;
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.languages.registerCodeLensProvider({ scheme: SCHEME }, this),
      vscode.window.onDidChangeTextEditorSelection((event) => this.#moved(event)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme === SCHEME) this.#mark();
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#mark()),
      server.onDidChange(() => void this.#refresh()),
      this.#clause,
      this.#query,
      this.#stage,
      this.#changed,
      this.#lensesChanged,
    ];
  }

  dispose(): void {
    clearTimeout(this.#waiting);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async show(asked: Asked): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.languageId === 'pipe') this.#cursor = cursorOf(editor);
    await this.#ask(asked);
    await this.#open();
  }

  /** Shows the document of what is known now, in the place of the one before. */
  async #open(): Promise<void> {
    const place = this.#place;
    const document = await vscode.workspace.openTextDocument(place);
    if (document.languageId !== 'sql') await vscode.languages.setTextDocumentLanguage(document, 'sql');
    if (!isSame(place, this.#place)) return;
    await vscode.window.showTextDocument(document, {
      viewColumn: this.#editor?.viewColumn ?? vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
    // Where the editor is set to open no tab in the place of another.
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const old = tabs.filter(
      ({ input }) =>
        input instanceof vscode.TabInputText && input.uri.scheme === SCHEME && !isSame(input.uri, this.#place),
    );
    if (old.length > 0) await vscode.window.tabGroups.close(old, true);
    this.#mark();
  }

  /** The document of what is known now. Its path is the title of the tab. */
  get #place(): vscode.Uri {
    const here = this.#here;
    if (here === null) return vscode.Uri.from({ scheme: SCHEME, path: '/SQL' });
    const engine = this.#engine(here)?.engine;
    const title = engine === undefined ? lastPart(here.dataset) : `${lastPart(here.dataset)} · ${engine}`;
    return vscode.Uri.from({ scheme: SCHEME, path: `/${title}`, query: `${here.root} ${here.dataset}` });
  }

  /** Without a name, the person picks one. */
  async choose(engine: unknown): Promise<void> {
    const here = this.#here;
    if (here?.engines == null) return;
    const picked =
      typeof engine === 'string'
        ? engine
        : (
            await vscode.window.showQuickPick(
              here.engines.map(({ title, sql, why, engine: name }) => {
                return { label: title, description: sql === null ? (why.at(-1) ?? '') : '', name };
              }),
              { placeHolder: 'SQL in the words of which engine?' },
            )
          )?.name;
    if (picked === undefined) return;
    this.#chosen.set(here.root, picked);
    this.#tell();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const here = this.#here;
    // One that was open when the window was closed.
    if (here === null || !isSame(uri, this.#place)) return '-- Put the cursor on a dataset.\n';
    const engine = this.#engine(here);
    if (engine === null) return `-- ${here.dataset} has a mistake: once it is mended, its SQL is here.\n`;
    return engine.sql === null ? engine.why.map((line) => `-- ${oneLine(line)}\n`).join('') : `${engine.sql}\n`;
  }

  provideCodeLenses(): vscode.CodeLens[] {
    const here = this.#here;
    const chosen = here === null ? null : this.#engine(here);
    const top = new vscode.Range(0, 0, 0, 0);
    const engines = (here?.engines ?? []).map(({ engine, title, sql }) => {
      const name = `${engine === chosen?.engine ? '$(circle-filled) ' : ''}${title}${sql === null ? ' $(circle-slash)' : ''}`;
      return new vscode.CodeLens(top, {
        title: name,
        command: 'pipec.sqlEngine',
        arguments: [engine],
        tooltip: sql === null ? 'It has none: shows why' : `SQL for ${title}`,
      });
    });
    return this.#isOld
      ? [...engines, new vscode.CodeLens(top, { title: '$(warning) of before the mistake', command: '' })]
      : engines;
  }

  get #editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === SCHEME);
  }

  /** What the person chose, else that of the project's target. */
  #engine({ root, engines }: SqlHere): Engine | null {
    if (engines === null) return null;
    const project = this.#projects.all.find((each) => each.root === root);
    const target = project === undefined ? null : this.#projects.targetOf(project);
    const own = project?.targets.find(({ name }) => name === target)?.engine;
    const wanted = this.#chosen.get(root) ?? own;
    return engines.find(({ engine }) => engine === wanted) ?? engines[0] ?? null;
  }

  #moved({ textEditor, selections, kind }: vscode.TextEditorSelectionChangeEvent): void {
    const { document } = textEditor;
    if (this.#editor === undefined) return;
    if (document.uri.scheme === SCHEME) {
      const [selection] = selections;
      if (kind === vscode.TextEditorSelectionChangeKind.Mouse && selection?.isEmpty === true)
        void this.#goTo(document.offsetAt(selection.active));
    } else if (document.languageId === 'pipe') {
      this.#cursor = cursorOf(textEditor);
      textEditor.setDecorations(this.#stage, []);
      this.#mark();
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => void this.#refresh(), PAUSE_MS);
    }
  }

  async #refresh(): Promise<void> {
    if (this.#editor === undefined || this.#cursor === null) return;
    const { uri, at } = this.#cursor;
    await this.#ask({ textDocument: { uri }, position: { line: at.line, character: at.character } });
  }

  async #ask(asked: Asked): Promise<void> {
    this.#asked += 1;
    const own = this.#asked;
    const here = await this.#server.ask<SqlHere>(requests.sql, asked);
    // Between datasets, the last one stays.
    if (own !== this.#asked || here === null) return;
    const before = this.#here;
    const isSame = before?.root === here.root && before.dataset === here.dataset;
    this.#isOld = here.engines === null && isSame && before.engines !== null;
    if (!this.#isOld) this.#here = here;
    this.#tell();
  }

  #tell(): void {
    this.#changed.fire(this.#place);
    this.#lensesChanged.fire();
    const editor = this.#editor;
    if (editor !== undefined && !isSame(editor.document.uri, this.#place)) void this.#open();
    else this.#mark();
  }

  #mark(): void {
    const editor = this.#editor;
    const here = this.#here;
    const engine = here === null ? null : this.#engine(here);
    // A text that is on its way has its marks when it is there.
    if (
      editor === undefined ||
      here === null ||
      engine === null ||
      editor.document.getText() !== `${engine.sql ?? ''}\n`
    ) {
      for (const kind of [this.#clause, this.#query]) editor?.setDecorations(kind, []);
      return;
    }
    const stage = this.#isOld ? null : stageAt(here, this.#cursor);
    const parts = engine.parts.filter(({ stages }) => stage !== null && stages.includes(stage));
    const ranges = (of: readonly { readonly start: number; readonly end: number }[]): vscode.Range[] =>
      of.map(({ start, end }) => new vscode.Range(editor.document.positionAt(start), editor.document.positionAt(end)));
    const clauses = parts.filter(({ what }) => what !== 'query');
    const queries = parts.filter(({ what }) => what === 'query');
    editor.setDecorations(this.#clause, ranges(clauses));
    editor.setDecorations(this.#query, ranges(queries));
    const [first] = ranges(clauses.length > 0 ? clauses : queries);
    if (first !== undefined && vscode.window.activeTextEditor !== editor)
      editor.revealRange(first, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** From an offset in the SQL to what says it: the innermost part, and of a clause with many stages the last. */
  async #goTo(offset: number): Promise<void> {
    const here = this.#here;
    const engine = here === null ? null : this.#engine(here);
    const [part] = (engine?.parts ?? [])
      .filter(({ start, end }) => start <= offset && offset <= end)
      .sort((a, b) => a.end - a.start - (b.end - b.start));
    const place = here?.stages[part?.stages.at(-1) ?? -1];
    if (place === undefined || this.#isOld) return;
    const uri = vscode.Uri.parse(place.uri);
    const range = rangeOf(place.range);
    const visible = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
    const editor = await vscode.window.showTextDocument(uri, {
      viewColumn: visible?.viewColumn ?? vscode.ViewColumn.One,
      preserveFocus: true,
    });
    editor.setDecorations(this.#stage, [range]);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    this.#cursor = { uri: place.uri, at: range.end };
    this.#mark();
  }
}

/** The innermost stage at the cursor. */
function stageAt(
  { stages }: SqlHere,
  cursor: { readonly uri: string; readonly at: vscode.Position } | null,
): number | null {
  if (cursor === null) return null;
  const uri = vscode.Uri.parse(cursor.uri).toString();
  const found = stages.findLastIndex(
    ({ uri: own, range }) => vscode.Uri.parse(own).toString() === uri && rangeOf(range).contains(cursor.at),
  );
  return found < 0 ? null : found;
}

const cursorOf = ({ document, selection }: vscode.TextEditor) => ({
  uri: document.uri.toString(),
  at: selection.active,
});

const rangeOf = ({ start, end }: WireRange): vscode.Range =>
  new vscode.Range(start.line, start.character, end.line, end.character);

const isSame = (a: vscode.Uri, b: vscode.Uri): boolean => a.toString() === b.toString();

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
