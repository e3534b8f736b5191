/** Personal data in rows that show what is wrong: such rows are kept with the run and shown to whoever looks at it. */
import { call, columnRef } from './build.ts';
import type { Expr, Rel, RelColumn } from './rel.ts';
import { STRING, type Tag } from './types.ts';
import { forEachRel } from './walk.ts';

/** What stands for a value of personal data; a null stays one. */
export const MASK = '***';

export const isPersonal = ({ tags }: { readonly tags: readonly Tag[] }): boolean =>
  tags.some((tag) => tag.name === 'pii');

/** The relation with `***` in its columns of personal data. */
export function masked(rel: Rel): Rel {
  if (!rel.columns.some(isPersonal)) return rel;
  let next = 0;
  forEachRel(rel, ({ columns }) => {
    for (const { id } of columns) next = Math.max(next, id + 1);
  });
  const columns = rel.columns.map(
    (column): RelColumn => (isPersonal(column) ? { ...column, id: next++, type: STRING, inexact: false } : column),
  );
  const text = (value: string | null): Expr => ({
    kind: 'literal',
    value,
    type: STRING,
    nullable: value === null,
    inexact: false,
  });
  const values = rel.columns.map((column): Expr => {
    if (!isPersonal(column)) return columnRef(column);
    if (!column.nullable) return text(MASK);
    return {
      kind: 'case',
      branches: [{ when: call('is_null', [columnRef(column)]), then: text(null) }],
      otherwise: text(MASK),
      type: STRING,
      nullable: true,
      inexact: false,
    };
  });
  return { kind: 'project', input: rel, values, columns, at: null, label: rel.label };
}
