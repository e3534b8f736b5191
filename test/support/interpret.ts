/**
 * Rel evaluated in plain JavaScript, slowly and as its definitions read: what optimised Rels and SQL are compared with.
 * Knows the operators that the random queries of these tests use, over bool, int64 (bigint), string, date and lists.
 */
import type {
  AggregateExpr,
  ColumnId,
  Expr,
  Rel,
  SortKey,
  WindowBound,
  WindowExpr,
} from '../../compiler/relational/rel.ts';

export type Value = null | boolean | bigint | string | readonly string[];
export type Tables = Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;
type Row = ReadonlyMap<ColumnId, Value>;

interface Env {
  readonly tables: Tables;
  readonly outer: Row;
  readonly named: ReadonlyMap<string, { readonly rel: Rel; readonly rows: readonly Row[] }>;
}

/** Rows as arrays in the order of the relation's columns. */
export function interpret(rel: Rel, tables: Tables): readonly (readonly Value[])[] {
  return rows(rel, { tables, outer: new Map(), named: new Map() }).map((row) =>
    rel.columns.map((column) => row.get(column.id) ?? null),
  );
}

/** Thrown where a random query makes more rows than a test can wait for. */
export class TooManyRows extends Error {}
const MOST_ROWS = 1000;

function rows(rel: Rel, env: Env): readonly Row[] {
  const made = rowsOf(rel, env);
  if (made.length > MOST_ROWS) throw new TooManyRows();
  return made;
}

function rowsOf(rel: Rel, env: Env): readonly Row[] {
  const on = (expr: Expr, row: Row): Value => evaluate(expr, row, env);
  switch (rel.kind) {
    case 'scan':
      return (env.tables[rel.dataset] ?? []).map(
        (row) => new Map(rel.columns.map((column, i) => [column.id, row[rel.source[i] ?? ''] ?? null])),
      );
    case 'values':
      return rel.rows.map(
        (row) =>
          new Map(rel.columns.map((column, i) => [column.id, row[i] === undefined ? null : on(row[i], new Map())])),
      );
    case 'filter':
      return rows(rel.input, env).filter((row) => on(rel.condition, row) === true);
    case 'assert':
      return rows(rel.input, env);
    case 'project': {
      const input = rows(rel.input, env);
      const windows = new Map<Expr, readonly Value[]>();
      const collect = (expr: Expr): void => {
        if (expr.kind === 'window') windows.set(expr, windowValues(expr, input, env));
        else if (expr.kind === 'call') for (const arg of expr.args) collect(arg);
        else if (expr.kind === 'case')
          for (const part of [
            ...expr.branches.flatMap((b) => [b.when, b.then]),
            ...(expr.otherwise === null ? [] : [expr.otherwise]),
          ])
            collect(part);
      };
      for (const value of rel.values) collect(value);
      return input.map(
        (row, i) =>
          new Map(
            rel.columns.map((column, c) => {
              const value = rel.values[c];
              return [
                column.id,
                value === undefined ? null : evaluate(value, row, env, (window) => windows.get(window)?.[i] ?? null),
              ];
            }),
          ),
      );
    }
    case 'aggregate': {
      const input = rows(rel.input, env);
      const sets = rel.sets ?? [rel.groups.map((_, i) => i)];
      return sets.flatMap((set) => {
        const groups = groupBy(input, (row) =>
          set.map((i) => (rel.groups[i] === undefined ? null : on(rel.groups[i], row))),
        );
        if (groups.size === 0 && set.length === 0) groups.set('', []);
        return [...groups.values()].map((group) => {
          const [first] = group;
          const keys = rel.groups.map((key, i) => (set.includes(i) && first !== undefined ? on(key, first) : null));
          const values = [...keys, ...rel.aggregates.map((aggregate) => aggregated(aggregate, group, env))];
          return new Map(rel.columns.map((column, i) => [column.id, values[i] ?? null]));
        });
      });
    }
    case 'join': {
      const left = rows(rel.left, env);
      const right = rows(rel.right, env);
      const matches = (l: Row, r: Row): boolean =>
        rel.condition === null || on(rel.condition, new Map([...l, ...r])) === true;
      if (rel.type === 'semi') return left.filter((l) => right.some((r) => matches(l, r)));
      if (rel.type === 'anti') return left.filter((l) => !right.some((r) => matches(l, r)));
      const out: Row[] = [];
      const used = new Set<Row>();
      for (const l of left) {
        if (out.length > MOST_ROWS) throw new TooManyRows();
        const found = right.filter((r) => matches(l, r));
        for (const r of found) {
          used.add(r);
          out.push(new Map([...l, ...r]));
        }
        if (found.length === 0 && (rel.type === 'left' || rel.type === 'full')) out.push(l);
      }
      if (rel.type === 'right' || rel.type === 'full') out.push(...right.filter((r) => !used.has(r)));
      return out;
    }
    case 'set-operation': {
      const sides = rel.inputs.map((input) =>
        rows(input, env).map(
          (row) =>
            new Map(rel.columns.map((column, i) => [column.id, row.get(input.columns[i]?.id ?? -1) ?? null] as const)),
        ),
      );
      const text = (row: Row): string => key(rel.columns.map((column) => row.get(column.id) ?? null));
      const result = sides
        .slice(1)
        .reduce<readonly Row[]>((a, b) => combine(rel.operation, a, b, text), sides[0] ?? []);
      return rel.all ? result : unique(result, text);
    }
    case 'sort':
      return sorted(rows(rel.input, env), rel.keys, env);
    case 'limit':
      return rows(rel.input, env).slice(rel.offset, rel.offset + rel.count);
    case 'distinct': {
      const input = sorted(rows(rel.input, env), rel.keys, env);
      const by = rel.on;
      return unique(input, (row) =>
        key(by === null ? rel.columns.map((column) => row.get(column.id) ?? null) : by.map((expr) => on(expr, row))),
      );
    }
    case 'named': {
      const definition = { rel: rel.definition, rows: rows(rel.definition, env) };
      return rows(rel.body, { ...env, named: new Map([...env.named, [rel.name, definition]]) });
    }
    case 'reference': {
      const definition = env.named.get(rel.name);
      return (definition?.rows ?? []).map(
        (row) =>
          new Map(rel.columns.map((column, i) => [column.id, row.get(definition?.rel.columns[i]?.id ?? -1) ?? null])),
      );
    }
    case 'unnest':
      return rows(rel.input, env).flatMap((row) => {
        const list = on(rel.value, row);
        const id = rel.columns.at(-1)?.id ?? -1;
        return Array.isArray(list) ? list.map((item: string) => new Map([...row, [id, item]])) : [];
      });
    case 'raw-sql':
      throw new Error('raw SQL has no meaning here');
  }
}

