/**
 * What the editor loads: it starts the language server and offers what is done with a program besides writing it. It is
 * on the way of every start of the editor, so it waits for nothing: the server tells when it is ready.
 */
import * as vscode from 'vscode';
import { registerCommands } from './client/commands.ts';
import { Previews } from './client/previews.ts';
import { Projects } from './client/projects.ts';
import { RunRecord } from './client/record.ts';
import { Server } from './client/server.ts';
import { SqlView } from './client/sql.ts';
import { statusBar } from './client/status.ts';
import { taskProvider } from './client/tasks.ts';
import { Tests } from './client/tests.ts';
import { Views } from './views/view.ts';

let server: Server | null = null;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('pipec', { log: true });
  server = new Server(context, log);
  const own = server;
  const projects = new Projects(own, context.workspaceState);
  const record = new RunRecord(projects);
  const tests = new Tests(own, projects);
  const views = new Views(context.extensionUri);
  const previews = new Previews(log, () => vscode.workspace.getConfiguration('pipec').get('preview.memory', 2000));
  const sql = new SqlView(own, projects);
  context.subscriptions.push(
    log,
    sql,
    record,
    tests,
    views,
    previews,
    statusBar(own, projects),
    taskProvider(projects),
    registerCommands({ log, server: own, projects, record, tests, previews, sql, views }),
    own.onDidChange(() => projects.refresh()),
    own.onDidChangeState(({ is }) => {
      if (is === 'running') void projects.refresh();
    }),
    // With trust, the project's own pipec may serve.
    vscode.workspace.onDidGrantWorkspaceTrust(() => own.restart()),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration('pipec.preview.memory')) previews.restart();
      if (change.affectsConfiguration('pipec.path')) await own.restart();
    }),
  );
  void own.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
