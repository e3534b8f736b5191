/** Declarations of the whole project, by some letters of their names. */
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { FileSpan } from './occurrences.ts';

export interface FoundSymbol extends FileSpan {
  readonly symbol: DeclarationSymbol;
}

/** Those whose names have the letters of `query` in this order, in any case; at most `most`. */
export function symbolsLike(workspace: Workspace, query: string, most: number): readonly FoundSymbol[] {
  const letters = query.toLowerCase().replace(/\s+/g, '');
  const found: DeclarationSymbol[] = [];
  for (const symbol of workspace.symbols) {
    if (found.length >= most) break;
    if (symbol.name !== '' && hasInOrder(symbol.name.toLowerCase(), letters)) found.push(symbol);
  }
  return found.map((symbol) => {
    const { start } = workspace.declaration(symbol);
    return { symbol, file: symbol.file, start: start + symbol.span.start, end: start + symbol.span.end };
  });
}

function hasInOrder(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
