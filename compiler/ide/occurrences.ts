/**
 * What a name stands for in the whole project, and every place that names it.
 *
 * Columns go by the names that were first written for them. A column that a query passes on is the same as the one it reads,
 * `… as paid` begins another; a `type` and the datasets that promise it share theirs. So the places of a column are found by
 * following these joints from dataset to dataset, and a column of the same name elsewhere is never touched.
 */
import type { ColumnId } from '../relational/rel.ts';
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import type { ColumnNames, Owner, Trace, Use } from '../semantics/trace.ts';
import type { Declaration } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';
import { type Cursor, usesIn } from './cursor.ts';

/** A place in a file. Offsets are the file's. */
export interface FileSpan extends Span {
  readonly file: string;
}

export interface Occurrence extends FileSpan {
  /** Whether it brings the name about: a declaration, a field, `as name`. */
  readonly gives: boolean;
  /** The declaration it stands in. */
  readonly inside: DeclarationSymbol;
}

export type Target =
  | { readonly kind: 'declaration'; readonly symbol: DeclarationSymbol }
  | ColumnTarget
  | { readonly kind: 'local'; readonly declared: Declared; readonly given: Span }
  | { readonly kind: 'parameter'; readonly declared: Declared; readonly name: string }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'value'; readonly enum: DeclarationSymbol; readonly value: string }
  | { readonly kind: 'schema'; readonly store: DeclarationSymbol; readonly name: string };

export interface ColumnTarget {
  readonly kind: 'column';
  readonly name: string;
  /** Datasets and types that have it, by `keyOf`. Empty of a column that stays within its query. */
  readonly owners: ReadonlySet<string>;
  /** Where it was asked for: a column within a query is one there only. */
  readonly local: { readonly declared: Declared; readonly columns: ColumnNames; readonly root: ColumnId } | null;
  /** Declarations that may name it. */
  readonly reached: readonly DeclarationSymbol[];
}

/** What a name means; null where it means nothing that is declared anywhere. */
export function targetOf(workspace: Workspace, { declared }: Cursor, { span, meaning }: Use): Target | null {
  switch (meaning.kind) {
    case 'declaration': {
      const symbol = workspace.symbol(meaning.namespace, meaning.name);
      return symbol === null ? null : { kind: 'declaration', symbol };
    }
    case 'column':
    case 'owned':
      return columnTarget(workspace, declared, { span, meaning });
    case 'builtin':
      return { kind: 'builtin', name: meaning.name };
    case 'local':
      return { kind: 'local', declared, given: meaning.given };
    case 'parameter':
      return { kind: 'parameter', declared, name: meaning.name };
    case 'value': {
      const symbol = workspace.symbol('type', meaning.enum);
      return symbol === null ? null : { kind: 'value', enum: symbol, value: meaning.value };
    }
    case 'schema': {
      const symbol = workspace.symbol('store', meaning.store);
      return symbol === null ? null : { kind: 'schema', store: symbol, name: meaning.name };
    }
  }
}

/** Every place that names the target, file by file in the order of the text; of one file where one is given. */
export function occurrences(workspace: Workspace, target: Target, file: string | null = null): readonly Occurrence[] {
  switch (target.kind) {
    case 'declaration': {
      const { namespace, name } = target.symbol;
      const last = name.slice(name.lastIndexOf('.') + 1);
      return within(workspace, mentioning(workspace, last, file), ({ meaning }) =>
        meaning.kind === 'declaration' ? meaning.namespace === namespace && meaning.name === name : false,
      );
    }
    case 'column':
      return within(
        workspace,
        file === null ? target.reached : target.reached.filter((symbol) => symbol.file === file),
        (use) => namesColumn(use, target),
      );
    case 'builtin':
      return within(workspace, mentioning(workspace, target.name, file), ({ meaning }) =>
        meaning.kind === 'builtin' ? meaning.name === target.name : false,
      );
    case 'local': {
      const { given } = target;
      return within(workspace, [target.declared.symbol], ({ meaning }) =>
        meaning.kind === 'local' ? meaning.given.start === given.start : false,
      );
    }
    case 'parameter': {
      const { declared, name } = target;
      return within(workspace, [declared.symbol], ({ meaning }) =>
        meaning.kind === 'parameter' ? meaning.name === name : false,
      );
    }
    case 'value':
      return within(workspace, mentioning(workspace, target.value, file), ({ meaning }) =>
        meaning.kind === 'value' ? meaning.value === target.value && meaning.enum === target.enum.name : false,
      );
    case 'schema':
      return within(workspace, mentioning(workspace, target.name, file), ({ meaning }) =>
        meaning.kind === 'schema' ? meaning.name === target.name && meaning.store === target.store.name : false,
      );
  }
}

