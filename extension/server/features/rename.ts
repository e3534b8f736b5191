/** A new name for what is meant, over the whole project; and file paths that follow their files. */
import { isAbsolute, relative, sep } from 'node:path';
import { LSPErrorCodes, ResponseError, type WorkspaceEdit } from 'vscode-languageserver';
import { movedPaths } from '../../../compiler/ide/moves.ts';
import { rename as renameAt, renameable } from '../../../compiler/ide/rename.ts';
import type { Feature } from '../feature.ts';
import { toWorkspaceEdit } from '../to-lsp.ts';
import { pathOf } from '../uris.ts';

const refused = (reason: string): ResponseError<void> => new ResponseError(LSPErrorCodes.RequestFailed, reason);

export const rename: Feature = {
  capabilities: ({ textDocument, workspace }) => ({
    renameProvider: textDocument?.rename?.prepareSupport === true ? { prepareProvider: true } : true,
    ...(workspace?.fileOperations?.willRename === true
      ? { workspace: { fileOperations: { willRename: { filters: [{ pattern: { glob: '**' } }] } } } }
      : {}),
  }),
  register: (connection, session) => {
    connection.onPrepareRename(({ textDocument, position }) => {
      const at = session.at(textDocument.uri, position);
      const found = at === null ? null : renameable(at.workspace, at.path, at.offset);
      if (at === null || found === null) return null;
      if ('refused' in found) return refused(found.refused);
      return { range: at.file.lines.range(found), placeholder: found.name };
    });
    connection.onRenameRequest(({ textDocument, position, newName }) => {
      const at = session.at(textDocument.uri, position);
      if (at === null) return refused('there is no name here');
      const found = renameAt(at.workspace, at.path, at.offset, newName);
      return found.kind === 'refused'
        ? refused(found.reason)
        : toWorkspaceEdit(found.edits, at.project, session.client);
    });
    connection.workspace.onWillRenameFiles(({ files }): WorkspaceEdit | null => {
      const edits = [...session.projects()].flatMap((project) => {
        const moves = files.flatMap(({ oldUri, newUri }) => {
          const [from, to] = [pathIn(project.root, oldUri), pathIn(project.root, newUri)];
          return from === null || to === null ? [] : [{ from, to }];
        });
        const moved = movedPaths(project.workspace, moves);
        return moved.length === 0 ? [] : [toWorkspaceEdit(moved, project, session.client)];
      });
      if (edits.length === 0) return null;
      return session.client.workspace?.workspaceEdit?.documentChanges === true
        ? { documentChanges: edits.flatMap(({ documentChanges }) => documentChanges ?? []) }
        : { changes: Object.assign({}, ...edits.map(({ changes }) => changes)) as WorkspaceEdit['changes'] & object };
    });
  },
};

/** Of the project's folder, with `/`; null for what has no path from there. */
function pathIn(root: string | null, uri: string): string | null {
  const path = pathOf(uri);
  if (root === null || path === null) return null;
  const inside = relative(root, path);
  return isAbsolute(inside) ? null : inside.split(sep).join('/');
}
