/** The language server: which one is started, and how it is doing. */
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions, ServerOptions, TransportKind } from 'vscode-languageclient/node';
import { changedNotification } from '../server/protocol.ts';
import { serverOf } from './install.ts';

type Protocol = typeof import('vscode-languageclient/node');

/** A server that ends is started again, but not more often than this in a while. */
const MOST_ENDS = 4;
const ENDS_WITHIN_MS = 3 * 60_000;

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
    const protocol = await import('vscode-languageclient/node');
    const { LanguageClient, State, TransportKind } = protocol;
    const options = { ...this.#clientOptions(), ...this.#handlers(protocol) };
    // What goes wrong is told once, in words of ours; its own are in the output.
    class QuietClient extends LanguageClient {
      override error(message: string, data?: unknown): void {
        super.error(message, data, false);
      }
    }
    const client = new QuietClient('pipec', 'pipec', this.#options(TransportKind.stdio), options);
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
      this.#tell(`The language server did not start: it is ${this.from}.`);
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

  #handlers({
    CloseAction,
    ErrorAction,
  }: Protocol): Pick<LanguageClientOptions, 'errorHandler' | 'initializationFailedHandler'> {
    let ends: readonly number[] = [];
    return {
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          const now = Date.now();
          ends = [...ends.filter((at) => now - at < ENDS_WITHIN_MS), now];
          if (this.#state.is !== 'running') return { action: CloseAction.DoNotRestart, handled: true };
          if (ends.length <= MOST_ENDS) return { action: CloseAction.Restart, handled: true };
          this.#tell('The language server has ended several times, and is not started again.');
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
    };
  }

  #tell(message: string): void {
    const [restart, output] = ['Start Again', 'Show Output'];
    void vscode.window.showErrorMessage(message, restart, output).then((chosen) => {
      if (chosen === restart) void this.restart();
      else if (chosen === output) this.#log.show();
    });
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
