/**
 * What an editor asks of a check: what each written name means, of what type each expression is, and which columns are in
 * reach where. A check that nobody looks at carries none, and pays nothing for it.
 *
 * Spans are the declaration's. A column has the name that was first written for it: ids that go by one name are joined
 * (`sameName`), and joined to the columns of datasets and the fields of types that they stand for (`belongs`). A rename follows
 * these joints, and no other column of the same name.
 */
import type { ColumnId, RelColumn } from '../relational/rel.ts';
import type { ValueInfo, ValueType } from '../relational/types.ts';
import type { Name, QualifiedName } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { Namespace } from './symbols.ts';

/** Whose column it is outside of the query: a dataset's, by full name, or a `type`'s. */
export interface Owner {
  readonly kind: 'dataset' | 'type';
  readonly name: string;
}

export type Meaning =
  | { readonly kind: 'declaration'; readonly namespace: Namespace; readonly name: string }
  /** A column of a query; `columns` are those of its elaboration. */
  | { readonly kind: 'column'; readonly columns: ColumnNames; readonly id: ColumnId }
  /** A column where no query is: in a key, a check, the fields of a type. */
  | { readonly kind: 'owned'; readonly owner: Owner; readonly column: string }
  /** A function of the language. */
  | { readonly kind: 'builtin'; readonly name: string }
  /** What a name of the query stands for (`as o`, `with x as (…)`), by where it was given. */
  | { readonly kind: 'local'; readonly given: Span; readonly what: 'table' | 'query' | 'window' }
  /** A parameter of the `fn` that is being checked. */
  | { readonly kind: 'parameter'; readonly name: string }
  /** A value of an enum, as a text or where the enum names it. */
  | { readonly kind: 'value'; readonly enum: string; readonly value: string }
  /** A part of a store, which comes about by being named. */
  | { readonly kind: 'schema'; readonly store: string; readonly name: string };

/** A name as written. `gives` where it brings the name about, rather than using it. */
export interface Use {
  readonly span: Span;
  readonly meaning: Meaning;
  readonly gives: boolean;
}

/** What names reach. */
export interface Reach {
  readonly columns: readonly RelColumn[];
  readonly tables: readonly { readonly name: string; readonly columns: readonly RelColumn[] }[];
  /** Names of `with` queries. */
  readonly queries: readonly string[];
  /** Parameters of the function. */
  readonly parameters: readonly string[];
}

/** A stage, or a part of one that sees more (the condition of a join). */
export interface Seen {
  readonly span: Span;
  readonly before: Reach;
  /** Null of a part, and where the stage could not be checked. */
  readonly after: readonly RelColumn[] | null;
}

export interface TypedExpr {
  readonly span: Span;
  readonly value: ValueInfo;
}

/** Which columns of one elaboration go by one name. */
export class ColumnNames {
  readonly #parents = new Map<ColumnId, ColumnId>();
  readonly #owned: { readonly id: ColumnId; readonly owner: Owner; readonly column: string }[] = [];

  /** The one that stands for all that go by its name. */
  root(id: ColumnId): ColumnId {
    let at = id;
    for (let next = this.#parents.get(at); next !== undefined; next = this.#parents.get(at)) at = next;
    return at;
  }

  join(a: ColumnId, b: ColumnId): void {
    const [one, other] = [this.root(a), this.root(b)];
    if (one !== other) this.#parents.set(one, other);
  }

  own(id: ColumnId, owner: Owner, column: string): void {
    this.#owned.push({ id, owner, column });
  }

  /** Whose columns go by the name of this one. */
  owners(id: ColumnId): readonly { readonly owner: Owner; readonly column: string }[] {
    const root = this.root(id);
    return this.#owned.filter((each) => this.root(each.id) === root);
  }

  get all(): readonly { readonly id: ColumnId; readonly owner: Owner; readonly column: string }[] {
    return this.#owned;
  }
}

export class Trace {
  readonly uses: Use[];
  readonly typed: TypedExpr[];
  readonly seen: Seen[];
  /** Datasets whose columns have the names of a type's fields. */
  readonly promises: { readonly dataset: string; readonly type: string }[];
  readonly columns = new ColumnNames();
  /** Of every elaboration, with those of nested ones. */
  readonly elaborations: ColumnNames[];

  constructor(outer: Trace | null = null) {
    this.uses = outer?.uses ?? [];
    this.typed = outer?.typed ?? [];
    this.seen = outer?.seen ?? [];
    this.elaborations = outer?.elaborations ?? [];
    this.promises = outer?.promises ?? [];
    this.elaborations.push(this.columns);
  }

  /** For an elaboration that counts its columns from 0 again. */
  nested(): Trace {
    return new Trace(this);
  }

  name(span: Span, meaning: Meaning, gives = false): void {
    if (span.end > span.start) this.uses.push({ span: { start: span.start, end: span.end }, meaning, gives });
  }

  /** A dataset by its full name, as written in whole or in part: its last part, and the schema and the store as far as written. */
  dataset({ parts }: QualifiedName, full: string): void {
    const last = parts.at(-1);
    if (last === undefined) return;
    this.name(last, { kind: 'declaration', namespace: 'dataset', name: full });
    const around = full.split('.').slice(0, -1);
    this.home(parts.slice(0, -1), around, around.length + 1 - parts.length);
  }

  /** Parts of `store.schema` as written, of which the first `left` are left out. */
  home(written: readonly Name[], full: readonly string[], left = 0): void {
    const [store = ''] = full;
    for (const [at, part] of written.entries()) {
      if (at + left === 0) this.name(part, { kind: 'declaration', namespace: 'store', name: store });
      else this.name(part, { kind: 'schema', store, name: part.text });
    }
  }

  /** A text that stands where a value of an enum may; its quotes are none of it. */
  enumValue({ start, end }: Span, type: ValueType, text: unknown): void {
    if (type.kind !== 'enum' || typeof text !== 'string' || !type.values.includes(text)) return;
    if (end - start !== text.length + 2) return;
    this.name({ start: start + 1, end: end - 1 }, { kind: 'value', enum: type.name, value: text });
  }

  column(span: Span, id: ColumnId, gives = false): void {
    this.name(span, { kind: 'column', columns: this.columns, id }, gives);
  }

  sameName(id: ColumnId, as: ColumnId): void {
    this.columns.join(id, as);
  }

  belongs(id: ColumnId, owner: Owner, column: string): void {
    this.columns.own(id, owner, column);
  }

  expression(span: Span, value: ValueInfo): void {
    if (value.type.kind === 'error') return;
    const { type, nullable, inexact } = value;
    this.typed.push({ span: { start: span.start, end: span.end }, value: { type, nullable, inexact } });
  }

  sees(span: Span, before: Reach, after: readonly RelColumn[] | null = null): void {
    this.seen.push({ span: { start: span.start, end: span.end }, before, after });
  }
}