/** Where the name was given. Several where more than one declaration gives it: a dataset's column, and the type it promises. */
export function definitions(workspace: Workspace, target: Target): readonly FileSpan[] {
  switch (target.kind) {
    case 'declaration': {
      const { symbol } = target;
      return [place(workspace.declaration(symbol), symbol.span, true)];
    }
    case 'builtin':
      return [];
    case 'local':
      return [place(target.declared, target.given, true)];
    case 'parameter':
    case 'value':
    case 'schema':
    case 'column': {
      const all = occurrences(workspace, target).filter(({ gives }) => gives);
      // The rows of a test give the name too, but it is a dataset or a type that has it.
      const own = all.filter(({ inside }) => inside.kind !== 'test');
      return own.length > 0 ? own : all;
    }
  }
}

export const keyOf = ({ kind, name }: Owner, column: string): string => `${kind} ${name}\n${column}`;

function columnTarget(workspace: Workspace, declared: Declared, use: Pick<Use, 'span' | 'meaning'>): ColumnTarget {
  const { meaning, span } = use;
  const file = workspace.text(declared.symbol.file);
  const written = unquoted(file.slice(declared.start + span.start, declared.start + span.end));
  const name = meaning.kind === 'owned' ? meaning.column : written;
  const local =
    meaning.kind === 'column' ? { declared, columns: meaning.columns, root: meaning.columns.root(meaning.id) } : null;
  const start =
    meaning.kind === 'column' ? meaning.columns.owners(meaning.id) : meaning.kind === 'owned' ? [meaning] : [];
  const found = start.length === 0 ? null : follow(workspace, start, name);
  return {
    kind: 'column',
    name,
    owners: found?.owners ?? new Set(),
    local,
    reached: found === null ? [declared.symbol] : found.reached,
  };
}

interface Owned {
  readonly owner: Owner;
  readonly column: string;
}

/** The owners that share the name with the given ones, and the declarations in which it may be written. */
function follow(
  workspace: Workspace,
  start: readonly Owned[],
  name: string,
): { readonly owners: ReadonlySet<string>; readonly reached: readonly DeclarationSymbol[] } {
  const owners = new Map<string, Owned>();
  const looked = new Set<string>();
  const open: Owned[] = [];
  const add = (each: Owned): void => {
    const key = keyOf(each.owner, each.column);
    if (owners.has(key)) return;
    owners.set(key, each);
    open.push(each);
  };
  /** What a declaration joins to what is known: asked again as more is known, as each answer is memoised. */
  const look = (symbol: DeclarationSymbol): void => {
    looked.add(symbol.id);
    for (const joined of jointsOf(workspace.trace(symbol), name)) {
      if (joined.some(({ owner, column }) => owners.has(keyOf(owner, column)))) joined.forEach(add);
    }
  };
  start.forEach(add);
  const promised = promises(workspace);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { owner, column } = next;
    if (owner.kind === 'type') {
      for (const dataset of promised.byType.get(owner.name) ?? [])
        if (hasColumn(workspace, dataset, column)) add({ owner: { kind: 'dataset', name: dataset }, column });
      continue;
    }
    const type = promised.byDataset.get(owner.name);
    if (type !== undefined && hasField(workspace, type, column)) add({ owner: { kind: 'type', name: type }, column });
    const own = workspace.symbol('dataset', owner.name);
    if (own !== null) look(own);
    for (const reader of workspace.catalog.readers(owner.name)) {
      const symbol = workspace.symbol('dataset', reader);
      if (symbol !== null) look(symbol);
    }
  }
  // What neither reads nor is read may name it all the same: checks, tests, jobs.
  const reached = new Map<string, DeclarationSymbol>();
  for (const symbol of mentioning(workspace, name)) {
    if (looked.has(symbol.id)) reached.set(symbol.id, symbol);
    else if (workspace.trace(symbol).uses.some((use) => useOwned(use).some((each) => owners.has(each))))
      reached.set(symbol.id, symbol);
  }
  return { owners: new Set(owners.keys()), reached: [...reached.values()] };
}

