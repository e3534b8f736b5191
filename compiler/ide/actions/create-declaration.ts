import type { Expr } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { walk } from '../../syntax/walk.ts';
import { isExpr, isSame, within } from '../tree.ts';
import { type Action, type ActionAsked, type ActionRule, above, below, textOf } from './action.ts';
import { ownerOf } from './add-property.ts';

/** What is named and not there, to be filled in. */
export const createDeclaration: ActionRule = (asked) => {
  const { workspace, problems } = asked;
  return problems.flatMap(({ code, place }): readonly Action[] => {
    const at = workspace.whereIs(place);
    if (at === null || (code !== 'unknown-dataset' && code !== 'unknown-name')) return [];
    const { start } = asked.declared;
    const span = { start: at.start - start, end: at.end - start };
    const name = textOf(asked, span);
    if (!/^[a-z_][a-z0-9_]*$/i.test(name)) return [];
    const text = code === 'unknown-dataset' ? sourceText(name, asked) : declarationText(name, span, asked);
    if (text === null) return [];
    const [kind = ''] = text.split(' ', 1);
    const what = code === 'unknown-dataset' ? 'source' : kind;
    // What a query reads stands above it; what a header names may stand anywhere, and is found below.
    const edits = [code === 'unknown-dataset' ? above(asked, text) : below(asked, text)];
    return [{ title: `Declare the ${what} \`${name}\``, kind: 'quickfix', edits }];
  });
};

/** By where it is named: a type, a store, a target or a connection. */
function declarationText(name: string, span: Span, asked: ActionAsked): string | null {
  const { workspace, declared } = asked;
  const { tree } = declared;
  const isAt = (other: Span | null | undefined): boolean => other != null && isSame(other, span);
  if (isAt(tree.type?.name)) return `type ${name} {\n  id: int64 @key\n}`;
  if (isAt(tree.in?.parts[0]))
    return `store ${name} : warehouse { owner: '${ownerOf(workspace) ?? 'data@example.com'}', retention: 1y }`;
  if (tree.from?.kind === 'call' && isAt(tree.from.args[0]?.value)) return `connection ${name} = files('${name}')`;
  const target = tree.properties.find((each) => each.name.text === 'target')?.value;
  if (tree.kind.text === 'project' && isAt(target))
    return `target ${name} { engine: duckdb(path: '.pipec/${name}.duckdb') }`;
  return null;
}

/** A source with the columns that the query asks of it, of the types that it uses them as. */
function sourceText(name: string, asked: ActionAsked): string {
  const type = name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  const free = asked.workspace.symbol('type', type) === null ? type : `${type}Row`;
  const fields = [...columnsAsked(name, asked)].map(([column, written]) => `  ${column}: ${written}`);
  return [
    `type ${free} {`,
    ...(fields.length === 0 ? ['  id: int64'] : fields),
    '}',
    '',
    `source ${name} : ${free} from file('${name}.csv')`,
  ].join('\n');
}

/** Names of the query that mean nothing yet, or are qualified by the dataset or its alias. */
function columnsAsked(name: string, { workspace, declared }: ActionAsked): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const { uses } = workspace.trace(declared.symbol);
  const qualifiers = new Set([name]);
  const given = new Set<string>();
  walk(declared.tree, (node) => {
    if (node.kind === 'dataset' && node.name.parts.at(-1)?.text === name && node.alias !== null)
      qualifiers.add(node.alias.text);
    if ((node.kind === 'extend' || node.kind === 'select' || node.kind === 'aggregate') && 'items' in node)
      for (const item of node.items) if ('name' in item && item.name != null) given.add(item.name.text);
  });
  const visit = (expr: Expr, beside: Expr | null): void => {
    if (expr.kind !== 'name' || expr.name.wildcard || expr.name.parts.length > 2) return;
    const [first, second] = expr.name.parts;
    const column = second ?? first;
    if (first === undefined || column === undefined || found.has(column.text)) return;
    if (second === undefined ? given.has(first.text) : !qualifiers.has(first.text)) return;
    if (uses.some(({ span }) => within(span, expr))) return;
    found.set(column.text, guess(column.text, beside));
  };
  const { value } = declared.tree;
  if (value === null) return found;
  walk(value, (node) => {
    if (!isExpr(node)) return;
    if (node.kind === 'binary') {
      visit(node.left, node.right);
      visit(node.right, node.left);
    } else if (node.kind === 'call')
      for (const { value: argument } of node.args)
        visit(argument, /^(?:sum|avg|round|abs)$/i.test(node.name.parts[0]?.text ?? '') ? node : null);
    else visit(node, null);
  });
  return found;
}

/** A type by what a column is compared or computed with, else by the habits of naming. */
function guess(name: string, beside: Expr | null): string {
  switch (beside?.kind) {
    case 'number':
      return beside.form === 'integer' ? 'int64' : beside.form === 'decimal' ? 'decimal(18, 2)' : 'float64';
    case 'string':
      return 'string';
    case 'date-literal':
      return beside.type;
    case 'bool':
      return 'bool';
    case 'call':
      return 'decimal(18, 2)';
    default:
      break;
  }
  if (/(?:^|_)id$/.test(name)) return 'int64';
  if (/_at$/.test(name)) return 'timestamp';
  if (/(?:^|_)(?:day|date)$|_on$/.test(name)) return 'date';
  if (/^(?:is|has)_/.test(name)) return 'bool';
  return 'string';
}