function combine(operation: string, a: readonly Row[], b: readonly Row[], text: (row: Row) => string): readonly Row[] {
  if (operation === 'union') return [...a, ...b];
  const left = b.map(text);
  return a.filter((row) => {
    const at = left.indexOf(text(row));
    if (at === -1) return operation === 'except';
    return operation === 'intersect';
  });
}

function unique(input: readonly Row[], text: (row: Row) => string): readonly Row[] {
  const seen = new Set<string>();
  return input.filter((row) => !seen.has(text(row)) && seen.add(text(row)));
}

const key = (values: readonly Value[]): string =>
  JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

function groupBy(input: readonly Row[], by: (row: Row) => readonly Value[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of input) {
    const text = key(by(row));
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [row]);
    else group.push(row);
  }
  return groups;
}

function compareKeys(keys: readonly SortKey[], env: Env): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { value, order, nulls } of keys) {
      const x = evaluate(value, a, env);
      const y = evaluate(value, b, env);
      if (x === null || y === null) {
        if (x !== y) return (x === null) === (nulls === 'first') ? -1 : 1;
        continue;
      }
      const sign = x < y ? -1 : x > y ? 1 : 0;
      if (sign !== 0) return order === 'asc' ? sign : -sign;
    }
    return 0;
  };
}

const sorted = (input: readonly Row[], keys: readonly SortKey[], env: Env): readonly Row[] =>
  [...input].sort(compareKeys(keys, env));

function aggregated(expr: AggregateExpr | WindowExpr, group: readonly Row[], env: Env): Value {
  const kept = group.filter((row) => expr.filter === null || evaluate(expr.filter, row, env) === true);
  const [arg] = expr.args;
  if (arg === undefined) return BigInt(kept.length);
  const all = kept.map((row) => evaluate(arg, row, env)).filter((value) => value !== null);
  const values = expr.distinct ? [...new Map(all.map((value) => [key([value]), value])).values()] : all;
  if (expr.fn === 'count') return BigInt(values.length);
  if (values.length === 0) return null;
  if (expr.fn === 'sum') return values.reduce<bigint>((sum, value) => sum + (value as bigint), 0n);
  return values.reduce((a, b) => ((expr.fn === 'min' ? b < a : b > a) ? b : a));
}

function windowValues(expr: WindowExpr, input: readonly Row[], env: Env): readonly Value[] {
  const result = new Map<Row, Value>();
  for (const group of groupBy(input, (row) => expr.partition.map((part) => evaluate(part, row, env))).values()) {
    const compare = compareKeys(expr.order, env);
    const ordered = [...group].sort(compare);
    for (const [i, row] of ordered.entries()) {
      const firstPeer = ordered.findIndex((other) => compare(other, row) === 0);
      if (expr.fn === 'row_number') result.set(row, BigInt(i + 1));
      else if (expr.fn === 'rank') result.set(row, BigInt(firstPeer + 1));
      else if (expr.fn === 'lag')
        result.set(
          row,
          i === 0 || expr.args[0] === undefined ? null : evaluate(expr.args[0], ordered[i - 1] ?? row, env),
        );
      else {
        result.set(row, aggregated(expr, framed(expr, ordered, i, env), env));
      }
    }
  }
  return input.map((row) => result.get(row) ?? null);
}

