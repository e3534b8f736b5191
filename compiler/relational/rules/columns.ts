import { exactly } from '../build.ts';
import type { ColumnId, Expr, NamedRel, Rel, RelColumn } from '../rel.ts';
import { columnsUsed, mapExpressions, mapInputs, mapQueries } from '../walk.ts';

type Ids = ReadonlySet<ColumnId>;

/**
 * Only the columns that something above reads are computed and scanned. The relation keeps its own columns, in order.
 * Never changes which rows are there: `distinct` and the set operations that compare rows keep all of theirs.
 */
export function pruneColumns(rel: Rel): Rel {
  const pruner = new Pruner();
  // The first pass learns which columns of each `with` are read anywhere; the second one uses it.
  pruner.whole(rel);
  return pruner.whole(rel);
}

class Pruner {
  /** For each `named`, the positions of its definition that references read. Both passes walk the same objects. */
  readonly #read = new Map<NamedRel, Set<number>>();
  /** The `named` that each name means where the walk is. */
  readonly #scope = new Map<string, NamedRel>();

  /** The relation with exactly the columns it has, and nothing idle below. */
  whole(rel: Rel): Rel {
    return this.exact(
      rel,
      rel.columns.map((column) => column.id),
    );
  }

  exact(rel: Rel, ids: readonly ColumnId[]): Rel {
    return exactly(this.prune(rel, new Set(ids)), ids);
  }

  /** The relation with at least the needed columns and at least one. */
  prune(rel: Rel, needed: Ids): Rel {
    const node = mapExpressions(rel, (expr) => mapQueries(expr, (query) => this.whole(query)));
    switch (node.kind) {
      case 'scan': {
        const keep = kept(node.columns, needed);
        return { ...node, columns: keep.map((i) => at(node.columns, i)), source: keep.map((i) => at(node.source, i)) };
      }
      case 'values': {
        const keep = kept(node.columns, needed);
        return {
          ...node,
          columns: keep.map((i) => at(node.columns, i)),
          rows: node.rows.map((row) => keep.map((i) => at(row, i))),
        };
      }
      case 'project': {
        const keep = kept(node.columns, needed);
        const values = keep.map((i) => at(node.values, i));
        return {
          ...node,
          columns: keep.map((i) => at(node.columns, i)),
          values,
          input: this.prune(node.input, reads(values)),
        };
      }
      case 'aggregate': {
        const groups = node.groups.length;
        const wanted = node.aggregates.flatMap((_, i) => (needed.has(at(node.columns, groups + i).id) ? [i] : []));
        // `aggregate` without keys is one row even where nobody reads it.
        const keep = wanted.length === 0 && groups === 0 ? [0] : wanted;
        const aggregates = keep.map((i) => at(node.aggregates, i));
        return {
          ...node,
          aggregates,
          columns: [...node.columns.slice(0, groups), ...keep.map((i) => at(node.columns, groups + i))],
          input: this.prune(node.input, reads([...node.groups, ...aggregates])),
        };
      }
      case 'join': {
        const below = node.condition === null ? needed : columnsUsed(node.condition, new Set(needed));
        const left = this.prune(node.left, below);
        const right = this.prune(node.right, below);
        const has = new Set([...left.columns, ...right.columns].map((column) => column.id));
        return { ...node, left, right, columns: node.columns.filter((column) => has.has(column.id)) };
      }
      case 'set-operation': {
        const keep =
          node.operation === 'union' && node.all ? kept(node.columns, needed) : node.columns.map((_, i) => i);
        const inputs = node.inputs.map((input) =>
          this.exact(
            input,
            keep.map((i) => at(input.columns, i).id),
          ),
        );
        return { ...node, columns: keep.map((i) => at(node.columns, i)), inputs };
      }
      case 'filter':
      case 'assert':
        return onInput(node, this.prune(node.input, columnsUsed(node.condition, new Set(needed))));
      case 'sort':
        return onInput(
          node,
          this.prune(
            node.input,
            reads(
              node.keys.map((key) => key.value),
              needed,
            ),
          ),
        );
      case 'limit':
        return onInput(node, this.prune(node.input, needed));
      case 'distinct':
        if (node.on === null)
          return {
            ...node,
            input: this.exact(
              node.input,
              node.columns.map((column) => column.id),
            ),
          };
        return onInput(node, this.prune(node.input, reads([...node.on, ...node.keys.map((key) => key.value)], needed)));
      case 'unnest': {
        const input = this.prune(node.input, columnsUsed(node.value, new Set(needed)));
        return {
          ...node,
          input,
          columns: [...passed(node.columns.slice(0, -1), input), at(node.columns, node.columns.length - 1)],
        };
      }
      case 'named':
        return this.named(node, needed);
      case 'reference': {
        const named = this.#scope.get(node.name);
        if (named === undefined) return node;
        const read = this.#read.get(named) ?? new Set<number>();
        this.#read.set(named, read);
        for (const i of kept(node.columns, needed)) read.add(i);
        return { ...node, columns: node.columns.filter((_, i) => read.has(i)) };
      }
      case 'raw-sql':
        // What it reads of them only its engine knows.
        return mapInputs(node, (input) =>
          this.exact(
            input,
            input.columns.map((column) => column.id),
          ),
        );
    }
  }

  named(node: NamedRel, needed: Ids): Rel {
    const outer = this.#scope.get(node.name);
    this.#scope.set(node.name, node);
    const body = this.prune(node.body, needed);
    if (outer === undefined) this.#scope.delete(node.name);
    else this.#scope.set(node.name, outer);
    const read = this.#read.get(node) ?? new Set([0]);
    const ids = node.definition.columns.flatMap((column, i) => (read.has(i) ? [column.id] : []));
    return { ...node, definition: this.exact(node.definition, ids), body, columns: passed(node.columns, body) };
  }
}

/** Positions of the needed columns; the first where none is, as a relation of no columns cannot be written down. */
function kept(columns: readonly RelColumn[], needed: Ids): readonly number[] {
  const keep = columns.flatMap((column, i) => (needed.has(column.id) ? [i] : []));
  return keep.length === 0 && columns.length > 0 ? [0] : keep;
}

function reads(values: readonly Expr[], also: Ids = new Set()): Ids {
  const ids = new Set(also);
  for (const value of values) columnsUsed(value, ids);
  return ids;
}

/** What a node that passes rows through has left, with what it knows of each column (a filter may have proven more). */
function passed(columns: readonly RelColumn[], input: Rel): readonly RelColumn[] {
  const own = new Map(columns.map((column) => [column.id, column]));
  return input.columns.map((column) => own.get(column.id) ?? column);
}

function onInput<R extends Extract<Rel, { readonly input: Rel }>>(node: R, input: Rel): R {
  return { ...node, input, columns: passed(node.columns, input) };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined)
    throw new Error(`position ${index} of ${items.length}: the columns of a relation do not match its parts`);
  return item;
}
