/** What stands where the cursor is: the declaration, and the name in it with what it means. Offsets are the file's. */
import type { Use } from '../semantics/trace.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';

export interface Cursor {
  readonly declared: Declared;
  /** Relative to the declaration, as all spans of its tree and of its trace are. */
  readonly offset: number;
}

/** The declaration around an offset, its documentation comment apart; null between declarations. */
export function cursorAt(workspace: Workspace, file: string, offset: number): Cursor | null {
  if (!workspace.has(file)) return null;
  const declared = workspace.declared(file).find((each) => each.start <= offset && offset <= each.end);
  return declared === undefined ? null : { declared, offset: offset - declared.start };
}

/** Names of a declaration in the order of the text, each once, its own name among them. */
export function usesIn(workspace: Workspace, { symbol, tree }: Declared): readonly Use[] {
  const { namespace, name, span } = symbol;
  const own: Use[] =
    tree.name === null || name === '' ? [] : [{ span, meaning: { kind: 'declaration', namespace, name }, gives: true }];
  const parameters = (tree.parameters ?? []).map(({ name: { text, start, end } }): Use => {
    return { span: { start, end }, meaning: { kind: 'parameter', name: text }, gives: true };
  });
  const byPlace = new Map<number, Use>();
  // A query may be elaborated more than once: what was found first counts.
  for (const use of [...own, ...parameters, ...workspace.trace(symbol).uses])
    if (!byPlace.has(use.span.start)) byPlace.set(use.span.start, use);
  return [...byPlace.values()].sort((a, b) => a.span.start - b.span.start);
}

/** The name at the cursor; one that ends there counts, so that a caret behind a name means it. */
export function useAt(workspace: Workspace, { declared, offset }: Cursor): Use | null {
  const there = usesIn(workspace, declared).filter(({ span }) => span.start <= offset && offset <= span.end);
  return there.find(({ span }) => offset < span.end) ?? there[0] ?? null;
}
