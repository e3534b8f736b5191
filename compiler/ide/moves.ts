/** Files that go elsewhere, and the paths in programs that follow them. */
import type { Workspace } from '../workspace/workspace.ts';
import { links } from './links.ts';
import type { TextEdit } from './rename.ts';

/** Of a file, or of a folder with all that is in it. Paths are of the project's folder, with `/`. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** A path below a connection's folder follows only as far as that folder reaches. */
export function movedPaths(workspace: Workspace, moves: readonly Move[]): readonly TextEdit[] {
  if (moves.length === 0) return [];
  return workspace.files.flatMap((file) => {
    const text = workspace.text(file);
    return links(workspace, file).flatMap(({ path, start, end }): TextEdit[] => {
      const written = text.slice(start, end);
      const [own = '', ...inside] = written.split('#');
      const moved = movedTo(normal(path), moves);
      if (moved === null || !path.endsWith(own)) return [];
      const folder = normal(path.slice(0, path.length - own.length));
      const below = folder === '' ? moved : moved.startsWith(`${folder}/`) ? moved.slice(folder.length + 1) : null;
      if (below === null) return [];
      const dotted = own.startsWith('./') && !below.startsWith('.') ? `./${below}` : below;
      const quote = text.charAt(start - 1);
      const quoted = dotted.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
      return [{ file, start, end, text: [quoted, ...inside].join('#') }];
    });
  });
}

function movedTo(path: string, moves: readonly Move[]): string | null {
  for (const { from, to } of moves) {
    if (path === from) return to;
    if (path.startsWith(`${from}/`)) return `${to}${path.slice(from.length)}`;
  }
  return null;
}

/** `./a//b/../c` is `a/c`. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
