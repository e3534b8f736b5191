/** `pipec check`, `build`, `test`, `plan` and `run` as tasks of the editor, one a project. */
import { basename, join, relative } from 'node:path';
import * as vscode from 'vscode';
import type { ProjectInfo } from '../server/protocol.ts';
import { pipecOf, pipecOrTell } from './install.ts';
import type { Projects } from './projects.ts';

const commands = ['check', 'build', 'test', 'plan', 'run'] as const;
type Command = (typeof commands)[number];

interface Definition extends vscode.TaskDefinition {
  readonly type: 'pipec';
  readonly command: Command;
  readonly project?: string;
}

export function taskProvider(projects: Projects): vscode.Disposable {
  return vscode.tasks.registerTaskProvider('pipec', {
    provideTasks: () =>
      projects.all.flatMap((project) => commands.flatMap((command) => taskOf({ command, project, projects }) ?? [])),
    resolveTask: (task) => {
      const { command, project: folder } = task.definition as Definition;
      if (!commands.includes(command)) return undefined;
      const project = projects.all.find((one) => folder === undefined || pathOf(one) === folder) ?? folderOf(task);
      const definition = task.definition as Definition;
      return project === null ? undefined : (taskOf({ command, project, projects, definition }) ?? undefined);
    },
  });
}

/** What the program would change in a target, in a terminal; the target that is chosen where none is named. */
export async function showPlan(projects: Projects, project: ProjectInfo, target: string | null): Promise<void> {
  if ((await pipecOrTell(project.root, 'A plan')) === null) return;
  await vscode.workspace.saveAll(false);
  const task = taskOf({ command: 'plan', project, projects, ...(target === null ? {} : { target }) });
  if (task !== null) await vscode.tasks.executeTask(task);
}

/** Where no server tells which projects there are, a task says it: by its folder, or by that of the workspace. */
function folderOf({ definition, scope }: vscode.Task): Folder | null {
  const workspace = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
  if (workspace === undefined) return null;
  const root = join(workspace.uri.fsPath, (definition as Definition).project ?? '.');
  return { root, name: basename(root) };
}

type Folder = Pick<ProjectInfo, 'root' | 'name'>;

interface Wanted {
  readonly command: Command;
  readonly project: Folder;
  readonly projects: Projects;
  /** As `tasks.json` has it. */
  readonly definition?: Definition;
  /** Else the one that is chosen. */
  readonly target?: string;
}

function taskOf({ command, project, projects, definition, target }: Wanted): vscode.Task | null {
  const pipec = pipecOf(project.root);
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(project.root));
  if (pipec === null || folder === undefined) return null;
  const where = target === undefined ? projects.targetArguments(project.root) : ['--target', target];
  const args = [...pipec.args, command, ...(command === 'check' || command === 'test' ? [] : where)];
  const execution = new vscode.ProcessExecution(pipec.command, args, { cwd: project.root, env: { ...pipec.env } });
  // Without a matcher: the server has told what is wrong already. `"problemMatcher": "$pipec"` is for where it has not.
  const own: Definition = definition ?? { type: 'pipec', command, project: pathOf(project) };
  const task = new vscode.Task(own, folder, `${command} ${project.name}`, 'pipec', execution, []);
  if (command === 'build') task.group = vscode.TaskGroup.Build;
  if (command === 'test') task.group = vscode.TaskGroup.Test;
  task.presentationOptions = { clear: true };
  return task;
}

function pathOf({ root }: Folder): string {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(root));
  return (folder === undefined ? root : relative(folder.uri.fsPath, root).replaceAll('\\', '/')) || '.';
}
