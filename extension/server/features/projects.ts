/** What the extension for VS Code asks besides the protocol: projects and their targets, tests, the dataset at the cursor. */
import type { Connection, TextDocumentPositionParams } from 'vscode-languageserver';
import { type DeclarationSymbol, joinName, symbolPlace } from '../../../compiler/semantics/symbols.ts';
import type { Declared, Workspace } from '../../../compiler/workspace/workspace.ts';
import type { Feature } from '../feature.ts';
import { FolderProject } from '../project.ts';
import {
  changedNotification,
  type DatasetAt,
  type DatasetPlace,
  type ProjectInfo,
  requests,
  type TestInfo,
} from '../protocol.ts';
import type { Session } from '../session.ts';

export const projects: Feature = {
  capabilities: () => ({}),
  register: (connection, session) => {
    tellChanges(connection, session);
    connection.onRequest(requests.projects, () => folders(session).flatMap((each) => projectInfo(each) ?? []));
    connection.onRequest(requests.tests, () => folders(session).flatMap(testsOf));
    connection.onRequest(requests.datasetAt, ({ textDocument, position }: TextDocumentPositionParams) => {
      const at = session.at(textDocument.uri, position);
      return at === null || !(at.project instanceof FolderProject) ? null : datasetAt(at.project, at.path, at.offset);
    });
    connection.onRequest(requests.datasetPlace, ({ root, dataset }: DatasetAt): DatasetPlace | null => {
      const project = folders(session).find((each) => each.root === root);
      const symbol = project?.workspace.symbol('dataset', dataset) ?? null;
      return project === undefined || symbol === null ? null : project.locate(symbolPlace(symbol));
    });
  },
};

/** Typing makes many changes: the extension asks again once they pause. */
const PAUSE_MS = 300;

function tellChanges(connection: Connection, session: Session): void {
  let waiting: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void connection.sendNotification(changedNotification), PAUSE_MS);
  };
  session.onChange(soon);
  session.onGone(soon);
}

function folders(session: Session): FolderProject[] {
  return [...session.projects()].filter((project) => project instanceof FolderProject);
}

function projectInfo({ root, workspace }: FolderProject): ProjectInfo | null {
  const own = workspace.symbols.find(({ namespace }) => namespace === 'project');
  if (own === undefined) return null;
  const targets = workspace.symbols
    .filter(({ namespace }) => namespace === 'target')
    .map((symbol) => ({ name: symbol.name, engine: workspace.model('target', symbol)?.engine.connector ?? null }));
  return { root, name: own.name, target: workspace.model('project', own)?.target ?? null, targets };
}

/** Also those with mistakes: they are there, and running them tells what is wrong. */
function testsOf({ root, workspace, locate }: FolderProject): TestInfo[] {
  return workspace.symbols.flatMap((symbol) => {
    if (symbol.namespace !== 'test') return [];
    const declared = workspace.declaration(symbol);
    const dataset = testedBy(workspace, declared);
    const at = locate({ file: symbol.file, declaration: null, start: declared.start, end: declared.end });
    if (dataset === null || at === null) return [];
    return [{ root, name: symbol.name === '' ? null : symbol.name, dataset, uri: at.uri, range: at.range }];
  });
}

function testedBy(workspace: Workspace, { tree }: Declared): string | null {
  return tree.of === null ? null : (only(workspace.datasetsNamed(joinName(tree.of)))?.name ?? null);
}

/** The dataset that is declared around an offset, or that the test there is of. */
function datasetAt({ root, workspace }: FolderProject, path: string, offset: number): DatasetAt | null {
  const around = workspace.declared(path).find(({ start, end }) => start <= offset && offset <= end);
  if (around === undefined) return null;
  const { namespace, name } = around.symbol;
  const dataset = namespace === 'dataset' ? name : namespace === 'test' ? testedBy(workspace, around) : null;
  return dataset === null || dataset === '' ? null : { root, dataset };
}

function only(symbols: readonly DeclarationSymbol[]): DeclarationSymbol | null {
  return symbols.length === 1 ? (symbols[0] ?? null) : null;
}
