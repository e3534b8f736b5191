import { holds } from '../tree.ts';
import type { ActionRule } from './action.ts';
import { hasProperty, withProperty } from './action.ts';

/** A key that the query proves is said where everybody sees it. */
export const addKey: ActionRule = (asked) => {
  const { workspace, declared, offset } = asked;
  const { symbol, tree } = declared;
  if (symbol.kind !== 'table' || tree.name === null || !holds(tree.name, offset) || hasProperty(asked, 'key'))
    return [];
  const [key] = workspace.row(symbol.name)?.keys.toSorted((a, b) => a.length - b.length) ?? [];
  if (key === undefined || key.length === 0) return [];
  const value = `[${key.join(', ')}]`;
  return [{ title: `Say that its key is ${value}`, kind: 'rewrite', edits: [withProperty(asked, 'key', value)] }];
};
