/** Rows of a test as rows of the dataset they stand for: columns by name, literals of its types, defaults for the rest. */
import type { Expr, LiteralValue, Rel, RelColumn } from '../relational/rel.ts';
import { type Column, typeName, type ValueType, valueName } from '../relational/types.ts';
import type { Query, Expr as Tree } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { DatasetRef } from './context.ts';
import { columnOf, type DeclarationContext, traceOwned } from './declarations/context.ts';
import { reportEnumValue } from './expression-operators.ts';
import { elaborateQuery } from './queries.ts';
import { literalOf, widen, widens } from './widening.ts';

export interface TestRows {
  /** Columns that the rows name. */
  has(column: string): boolean;
  readonly dataset: DatasetRef;
  /** `values` written out: one list a row, by column. Null for any other query. */
  readonly rows: readonly ReadonlyMap<string, Expr>[] | null;
  /** Elaborated anew at each use, as ids are unique within a query. */
  readonly query: Query;
}

/** Reports columns and values that do not fit the dataset; null where nothing can be said of the rows. */
export function elaborateRows(query: Query, dataset: DatasetRef, context: DeclarationContext): TestRows | null {
  const elaborated = elaborateQuery(query, context, 'shown');
  const { rel, row, broken } = elaborated;
  traceOwned(elaborated, dataset.name, context);
  if (broken || dataset.broken) return null;
  const trees = valueTrees(query);
  let fits = true;
  for (const column of row.columns) {
    const span = trees[0]?.get(column.name)?.name ?? query;
    const target = columnOf(
      dataset.name,
      dataset.row,
      { text: column.name, start: span.start, end: span.end },
      false,
      context,
    );
    if (target === null) fits = false;
    else if (rel.kind !== 'values' && !fitsColumn(column, null, target)) {
      reportValue(target, valueName(column), query, context);
      fits = false;
    }
  }
  if (!fits) return null;
  if (rel.kind !== 'values')
    return { has: (name) => row.columns.some((column) => column.name === name), dataset, rows: null, query };
  const rows = rel.rows.map((cells, index) => {
    const values = new Map<string, Expr>();
    for (const [at, cell] of cells.entries()) {
      const column = row.columns[at];
      const target = column === undefined ? undefined : dataset.row.columns.find((each) => each.name === column.name);
      const written = column === undefined ? undefined : trees[index]?.get(column.name);
      if (target === undefined) continue;
      // A row that leaves out what another one names gets the default, not null.
      if (written === undefined && trees.length > 0) continue;
      if (!fitsColumn(cell, cell, target)) {
        const text = cell.kind === 'literal' && cell.type.kind === 'string' ? cell.value : null;
        if (target.type.kind === 'enum' && typeof text === 'string')
          reportEnumValue(text, target.type, written?.value ?? query, context);
        else reportValue(target, describe(cell), written?.value ?? query, context);
        fits = false;
      }
      if (written !== undefined) context.trace?.enumValue(written.value, target.type, literalOf(cell));
      values.set(target.name, widen(cell, target.type));
    }
    return values;
  });
  return fits ? { has: (name) => row.columns.some((column) => column.name === name), dataset, rows, query } : null;
}

/** The rows as a relation with these columns, `source` naming the dataset's column of each. */
export function pickRows(
  given: TestRows,
  columns: readonly RelColumn[],
  source: readonly string[],
  context: DeclarationContext,
  label: string | null = null,
): Rel {
  const targets = source.map((name) => given.dataset.row.columns.find((column) => column.name === name));
  if (given.rows !== null) {
    const rows = given.rows.map((row) =>
      targets.map((target, index) =>
        target === undefined ? nothing(columns[index]) : (row.get(target.name) ?? defaultOf(target)),
      ),
    );
    return { kind: 'values', rows, columns, at: null, label };
  }
  const { rel } = elaborateQuery(given.query, silent(context), 'shown');
  const values = targets.map((target, index): Expr => {
    const column = target === undefined ? undefined : rel.columns.find((each) => each.name === target.name);
    if (target === undefined) return nothing(columns[index]);
    if (column === undefined) return defaultOf(target);
    const { id, type, nullable, inexact } = column;
    return widen({ kind: 'column', id, type, nullable, inexact }, target.type);
  });
  return { kind: 'project', input: rel, values, columns, at: null, label };
}

export function emptyRows(columns: readonly RelColumn[], label: string | null): Rel {
  return { kind: 'values', rows: [], columns, at: null, label };
}

/** Whatever it would report has been reported when the rows were first looked at. */
function silent(context: DeclarationContext): DeclarationContext {
  return { ...context, report: () => {} };
}

function fitsColumn(
  value: { readonly type: ValueType; readonly nullable: boolean },
  literal: Expr | null,
  target: Column,
): boolean {
  if (value.type.kind === 'error' || target.type.kind === 'error') return true;
  if (value.nullable && !target.nullable) return false;
  return widens({ type: value.type, literal: literal === null ? undefined : literalOf(literal) }, target.type);
}

function describe(cell: Expr): string {
  if (cell.kind === 'literal' && cell.value === null) return '`null`';
  return `\`${typeName(cell.type)}\``;
}

function reportValue(target: Column, found: string, span: Span, context: DeclarationContext): void {
  const shown = found.startsWith('`') ? found : `\`${found}\``;
  const notes = target.type.kind === 'enum' ? [`its values: ${target.type.values.join(', ')}`] : [];
  context.report('test-value', { column: target.name, type: valueName(target), found: shown }, span, { notes });
}

type Cell = { readonly name: Span; readonly value: Tree };

/** The cells of `values [{ … }]` as written, by row and column; empty for any other query. */
function valueTrees(query: Query): readonly ReadonlyMap<string, Cell>[] {
  const [stage, ...more] = query.stages;
  if (stage?.kind !== 'from' || more.length > 0 || stage.tables.length !== 1) return [];
  const [table] = stage.tables;
  if (table?.kind !== 'values') return [];
  return table.rows.map((row) => {
    const cells = new Map<string, Cell>();
    if (row.kind === 'object') {
      for (const { name, value } of row.properties)
        if (value.kind !== 'checks-body') cells.set(name.text, { name, value });
    }
    return cells;
  });
}

/** What stands in a column that a test leaves out: null where it may be, else the least value of its type. */
export function defaultOf(column: Column): Expr {
  const { type } = column;
  if (type.kind === 'list' && !column.nullable)
    return { kind: 'list', items: [], type, nullable: false, inexact: false };
  return {
    kind: 'literal',
    value: column.nullable ? null : defaultValue(type),
    type,
    nullable: column.nullable,
    inexact: false,
  };
}

function nothing(column: RelColumn | undefined): Expr {
  return { kind: 'literal', value: null, type: column?.type ?? { kind: 'null' }, nullable: true, inexact: false };
}

function defaultValue(type: ValueType): LiteralValue {
  switch (type.kind) {
    case 'bool':
      return false;
    case 'int64':
      return '0';
    case 'float64':
      return '0e0';
    case 'decimal':
      return type.scale === 0 ? '0' : `0.${'0'.repeat(type.scale)}`;
    case 'string':
    case 'bytes':
      return '';
    case 'date':
      return '1970-01-01';
    case 'timestamp':
      return '1970-01-01 00:00:00';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    case 'json':
      return '{}';
    case 'enum':
      return type.values[0] ?? '';
    case 'list':
    case 'null':
    case 'error':
      return null;
  }
}
