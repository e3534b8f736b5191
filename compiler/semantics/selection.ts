/** Selections: names, `dwh.marts.*`, `tag(x)`, `upstream(x)`, `downstream(x)`. */
import type { Expr, NameExpr } from '../syntax/ast.ts';
import type { Catalog } from './catalog.ts';
import { callName, describeValue } from './config.ts';
import type { CheckContext } from './context.ts';
import { closest } from './suggest.ts';

const functions = ['tag', 'upstream', 'downstream'];

/** Full names of the datasets that an item of a selection covers; reports what it cannot mean. */
export function selected(item: Expr, catalog: Catalog, context: CheckContext): readonly string[] {
  switch (item.kind) {
    case 'missing':
      return [];
    case 'list':
      return [...new Set(item.items.flatMap((each) => selected(each, catalog, context)))];
    case 'paren':
      return selected(item.inner, catalog, context);
    case 'name': {
      const written = item.name.parts.map((part) => part.text).join('.');
      if (!item.name.wildcard) return oneDataset(written, item, catalog, context);
      const below = catalog.below(written);
      if (below.length > 0) context.trace?.home(item.name.parts, written.split('.'));
      return orEmpty(below, item, context);
    }
    case 'call': {
      const name = callName(item);
      const argument = item.args[0]?.value;
      if (!functions.includes(name) || item.args.length !== 1 || argument === undefined) break;
      if (name === 'tag') {
        const tag =
          argument.kind === 'string'
            ? argument.value
            : argument.kind === 'name'
              ? (argument.name.parts[0]?.text ?? '')
              : null;
        return tag === null ? [] : orEmpty(catalog.tagged(tag), item, context);
      }
      const start = selected(argument, catalog, context);
      return [...(name === 'upstream' ? catalog.upstream(start) : catalog.downstream(start))];
    }
    default:
      break;
  }
  context.report(
    'wrong-property-value',
    {
      property: 'a selection',
      expected: 'a dataset, `store.schema.*`, `tag(x)`, `upstream(x)` or `downstream(x)`',
      found: describeValue(item),
    },
    item,
  );
  return [];
}

function oneDataset(written: string, item: NameExpr, catalog: Catalog, context: CheckContext): readonly string[] {
  const found = catalog.matching(written);
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    context.trace?.dataset(item.name, only);
    return found;
  }
  if (found.length > 1) {
    context.report('ambiguous-dataset', { name: written, candidates: found }, item);
    return [];
  }
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const meant = closest(
    written,
    [...catalog.names].flatMap((name) => [name, last(name)]),
  );
  context.report('unknown-dataset', { name: written }, item, {
    ...(meant === null
      ? {}
      : {
          label: `did you mean \`${meant}\`?`,
          fixes: [
            {
              title: `replace \`${written}\` by \`${meant}\``,
              safe: true,
              edits: [{ place: context.place(item), text: meant }],
            },
          ],
        }),
    notes: catalog.below(written).length > 0 ? [`all datasets of it are \`${written}.*\``] : [],
  });
  return [];
}

function orEmpty(names: readonly string[], item: Expr, context: CheckContext): readonly string[] {
  if (names.length === 0) context.report('empty-selection', { selection: context.text(item) }, item);
  return names;
}
