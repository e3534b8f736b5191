/** Properties and arguments by their schemas, and the values that their readers take. */
import type { Column } from '../../relational/types.ts';
import {
  type KeyOf,
  type NameOf,
  type Reader,
  type Schema,
  type Signature,
  signatureText,
  type ValueForm,
} from '../../semantics/config.ts';
import type { Role } from '../../semantics/connectors/connector.ts';
import { connectors, connectorsFor } from '../../semantics/connectors/registry.ts';
import { durationUnits, type Token } from '../../syntax/tokens.ts';
import { id, is, isEnded, lastItem, pathBefore } from '../frames.ts';
import { textItem } from './expression.ts';
import { type CompletionItem, escaped, item, Rank, words, written } from './items.ts';
import { columnItem, datasetItems, declaredItems } from './names.ts';
import type { Scene } from './scene.ts';

type Row = Schema[string];

/** A property with its value as far as a reader says how one begins. */
export function propertyItem(name: string, row: Row): CompletionItem {
  const { required, fallback, doc, reader } = row;
  const isSaid = fallback !== null && fallback !== undefined && typeof fallback !== 'object';
  const otherwise = required ? 'required' : isSaid ? `default ${String(fallback)}` : null;
  const isChecks = reader.expected.includes('checks {');
  return item(name, 'property', {
    detail: otherwise,
    doc: `${doc[0]?.toUpperCase() ?? ''}${doc.slice(1)}.\n\nTakes ${reader.expected}.`,
    insert: isChecks ? `${name} {\n  $0\n}` : `${name}: ${valueSnippet(reader)}`,
    rank: required ? Rank.best : Rank.fits,
    then: 'completion',
  });
}

/** How a value begins, where there is one way. */
function valueSnippet({ forms }: Reader<unknown>): string {
  const [form, ...others] = forms;
  if (form?.kind === 'object' && others.length === 0) return '{ $0 }';
  if (form?.kind === 'list' && others.length === 0) return '[$0]';
  return form?.kind === 'text' && others.length === 0 && form.of === null ? "'$0'" : '$0';
}

/** In `{ … }` of a declaration: `tokens` are the properties so far. */
export function propertyItems(
  scene: Scene,
  tokens: readonly Token[],
  schema: Schema,
  columns: readonly Column[],
): readonly CompletionItem[] {
  const key = lastKey(tokens);
  if (key === null) return scene.quoted ? [] : names(tokens, schema);
  const row = Object.hasOwn(schema, key.name) ? schema[key.name] : undefined;
  return row === undefined ? [] : valueItems(scene, row.reader, key.value, columns);
}

function names(tokens: readonly Token[], schema: Schema): readonly CompletionItem[] {
  const given = new Set(tokens.flatMap((token) => (is(token, id.Key, id.Checks) ? token.image : [])));
  return Object.entries(schema).flatMap(([name, row]) => {
    if (given.has(name)) return [];
    return propertyItem(name, row);
  });
}

/** The property whose value is being written; null where the next one begins. */
export function lastKey(tokens: readonly Token[]): { readonly name: string; readonly value: readonly Token[] } | null {
  const at = tokens.findLastIndex((token) => is(token, id.Key));
  const key = tokens[at];
  if (key === undefined || is(tokens.at(-1), id.Comma)) return null;
  const value = tokens.slice(at + 2);
  // A whole value, and another line or nothing more of it.
  return isEnded(value.at(-1)) && !is(value.at(-1), id.Dot) ? null : { name: key.image, value };
}

/** What a reader takes: words, calls, names of the program's own. */
export function valueItems(
  scene: Scene,
  reader: Reader<unknown>,
  value: readonly Token[],
  columns: readonly Column[],
): readonly CompletionItem[] {
  const calls = new Set(reader.forms.flatMap((form) => (form.kind === 'call' ? form.name : [])));
  // A word that is a call too needs its arguments.
  const items = reader.forms.flatMap((form) =>
    form.kind === 'word' && calls.has(form.word) ? [] : formItems(scene, form, value, columns),
  );
  const duration = /\bduration\b/.test(reader.expected) && value.length === 0 && !scene.quoted ? durations : [];
  return [...items, ...duration];
}

const durations: readonly CompletionItem[] = durationUnits
  .filter((unit) => unit !== 'ms')
  .map((unit) => item(`1${unit}`, 'value', { detail: 'duration', rank: Rank.near }));

