/** Random queries over two small tables, made from a list of numbers so that fast-check can shrink them. */

import { columnRef } from '../../compiler/relational/build.ts';
import type { Expr, Rel, RelColumn } from '../../compiler/relational/rel.ts';
import {
  agg,
  aggregate,
  asc,
  bool,
  choose,
  desc,
  distinct,
  distinctOn,
  exists,
  extend,
  fn,
  int,
  isIn,
  join,
  limit,
  named,
  over,
  resetIds,
  scalar,
  scan,
  select,
  setOperation,
  sort,
  str,
  where,
} from './rel.ts';

export const RANDOM_TABLES = {
  'd.c.t': 'a int64?, b int64, s string?',
  'd.c.u': 'a int64?, c int64, s string',
} as const;

/**
 * `asChecked`: what the checker makes of a program, which has neither correlated subqueries nor `not in` of what may be
 * null, and whose columns have names of their own.
 */
export function randomRel(choices: readonly number[], asChecked = false): Rel {
  return randomQuery(choices, asChecked).rel;
}

/** The query, and a condition over its rows. */
export function randomQuery(
  choices: readonly number[],
  asChecked = false,
): { readonly rel: Rel; readonly condition: Expr } {
  resetIds();
  let at = 0;
  const pick = (n: number): number => (choices[at++ % choices.length] ?? 0) % n;
  const table = (): Rel =>
    pick(2) === 0 ? scan('d.c.t', RANDOM_TABLES['d.c.t']) : scan('d.c.u', RANDOM_TABLES['d.c.u']);
  const ofKind = (rel: Rel, kind: string): readonly RelColumn[] =>
    rel.columns.filter((column) => column.type.kind === kind);
  const anyOf = (columns: readonly RelColumn[]): RelColumn | undefined => columns[pick(Math.max(1, columns.length))];
  const number = (rel: Rel): Expr => {
    const column = anyOf(ofKind(rel, 'int64'));
    return column === undefined ? int(pick(4)) : columnRef(column);
  };
  const text = (rel: Rel): Expr => {
    const column = anyOf(ofKind(rel, 'string'));
    return column === undefined ? str('x') : columnRef(column);
  };
  const computed = (rel: Rel): Expr => {
    switch (pick(5)) {
      case 0:
        return fn('add', number(rel), int(1));
      case 1:
        return fn('coalesce', number(rel), int(7));
      case 2:
        return fn('concat', text(rel), str("'x"));
      case 3:
        return choose([[condition(rel), int(1)]], number(rel));
      default:
        return fn('multiply', fn('subtract', number(rel), number(rel)), int(2));
    }
  };
  const condition = (rel: Rel): Expr => {
    switch (pick(10)) {
      case 8:
        return fn('not', condition(rel));
      case 0:
        return fn('greater', number(rel), int(pick(4)));
      case 1:
        return fn('is_not_null', number(rel));
      case 2:
        return fn('and', fn('less', number(rel), int(3)), fn('not_equals', text(rel), str('x')));
      case 3:
        return fn('or', fn('equals', number(rel), number(rel)), fn('is_null', text(rel)));
      case 4:
        return fn('not', fn('equals', text(rel), str('y')));
      case 5:
        return bool(pick(3) > 0);
      case 6:
        return fn('and', bool(true), fn('less_or_equal', number(rel), int(2)));
      case 7: {
        const other = table();
        const around = asChecked ? int(pick(4)) : number(rel);
        return exists(where(other, fn('equals', number(other), around)), pick(2) === 0);
      }
      default: {
        const other = table();
        const value = number(other);
        return isIn(number(rel), select(other, { x: value }), pick(2) === 0 && !(asChecked && value.nullable));
      }
    }
  };
  const total = (rel: Rel) => rel.columns.map((column) => (pick(2) === 0 ? asc : desc)(columnRef(column)));
  const fresh = (depth: number): Rel => (depth > 0 && pick(2) === 0 ? grow(table(), 1 + pick(3), depth - 1) : table());

  const stage = (rel: Rel, depth: number): Rel => {
    // Names made here differ by the position of the choice, so that a query reads well when it fails.
    const name = `v${at}`;
    switch (pick(17)) {
      case 0:
      case 1:
      case 2:
        return where(rel, condition(rel));
      case 3:
        return extend(rel, { [name]: computed(rel) });
      case 4: {
        const kept = rel.columns.filter((_, i) => i === 0 || pick(3) > 0);
        return select(rel, {
          ...Object.fromEntries(kept.map((column, i) => [`${column.name}_${i}`, columnRef(column)])),
          [name]: computed(rel),
        });
      }
      case 5: {
        const aggregates = {
          [`${name}n`]: agg('count'),
          [`${name}s`]: agg(['sum', 'min', 'max', 'count'][pick(4)] ?? 'sum', number(rel)),
        };
        return pick(4) === 0
          ? aggregate(rel, {}, aggregates)
          : aggregate(
              rel,
              { [`${name}k`]: pick(3) === 0 ? computed(rel) : number(rel), [`${name}t`]: text(rel) },
              aggregates,
            );
      }
      case 6:
      case 7: {
        const right = fresh(depth);
        const type = (['inner', 'left', 'right', 'full', 'semi', 'anti'] as const)[pick(6)] ?? 'inner';
        const equal = fn('equals', number(rel), number(right));
        return join(type, rel, right, pick(2) === 0 ? equal : fn('and', equal, fn('less', number(right), int(3))));
      }
      case 8: {
        const right = fresh(depth);
        const operation = (['union', 'intersect', 'except'] as const)[pick(3)] ?? 'union';
        return setOperation(
          operation,
          operation === 'union' && pick(2) === 0,
          select(rel, { x: number(rel), y: text(rel) }),
          select(right, { x: number(right), y: text(right) }),
        );
      }
      case 9:
        return limit(sort(rel, ...total(rel)), 1 + pick(5), pick(2));
      case 10:
        return distinct(select(rel, { x: number(rel), y: computed(rel) }));
      case 11:
        return distinctOn(rel, [number(rel)], total(rel));
      case 12:
        return extend(rel, { [name]: over('row_number', [], [number(rel)], total(rel)) });
      case 13: {
        const key = anyOf(ofKind(rel, 'int64').filter((column) => !column.nullable));
        const [unit, order] =
          key === undefined || pick(2) === 0
            ? (['rows', total(rel)] as const)
            : (['range', [pick(2) === 0 ? asc(columnRef(key)) : desc(columnRef(key))]] as const);
        return extend(rel, {
          [name]: over('sum', [number(rel)], [text(rel)], order, {
            unit,
            from: { kind: 'preceding', offset: 1 },
            to: pick(2) === 0 ? { kind: 'current-row' } : { kind: 'following', offset: 2 },
          }),
        });
      }
      case 14: {
        const body = (reference: () => Rel): Rel => {
          const left = reference();
          const right = where(reference(), bool(true));
          return join('left', left, right, fn('equals', number(left), number(right)));
        };
        return named(name, rel, body);
      }
      case 15: {
        const other = table();
        return extend(rel, {
          [name]: scalar(
            aggregate(
              where(other, fn('equals', number(other), asChecked ? int(pick(4)) : number(rel))),
              {},
              { m: agg('max', number(other)) },
            ),
          ),
        });
      }
      default:
        return sort(rel, asc(number(rel)));
    }
  };
  const grow = (start: Rel, stages: number, depth: number): Rel => {
    let rel = start;
    for (let i = 0; i < stages; i++) rel = stage(rel, depth);
    return rel;
  };
  const made = grow(table(), 1 + pick(7), 2);
  const rel = asChecked
    ? select(made, Object.fromEntries(made.columns.map((column, i) => [`${column.name}_${i}`, columnRef(column)])))
    : made;
  return { rel, condition: condition(rel) };
}
