import type { Query } from '../../syntax/ast.ts';
import { walk } from '../../syntax/walk.ts';
import { builtKinds } from '../declarations/registry.ts';
import { lintOf } from './lint.ts';

/**
 * `limit` is total, so it keeps the same rows on every engine: without an order, those that are least by all their columns,
 * which is hardly ever what is meant.
 */
export const limitWithoutOrder = lintOf('limit-without-order', builtKinds, (declaration, _table, { report, text }) => {
  // Few queries have one, and looking through all trees would cost more than all other lints.
  if (declaration.value === null || !/\blimit\b/i.test(text(declaration.value))) return;
  walk(declaration.value, (node) => {
    if (node.kind !== 'query') return;
    for (const limit of unordered(node)) report('limit-without-order', {}, limit);
  });
});

function unordered({ stages }: Query) {
  let ordered = false;
  return stages.filter((stage) => {
    switch (stage.kind) {
      case 'order':
        ordered = true;
        return false;
      case 'aggregate':
        ordered = stage.ordered || stage.items.some((item) => item.order !== null);
        return false;
      // What these give has no order of its own; a user's stages may hold one.
      case 'from':
      case 'set-operation':
      case 'join':
      case 'pivot':
      case 'unpivot':
        ordered = false;
        return false;
      case 'call':
        ordered = true;
        return false;
      case 'limit':
        return !ordered && !(stage.count.kind === 'number' && stage.count.text === '0');
      default:
        return false;
    }
  });
}