/** Those of the ordered rows that the frame of one of them holds. */
function framed(expr: WindowExpr, ordered: readonly Row[], i: number, env: Env): readonly Row[] {
  const { frame, order } = expr;
  const row = ordered[i];
  if (row === undefined || (frame === null && order.length === 0)) return ordered;
  const { unit, from, to } = frame ?? {
    unit: 'range',
    from: { kind: 'unbounded-preceding' },
    to: { kind: 'current-row' },
  };
  const compare = compareKeys(order, env);
  /** Below 0 before the row, 0 beside it: so many rows away, so far by the one key, or just which side of it. */
  const distance = (other: Row, j: number): number => {
    if (unit === 'rows') return j - i;
    const [key] = order;
    if (key === undefined || !('offset' in from || 'offset' in to)) return compare(other, row);
    const [a, b] = [other, row].map((of) => counted(evaluate(key.value, of, env)));
    return Number((a ?? 0n) - (b ?? 0n)) * (key.order === 'asc' ? 1 : -1);
  };
  return ordered.filter((other, j) => {
    const at = distance(other, j);
    return edge(from) <= at && at <= edge(to);
  });
}

/** What a distance is counted from: the days of a date. */
const counted = (value: Value): bigint =>
  typeof value === 'string' ? BigInt(Date.parse(value)) / 86_400_000n : (value as bigint);

function edge(bound: WindowBound): number {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return -Infinity;
    case 'unbounded-following':
      return Infinity;
    case 'current-row':
      return 0;
    case 'preceding':
      return -bound.offset;
    case 'following':
      return bound.offset;
  }
}

function evaluate(expr: Expr, row: Row, env: Env, window: (expr: WindowExpr) => Value = () => null): Value {
  const inner = (part: Expr): Value => evaluate(part, row, env, window);
  const query = (rel: Rel): readonly (readonly Value[])[] => {
    const outer = new Map([...env.outer, ...row]);
    return rows(rel, { ...env, outer }).map((found) => rel.columns.map((column) => found.get(column.id) ?? null));
  };
  switch (expr.kind) {
    case 'column':
      return row.has(expr.id) ? (row.get(expr.id) ?? null) : (env.outer.get(expr.id) ?? null);
    case 'literal':
      return typeof expr.value === 'string' && expr.type.kind === 'int64' ? BigInt(expr.value) : expr.value;
    case 'call':
      return called(expr.fn, expr.args.map(inner));
    case 'case': {
      const branch = expr.branches.find(({ when }) => inner(when) === true);
      return branch !== undefined ? inner(branch.then) : expr.otherwise === null ? null : inner(expr.otherwise);
    }
    case 'cast':
      return inner(expr.value);
    case 'scalar-subquery':
      return query(expr.query)[0]?.[0] ?? null;
    case 'exists':
      return query(expr.query).length > 0 !== expr.negated;
    case 'in-subquery': {
      const value = inner(expr.value);
      const found = query(expr.query).map(([first]) => first ?? null);
      if (found.length === 0) return expr.negated;
      const isIn =
        value === null
          ? null
          : found.some((other) => other !== null && other === value)
            ? true
            : found.includes(null)
              ? null
              : false;
      return isIn === null ? null : isIn !== expr.negated;
    }
    case 'list':
      return expr.items.map((item) => String(inner(item)));
    case 'window':
      return window(expr);
    case 'aggregate':
      throw new Error('an aggregate stands outside of aggregate');
  }
}

function called(fn: string, args: readonly Value[]): Value {
  const [a = null, b = null] = args;
  switch (fn) {
    case 'and':
      return args.includes(false) ? false : args.includes(null) ? null : true;
    case 'or':
      return args.includes(true) ? true : args.includes(null) ? null : false;
    case 'is_null':
      return a === null;
    case 'is_not_null':
      return a !== null;
    case 'is_not_true':
      return a !== true;
    case 'is_distinct':
      return a !== b;
    case 'coalesce':
      return args.find((arg) => arg !== null) ?? null;
    case 'nullif':
      return a === b ? null : a;
    default:
      return args.includes(null) || a === null ? null : strict(fn, a, b);
  }
}

function strict(fn: string, a: NonNullable<Value>, b: Value): Value {
  if (fn === 'not') return !a;
  if (b === null) throw new Error(`${fn} takes two arguments`);
  switch (fn) {
    case 'equals':
      return a === b;
    case 'not_equals':
      return a !== b;
    case 'less':
      return a < b;
    case 'less_or_equal':
      return a <= b;
    case 'greater':
      return a > b;
    case 'greater_or_equal':
      return a >= b;
    case 'concat':
      return String(a) + String(b);
    case 'add':
      return (a as bigint) + (b as bigint);
    case 'subtract':
      return (a as bigint) - (b as bigint);
    case 'multiply':
      return (a as bigint) * (b as bigint);
    default:
      throw new Error(`no meaning for ${fn}`);
  }
}
