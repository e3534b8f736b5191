/**
 * Which pipec does what. The language itself (mistakes, completion, hover) works with what this extension brings; running
 * needs DuckDB, which is native, so that is done by the pipec that the project has installed, or that the setting names.
 * Nothing that a workspace brings is started before the person trusts it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';

/** How a pipec is started. */
export interface Pipec {
  readonly command: string;
  /** What comes before the arguments of pipec itself. */
  readonly args: readonly string[];
  /** Besides the environment of the editor. */
  readonly env: Readonly<Record<string, string>>;
  /** For people: where it is. */
  readonly path: string;
  readonly version: string | null;
}

/** Versions from this one on have `pipec lsp`. */
const FIRST_WITH_SERVER = [0, 1];

/** The pipec of a folder, or null where there is none or the workspace is not trusted. */
export function pipecOf(folder: string): Pipec | null {
  if (!vscode.workspace.isTrusted) return null;
  const set = vscode.workspace.getConfiguration('pipec', vscode.Uri.file(folder)).get<string>('path', '').trim();
  if (set !== '') return fromSetting(set, folder);
  for (let at = folder; ; at = dirname(at)) {
    const script = join(at, 'node_modules', 'pipec', 'bin', 'pipec.mjs');
    if (existsSync(script)) return scripted(script);
    if (dirname(at) === at) return null;
  }
}

/** The same, where it can serve an editor. */
export function serverOf(folder: string): Pipec | null {
  const found = pipecOf(folder);
  if (found === null || found.version === null) return found;
  const [major = 0, minor = 0] = found.version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = FIRST_WITH_SERVER;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor) ? found : null;
}

function fromSetting(set: string, folder: string): Pipec {
  const home = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder))?.uri.fsPath ?? folder;
  const isPath = /[\\/]/.test(set);
  const path = isPath && !isAbsolute(set) ? join(home, set) : set;
  return /\.[cm]?js$/.test(path) ? scripted(path) : { command: path, args: [], env: {}, path, version: null };
}

/** A script is run by the Node that the editor itself runs on: it is always there, and new enough. */
function scripted(script: string): Pipec {
  return {
    command: process.execPath,
    args: [script],
    env: { ELECTRON_RUN_AS_NODE: '1' },
    path: script,
    version: versionOf(script),
  };
}

function versionOf(script: string): string | null {
  try {
    const read: unknown = JSON.parse(readFileSync(join(dirname(script), '..', 'package.json'), 'utf8'));
    return typeof read === 'object' && read !== null && 'version' in read && typeof read.version === 'string'
      ? read.version
      : null;
  } catch {
    return null;
  }
}

/** As above, but tells the person why there is none and what to do about it. */
export async function pipecOrTell(folder: string, toDo: string): Promise<Pipec | null> {
  if (!vscode.workspace.isTrusted) {
    const manage = 'Manage Trust';
    const chosen = await vscode.window.showWarningMessage(
      `${toDo} runs the workspace's program, and this workspace is not trusted.`,
      manage,
    );
    if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
    return null;
  }
  const found = pipecOf(folder);
  if (found !== null) return found;
  const [install, setting] = ['Install in Terminal', 'Open Setting'];
  const chosen = await vscode.window.showErrorMessage(
    `${toDo} needs pipec in the project: ${folder} has none in node_modules, and the setting pipec.path names none.`,
    install,
    setting,
  );
  if (chosen === install) {
    const terminal = vscode.window.createTerminal({ name: 'pipec', cwd: folder });
    terminal.show();
    // Typed but not sent: what is installed is the person's decision.
    terminal.sendText('npm install --save-dev pipec', false);
  } else if (chosen === setting) await vscode.commands.executeCommand('workbench.action.openSettings', 'pipec.path');
  return null;
}
