/**
 * Rows in the making: what a declaration that is more than its query puts on top of it, node by node. Values are written over
 * the columns so far; where they come from, and what is personal in them, follows from the values.
 */
import { columnRef } from '../../relational/build.ts';
import type { ColumnId, Expr, Rel, RelColumn, SortKey, WindowExpr } from '../../relational/rel.ts';
import type { Column, Origin, Tag } from '../../relational/types.ts';
import type { CheckContext, ElaboratedQuery } from '../context.ts';
import { argumentInfo, knownCall } from '../expression-env.ts';
import { knownRow } from '../functions/table.ts';
import { decidersOf, lineageOf } from '../lineage.ts';
import { asDeciders, joinOrigins, NO_ORIGINS } from '../relation.ts';

/** Every column made so far, by id, and the ids to come. */
interface Elaboration {
  readonly columns: (RelColumn | undefined)[];
  freshId(): ColumnId;
}

export class Rows {
  #rel: Rel;
  /** What decides which rows there are. */
  #deciders: readonly Origin[];
  readonly #in: Elaboration;

  private constructor(rel: Rel, deciders: readonly Origin[], elaboration: Elaboration) {
    this.#rel = rel;
    this.#deciders = deciders;
    this.#in = elaboration;
  }

  /** The rows of a query. `like` are rows that these will meet. */
  static of(query: ElaboratedQuery, context: Pick<CheckContext, 'freshId'>, like: Rows | null = null): Rows {
    const elaboration = like === null ? { columns: [], freshId: () => context.freshId() } : like.#in;
    for (const [i, column] of query.rel.columns.entries())
      elaboration.columns[column.id] = { ...column, origins: query.row.columns[i]?.origins ?? column.origins };
    return new Rows(query.rel, NO_ORIGINS, elaboration);
  }

  get rel(): Rel {
    return this.#rel;
  }

