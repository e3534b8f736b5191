/** Rels by hand, for tests of rules and of SQL: `scan('raw.flights', 'origin string, delay int64?')` and so on. */
import { columnRef } from '../../compiler/relational/build.ts';
import type {
  AggregateExpr,
  Expr,
  JoinRel,
  Rel,
  RelColumn,
  SortKey,
  WindowExpr,
  WindowFrame,
} from '../../compiler/relational/rel.ts';
import {
  BOOL,
  DATE,
  decimal,
  FLOAT64,
  INT64,
  STRING,
  TIMESTAMP,
  type ValueType,
} from '../../compiler/relational/types.ts';

const TYPES: Readonly<Record<string, ValueType>> = {
  bool: BOOL,
  int64: INT64,
  float64: FLOAT64,
  string: STRING,
  date: DATE,
  timestamp: TIMESTAMP,
  money: decimal(12, 2),
  strings: { kind: 'list', element: STRING },
};

let next = 0;
/** Starts ids again, so that a fixture does not depend on the tests before it. */
export const resetIds = (): void => {
  next = 0;
};

export function column(name: string, type: ValueType, nullable = false): RelColumn {
  return { id: next++, name, type, nullable, inexact: false, doc: null, tags: [], origins: [] };
}

export function columns(spec: string): readonly RelColumn[] {
  return spec.split(',').map((part) => {
    const [name = '', type = 'int64'] = part.trim().split(' ');
    return column(name, TYPES[type.replace('?', '')] ?? STRING, type.endsWith('?'));
  });
}

const at = null;
const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

export function scan(dataset: string, spec: string, label: string = lastPart(dataset)): Rel {
  const read = columns(spec);
  return { kind: 'scan', dataset, source: read.map((c) => c.name), columns: read, at, label };
}

/** A column of the relation by name; `n` tells apart those of one name. */
export function col(rel: Rel, name: string, n = 0): Expr {
  const found = rel.columns.filter((c) => c.name === name)[n];
  if (found === undefined) throw new Error(`no column ${name} among ${rel.columns.map((c) => c.name).join(', ')}`);
  return columnRef(found);
}

export const int = (value: number): Expr => ({
  kind: 'literal',
  value: String(value),
  type: INT64,
  nullable: false,
  inexact: false,
});
export const str = (value: string): Expr => ({ kind: 'literal', value, type: STRING, nullable: false, inexact: false });
export const bool = (value: boolean): Expr => ({ kind: 'literal', value, type: BOOL, nullable: false, inexact: false });
export const dec = (value: string, p: number, s: number): Expr => ({
  kind: 'literal',
  value,
  type: decimal(p, s),
  nullable: false,
  inexact: false,
});

export function fn(name: string, ...args: readonly Expr[]): Expr {
  const first = args[0]?.type ?? INT64;
  const same = ['add', 'subtract', 'multiply', 'negate', 'coalesce', 'nullif', 'concat', 'modulo'].includes(name);
  const type = name === 'divide' ? FLOAT64 : same ? first : BOOL;
  return { kind: 'call', fn: name, args, type, nullable: args.some((a) => a.nullable), inexact: false };
}

export const asc = (value: Expr): SortKey => ({ value, order: 'asc', nulls: 'last' });
export const desc = (value: Expr): SortKey => ({ value, order: 'desc', nulls: 'last' });

export function agg(name: string, ...args: readonly Expr[]): AggregateExpr {
  const of = args[0]?.type ?? INT64;
  const summed = name === 'sum' && of.kind === 'decimal' ? decimal(38, of.scale) : of;
  const type = name.startsWith('count') ? INT64 : name === 'avg' ? FLOAT64 : summed;
  return {
    kind: 'aggregate',
    fn: name,
    args,
    distinct: false,
    filter: null,
    order: [],
    type,
    nullable: !name.startsWith('count'),
    inexact: false,
  };
}

export function over(
  name: string,
  args: readonly Expr[],
  partition: readonly Expr[],
  order: readonly SortKey[],
  frame: WindowFrame | null = null,
): WindowExpr {
  const type = args[0]?.type ?? INT64;
  return {
    kind: 'window',
    fn: name,
    args,
    distinct: false,
    filter: null,
    partition,
    order,
    frame,
    type,
    nullable: args.length > 0,
    inexact: false,
  };
}