function formItems(
  scene: Scene,
  form: ValueForm,
  value: readonly Token[],
  columns: readonly Column[],
): readonly CompletionItem[] {
  const { quoted } = scene;
  const path = pathBefore(value).map(({ image }) => image);
  if (value.length > 0 && path.length === 0) return [];
  switch (form.kind) {
    case 'word':
      return quoted || path.length > 0 || form.later === true ? [] : words([form.word], Rank.best);
    case 'text':
      return quoted && form.of === 'zone'
        ? zonesWith(scene.writing.word).map((zone) => textItem(scene, zone, { rank: Rank.best }))
        : [];
    case 'name':
      return quoted ? [] : nameItems(scene, form.of, path, columns);
    case 'call':
      return quoted || path.length > 0 || form.later === true ? [] : [callItem(form.name, form.shown, form.signature)];
    case 'list':
      return quoted || path.length > 0
        ? []
        : [item('[…]', 'keyword', { insert: '[$0]', filter: '[', rank: Rank.word, then: 'completion' })];
    case 'object':
      return quoted || path.length > 0
        ? []
        : [item('{…}', 'keyword', { insert: '{ $0 }', filter: '{', rank: Rank.word, then: 'completion' })];
  }
}

let known: readonly string[] | null = null;
function zones(): readonly string[] {
  known ??= ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  return known;
}

/** Four hundred are more than anybody reads: those with what is typed in them. */
const zonesWith = (word: string): readonly string[] => {
  const typed = word.toLowerCase();
  return zones().filter((zone) => zone.toLowerCase().includes(typed));
};

function nameItems(
  scene: Scene,
  of: NameOf,
  path: readonly string[],
  columns: readonly Column[],
): readonly CompletionItem[] {
  switch (of) {
    case 'column':
      return path.length > 0 ? [] : columns.map((column) => columnItem(column, Rank.best));
    case 'target':
    case 'job':
    case 'pool':
      return path.length > 0 ? [] : declaredItems(scene, of, 'name');
    case 'layer':
      return path.length > 0 ? [] : words(['raw', 'core', 'mart'], Rank.best);
    case 'selection':
      return selectionItems(scene, path);
  }
}

/** Datasets, all of a store or schema, and what depends on them. */
export function selectionItems(scene: Scene, path: readonly string[]): readonly CompletionItem[] {
  if (scene.quoted) return [];
  const all = item('*', 'keyword', { detail: `all datasets of ${path.join('.')}`, rank: Rank.best });
  if (path.length > 0) return [...datasetItems(scene, path), all];
  const stores = declaredItems(scene, 'store', 'store').map((each) => ({
    ...each,
    insert: `${each.insert}.`,
    rank: Rank.best,
    then: 'completion' as const,
  }));
  const calls = [
    ['tag', 'datasets with a tag'],
    ['upstream', 'a dataset and all it is made of'],
    ['downstream', 'a dataset and all that is made of it'],
  ].map(([name = '', doc = '']) =>
    item(name, 'function', { detail: '(…)', doc, insert: `${name}($0)`, rank: Rank.own, then: 'completion' }),
  );
  return [...stores, ...datasetItems(scene), ...calls];
}

export function callItem(name: string, shown: string, signature: Signature<Schema> | null): CompletionItem {
  return item(name, 'function', {
    detail: signature === null ? shown.replaceAll('`', '') : signatureText(signature, name).slice(name.length),
    doc: `Written ${shown.startsWith('`') ? shown : `\`${shown}\``}.`,
    insert: `${name}(${argumentsSnippet(signature)})$0`,
    rank: Rank.fits,
    then: 'signature',
  });
}

/** Required arguments to be filled in; texts with their quotes. */
function argumentsSnippet(signature: Signature<Schema> | null): string {
  if (signature === null) return '$1';
  const required = Object.entries(signature.schema).filter(([, row]) => row.required);
  if (required.length === 0) return '$1';
  return required
    .map(([name, row], at) => {
      const isText = row.reader.forms[0]?.kind === 'text';
      const stop = isText ? `'$${at + 1}'` : `$${at + 1}`;
      return signature.positional.includes(name) ? stop : `${name}: ${stop}`;
    })
    .join(', ');
}

export function connectorItems(role: Role): readonly CompletionItem[] {
  return connectorsFor(role).flatMap((name) => {
    const row = connectors.find((each) => each.name === name);
    const as = row?.as[role];
    if (row === undefined || as === undefined) return [];
    const later = as.notYet === null ? '' : `\n\nNot run by this version: ${as.notYet}.`;
    return {
      ...callItem(name, name, as.signature),
      kind: 'connector' as const,
      doc: `${row.doc}${later}`,
      rank: as.notYet === null ? Rank.fits : Rank.far,
    };
  });
}

