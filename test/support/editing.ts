/**
 * An editing session as people and their tools have it: typing, deleting, pasting, undoing, saving, opening, closing, moving
 * and removing files, over a real server. What it says must at any time be what a fresh check of the same texts says.
 */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CancellationTokenSource, type MarkupContent, ResponseError } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { generateProject } from '../../bench/generate.ts';
import { readProject } from '../../compiler/cli/project-files.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { Editor, uri } from './editor.ts';
import { random } from './random.ts';

export interface SessionOptions {
  readonly datasets: number;
  readonly steps: number;
  readonly seed: number;
  /** Steps from one comparison with a fresh check to the next. */
  readonly every: number;
  readonly tell?: (line: string) => void;
}

/** Raises an error that tells the step and the seed where something is not as it must be. Answers how much was compared. */
export async function editingSession(
  options: SessionOptions,
): Promise<{ readonly compared: number; readonly requests: number }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-editing-')));
  const root = join(folder, 'project');
  generateProject(root, { datasets: options.datasets, perFile: 10 });
  const editor = new Editor({ XDG_CACHE_HOME: join(folder, 'cache') });
  const session = new Typist(editor, root, options);
  try {
    await editor.initialize([root], {
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, workspaceEdit: { documentChanges: true } },
    });
    return await session.run();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `seed ${options.seed}, step ${session.step}: ${why}\n${session.history.slice(-12).join('\n')}\n${editor.log}`,
    );
  } finally {
    editor[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What one types: mostly letters, at times what turns the text around it into something else. */
const TYPED = ['a', 'e', '_', '1', ' ', ' ', '\n', ',', '.', '|> ', '(', ')', "'", '= ', 'where ', 'from ', 'as ', '*'];
const NASTY = ['\r\n', '\r', '\ufeff', '\ud800', '🛩', '"""', '/*', '*/', '`', '{', '}', '}}', '// ', '\u0000', '\t'];
const DECLARATIONS = [
  '\n\ntable extra in dwh.core =\n  from stg_1\n  |> where amount > 1\n',
  '\n\nenum colour { red, green }\n',
  '\n\ntest of stg_1 {\n  given src_1 = values []\n  expect = values []\n}\n',
  '\n\ntabel wrong in dwh.core = from stg_1\n',
];

class Typist {
  step = 0;
  readonly history: string[] = [];
  readonly #editor: Editor;
  readonly #root: string;
  readonly #options: SessionOptions;
  readonly #next: () => number;
  /** Open files by path in the project, with their texts before each edit. */
  readonly #open = new Map<string, { document: TextDocument; readonly before: string[] }>();
  #files: string[];
  #named = 0;
  #requests = 0;

  constructor(editor: Editor, root: string, options: SessionOptions) {
    this.#editor = editor;
    this.#root = root;
    this.#options = options;
    this.#next = random(options.seed);
    this.#files = readProject(root).files.map(({ path }) => path);
  }

  async run(): Promise<{ readonly compared: number; readonly requests: number }> {
    const { steps, every, tell } = this.#options;
    let compared = 0;
    const pending: Promise<void>[] = [];
    for (this.step = 1; this.step <= steps; this.step++) {
      await this.#act();
      // Looked at when all are answered: nothing waits for one meanwhile.
      const answer = this.#ask();
      answer.catch(() => {});
      pending.push(answer);
      if (this.step % every !== 0 && this.step !== steps) continue;
      await Promise.all(pending.splice(0));
      await this.#compare();
      compared += 1;
      if (this.step % 1000 === 0) tell?.(`  ${this.step} edits, ${this.#requests} requests`);
    }
    return { compared, requests: this.#requests };
  }

  // ---------------------------------------------------------------------------------------------- what is done

  async #act(): Promise<void> {
    if (this.#open.size === 0) return await this.#openOne();
    const [path, { document, before }] = this.#pick([...this.#open]);
    const text = document.getText();
    const at = this.#upTo(text.length + 1);
    const dice = this.#next();
    if (dice < 0.4) await this.#edit(path, at, at, this.#pick(TYPED));
    else if (dice < 0.52) await this.#edit(path, at, Math.min(text.length, at + 1 + this.#upTo(20)), '');
    else if (dice < 0.6) {
      const from = this.#pick([...this.#open.values()]).document.getText();
      const start = this.#upTo(from.length + 1);
      await this.#edit(path, at, at, from.slice(start, start + this.#upTo(300)));
    } else if (dice < 0.76) await this.#undo(path, before);
    else if (dice < 0.79) await this.#edit(path, at, at, this.#pick(NASTY));
    else if (dice < 0.82) await this.#edit(path, text.length, text.length, this.#pick(DECLARATIONS));
    else if (dice < 0.86) await this.#save(path);
    else if (dice < 0.89) await this.#close(path);
    else if (dice < 0.94) await this.#openOne();
    else if (dice < 0.96) await this.#move();
    else if (dice < 0.98) await this.#create();
    else await this.#remove();
  }

  async #edit(path: string, start: number, end: number, text: string): Promise<void> {
    const open = this.#open.get(path);
    if (open === undefined) return;
    const { document, before } = open;
    before.push(document.getText());
    const range = { start: document.positionAt(start), end: document.positionAt(end) };
    this.#note(`edit ${path} ${JSON.stringify(range)} ${JSON.stringify(text)}`);
    open.document = TextDocument.update(document, [{ range, text }], document.version + 1);
    await this.#editor.change(join(this.#root, path), text, range);
  }

  /** Mostly one step back, at times to where it was opened. */
  async #undo(path: string, before: string[]): Promise<void> {
    const open = this.#open.get(path);
    const text = this.#next() < 0.2 ? before[0] : before.at(-1);
    if (open === undefined || text === undefined) return;
    before.length = text === before[0] ? 0 : before.length - 1;
    this.#note(`undo ${path}`);
    open.document = TextDocument.update(open.document, [{ text }], open.document.version + 1);
    await this.#editor.change(join(this.#root, path), text);
  }

  async #save(path: string): Promise<void> {
    const text = this.#open.get(path)?.document.getText();
    if (text === undefined) return;
    this.#note(`save ${path}`);
    this.#write(path, text);
    await this.#editor.notify('textDocument/didSave', { textDocument: { uri: uri(join(this.#root, path)) } });
    await this.#happened(path);
  }

  async #openOne(): Promise<void> {
    if (this.#open.size > 6) return;
    const path = this.#pick(this.#files);
    if (this.#open.has(path)) return;
    const text = readProject(this.#root).files.find((file) => file.path === path)?.text;
    if (text === undefined) return;
    this.#note(`open ${path}`);
    this.#open.set(path, { document: TextDocument.create(uri(join(this.#root, path)), 'pipe', 1, text), before: [] });
    await this.#editor.open(join(this.#root, path), text);
  }

  async #close(path: string): Promise<void> {
    this.#note(`close ${path}`);
    this.#open.delete(path);
    await this.#editor.close(join(this.#root, path));
  }

  /** As an editor does it: what is open is closed and opened again under its new name. */
  async #move(): Promise<void> {
    const path = this.#pick(this.#files);
    if (path === 'project.pipe') return;
    const to = `moved/${this.#named++}.pipe`;
    this.#note(`move ${path} ${to}`);
    const text = this.#open.get(path)?.document.getText();
    mkdirSync(join(this.#root, 'moved'), { recursive: true });
    renameSync(join(this.#root, path), join(this.#root, to));
    this.#files = [...this.#files.filter((each) => each !== path), to];
    if (text !== undefined) {
      await this.#close(path);
      this.#open.set(to, { document: TextDocument.create(uri(join(this.#root, to)), 'pipe', 1, text), before: [] });
      await this.#editor.open(join(this.#root, to), text);
    }
    await this.#happened(path, to);
  }

  /** Somebody else writes a file, or another version of one. */
  async #create(): Promise<void> {
    const path = this.#next() < 0.5 ? `new/${this.#named++}.pipe` : this.#pick(this.#files);
    if (path === 'project.pipe') return;
    this.#note(`write ${path}`);
    this.#write(path, this.#pick(DECLARATIONS).repeat(1 + this.#upTo(2)));
    if (!this.#files.includes(path)) this.#files.push(path);
    await this.#happened(path);
  }

  async #remove(): Promise<void> {
    const path = this.#pick(this.#files);
    if (path === 'project.pipe' || this.#open.has(path)) return;
    this.#note(`remove ${path}`);
    rmSync(join(this.#root, path));
    this.#files = this.#files.filter((each) => each !== path);
    await this.#happened(path);
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#root, path)), { recursive: true });
    writeFileSync(join(this.#root, path), text);
  }

  async #happened(...paths: readonly string[]): Promise<void> {
    const changes = paths.map((path) => ({ uri: uri(join(this.#root, path)), type: 2 }));
    await this.#editor.notify('workspace/didChangeWatchedFiles', { changes });
  }

  // ---------------------------------------------------------------------------------------------- what is asked

  /** Asks something at a place that may be gone by then. A refusal is an answer; a failure inside of the server is none. */
  async #ask(): Promise<void> {
    if (this.#open.size === 0) return;
    const [path, { document }] = this.#pick([...this.#open]);
    const position = document.positionAt(this.#upTo(document.getText().length + 10));
    const range = { start: position, end: position };
    const textDocument = { uri: uri(join(this.#root, path)) };
    const { capabilities } = this.#editor;
    const offered = QUESTIONS.filter(({ needs }) => needs in capabilities);
    const { method, params } = this.#pick(offered);
    const cancel = new CancellationTokenSource();
    this.#requests += 1;
    const answer = this.#editor.connection.sendRequest(
      method,
      { textDocument, position, range, ...params },
      cancel.token,
    );
    if (this.#next() < 0.1) cancel.cancel();
    try {
      await answer;
    } catch (error) {
      // -32603: an error that nobody meant to be one.
      if (!(error instanceof ResponseError) || error.code === -32603)
        throw new Error(
          `${method} ${JSON.stringify(position)} in ${path}: ${error instanceof Error ? error.message : error}`,
        );
    }
  }

  // ---------------------------------------------------------------------------------------------- what must hold

  async #compare(): Promise<void> {
    const expected = this.#fresh();
    const told = (): Map<string, readonly string[]> => {
      const all = new Map<string, readonly string[]>();
      for (const [file, found] of this.#editor.diagnostics)
        if (found.length > 0)
          all.set(
            file,
            found
              .map(
                ({ code, message, range: { start, end } }) =>
                  `${start.line}:${start.character}-${end.line}:${end.character} ${code} ${firstLine(message)}`,
              )
              .sort(),
          );
      return all;
    };
    const difference = (): string | null => {
      const now = told();
      for (const file of new Set([...expected.keys(), ...now.keys()])) {
        const [left, right] = [expected.get(file) ?? [], now.get(file) ?? []];
        if (left.join('\n') !== right.join('\n'))
          return `${file}\n  a fresh check: ${JSON.stringify(left)}\n  the server:    ${JSON.stringify(right)}`;
      }
      return null;
    };
    const deadline = performance.now() + 20_000;
    while (difference() !== null && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const found = difference();
    if (found !== null) throw new Error(`not what a fresh check says of ${found}`);
  }

  /** By URI, what a check says that never saw another text. */
  #fresh(): Map<string, readonly string[]> {
    const texts = new Map(readProject(this.#root).files.map(({ path, text }) => [path, text]));
    for (const [path, { document }] of this.#open) texts.set(path, document.getText());
    const workspace = new Workspace();
    workspace.setFiles([...texts].map(([path, text]) => ({ path, text })));
    const documents = new Map([...texts].map(([path, text]) => [path, TextDocument.create('', '', 0, text)]));
    const found = workspace.check().flatMap((each) => {
      const document = documents.get(each.place.file);
      if (document === undefined) return [];
      const at = workspace.absolute(each.place);
      const [start, end] = [document.positionAt(at.start), document.positionAt(at.end)];
      const line = `${start.line}:${start.character}-${end.line}:${end.character} ${each.code} ${firstLine(each.message)}`;
      return [{ file: uri(join(this.#root, each.place.file)), line }];
    });
    // Two that say the same of the same place are told once.
    return new Map(
      [...Map.groupBy(found, ({ file }) => file)].map(([file, lines]) => [file, lines.map(({ line }) => line).sort()]),
    );
  }

  // ---------------------------------------------------------------------------------------------- chance

  #upTo(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #pick<Value>(values: readonly Value[]): Value {
    const value = values[this.#upTo(values.length)];
    if (value === undefined) throw new Error('nothing to choose from');
    return value;
  }

  #note(what: string): void {
    this.history.push(`${this.step} ${what}`);
    if (this.history.length > 100) this.history.shift();
  }
}

function firstLine(message: string | MarkupContent): string {
  return (typeof message === 'string' ? message : message.value).split('\n')[0] ?? '';
}

/** What an editor asks, where the server says that it can. */
const QUESTIONS: readonly { readonly method: string; readonly needs: string; readonly params?: object }[] = [
  { method: 'textDocument/hover', needs: 'hoverProvider' },
  { method: 'textDocument/completion', needs: 'completionProvider' },
  { method: 'textDocument/signatureHelp', needs: 'signatureHelpProvider' },
  { method: 'textDocument/definition', needs: 'definitionProvider' },
  { method: 'textDocument/typeDefinition', needs: 'typeDefinitionProvider' },
  { method: 'textDocument/references', needs: 'referencesProvider', params: { context: { includeDeclaration: true } } },
  { method: 'textDocument/documentHighlight', needs: 'documentHighlightProvider' },
  { method: 'textDocument/rename', needs: 'renameProvider', params: { newName: 'renamed' } },
  { method: 'textDocument/prepareCallHierarchy', needs: 'callHierarchyProvider' },
  { method: 'textDocument/semanticTokens/full', needs: 'semanticTokensProvider' },
  { method: 'textDocument/inlayHint', needs: 'inlayHintProvider' },
  { method: 'textDocument/diagnostic', needs: 'diagnosticProvider' },
  { method: 'textDocument/codeAction', needs: 'codeActionProvider', params: { context: { diagnostics: [] } } },
  { method: 'textDocument/codeLens', needs: 'codeLensProvider' },
  { method: 'textDocument/documentSymbol', needs: 'documentSymbolProvider' },
  { method: 'workspace/symbol', needs: 'workspaceSymbolProvider', params: { query: 'stg1' } },
  { method: 'textDocument/foldingRange', needs: 'foldingRangeProvider' },
  {
    method: 'textDocument/selectionRange',
    needs: 'selectionRangeProvider',
    params: { positions: [{ line: 3, character: 9 }] },
  },
  { method: 'textDocument/documentLink', needs: 'documentLinkProvider' },
  {
    method: 'textDocument/formatting',
    needs: 'documentFormattingProvider',
    params: { options: { tabSize: 2, insertSpaces: true } },
  },
  {
    method: 'textDocument/rangeFormatting',
    needs: 'documentRangeFormattingProvider',
    params: { options: { tabSize: 2, insertSpaces: true } },
  },
  {
    method: 'textDocument/onTypeFormatting',
    needs: 'documentOnTypeFormattingProvider',
    params: { ch: '>', options: { tabSize: 2, insertSpaces: true } },
  },
];
