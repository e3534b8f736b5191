/** The entry in the status bar: project and target, its mistakes, and whether the server is well. A click chooses the target. */
import * as vscode from 'vscode';
import type { Projects } from './projects.ts';
import type { Server } from './server.ts';

export function statusBar(server: Server, projects: Projects): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('pipec', vscode.StatusBarAlignment.Left, 50);
  item.name = 'pipec';
  const show = () => {
    const { activeTextEditor: editor } = vscode.window;
    if (editor?.document.languageId !== 'pipe' && projects.all.length === 0 && server.state.is === 'running')
      return item.hide();
    const shown = appearance(server, projects, editor?.document.uri);
    item.text = shown.text;
    item.tooltip = shown.tooltip;
    item.command = shown.command;
    item.backgroundColor = shown.wrong ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.accessibilityInformation = { label: shown.spoken, role: 'button' };
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item,
    server.onDidChangeState(show),
    projects.onDidChange(show),
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((uri) => uri.path.endsWith('.pipe'))) show();
    }),
  );
}

interface Appearance {
  readonly text: string;
  readonly spoken: string;
  readonly tooltip: vscode.MarkdownString;
  readonly command: string;
  readonly wrong: boolean;
}

function appearance(server: Server, projects: Projects, uri: vscode.Uri | undefined): Appearance {
  const { state } = server;
  switch (state.is) {
    case 'starting':
      return plain('$(loading~spin) pipec', 'pipec is starting', 'pipec.showOutput', false);
    case 'stopped':
      return plain(
        '$(circle-slash) pipec',
        'pipec: the language server has stopped; restart it',
        'pipec.restartServer',
        true,
      );
    case 'failed':
      return plain(
        '$(error) pipec',
        `pipec: the language server did not start: ${state.why}`,
        'pipec.showOutput',
        true,
      );
    case 'running': {
      const project = projects.of(uri) ?? projects.of(undefined);
      if (project === null)
        return plain(
          '$(check) pipec',
          `pipec is ready; ${counted(projects.all.length, 'project')}`,
          'pipec.showOutput',
          false,
        );
      const target = projects.targetOf(project);
      const engine = project.targets.find(({ name }) => name === target)?.engine ?? null;
      const { errors, warnings } = mistakes(project.root);
      const marks = `${errors > 0 ? `  $(error) ${errors}` : ''}${warnings > 0 ? `  $(warning) ${warnings}` : ''}`;
      const tooltip = new vscode.MarkdownString(undefined, true);
      tooltip.isTrusted = { enabledCommands: ['pipec.chooseTarget', 'pipec.restartServer', 'pipec.showOutput'] };
      tooltip.appendMarkdown('**').appendText(project.name).appendMarkdown('**\n\n');
      tooltip.appendText(target === null ? 'No target' : `Target ${target}${engine === null ? '' : `, ${engine}`}`);
      tooltip.appendMarkdown(`\n\n${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n\n`);
      tooltip.appendText(server.from);
      tooltip.appendMarkdown(
        '\n\n[$(target) Choose target](command:pipec.chooseTarget) · [$(refresh) Restart server](command:pipec.restartServer) · [$(output) Output](command:pipec.showOutput)',
      );
      return {
        text: `$(${errors > 0 ? 'target' : 'check'}) ${project.name}${target === null ? '' : ` · ${target}`}${marks}`,
        spoken: `pipec, project ${project.name}, target ${target ?? 'none'}, ${counted(errors, 'error')}, ${counted(warnings, 'warning')}. Choose target`,
        tooltip,
        command: 'pipec.chooseTarget',
        wrong: false,
      };
    }
  }
}

function plain(text: string, spoken: string, command: string, wrong: boolean): Appearance {
  return { text, spoken, tooltip: new vscode.MarkdownString().appendText(spoken), command, wrong };
}

function mistakes(root: string): { readonly errors: number; readonly warnings: number } {
  const all = vscode.languages
    .getDiagnostics()
    .filter(([uri]) => uri.path.endsWith('.pipe') && uri.fsPath.startsWith(root))
    .flatMap(([, found]) => found);
  const of = (severity: vscode.DiagnosticSeverity) => all.filter((one) => one.severity === severity).length;
  return { errors: of(vscode.DiagnosticSeverity.Error), warnings: of(vscode.DiagnosticSeverity.Warning) };
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
