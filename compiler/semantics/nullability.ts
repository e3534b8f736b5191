/** What a condition that holds proves about nulls, as the function table has it. */
import * as proof from '../relational/nullability.ts';
import type { ColumnId, Expr } from '../relational/rel.ts';
import { functionRow } from './functions/table.ts';

const isStrict = (fn: string): boolean => functionRow(fn)?.strict === true;

/** The columns that are not null in every row for which the condition is true. */
export const notNullWhere = (condition: Expr): ReadonlySet<ColumnId> => proof.notNullWhere(condition, isStrict);

/** The columns that are not null in every row for which the condition is not true. */
export const notNullUnless = (condition: Expr): ReadonlySet<ColumnId> => proof.notNullUnless(condition, isStrict);