export const where = (input: Rel, condition: Expr): Rel => ({
  kind: 'filter',
  input,
  condition,
  columns: input.columns,
  at,
  label: input.label,
});
export const assertion = (input: Rel, condition: Expr, message: string): Rel => ({
  kind: 'assert',
  input,
  condition,
  message,
  columns: input.columns,
  at,
  label: input.label,
});
export const sort = (input: Rel, ...keys: readonly SortKey[]): Rel => ({
  kind: 'sort',
  input,
  keys,
  columns: input.columns,
  at,
  label: input.label,
});
export const limit = (input: Rel, count: number, offset = 0): Rel => ({
  kind: 'limit',
  input,
  count,
  offset,
  columns: input.columns,
  at,
  label: input.label,
});
export const distinct = (input: Rel): Rel => ({
  kind: 'distinct',
  input,
  on: null,
  keys: [],
  columns: input.columns,
  at,
  label: input.label,
});
export const distinctOn = (input: Rel, on: readonly Expr[], keys: readonly SortKey[]): Rel => ({
  kind: 'distinct',
  input,
  on,
  keys,
  columns: input.columns,
  at,
  label: input.label,
});
export const labelled = (input: Rel, label: string): Rel => ({ ...input, label });

/** Exactly these values; a column passed on under its own name keeps its id, as `select a` does. */
export function select(input: Rel, values: Readonly<Record<string, Expr>>): Rel {
  const made = Object.entries(values).map(([name, value]) => {
    const same = value.kind === 'column' ? input.columns.find((c) => c.id === value.id && c.name === name) : undefined;
    return same ?? column(name, value.type, value.nullable);
  });
  return { kind: 'project', input, values: Object.values(values), columns: made, at, label: null };
}

export function extend(input: Rel, values: Readonly<Record<string, Expr>>): Rel {
  const made = Object.entries(values).map(([name, value]) => column(name, value.type, value.nullable));
  return {
    kind: 'project',
    input,
    values: [...input.columns.map(columnRef), ...Object.values(values)],
    columns: [...input.columns, ...made],
    at,
    label: input.label,
  };
}

export function aggregate(
  input: Rel,
  groups: Readonly<Record<string, Expr>>,
  aggregates: Readonly<Record<string, AggregateExpr>>,
  sets: readonly (readonly number[])[] | null = null,
): Rel {
  const of = (entries: Readonly<Record<string, Expr>>): readonly RelColumn[] =>
    Object.entries(entries).map(([name, value]) => column(name, value.type, value.nullable || sets !== null));
  return {
    kind: 'aggregate',
    input,
    groups: Object.values(groups),
    aggregates: Object.values(aggregates),
    sets,
    columns: [...of(groups), ...of(aggregates)],
    at,
    label: null,
  };
}

export function join(type: JoinRel['type'], left: Rel, right: Rel, condition: Expr | null, asof = false): Rel {
  const widened = (side: Rel, widen: boolean): readonly RelColumn[] =>
    widen ? side.columns.map((c) => ({ ...c, nullable: true })) : side.columns;
  const half = type === 'semi' || type === 'anti';
  const all = half
    ? left.columns
    : [...widened(left, type === 'right' || type === 'full'), ...widened(right, type === 'left' || type === 'full')];
  return { kind: 'join', type, left, right, condition, asof, columns: all, at, label: null };
}

export function setOperation(
  operation: 'union' | 'intersect' | 'except',
  all: boolean,
  ...inputs: readonly Rel[]
): Rel {
  const [first] = inputs;
  const made = (first?.columns ?? []).map((c) => column(c.name, c.type, c.nullable));
  return { kind: 'set-operation', operation, all, inputs, columns: made, at, label: null };
}

export const named = (name: string, definition: Rel, body: (reference: () => Rel) => Rel): Rel => {
  const built = body(() => ({
    kind: 'reference',
    name,
    columns: definition.columns.map((c) => column(c.name, c.type, c.nullable)),
    at,
    label: name,
  }));
  return { kind: 'named', name, definition, body: built, columns: built.columns, at, label: built.label };
};

export const values = (spec: string, rows: readonly (readonly Expr[])[], label: string | null = null): Rel => ({
  kind: 'values',
  rows,
  columns: columns(spec),
  at,
  label,
});

export function unnest(input: Rel, value: Expr, name: string): Rel {
  return { kind: 'unnest', input, value, columns: [...input.columns, column(name, STRING)], at, label: input.label };
}

export const exists = (query: Rel, negated = false): Expr => ({
  kind: 'exists',
  query,
  negated,
  type: BOOL,
  nullable: false,
  inexact: false,
});
export const scalar = (query: Rel): Expr => ({
  kind: 'scalar-subquery',
  query,
  type: query.columns[0]?.type ?? INT64,
  nullable: true,
  inexact: false,
});
export const isIn = (value: Expr, query: Rel, negated = false): Expr => ({
  kind: 'in-subquery',
  value,
  query,
  negated,
  type: BOOL,
  nullable: false,
  inexact: false,
});
export const choose = (branches: readonly (readonly [Expr, Expr])[], otherwise: Expr | null): Expr => ({
  kind: 'case',
  branches: branches.map(([when, then]) => ({ when, then })),
  otherwise,
  type: branches[0]?.[1].type ?? INT64,
  nullable: otherwise === null,
  inexact: false,
});
