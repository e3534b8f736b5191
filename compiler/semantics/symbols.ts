/**
 * Names: what a file declares, and what a name written somewhere means.
 *
 * A dataset is `store.schema.name`, or `store.name` where the store is used without a schema; a source without `in` is
 * `_landing.name`. It may be written in part, from the right, where that is unambiguous. Other names are unique in their
 * namespace: connections, types (with enums), stores, jobs, … .
 */

import type { Place } from '../diagnostics/diagnostic.ts';
import type { Declaration, QualifiedName } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';

/** Where sources land that name no store. */
export const LANDING = '_landing';

/** What shares a set of names. Kinds of declarations name theirs in their row. */
export type Namespace =
  | 'dataset'
  | 'type'
  | 'project'
  | 'target'
  | 'connection'
  | 'store'
  | 'function'
  | 'exposure'
  | 'job'
  | 'pool'
  | 'blackout'
  | 'notify'
  | 'test'
  | 'check'
  | 'other';

/** A declaration's name, as others see it. Equal as long as kind, name and order among equals are. */
export interface DeclarationSymbol {
  /** Stable across edits elsewhere: file, kind, qualified name, and which of equals it is. */
  readonly id: string;
  readonly file: string;
  readonly kind: string;
  readonly namespace: Namespace;
  /** The full name; '' where it has none. */
  readonly name: string;
  /** What stands behind `of`, as written. */
  readonly of: string | null;
  /** Of the name (or of the kind's word where there is none), relative to the declaration. */
  readonly span: Span;
}

/** The file of a declaration. */
export function fileOf(id: string): string {
  return id.slice(0, id.lastIndexOf('\n'));
}

export function symbolPlace(symbol: DeclarationSymbol): Place {
  return { file: symbol.file, declaration: symbol.id, start: symbol.span.start, end: symbol.span.end };
}

export function joinName(name: QualifiedName): string {
  return name.parts.length === 1 ? (name.parts[0]?.text ?? '') : name.parts.map((part) => part.text).join('.');
}

/** `namespaceOf` answers for the word of a kind. */
export function symbolsOf(
  file: string,
  declarations: readonly Declaration[],
  namespaceOf: (kind: string) => Namespace,
): readonly DeclarationSymbol[] {
  const seen = new Map<string, number>();
  return declarations.map((declaration) => {
    const kind = declaration.kind.text;
    const namespace = namespaceOf(kind);
    const name = fullName(declaration, namespace);
    const of = declaration.of === null ? null : joinName(declaration.of);
    const base = `${file}\n${kind} ${name === '' && of !== null ? `of ${of}` : name}`;
    const ordinal = (seen.get(base) ?? 0) + 1;
    seen.set(base, ordinal);
    const at = declaration.name !== null && declaration.name.text !== '' ? declaration.name : declaration.kind;
    return {
      id: ordinal === 1 ? base : `${base} ~${ordinal}`,
      file,
      kind,
      namespace,
      name,
      of,
      span: { start: at.start, end: at.end },
    };
  });
}

function fullName(declaration: Declaration, namespace: Namespace): string {
  const name = declaration.name?.text ?? '';
  if (namespace !== 'dataset' || name === '') return name;
  if (declaration.in !== null) return `${joinName(declaration.in)}.${name}`;
  return declaration.kind.text === 'source' ? `${LANDING}.${name}` : name;
}

/** Parts of a dataset's full name: the schema is the store itself where the store is used without one. */
export function datasetParts(name: string): {
  readonly store: string;
  readonly schema: string;
  readonly table: string;
} {
  const parts = name.split('.');
  const table = parts.at(-1) ?? name;
  const store = parts.length > 1 ? (parts[0] ?? LANDING) : LANDING;
  return { store, schema: parts.length > 2 ? parts.slice(1, -1).join('.') : store, table };
}

/** All names of a project. */
export class SymbolIndex {
  readonly symbols: readonly DeclarationSymbol[];
  readonly #byName = new Map<string, DeclarationSymbol[]>();
  /** Datasets by the last part of their names. */
  readonly #datasets = new Map<string, DeclarationSymbol[]>();

  /** `files` in the order that decides which of two equal names is the first. */
  constructor(files: Iterable<readonly DeclarationSymbol[]>) {
    const all: DeclarationSymbol[] = [];
    for (const symbols of files) {
      for (const symbol of symbols) {
        all.push(symbol);
        if (symbol.name === '') continue;
        push(this.#byName, `${symbol.namespace} ${symbol.name}`, symbol);
        if (symbol.namespace === 'dataset') push(this.#datasets, lastPart(symbol.name), symbol);
      }
    }
    this.symbols = all;
  }

  /** Declarations of exactly this name: more than one where it was declared twice. */
  named(namespace: Namespace, name: string): readonly DeclarationSymbol[] {
    return this.#byName.get(`${namespace} ${name}`) ?? [];
  }

  /** Datasets that a name, written in whole or in part, may mean. The exact name wins over longer ones. */
  datasets(written: string): readonly DeclarationSymbol[] {
    const exact = this.named('dataset', written);
    if (exact.length > 0) return exact.slice(0, 1);
    const suffix = `.${written}`;
    const found = (this.#datasets.get(lastPart(written)) ?? []).filter((symbol) => symbol.name.endsWith(suffix));
    return found.filter((symbol, index) => found.findIndex((other) => other.name === symbol.name) === index);
  }

  names(namespace: Namespace): readonly string[] {
    return [
      ...new Set(
        this.symbols
          .filter((symbol) => symbol.namespace === namespace && symbol.name !== '')
          .map((symbol) => symbol.name),
      ),
    ];
  }
}

export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** The longest name that every engine keeps whole once it has added its own prefix (PostgreSQL cuts at 63 bytes). */
const STORED_NAME_BYTES = 50;

/**
 * Why a name cannot be stored alike on every engine (semantics.md, "identifiers"), or null where it can: DuckDB ignores
 * case, ClickHouse does not, PostgreSQL cuts long names.
 */
export function unstorable(name: string): 'case' | 'characters' | 'length' | null {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? 'case' : 'characters';
  return name.length > STORED_NAME_BYTES ? 'length' : null;
}

/** `OrderLines`, `order lines` → `order_lines`: the name to suggest where one cannot be stored. */
export function snakeCase(name: string): string {
  const snake = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
    .slice(0, STORED_NAME_BYTES);
  return /^[a-z_]/.test(snake) ? snake : `_${snake}`.slice(0, STORED_NAME_BYTES);
}