  /** The columns as readers see them: what decides the rows decides each of their values. */
  get row(): readonly Column[] {
    const deciders = asDeciders(this.#deciders);
    return this.#rel.columns.map(({ id, ...column }) => ({
      ...column,
      origins: joinOrigins(this.#in.columns[id]?.origins ?? column.origins, deciders),
    }));
  }

  get values(): readonly Expr[] {
    return this.#rel.columns.map(columnRef);
  }

  /** The value of a column that is there. */
  named(name: string): Expr {
    const column = this.#rel.columns.find((each) => each.name === name);
    if (column === undefined) throw new Error(`no column \`${name}\` among ${this.#rel.columns.map((c) => c.name)}`);
    return columnRef(column);
  }

  /** Puts columns beside those there are, and gives their values by the same names. */
  extend<N extends string>(values: Readonly<Record<N, Expr>>): Readonly<Record<N, Expr>> {
    const added = Object.entries<Expr>(values).map(([name, value]) => ({ value, column: this.#column(name, value) }));
    this.#project(
      [...this.#rel.columns, ...added.map(({ column }) => column)],
      [...this.values, ...added.map(({ value }) => value)],
    );
    return Object.fromEntries(added.map(({ column }) => [column.name, columnRef(column)])) as Record<N, Expr>;
  }

  /** Puts a column beside those there are for each of the items, and gives the items with its value under `as`. */
  extendEach<T extends object, K extends string>(
    items: readonly T[],
    as: K,
    make: (item: T) => { readonly name: string; readonly value: Expr },
  ): readonly (T & Readonly<Record<K, Expr>>)[] {
    const added = items.map((item) => {
      const { name, value } = make(item);
      return { item, value, column: this.#column(name, value) };
    });
    this.#project(
      [...this.#rel.columns, ...added.map(({ column }) => column)],
      [...this.values, ...added.map(({ value }) => value)],
    );
    return added.map(({ item, column }) => ({ ...item, [as]: columnRef(column) }) as T & Record<K, Expr>);
  }

  /** Names the rows for those who read the SQL. */
  called(label: string): void {
    this.#rel = { ...this.#rel, label };
  }

  where(condition: Expr): void {
    this.#deciders = joinOrigins(this.#deciders, decidersOf(condition, this.#in.columns));
    this.#rel = { ...this.#over(), kind: 'filter', input: this.#rel, condition };
  }

  /** Exactly these columns. */
  select(values: readonly { readonly name: string; readonly value: Expr; readonly doc: string | null }[]): void {
    this.#project(
      values.map(({ name, value, doc }) => this.#column(name, value, doc)),
      values.map(({ value }) => value),
    );
  }

  /** Each different row once. */
  distinct(): void {
    this.#rel = { ...this.#over(), kind: 'distinct', input: this.#rel, on: null, keys: [] };
  }

  /** The rows that `others` have nothing equal to, in columns of both. */
  without(others: Rows, columns: readonly string[]): void {
    const equal = columns.map((name) => knownCall('equals', [this.named(name), others.named(name)]));
    const condition = equal.reduce((all, each) => knownCall('and', [all, each]));
    this.#deciders = joinOrigins(this.#deciders, decidersOf(condition, this.#in.columns));
    this.#rel = {
      ...this.#over(),
      kind: 'join',
      type: 'anti',
      left: this.#rel,
      right: others.#rel,
      condition,
      asof: false,
    };
  }

  /** One row, of these values. */
  one(values: readonly { readonly name: string; readonly value: Expr }[]): Rows {
    const columns = values.map(({ name, value }) => this.#column(name, value));
    const rows = [values.map(({ value }) => value)];
    return new Rows({ kind: 'values', rows, columns, at: null, label: null }, NO_ORIGINS, this.#in);
  }

  /** These rows and the others: columns by their place, of the same types. */
  and(others: readonly Rows[]): Rows {
    const all = [this, ...others];
    if (others.length === 0) return this;
    const columns = this.#rel.columns.map((first, i) => {
      const same = all.flatMap((rows) => this.#in.columns[rows.#rel.columns[i]?.id ?? -1] ?? []);
      return this.#made({
        ...first,
        nullable: same.some(({ nullable }) => nullable),
        inexact: same.some(({ inexact }) => inexact),
        tags: same.reduce<readonly Tag[]>((tags, column) => union(tags, column.tags), []),
        origins: same.reduce((origins, column) => joinOrigins(origins, column.origins), NO_ORIGINS),
      });
    });
    const inputs = all.map((rows) => rows.#rel);
    return new Rows(
      { kind: 'set-operation', operation: 'union', all: true, inputs, columns, at: null, label: null },
      all.reduce((deciders, rows) => joinOrigins(deciders, rows.#deciders), NO_ORIGINS),
      this.#in,
    );
  }

  /** What `use` makes of these rows, which it may read several times: a `with` of this name. */
  shared(name: string, use: (again: () => Rows) => Rows): Rows {
    const again = (): Rows => {
      const columns = this.#rel.columns.map((column) => this.#made(this.#in.columns[column.id] ?? column));
      return new Rows({ kind: 'reference', name, columns, at: null, label: name }, this.#deciders, this.#in);
    };
    const used = use(again);
    const body = used.#rel;
    return new Rows(
      { kind: 'named', name, definition: this.#rel, body, columns: body.columns, at: null, label: null },
      used.#deciders,
      this.#in,
    );
  }

  #over() {
    const { columns, at, label } = this.#rel;
    return { columns, at, label };
  }

  #project(columns: readonly RelColumn[], values: readonly Expr[]): void {
    this.#rel = { ...this.#over(), kind: 'project', input: this.#rel, values, columns };
  }

  #column(name: string, value: Expr, doc: string | null = null): RelColumn {
    const { type, nullable, inexact } = value;
    const { origins, tags } = lineageOf(value, this.#in.columns);
    return this.#made({ name, type, nullable, inexact, doc, tags, origins });
  }

  #made(column: Column): RelColumn {
    const made: RelColumn = { ...column, id: this.#in.freshId() };
    this.#in.columns[made.id] = made;
    return made;
  }
}

function union(a: readonly Tag[], b: readonly Tag[]): readonly Tag[] {
  return [...a, ...b.filter((tag) => !a.some((each) => each.name === tag.name && each.value === tag.value))];
}

/** A window function over the rows of a partition; `whole` where it sees all of them, not only those up to the row. */
export function windowed(
  fn: string,
  args: readonly Expr[],
  partition: readonly Expr[],
  order: readonly SortKey[],
  whole = false,
): WindowExpr {
  const resolution = knownRow(fn).resolve(args.map(argumentInfo));
  if (!resolution.ok) throw new Error(`\`${fn}\`: ${resolution.reason}`);
  const { type, nullable, inexact } = resolution;
  return {
    kind: 'window',
    fn,
    args,
    distinct: false,
    filter: null,
    partition,
    order,
    frame: whole ? { unit: 'rows', from: { kind: 'unbounded-preceding' }, to: { kind: 'unbounded-following' } } : null,
    type,
    nullable,
    inexact,
  };
}
