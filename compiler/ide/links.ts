/** Files that a program names: of sources, and of functions in TypeScript. */
import type { CallExpr, Expr } from '../syntax/ast.ts';
import { walk } from '../syntax/walk.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { FileSpan } from './occurrences.ts';

export interface PathLink extends FileSpan {
  /** Of the project's folder, with `/`; where it leads is not known to be there. */
  readonly path: string;
}

/** Connectors whose first text is a path. */
const OF_FILES = new Set(['file', 'typescript']);

export function links(workspace: Workspace, file: string): readonly PathLink[] {
  if (!workspace.has(file)) return [];
  return workspace.declared(file).flatMap(({ tree, start }) => {
    const found: PathLink[] = [];
    const add = (call: CallExpr): void => {
      const text = call.args.find(({ value }) => value.kind === 'string')?.value;
      if (text?.kind !== 'string') return;
      const folder = folderOf(workspace, call.args[0]?.value);
      const path = folder === null ? null : pathIn(folder, text.value);
      // The quotes are no part of the path.
      if (path !== null) found.push({ file, start: start + text.start + 1, end: start + text.end - 1, path });
    };
    walk(tree, (node) => {
      if (node.kind === 'call' && 'args' in node && OF_FILES.has(node.name.parts[0]?.text ?? '')) add(node);
    });
    return found;
  });
}

/** Where a path begins: at the project's folder, or at that of the connection named first. Null where it is no folder's. */
function folderOf(workspace: Workspace, first: Expr | undefined): string | null {
  if (first?.kind !== 'name') return '';
  const symbol = workspace.symbol('connection', first.name.parts[0]?.text ?? '');
  const value = symbol === null ? null : workspace.declaration(symbol).tree.value;
  const folder = value?.kind === 'call' && value.name.parts[0]?.text === 'files' ? value.args[0]?.value : undefined;
  // `env('NAME', 'folder')`: where it is as long as nobody says otherwise.
  const text = folder?.kind === 'call' ? folder.args[1]?.value : folder;
  return text?.kind === 'string' ? text.value : null;
}

/** Null for a pattern and for what lies elsewhere (`s3://…`, `/…`). */
function pathIn(folder: string, written: string): string | null {
  const path = `${folder === '' ? '' : `${folder.replace(/\/+$/, '')}/`}${written.replace(/#.*$/, '')}`;
  return /[*?[\]{}]|^[a-z][a-z0-9+]*:|^\//i.test(path) || path.endsWith('/') ? null : path;
}
