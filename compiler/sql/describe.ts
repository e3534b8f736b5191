/** Stages in the words of the language, for the comments in SQL that lead back to the program. Shortened, never executed. */
import type { ColumnId, Expr, SortKey } from '../relational/rel.ts';
import { typeName } from '../relational/types.ts';

const INFIX: Readonly<Record<string, string>> = {
  or: 'or',
  and: 'and',
  equals: '=',
  not_equals: '<>',
  less: '<',
  less_or_equal: '<=',
  greater: '>',
  greater_or_equal: '>=',
  is_distinct: 'is distinct from',
  is_not_distinct: 'is not distinct from',
  like: 'like',
  ilike: 'ilike',
  concat: '||',
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
};
const SUFFIX: Readonly<Record<string, string>> = {
  is_null: 'is null',
  is_not_null: 'is not null',
  is_true: 'is true',
  is_not_true: 'is not true',
  is_false: 'is false',
  is_not_false: 'is not false',
};

export type NameOf = (id: ColumnId) => string;

export function describe(expr: Expr, name: NameOf): string {
  const list = (items: readonly Expr[]): string => items.map((item) => describe(item, name)).join(', ');
  switch (expr.kind) {
    case 'column':
      return name(expr.id);
    case 'literal':
      if (expr.value === null || typeof expr.value === 'boolean') return String(expr.value);
      if (expr.type.kind === 'int64' || expr.type.kind === 'decimal' || expr.type.kind === 'float64') return expr.value;
      return `${expr.type.kind === 'date' || expr.type.kind === 'timestamp' ? `${expr.type.kind} ` : ''}'${expr.value}'`;
    case 'call': {
      const [first, ...rest] = expr.args;
      const operand = (arg: Expr): string =>
        arg.kind === 'call' && INFIX[arg.fn] !== undefined && arg.fn !== expr.fn
          ? `(${describe(arg, name)})`
          : describe(arg, name);
      const infix = INFIX[expr.fn];
      // `and` reads without parentheses around the comparisons it joins.
      if (infix !== undefined)
        return expr.args
          .map(
            expr.fn === 'and'
              ? (arg) => (arg.kind === 'call' && arg.fn === 'or' ? operand(arg) : describe(arg, name))
              : operand,
          )
          .join(` ${infix} `);
      const suffix = SUFFIX[expr.fn];
      if (first !== undefined && suffix !== undefined) return `${operand(first)} ${suffix}`;
      if (first !== undefined && expr.fn === 'not') return `not ${operand(first)}`;
      if (first !== undefined && expr.fn === 'negate') return `-${operand(first)}`;
      if (first !== undefined && expr.fn === 'in') return `${operand(first)} in (${list(rest)})`;
      if (first !== undefined && expr.fn === 'between')
        return `${operand(first)} between ${rest.map(operand).join(' and ')}`;
      return `${expr.fn}(${list(expr.args)})`;
    }
    case 'case':
      return 'case … end';
    case 'cast':
      return expr.mode === 'widen'
        ? describe(expr.value, name)
        : `try_cast(${describe(expr.value, name)} as ${typeName(expr.type)})`;
    case 'list':
      return `[${list(expr.items)}]`;
    case 'scalar-subquery':
      return '(from …)';
    case 'exists':
      return `${expr.negated ? 'not ' : ''}exists (…)`;
    case 'in-subquery':
      return `${describe(expr.value, name)} ${expr.negated ? 'not in' : 'in'} (…)`;
    case 'aggregate':
    case 'window':
      return `${expr.fn}(${list(expr.args)})${expr.kind === 'window' ? ' over (…)' : ''}`;
  }
}

/** The first keys: what follows is there to make the order total. */
export const describeKeys = (keys: readonly SortKey[], name: NameOf): string =>
  keys
    .slice(0, 2)
    .map((key) => `${describe(key.value, name)}${key.order === 'desc' ? ' desc' : ''}`)
    .join(', ') + (keys.length > 2 ? ', …' : '');

export const joined = (trail: readonly { readonly words: string }[]): string =>
  trail
    .map(({ words }) => words)
    .filter((words) => words !== '')
    .join(' |> ');

/** `from a |> where b`, at most `width` characters, on one line. */
export function trailText(trail: readonly { readonly words: string }[], width: number): string {
  const text = joined(trail).replace(/\s+/g, ' ');
  return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`;
}
