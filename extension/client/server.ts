/** The language server: which one is started, and how it is doing. */
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions, ServerOptions, TransportKind } from 'vscode-languageclient/node';
import { changedNotification } from '../server/protocol.ts';
import { serverOf } from './install.ts';

export type ServerState =
  | { readonly is: 'starting' | 'running' | 'stopped' }
  | { readonly is: 'failed'; readonly why: string };

export class Server {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<ServerState>();
  readonly #news = new vscode.EventEmitter<void>();
  #client: LanguageClient | null = null;
  #state: ServerState = { is: 'stopped' };
  /** For people: `the project's pipec 0.1.0`. */
  from = '';

  readonly onDidChangeState = this.#changed.event;
  /** What it knows of projects and tests may have become other. */
  readonly onDidChange = this.#news.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
  }

  get state(): ServerState {
    return this.#state;
  }

  async start(): Promise<void> {
    this.#become({ is: 'starting' });
    // The client of the protocol takes longest to load: the editor goes on with its own start before that.
    await new Promise(setImmediate);
    const { LanguageClient, State, TransportKind } = await import('vscode-languageclient/node');
    const client = new LanguageClient('pipec', 'pipec', this.#options(TransportKind.stdio), this.#clientOptions());
    this.#client = client;
    client.onDidChangeState(({ newState }) => {
      if (this.#client !== client) return;
      if (newState === State.Running) this.#become({ is: 'running' });
      else if (newState === State.Stopped) this.#become({ is: 'stopped' });
    });
    client.onNotification(changedNotification, () => this.#news.fire());
    try {
      await client.start();
      this.#log.info(`language server: ${this.from}`);
    } catch (problem) {
      const why = problem instanceof Error ? problem.message : String(problem);
      this.#log.error(`the language server did not start: ${why}`);
      this.#become({ is: 'failed', why });
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client?.needsStop()) await client.stop().catch(() => undefined);
    await client?.dispose().catch(() => undefined);
    this.#become({ is: 'stopped' });
  }

  /** The answer, or null where the server is not there or does not know the request. */
  async ask<Answer>(request: string, params?: unknown): Promise<Answer | null> {
    if (this.#client === null || this.#state.is !== 'running') return null;
    try {
      return await this.#client.sendRequest<Answer | null>(request, params ?? null);
    } catch (problem) {
      this.#log.debug(`${request}: ${String(problem)}`);
      return null;
    }
  }

  /** A server serves the whole window; the first folder whose project has a pipec of its own decides which it is. */
  #options(stdio: typeof TransportKind.stdio): ServerOptions {
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const own = folder.uri.scheme === 'file' ? serverOf(folder.uri.fsPath) : null;
      if (own === null) continue;
      this.from = `pipec ${own.version ?? ''} of ${own.path}`;
      return {
        command: own.command,
        args: [...own.args, 'lsp'],
        options: { cwd: folder.uri.fsPath, env: { ...process.env, ...own.env } },
      };
    }
    this.from = `pipec ${String(this.#context.extension.packageJSON.version)} of the extension`;
    return { module: this.#context.asAbsolutePath('dist/server.mjs'), transport: stdio };
  }

  #clientOptions(): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: 'file', language: 'pipe' },
        { scheme: 'untitled', language: 'pipe' },
      ],
      outputChannel: this.#log,
      initializationOptions: {
        editorCommands: true,
        commands: commandsOf(this.#context.extension.packageJSON),
      },
      // Doc comments of a program are shown in hovers: they may hold no command.
      markdown: { supportHtml: false, isTrusted: false },
    };
  }

  #become(state: ServerState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}

/** What lenses may call. */
function commandsOf(manifest: {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}): readonly string[] {
  return manifest.contributes.commands.map(({ command }) => command);
}