/** The arguments of a call whose signature is a schema. `over` are connectors whose connections may stand first. */
export function signatureArguments(
  scene: Scene,
  signature: Signature<Schema>,
  tokens: readonly Token[],
  columns: readonly Column[],
  over: readonly string[] = [],
): readonly CompletionItem[] {
  const own = lastItem(tokens);
  const commas = tokens.filter((token) => is(token, id.Comma)).length;
  const { schema, positional } = signature;
  if (is(own[0], id.Key)) {
    const row = schema[own[0]?.image ?? ''];
    const value = own.slice(2);
    return row === undefined || isEnded(value.at(-1))
      ? []
      : [...argumentPaths(scene, own[0]?.image ?? ''), ...valueItems(scene, row.reader, value, columns)];
  }
  if (isEnded(own.at(-1))) return [];
  const connections = commas === 0 && own.length === 0 && !scene.quoted ? connectionItems(scene, over) : [];
  const given = new Set(tokens.flatMap((token) => (is(token, id.Key) ? token.image : [])));
  const first = connectionBefore(scene, tokens, over) ? 1 : 0;
  const isNamed = given.size > 0;
  const position = isNamed ? undefined : positional[commas - first];
  const row = position === undefined ? undefined : schema[position];
  const value = row === undefined ? [] : valueItems(scene, row.reader, own, columns);
  const paths = position === undefined ? [] : argumentPaths(scene, position);
  if (own.length > 0 || scene.quoted) return [...value, ...paths];
  // What may stand here without its name does.
  const taken = new Set([...given, ...(isNamed ? [] : positional.slice(0, Math.max(0, commas - first) + 1))]);
  const named = Object.entries(schema).flatMap(([name, each]) => {
    if (taken.has(name)) return [];
    return {
      ...propertyItem(name, each),
      label: `${name}:`,
      filter: name,
      kind: 'argument' as const,
      rank: each.required ? Rank.best : Rank.near,
    };
  });
  return [...connections, ...value, ...named];
}

function connectionItems(scene: Scene, over: readonly string[]): readonly CompletionItem[] {
  return declaredItems(scene, 'connection', 'name', (symbol) => {
    const value = scene.workspace.declaration(symbol).tree.value;
    return value?.kind === 'call' && over.includes(value.name.parts[0]?.text ?? '');
  });
}

/** Whether the first argument is a connection, so that the others count from the second on. */
function connectionBefore(scene: Scene, [first, second]: readonly Token[], over: readonly string[]): boolean {
  if (over.length === 0 || !is(first, id.Identifier) || !is(second, id.Comma)) return false;
  return scene.workspace.symbol('connection', first?.image ?? '') !== null;
}

/** Paths of files and folders below the project's. */
function argumentPaths(scene: Scene, argument: string): readonly CompletionItem[] {
  if (!scene.quoted || !['path', 'folder', 'directory', 'file', 'function'].includes(argument)) return [];
  const { word } = scene.writing;
  const folder = word.slice(0, word.lastIndexOf('/') + 1);
  return scene.list(folder).map((name) => {
    const isFolder = name.endsWith('/');
    const { quote } = scene.writing;
    const text = folder + name;
    const closing = quote === null || quote.closed || isFolder ? '' : quote.sign;
    return item(text, isFolder ? 'folder' : 'file', {
      insert: escaped(text) + closing,
      rank: Rank.best,
      then: isFolder ? 'completion' : null,
    });
  });
}

/** Keys of an object whose keys are the program's own. */
export function keyItems(
  scene: Scene,
  tokens: readonly Token[],
  keys: KeyOf | null,
  reader: Reader<unknown>,
  columns: readonly Column[],
  schemas: readonly string[],
): readonly CompletionItem[] {
  const key = lastKey(tokens);
  if (key !== null) return valueItems(scene, reader, key.value, columns);
  if (scene.quoted) return [];
  const given = new Set(tokens.flatMap((token) => (is(token, id.Key) ? token.image : [])));
  const named = (items: readonly CompletionItem[]): readonly CompletionItem[] =>
    items
      .filter(({ label }) => !given.has(label))
      .map((each) => ({ ...each, insert: `${each.insert}: $0`, then: 'completion' as const }));
  switch (keys) {
    case 'column':
      return named(columns.map((column) => columnItem(column, Rank.best)));
    case 'schema':
      return named(schemas.map((name) => item(name, 'schema', { insert: escaped(written(name)), rank: Rank.best })));
    case 'replaced':
      return named([...declaredItems(scene, 'connection', 'name'), ...declaredItems(scene, 'store', 'store')]);
    case null:
      return [];
  }
}
