/** Values that are known when a query runs. They stand in it as literals, at which its text is cut. */
import { call, columnRef } from './build.ts';
import type { Expr, RelColumn } from './rel.ts';

/** No program can hold U+0000, so that such a literal is a bound and nothing else. */
const NUL = '\0';

/** What stands in a query, a name of a relation too, where a value will be. `name` is of small letters. */
export const mark = (name: string): string => `${NUL}${name}${NUL}`;

export const isMark = (text: string): boolean => /^\0[a-z]+\0$/.test(text);

export const holdsMark = (text: string): boolean => text.includes(NUL);

/** A column compared with a bound. */
export function bounded(fn: 'greater_or_equal' | 'greater' | 'less', column: RelColumn, name: string): Expr {
  const value = columnRef(column);
  return call(fn, [value, { kind: 'literal', value: mark(name), type: value.type, nullable: false, inexact: false }]);
}

/** SQL text cut where a bound stands. A comment may end in the middle of one: what is left of it goes. */
export function cutAtBounds<Bound extends string>(
  sql: string,
  bounds: readonly Bound[],
): readonly (string | { readonly bound: Bound })[] {
  return sql.split(new RegExp(`${NUL}(${bounds.join('|')})${NUL}`)).map((part, i) => {
    const bound = i % 2 === 1 ? bounds.find((one) => one === part) : undefined;
    return bound === undefined ? part.replaceAll(NUL, '') : { bound };
  });
}
