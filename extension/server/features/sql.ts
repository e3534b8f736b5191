/** The SQL of the dataset at a place, for each engine, with the stages that its parts say. */
import { datasetSql } from '../../../compiler/ide/sql.ts';
import type { Feature } from '../feature.ts';
import { FolderProject } from '../project.ts';
import { type Asked, requests, type SqlHere } from '../protocol.ts';
import type { Session } from '../session.ts';
import { toLocation } from '../to-lsp.ts';

export const sql: Feature = {
  capabilities: () => ({}),
  register: (connection, session) => {
    connection.onRequest<SqlHere | null, void>(requests.sql, (asked: Asked) => sqlHere(session, asked));
  },
};

function sqlHere(session: Session, asked: Asked): SqlHere | null {
  const found = 'root' in asked ? named(session, asked.root, asked.dataset) : around(session, asked);
  if (found === null) return null;
  const { project, symbol } = found;
  const at = { root: project.root, dataset: symbol.name };
  const answer = datasetSql(project.workspace, symbol);
  if (answer === null) return { ...at, engines: null, stages: [] };
  return { ...at, engines: answer.engines, stages: answer.stages.flatMap((stage) => toLocation(stage, project) ?? []) };
}

function named(session: Session, root: string, dataset: string) {
  const project = [...session.projects()].find((each) => each.root === root);
  const symbol = project?.workspace.symbol('dataset', dataset) ?? null;
  return project instanceof FolderProject && symbol !== null ? { project, symbol } : null;
}

function around(session: Session, { textDocument, position }: Extract<Asked, { readonly position: unknown }>) {
  const at = session.at(textDocument.uri, position);
  if (at === null || !(at.project instanceof FolderProject)) return null;
  const { project, workspace, path, offset } = at;
  const declared = workspace.declared(path).find(({ start, end }) => start <= offset && offset <= end);
  return declared?.symbol.namespace === 'dataset' ? { project, symbol: declared.symbol } : null;
}