/** Owners that a declaration's queries join to each other under this name. */
function jointsOf({ elaborations }: Trace, name: string): readonly (readonly Owned[])[] {
  return elaborations.flatMap((columns) => {
    const groups = new Map<ColumnId, Owned[]>();
    for (const { id, owner, column } of columns.all) {
      if (column !== name) continue;
      const root = columns.root(id);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [{ owner, column }]);
      else group.push({ owner, column });
    }
    return [...groups.values()];
  });
}

function useOwned({ meaning }: Use): readonly string[] {
  if (meaning.kind === 'owned') return [keyOf(meaning.owner, meaning.column)];
  return meaning.kind === 'column'
    ? meaning.columns.owners(meaning.id).map(({ owner, column }) => keyOf(owner, column))
    : [];
}

function namesColumn(use: Use, { owners, local }: ColumnTarget): boolean {
  const { meaning } = use;
  if (meaning.kind === 'column' && local !== null && meaning.columns === local.columns)
    if (meaning.columns.root(meaning.id) === local.root) return true;
  return useOwned(use).some((key) => owners.has(key));
}

/** Which datasets promise the rows of which type, as written. */
function promises(workspace: Workspace): {
  readonly byType: ReadonlyMap<string, readonly string[]>;
  readonly byDataset: ReadonlyMap<string, string>;
} {
  const byType = new Map<string, string[]>();
  const byDataset = new Map<string, string>();
  for (const symbol of workspace.symbols) {
    if (symbol.namespace !== 'dataset') continue;
    const { type } = workspace.declaration(symbol).tree;
    if (type === null || workspace.symbol('type', type.name.text)?.kind !== 'type') continue;
    byDataset.set(symbol.name, type.name.text);
    const list = byType.get(type.name.text);
    if (list === undefined) byType.set(type.name.text, [symbol.name]);
    else list.push(symbol.name);
  }
  return { byType, byDataset };
}

const hasColumn = (workspace: Workspace, dataset: string, column: string): boolean =>
  workspace.row(dataset)?.columns.some((each) => each.name === column) ?? false;

function hasField(workspace: Workspace, type: string, field: string): boolean {
  const symbol = workspace.symbol('type', type);
  const body = symbol === null ? null : workspace.declaration(symbol).tree.body;
  return body?.kind === 'type-body' && body.fields.some((each) => each.name.text === field);
}

/** Declarations in whose text a word stands, of one file where one is given. */
function mentioning(workspace: Workspace, word: string, only: string | null = null): readonly DeclarationSymbol[] {
  return (only === null ? workspace.files : [only]).flatMap((file) => {
    const text = workspace.text(file);
    if (!text.includes(word)) return [];
    return workspace
      .declared(file)
      .filter(({ start, end }) => {
        const at = text.indexOf(word, start);
        return at !== -1 && at < end;
      })
      .map(({ symbol }) => symbol);
  });
}

function within(
  workspace: Workspace,
  symbols: readonly DeclarationSymbol[],
  isMeant: (use: Use) => boolean,
): readonly Occurrence[] {
  return symbols.flatMap((symbol) => {
    const declared = workspace.declaration(symbol);
    return usesIn(workspace, declared)
      .filter(isMeant)
      .map(({ span, gives }) => place(declared, span, gives));
  });
}

function place({ symbol, start }: Declared & { readonly tree: Declaration }, span: Span, gives: boolean): Occurrence {
  return { file: symbol.file, start: start + span.start, end: start + span.end, gives, inside: symbol };
}

/** A name as written, without its back-ticks. */
export const unquoted = (written: string): string =>
  written.startsWith('`') && written.endsWith('`') && written.length > 1 ? written.slice(1, -1) : written;
