/** The nodes of a declaration's tree around an offset. */
import type { Expr, Stage } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { forEachChild, type Node } from '../syntax/walk.ts';
import type { Cursor } from './cursor.ts';

/** Outermost first, the declaration itself apart. An offset at the end of one node and the start of another is in the other. */
export function pathAt({ declared, offset }: Cursor): readonly Exclude<Node, { readonly kind: object }>[] {
  const path: Exclude<Node, { readonly kind: object }>[] = [];
  let at: Node | null = declared.tree;
  while (at !== null) {
    let next: Node | null = null;
    forEachChild(at, (child) => {
      if (child.start <= offset && (offset < child.end || (offset === child.end && next === null))) next = child;
    });
    if (next !== null) path.push(next);
    at = next;
  }
  return path;
}

const STAGES: ReadonlySet<string> = new Set<Stage['kind']>([
  'from',
  'with',
  'where',
  'select',
  'extend',
  'set',
  'drop',
  'rename',
  'aggregate',
  'join',
  'order',
  'limit',
  'distinct',
  'set-operation',
  'pivot',
  'unpivot',
  'unnest',
  'as',
  'assert',
]);

export const isStage = (node: Node): node is Stage =>
  typeof node.kind === 'string' && (STAGES.has(node.kind) || (node.kind === 'call' && 'call' in node));

export const holds = ({ start, end }: Span, offset: number): boolean => start <= offset && offset <= end;

export const within = (inner: Span, outer: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

export const isSame = (a: Span, b: Span): boolean => a.start === b.start && a.end === b.end;

export const isExpr = (node: Node): node is Expr =>
  !isStage(node) &&
  typeof node.kind === 'string' &&
  !['query', 'sql-select', 'dataset', 'values', 'subquery', 'function'].includes(node.kind);
