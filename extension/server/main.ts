/** The language server: a connection to an editor, the session behind it, and the features in between. */

import {
  type ClientCapabilities,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  type MessageStrategy,
  type ServerCapabilities,
  WatchKind,
} from 'vscode-languageserver';
import { createConnection, ProposedFeatures, TextDocumentSyncKind, TextDocuments } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Environment } from '../../compiler/cli/io.ts';
import { VERSION } from '../../compiler/cli/version.ts';
import { type ClientOptions, readOptions } from './options.ts';
import { features } from './registry.ts';
import { Session } from './session.ts';
import { wish } from './wish.ts';

/** Speaks with the editor on the other end of two streams until it says goodbye. */
export function startServer(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  environment: Environment,
): void {
  const session = new Session(environment);
  const messageStrategy: MessageStrategy = {
    handleMessage: (message, next) => {
      session.heard();
      return next(message);
    },
  };
  const connection = createConnection(ProposedFeatures.all, input, output, { messageStrategy });
  const documents = new TextDocuments(TextDocument);
  let folders: string[] = [];

  connection.onInitialize((params): InitializeResult => {
    const client = params.capabilities;
    session.client = client;
    session.options = readOptions(params.initializationOptions);
    session.settings.set(params.initializationOptions);
    folders = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri === null ? [] : [params.rootUri]);
    return {
      capabilities: capabilities(client, session.options),
      serverInfo: { name: 'pipec', version: VERSION },
    };
  });
  connection.onInitialized(() => {
    const { client } = session;
    readSettings(connection, session);
    if (client.workspace?.workspaceFolders === true)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => uri));
        folders = [...folders.filter((uri) => !gone.has(uri)), ...added.map(({ uri }) => uri)];
        session.setFolders(folders);
      });
    watchFiles(connection, session, documents);
    // The file that is open comes first; it follows at once.
    setImmediate(() => setImmediate(() => session.setFolders(folders)));
  });
  connection.onShutdown(() => session.save());

  documents.onDidOpen(({ document }) => session.opened(document));
  documents.onDidChangeContent(({ document }) => session.edited(document));
  documents.onDidClose(({ document }) => session.closed(document));
  documents.listen(connection);
  for (const feature of features) feature.register(connection, session);
  connection.listen();
}

function capabilities(client: ClientCapabilities, options: ClientOptions): ServerCapabilities {
  const base: ServerCapabilities = {
    positionEncoding: 'utf-16',
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
  return features.reduce((all, feature) => merged(all, feature.capabilities(client, options)), base);
}

/** Of two features that both say something of the workspace, both are heard. */
function merged(a: ServerCapabilities, b: ServerCapabilities): ServerCapabilities {
  return { ...a, ...b, workspace: { ...a.workspace, ...b.workspace } };
}

/** Asks for the settings where the editor can be asked, now and when they change; else it tells them. */
function readSettings(connection: Connection, session: Session): void {
  const { workspace } = session.client;
  const ask = async (): Promise<void> => session.settings.set(await connection.workspace.getConfiguration('pipec'));
  if (workspace?.configuration === true) {
    wish(ask());
    connection.onDidChangeConfiguration(() => wish(ask()));
    if (workspace.didChangeConfiguration?.dynamicRegistration === true)
      wish(connection.client.register(DidChangeConfigurationNotification.type, { section: 'pipec' }));
  } else connection.onDidChangeConfiguration(({ settings }) => session.settings.set(settings?.pipec));
}

/** Asks to be told what happens on disk; an editor that cannot tell makes us look there when it saves. */
function watchFiles(connection: Connection, session: Session, documents: TextDocuments<TextDocument>): void {
  if (session.client.workspace?.didChangeWatchedFiles?.dynamicRegistration !== true) {
    documents.onDidSave(() => session.rescan());
    return;
  }
  connection.onDidChangeWatchedFiles(({ changes }) => session.changedOnDisk(changes.map(({ uri }) => uri)));
  // A folder that goes is told as itself, not file by file.
  wish(
    connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: [{ globPattern: '**/*.pipe' }, { globPattern: '**', kind: WatchKind.Delete }],
    }),
  );
}
