/** What sources and tables share: where they stand, what their names may be, what is stored of them. */
import type { RowType } from '../../relational/types.ts';
import type { Declaration, Name } from '../../syntax/ast.ts';
import { duration, list, mapped, name, oneOf, optional, type PropertyRow, type Reader, text } from '../config.ts';
import type { StoreModel } from '../model.ts';
import { type DeclarationSymbol, datasetParts, LANDING, snakeCase, unstorable } from '../symbols.ts';
import { columnOf, type DeclarationContext, resolve } from './context.ts';
import { nameOf } from './names-of.ts';

/** Words to select by; in quotes where they are no names. */
const tag: Reader<string> = oneOf(
  'a word',
  mapped(name('a word'), (each) => each.text),
  text(),
);
export const words: Reader<readonly string[]> = list(tag, 'a list of words, such as `[daily, finance]`');

/** Properties that make sense for every dataset. */
export const commonProperties = {
  owner: optional(text("an address in quotes, such as `'data@shop.example'`"), 'who answers for it'),
  tags: optional(words, 'words to select by: `tag(…)`'),
  retention: optional(duration(), 'how long rows are kept'),
  pool: optional(nameOf('pool'), 'what its task takes a place in while it goes on'),
} satisfies Record<string, PropertyRow<unknown, unknown>>;

export interface Home {
  readonly store: string;
  readonly schema: string;
  readonly table: string;
  readonly layer: string | null;
  readonly model: StoreModel | null;
}

/** Schemas that engines keep for themselves, and ours. */
const RESERVED = new Set(['_pipec', LANDING, 'information_schema', 'pg_catalog', 'pg_toast', 'sys', 'system', 'temp']);

/** The store and schema it stands in; reports what is wrong with either, and with its own name. */
export function homeOf(declaration: Declaration, context: DeclarationContext): Home {
  const parts = datasetParts(context.symbol.name);
  if (declaration.name !== null) reportUnstorable('dataset', declaration.name, context);
  if (declaration.in === null) return { ...parts, layer: null, model: null };
  const [storeName, schemaName, ...rest] = declaration.in.parts;
  const symbol = storeName === undefined ? null : resolve('store', storeName, 'store', context);
  const model = symbol === null ? null : context.model('store', symbol);
  for (const extra of rest)
    context.report('unexpected-header', { kind: 'dataset', word: 'name of more than two parts after `in`' }, extra, {
      notes: ['it is written `in store` or `in store.schema`'],
    });
  if (schemaName !== undefined) reportUnstorable('schema', schemaName, context);
  if (schemaName !== undefined && storeName !== undefined && symbol !== null)
    context.trace?.name(schemaName, { kind: 'schema', store: storeName.text, name: schemaName.text });
  const schemaPart = schemaName ?? storeName;
  if (schemaPart !== undefined && RESERVED.has(schemaPart.text.toLowerCase())) {
    context.report('reserved-name', { what: 'schema', name: schemaPart.text }, schemaPart);
  }
  return { ...parts, layer: layerIn(parts.schema, model), model };
}

function layerIn(schema: string, store: StoreModel | null): string | null {
  return store?.layers[schema] ?? (store?.kind === 'lake' ? 'raw' : null);
}

/** The layer of any dataset, by the store and schema of its name. What comes from outside is raw where nothing is said. */
export function layerOf(dataset: DeclarationSymbol, context: DeclarationContext): string | null {
  const { store, schema } = datasetParts(dataset.name);
  const symbol = context.find('store', store);
  const layer = layerIn(schema, symbol === null ? null : context.model('store', symbol));
  return layer ?? (dataset.kind === 'source' ? 'raw' : null);
}

function reportUnstorable(what: string, written: Name, context: DeclarationContext): void {
  const why = written.text === '' ? null : unstorable(written.text);
  if (why === null) return;
  context.report('identifier-not-storable', { what, name: written.text, why }, written, {
    notes: [`call it \`${snakeCase(written.text)}\``],
  });
}

/** The columns of a declared key: they exist, are never null and exact. */
export function keyColumns(
  names: readonly Name[],
  row: RowType,
  broken: boolean,
  context: DeclarationContext,
): readonly string[] {
  const key: string[] = [];
  for (const each of names) {
    const column = columnOf(context.symbol.name, row, each, broken, context);
    if (column === null) continue;
    if (key.includes(column.name)) {
      context.report('duplicate-column-name', { name: column.name }, each);
      continue;
    }
    key.push(column.name);
    if (column.type.kind === 'error') continue;
    if (column.nullable) context.report('nullable-key', { column: column.name }, each, { label: 'may be null' });
    else if (column.inexact)
      context.report('inexact-key', { column: column.name }, each, {
        label: 'not exact',
      });
  }
  return key;
}
