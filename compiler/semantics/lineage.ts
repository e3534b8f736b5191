/**
 * Where a value comes from: the columns of upstream datasets that are in it (direct) or only decide it (indirect), and the
 * tags that travel with the value. A function's row says what it carries of its arguments.
 */
import type { Expr, RelColumn } from '../relational/rel.ts';
import type { Origin, Tag } from '../relational/types.ts';
import { functionRow } from './functions/table.ts';
import { asDeciders, joinOrigins, NO_ORIGINS } from './relation.ts';

const NO_TAGS: readonly Tag[] = [];

export interface Lineage {
  readonly origins: readonly Origin[];
  readonly tags: readonly Tag[];
}

/** `columns` holds the columns of the elaboration by id. */
export function lineageOf(expr: Expr, columns: readonly (RelColumn | undefined)[]): Lineage {
  if (expr.kind === 'column') {
    const column = columns[expr.id];
    return column === undefined ? { origins: NO_ORIGINS, tags: NO_TAGS } : column;
  }
  const collected = new Collected(columns);
  collected.value(expr);
  return collected;
}

/** The origins of a value that only decides. */
export function decidersOf(expr: Expr, columns: readonly (RelColumn | undefined)[]): readonly Origin[] {
  return asDeciders(lineageOf(expr, columns).origins);
}

class Collected implements Lineage {
  origins: readonly Origin[] = NO_ORIGINS;
  tags: readonly Tag[] = NO_TAGS;
  readonly #columns: readonly (RelColumn | undefined)[];

  constructor(columns: readonly (RelColumn | undefined)[]) {
    this.#columns = columns;
  }

  value(expr: Expr): void {
    switch (expr.kind) {
      case 'column': {
        const column = this.#columns[expr.id];
        if (column !== undefined) this.#column(column);
        return;
      }
      case 'literal':
        return;
      case 'call':
        if (functionRow(expr.fn)?.carries === 'none') for (const arg of expr.args) this.decides(arg);
        else for (const arg of expr.args) this.value(arg);
        return;
      case 'case':
        for (const branch of expr.branches) {
          this.decides(branch.when);
          this.value(branch.then);
        }
        if (expr.otherwise !== null) this.value(expr.otherwise);
        return;
      case 'cast':
        this.value(expr.value);
        return;
      case 'list':
        for (const item of expr.items) this.value(item);
        return;
      case 'scalar-subquery': {
        const column = expr.query.columns[0];
        if (column !== undefined) this.#column(column);
        return;
      }
      case 'exists':
        for (const column of expr.query.columns) this.origins = joinOrigins(this.origins, asDeciders(column.origins));
        return;
      case 'in-subquery':
        this.decides(expr.value);
        for (const column of expr.query.columns) this.origins = joinOrigins(this.origins, asDeciders(column.origins));
        return;
      case 'aggregate':
      case 'window':
        if (functionRow(expr.fn)?.carries === 'none') for (const arg of expr.args) this.decides(arg);
        else for (const arg of expr.args) this.value(arg);
        if (expr.filter !== null) this.decides(expr.filter);
        for (const key of expr.order) this.decides(key.value);
        if (expr.kind === 'window') for (const key of expr.partition) this.decides(key);
        return;
    }
  }

  #column(column: RelColumn): void {
    this.origins = joinOrigins(this.origins, column.origins);
    for (const tag of column.tags)
      if (!this.tags.some((t) => t.name === tag.name && t.value === tag.value)) this.tags = [...this.tags, tag];
  }

  decides(expr: Expr): void {
    this.origins = joinOrigins(this.origins, decidersOf(expr, this.#columns));
  }
}
