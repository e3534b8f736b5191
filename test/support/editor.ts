/** An editor without a screen: it starts `pipec lsp`, and speaks its protocol. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, vi } from 'vitest';
import {
  type ClientCapabilities,
  createProtocolConnection,
  type Diagnostic,
  ErrorCodes,
  type InitializeResult,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type Range,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

export const uri = (path: string): string => pathToFileURL(path).href;

const PIPEC = join(import.meta.dirname, '..', '..', 'bin', 'pipec.mjs');

export class Editor {
  readonly connection: ProtocolConnection;
  readonly process: ChildProcess;
  /** What the server can do. */
  capabilities: InitializeResult['capabilities'] = {};
  /** By URI, what it last said to be wrong. */
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  readonly published: PublishDiagnosticsParams[] = [];
  /** How often it asked to be asked again what is wrong. */
  refreshes = 0;
  /** What it asked to be asked for anew, each time: `codeLens`, `inlayHint`, `semanticTokens`. */
  readonly outdated: string[] = [];
  /** What it wrote to standard error and to its log. */
  log = '';
  readonly #listeners = new Set<() => void>();
  readonly #versions = new Map<string, number>();

  /** Of an editor that `refuses`, each request of the server fails. */
  constructor(environment: Readonly<Record<string, string>> = {}, refuses = false) {
    this.process = spawn(process.execPath, [PIPEC, 'lsp', '--stdio'], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.process;
    if (stdin === null || stdout === null || stderr === null) throw new Error('no streams');
    stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.push(params);
      this.diagnostics.set(params.uri, params.diagnostics);
      for (const listener of this.#listeners) listener();
    });
    this.connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.log += `${message}\n`;
    });
    const answer = (): null => {
      if (refuses) throw new ResponseError(ErrorCodes.InternalError, 'not now');
      return null;
    };
    this.connection.onRequest('client/registerCapability', answer);
    for (const what of ['codeLens', 'inlayHint', 'semanticTokens'])
      this.connection.onRequest(`workspace/${what}/refresh`, () => {
        this.outdated.push(what);
        return answer();
      });
    this.connection.onRequest('workspace/configuration', answer);
    this.connection.onRequest('workspace/diagnostic/refresh', () => {
      this.refreshes += 1;
      return answer();
    });
    this.connection.listen();
  }

  notify(method: string, params: unknown = {}): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  /** Opens a file as it is given here, whatever is on disk. */
  async open(path: string, text: string): Promise<void> {
    this.#versions.set(path, 1);
    const textDocument = { uri: uri(path), languageId: 'pipe', version: 1, text };
    await this.notify('textDocument/didOpen', { textDocument });
  }

  /** Replaces the whole text, or the part between two positions. */
  async change(path: string, text: string, range?: Range): Promise<void> {
    const version = (this.#versions.get(path) ?? 0) + 1;
    this.#versions.set(path, version);
    const contentChanges = [range === undefined ? { text } : { range, text }];
    await this.notify('textDocument/didChange', { textDocument: { uri: uri(path), version }, contentChanges });
  }

  async close(path: string): Promise<void> {
    await this.notify('textDocument/didClose', { textDocument: { uri: uri(path) } });
  }

  /** Resolves at the message after which what is wrong in a file is as wished. */
  told(path: string, isWished: (found: readonly Diagnostic[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isWished(this.diagnostics.get(uri(path)) ?? [])) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** `code line` of what is wrong in a file, once it is this; fails with what it is where it does not come to be. */
  async waitFor(path: string, expected: readonly string[]): Promise<void> {
    const now = () =>
      (this.diagnostics.get(uri(path)) ?? []).map(({ code, range }) => `${code} ${range.start.line + 1}`).sort();
    await vi.waitFor(() => expect(now()).toEqual([...expected].sort()), { timeout: 20_000, interval: 10 });
  }

  /** Ends the session as an editor does; answers the exit code. */
  async quit(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.process.on('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.notify('exit');
    return await ended;
  }

  [Symbol.dispose](): void {
    this.connection.dispose();
    this.process.kill('SIGKILL');
  }

  async initialize(
    folders: readonly string[],
    capabilities: ClientCapabilities = {},
    initializationOptions: object = {},
  ): Promise<void> {
    const result: InitializeResult = await this.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities,
      initializationOptions,
      workspaceFolders: folders.map((folder) => ({ uri: uri(folder), name: folder })),
    });
    this.capabilities = result.capabilities;
    await this.connection.sendNotification('initialized', {});
  }
}
