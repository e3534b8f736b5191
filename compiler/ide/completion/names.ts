/** Names of the project as items: datasets, stores, types, targets, connections. */
import { type Column, valueName } from '../../relational/types.ts';
import type { DeclarationSymbol, Namespace } from '../../semantics/symbols.ts';
import { valueTypeNames } from '../../semantics/value-types.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { type CompletionItem, escaped, fitting, type ItemKind, item, Rank, written } from './items.ts';
import type { Scene } from './scene.ts';

/** The shortest name by which a dataset is told from all others, by its full name. One list of names has one answer. */
const shortNames = new WeakMap<readonly string[], ReadonlyMap<string, string>>();

function shortest(names: readonly string[]): ReadonlyMap<string, string> {
  const known = shortNames.get(names);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  const tails = (name: string): string[] => {
    const parts = name.split('.');
    return parts.map((_, at) => parts.slice(parts.length - 1 - at).join('.'));
  };
  for (const name of names) for (const tail of tails(name)) counts.set(tail, (counts.get(tail) ?? 0) + 1);
  const all = new Set(names);
  // A name that is another one's in full means that one.
  const short = new Map(
    names.map((name) => [
      name,
      tails(name).find((tail) => counts.get(tail) === 1 && (tail === name || !all.has(tail))) ?? name,
    ]),
  );
  shortNames.set(names, short);
  return short;
}

const quoted = (name: string): string => name.split('.').map(written).join('.');

/** Datasets by the shortest name that tells them apart; behind `store.` those of the store, by what is left of their names. */
export function datasetItems(
  { workspace, writing }: Scene,
  path: readonly string[] = [],
  wanted: (name: string) => boolean = () => true,
): readonly CompletionItem[] {
  const names = workspace.names('dataset');
  if (path.length > 0) return below(workspace, names, path, wanted);
  const short = shortest(names);
  const shown = (name: string): string => short.get(name) ?? name;
  // The full name finds it too: whoever types the schema is shown what is in it.
  const filterOf = (name: string): string => (shown(name) === name ? name : `${shown(name)} ${name}`);
  return fitting(names.filter(wanted), writing.word, filterOf).map((name) => {
    const label = shown(name);
    const filter = filterOf(name);
    return datasetItem(workspace, name, label, { filter });
  });
}

function below(
  workspace: Workspace,
  names: readonly string[],
  path: readonly string[],
  wanted: (name: string) => boolean,
): readonly CompletionItem[] {
  const found = new Map<string, CompletionItem>();
  for (const name of names) {
    const parts = name.split('.');
    // Written from the left in full, or in part from any of its names on.
    for (let at = 0; at + path.length < parts.length; at++) {
      if (!path.every((part, offset) => parts[at + offset] === part)) continue;
      const [next = '', ...rest] = parts.slice(at + path.length);
      if (rest.length > 0)
        found.set(next, item(next, 'schema', { insert: escaped(written(next)), rank: Rank.fits, commit: ['.'] }));
      else if (wanted(name)) found.set(next, datasetItem(workspace, name, next, {}));
    }
  }
  return [...found.values()];
}

function datasetItem(
  workspace: Workspace,
  name: string,
  label: string,
  given: { readonly filter?: string },
): CompletionItem {
  const kind = workspace.symbol('dataset', name)?.kind ?? 'dataset';
  return item(label, 'dataset', {
    ...given,
    detail: label === name ? kind : `${kind} ${name}`,
    insert: escaped(quoted(label)),
    rank: Rank.fits,
    dataset: name,
  });
}

/** What is told of a dataset beside the list: its words and its rows. Markdown. */
export function datasetDoc(workspace: Workspace, name: string): string | null {
  const symbol = workspace.symbol('dataset', name);
  if (symbol === null) return null;
  const { doc } = workspace.declaration(symbol).tree;
  const columns = workspace.lastRow(name)?.columns ?? [];
  const rows = columns.map((column) => `${column.name}: ${valueName(column)}`).join('\n');
  return [...(doc === null ? [] : [doc]), ...(rows === '' ? [] : [`\`\`\`pipe\n${rows}\n\`\`\``])].join('\n\n');
}

/** Declarations of a namespace by their names, with their words. */
export function declaredItems(
  { workspace }: Scene,
  namespace: Namespace,
  kind: ItemKind,
  wanted: (symbol: DeclarationSymbol) => boolean = () => true,
): readonly CompletionItem[] {
  return workspace.names(namespace).flatMap((name) => {
    const symbol = workspace.symbol(namespace, name);
    if (symbol === null || !wanted(symbol)) return [];
    const { doc } = workspace.declaration(symbol).tree;
    return item(name, kind, { detail: symbol.kind, doc, insert: escaped(written(name)), rank: Rank.fits });
  });
}

/** Schemas of a store: those that datasets stand in, and those of which the store says what they are. */
export function schemaItems(scene: Scene, store: string): readonly CompletionItem[] {
  const { workspace } = scene;
  const layers = new Map<string, string | null>();
  const symbol = workspace.symbol('store', store);
  if (symbol !== null) {
    const written = workspace.declaration(symbol).tree.properties.find(({ name }) => name.text === 'layers')?.value;
    if (written?.kind === 'object')
      for (const { name, value } of written.properties)
        layers.set(name.text, value.kind === 'name' ? (value.name.parts[0]?.text ?? null) : null);
  }
  for (const name of workspace.names('dataset')) {
    const [own, schema, ...rest] = name.split('.');
    if (own === store && schema !== undefined && schema !== '' && rest.length > 0 && !layers.has(schema))
      layers.set(schema, null);
  }
  return [...layers].map(([name, layer]) =>
    item(name, 'schema', {
      detail: layer === null ? null : `layer ${layer}`,
      insert: escaped(written(name)),
      rank: Rank.fits,
    }),
  );
}

/** Types that a value may have. */
export function valueTypeItems(scene: Scene): readonly CompletionItem[] {
  const own = valueTypeNames.map((name) => {
    const insert = name === 'decimal' ? 'decimal(${1:12}, ${2:2})$0' : name === 'list' ? 'list<$0>' : name;
    return item(name, 'type', { insert, rank: Rank.near });
  });
  const enums = declaredItems(scene, 'type', 'enum', ({ kind }) => kind === 'enum');
  return [...enums, ...own];
}

export const rowTypeItems = (scene: Scene): readonly CompletionItem[] =>
  declaredItems(scene, 'type', 'type', ({ kind }) => kind === 'type');

export function columnItem(column: Column, rank: Rank, given: Partial<CompletionItem> = {}): CompletionItem {
  const tags = column.tags.map(({ name, value }) => `\`@${name}(${value})\``);
  const closed = column.type.kind === 'enum' ? column.type.values.map((value) => `\`${value}\``).join(', ') : '';
  const lines = [
    column.doc ?? '',
    closed,
    tags.join(' '),
    column.inexact ? 'Inexact: engines differ in its last digits.' : '',
  ];
  const doc = lines.filter((line) => line !== '').join('\n\n');
  const type = column.type.kind === 'error' ? null : valueName(column);
  return item(column.name, 'column', {
    detail: type,
    doc: doc === '' ? null : doc,
    insert: escaped(written(column.name)),
    rank,
    ...given,
  });
}
