/** `pipec check`, `build`, `test` and `run` as tasks of the editor, one a project. */
import { relative } from 'node:path';
import * as vscode from 'vscode';
import type { ProjectInfo } from '../server/protocol.ts';
import { pipecOf } from './install.ts';
import type { Projects } from './projects.ts';

const commands = ['check', 'build', 'test', 'run'] as const;
type Command = (typeof commands)[number];

interface Definition extends vscode.TaskDefinition {
  readonly type: 'pipec';
  readonly command: Command;
  readonly project?: string;
}

export function taskProvider(projects: Projects): vscode.Disposable {
  return vscode.tasks.registerTaskProvider('pipec', {
    provideTasks: () =>
      projects.all.flatMap((project) => commands.flatMap((command) => taskOf(command, project, projects) ?? [])),
    resolveTask: (task) => {
      const { command, project: folder } = task.definition as Definition;
      if (!commands.includes(command)) return undefined;
      const project = projects.all.find((one) => folder === undefined || pathOf(one) === folder);
      return project === undefined
        ? undefined
        : (taskOf(command, project, projects, task.definition as Definition) ?? undefined);
    },
  });
}

function taskOf(command: Command, project: ProjectInfo, projects: Projects, given?: Definition): vscode.Task | null {
  const pipec = pipecOf(project.root);
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(project.root));
  if (pipec === null || folder === undefined) return null;
  const definition = given ?? { type: 'pipec', command, project: pathOf(project) };
  const takesTarget = command === 'build' || command === 'run';
  const args = [...pipec.args, command, ...(takesTarget ? projects.targetArguments(project.root) : [])];
  const execution = new vscode.ProcessExecution(pipec.command, args, { cwd: project.root, env: { ...pipec.env } });
  // Without a matcher: the server has told what is wrong already. `"problemMatcher": "$pipec"` is for where it has not.
  const task = new vscode.Task(definition, folder, `${command} ${project.name}`, 'pipec', execution, []);
  if (command === 'build') task.group = vscode.TaskGroup.Build;
  if (command === 'test') task.group = vscode.TaskGroup.Test;
  task.presentationOptions = { clear: true };
  return task;
}

function pathOf({ root }: ProjectInfo): string {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(root));
  return (folder === undefined ? root : relative(folder.uri.fsPath, root).replaceAll('\\', '/')) || '.';
}
