/**
 * Rows into groups: the keys' columns, then the aggregates'. An expression over a group holds aggregates, keys, and what is
 * made of them; everything else has many values in a group.
 */
import type { AggregateExpr, ColumnId, RelColumn, Expr as Rex } from '../../relational/rel.ts';
import { mapOperands } from '../../relational/walk.ts';
import type { Expr, Name } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { ERROR, isError } from '../expression-env.ts';
import { knownRow } from '../functions/table.ts';
import { decidersOf } from '../lineage.ts';
import { columnExpr, joinOrigins, type QueryEnv, type Relation, Scope, usedColumns } from '../relation.ts';
import { output, placed, sameValue, valueColumn } from './support.ts';

export interface GroupKey {
  readonly value: Rex;
  readonly name: string | null;
  /** Where it is written; null for a key that the stage itself makes. */
  readonly at: Span | null;
  /** `as name`. */
  readonly alias: Name | null;
}

interface Key {
  readonly value: Rex;
  readonly column: RelColumn;
}

export class Grouping {
  readonly #env: QueryEnv;
  readonly #input: Relation;
  readonly #sets: readonly (readonly number[])[] | null;
  readonly keys: readonly Key[];
  readonly #aggregates: { readonly call: AggregateExpr; readonly column: RelColumn }[] = [];
  readonly #own = new Set<ColumnId>();
  readonly #told = new Set<Expr>();

  constructor(input: Relation, keys: readonly GroupKey[], sets: readonly (readonly number[])[] | null, env: QueryEnv) {
    this.#env = env;
    this.#input = input;
    this.#sets = sets;
    const taken = new Set<ColumnId>();
    this.keys = keys.map(({ value, name, at, alias }, i) => {
      const { column: made } = output(env, input, name ?? `key_${i + 1}`, value, taken);
      // A row that stands for several groups has null in the keys it does not group by.
      const always = made.nullable || sets === null || sets.every((set) => set.includes(i));
      const column = always ? made : { ...made, nullable: true };
      env.columns[column.id] = column;
      taken.add(column.id);
      if (name === null) env.unnamed.add(column.id);
      if (at !== null) placed(column, at, env, alias);
      return { value, column };
    });
    for (const { column } of this.keys) this.#own.add(column.id);
  }

  /** The expression, checked over the input, as one over the groups. `name` names the column of an aggregate that it plainly is. */
  over(value: Rex, name: string | null, written: Expr): Rex {
    if (isError(value)) return value;
    if (value.kind === 'aggregate') {
      this.#fanout(value, written);
      return columnExpr(this.#take(value, name));
    }
    const rewritten = this.#rewrite(value, written);
    return rewritten ?? ERROR;
  }

  #rewrite(value: Rex, written: Expr): Rex | null {
    let failed = false;
    const change = (part: Rex): Rex => {
      const key = this.keys.find((k) => sameValue(k.value, part));
      if (key !== undefined) return columnExpr(key.column);
      if (part.kind === 'aggregate') {
        this.#fanout(part, written);
        return columnExpr(this.#take(part, null));
      }
      if (part.kind === 'column') {
        if (this.#own.has(part.id)) return part;
        const name = this.#env.columns[part.id]?.name ?? '';
        // A star stands for many columns, but is one mistake.
        if (!failed && !this.#told.has(written))
          this.#env.context.report('not-grouped', { column: name }, findName(written, name) ?? written);
        if (written.kind === 'missing') this.#told.add(written);
        failed = true;
        return part;
      }
      return mapOperands(part, change);
    };
    const changed = change(value);
    return failed ? null : changed;
  }

  #take(call: AggregateExpr, name: string | null): RelColumn {
    for (const taken of this.#aggregates)
      if ((name === null || taken.column.name === name) && sameValue(taken.call, call)) return taken.column;
    // Over all rows there may be none; a group has at least one.
    const mayBeEmpty = this.keys.length === 0 || (this.#sets?.some((set) => set.length === 0) ?? false);
    const nullable = call.nullable || (mayBeEmpty && knownRow(call.fn).overNothing === 'null');
    const typed: AggregateExpr = nullable === call.nullable ? call : { ...call, nullable };
    const column = valueColumn(this.#env, name ?? call.fn, typed);
    this.#aggregates.push({ call: typed, column });
    this.#own.add(column.id);
    return column;
  }

  /** A sum over a side of a join that the join repeats counts its values more than once. */
  #fanout(call: AggregateExpr, written: Expr): void {
    if (this.#input.fanouts.length === 0 || call.fn !== 'sum' || call.distinct) return;
    const used = usedColumns(call.args);
    if (used.size === 0) return;
    const grouped = usedColumns(this.keys.map((k) => k.value));
    for (const fanout of this.#input.fanouts) {
      if (![...used].every((id) => fanout.multiplied.has(id)) || [...grouped].some((id) => fanout.by.has(id))) continue;
      const [first] = used;
      const column = first === undefined ? '' : (this.#env.columns[first]?.name ?? '');
      this.#env.context.report('join-fanout', { joined: fanout.joined, column }, written, {
        related: [{ place: this.#env.context.place(fanout.join), message: 'the join that repeats them' }],
      });
      return;
    }
  }

  /** The groups as a relation; its scope has the keys that are not hidden, then the aggregates. */
  finish(at: Span): Relation {
    const columns = [...this.keys.map((k) => k.column), ...this.#aggregates.map((a) => a.column)];
    const { rel } = this.#input;
    const ids = this.keys.map((k) => k.column.id);
    return {
      rel: {
        kind: 'aggregate',
        input: rel,
        groups: this.keys.map((k) => k.value),
        aggregates: this.#aggregates.map((a) => a.call),
        sets: this.#sets,
        columns,
        at,
        label: null,
      },
      scope: new Scope(columns, [], this.#input.scope.broken),
      keys: this.#sets === null ? [ids] : [],
      deciders: this.keys.reduce(
        (all, key) => joinOrigins(all, decidersOf(key.value, this.#env.columns)),
        this.#input.deciders,
      ),
      order: null,
      fanouts: [],
    };
  }
}

/** Where the name stands in the expression as written. */
function findName(expr: Expr, name: string): Span | null {
  let found: Span | null = null;
  const visit = (node: unknown): void => {
    if (found !== null || node === null || typeof node !== 'object') return;
    const candidate = node as {
      kind?: unknown;
      name?: { parts?: readonly { text: string }[] };
      start: number;
      end: number;
    };
    if (candidate.kind === 'name' && candidate.name?.parts?.at(-1)?.text === name) {
      found = { start: candidate.start, end: candidate.end };
      return;
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(expr);
  return found;
}
