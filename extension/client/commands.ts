/** What the palette and the lenses can ask for: a line a command. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { showInspector } from '../views/inspector/view.ts';
import { showLineage } from '../views/lineage/view.ts';
import { showPreview } from '../views/preview/view.ts';
import { runDataset } from '../views/run/view.ts';
import type { App } from './app.ts';
import { pipecOf } from './install.ts';
import { isDatasetAt, type Projects } from './projects.ts';
import { showPlan } from './tasks.ts';

type Command = (app: App, given: unknown) => unknown;

const commands: Readonly<Record<string, Command>> = {
  'pipec.run': async (app, given) => {
    if (isJobAt(given)) return await runDataset(app, given.root, given.job, [given.job]);
    const at = await app.projects.datasetFor(given);
    if (at !== null) await runDataset(app, at.root, at.dataset, [at.dataset]);
  },
  'pipec.runWithUpstream': async (app, given) => {
    const at = await app.projects.datasetFor(given);
    if (at !== null) await runDataset(app, at.root, at.dataset, [`+${at.dataset}`]);
  },
  'pipec.runProject': async (app) => {
    const project = await app.projects.pick();
    if (project !== null) await runDataset(app, project.root, project.name, []);
  },
  'pipec.test': async (app, given) => {
    const at = await app.projects.datasetFor(given);
    if (at !== null) await app.tests.runOf(at.root, at.dataset);
  },
  'pipec.plan': async ({ projects }, given) => {
    const at = isTargetAt(given) ? given : null;
    const project = at === null ? await projects.pick() : projects.all.find(({ root }) => root === at.root);
    if (project != null) await showPlan(projects, project, at?.target ?? null);
  },
  'pipec.preview': async (app, given) => await showPreview(app, isDatasetAt(given) ? given : null),
  'pipec.sql': async (app, given) => {
    const at = await app.projects.datasetFor(given);
    if (at !== null) await app.sql.show(at);
  },
  'pipec.sqlEngine': ({ sql }, given) => sql.choose(given),
  'pipec.inspect': async (app, given) => {
    const at = await app.projects.datasetFor(given);
    if (at !== null) await showInspector(app, at);
  },
  'pipec.lineage': async (app, given) => {
    const at = await app.projects.datasetFor(given);
    if (at !== null) await showLineage(app, at.root, at.dataset);
  },
  'pipec.lineageOfProject': async (app) => {
    const project = await app.projects.pick();
    if (project !== null) await showLineage(app, project.root, null);
  },
  'pipec.chooseTarget': ({ projects }) => chooseTarget(projects),
  'pipec.newProject': () => newProject(),
  'pipec.restartServer': ({ server }) => server.restart(),
  'pipec.showOutput': ({ log }) => log.show(),
  'pipec.openWalkthrough': () =>
    vscode.commands.executeCommand('workbench.action.openWalkthrough', 'pipec.pipec#start', false),
};

export function registerCommands(app: App): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, command]) =>
      vscode.commands.registerCommand(name, (given: unknown) => command(app, given)),
    ),
  );
}

/** What a lens of a job gives. */
function isJobAt(given: unknown): given is { readonly root: string; readonly job: string } {
  return (
    typeof given === 'object' &&
    given !== null &&
    'root' in given &&
    'job' in given &&
    typeof given.root === 'string' &&
    typeof given.job === 'string'
  );
}

/** What a lens of a target gives. */
function isTargetAt(given: unknown): given is { readonly root: string; readonly target: string } {
  return (
    typeof given === 'object' &&
    given !== null &&
    'root' in given &&
    'target' in given &&
    typeof given.root === 'string' &&
    typeof given.target === 'string'
  );
}

async function chooseTarget(projects: Projects): Promise<void> {
  const project = await projects.pick();
  if (project === null) return;
  const current = projects.targetOf(project);
  const picked = await vscode.window.showQuickPick(
    project.targets.map(({ name, engine }) => ({
      label: `${name === current ? '$(check) ' : ''}${name}`,
      description: [engine, name === project.target ? 'the default of the project' : null].filter(Boolean).join(' · '),
      name,
    })),
    { title: `Target of ${project.name}`, placeHolder: 'Where runs of this editor build' },
  );
  if (picked !== undefined) await projects.choose(project, picked.name);
}

/** `pipec init` makes it where there is a pipec; else the person is told how to get one. */
async function newProject(): Promise<void> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: 'Make the Project Here',
    })) ?? [];
  if (folder === undefined) return;
  const name = await vscode.window.showInputBox({
    title: 'Name of the project',
    value: 'shop',
    validateInput: (text) => (/^[A-Za-z_]\w*$/.test(text) ? null : 'Letters, digits and underscores'),
  });
  if (name === undefined) return;
  const pipec = pipecOf(folder.fsPath);
  const terminal = vscode.window.createTerminal({ name: 'pipec', cwd: folder });
  terminal.show();
  const command = pipec === null ? 'npx pipec' : 'npx --no-install pipec';
  terminal.sendText(`${command} init ${name}`, pipec !== null);
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(folder, `${name}/project.pipe`),
    false,
    true,
    true,
  );
  watcher.onDidCreate(async () => {
    watcher.dispose();
    const open = 'Open';
    const chosen = await vscode.window.showInformationMessage(`${name} is made.`, open);
    if (chosen === open)
      await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(join(folder.fsPath, name)));
  });
}
