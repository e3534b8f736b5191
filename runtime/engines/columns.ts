/** Columns of tables in `_pipec`: their names in SQL, and whether what is there is what a plan says. */
import { runError } from '../errors.ts';
import type { Destination } from '../plan.ts';
import { isLog, POSITION } from './increments/follow.ts';
import { ident } from './quote.ts';

export interface StoredColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly nullable: boolean;
}

export function names(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => ident(name)).join(', ');
}

const POSITION_COLUMN = { name: POSITION, type: { kind: 'int64' }, nullable: false } as const;

/** The columns of a dataset's table: those that are shown, and of a log the position. */
export function storedColumns<C extends StoredColumn>(
  { into, columns }: { readonly into: Destination; readonly columns: readonly C[] },
  int64: string,
): readonly (C | (typeof POSITION_COLUMN & StoredColumn))[] {
  return isLog(into) ? [...columns, { ...POSITION_COLUMN, sqlType: int64 }] : columns;
}

/** @throws PipecError `column-type` */
export function expectTypes(
  dataset: string,
  columns: readonly Pick<StoredColumn, 'name' | 'sqlType'>[],
  found: readonly { readonly name: string; readonly type: string }[],
  isType: (found: string, expected: string) => boolean,
): void {
  for (const [index, { name, sqlType }] of columns.entries()) {
    const column = found[index];
    const wrong = { dataset, column: name, expected: sqlType };
    if (column === undefined || column.name !== name)
      throw runError('column-type', { ...wrong, found: column === undefined ? 'nothing' : `column ${column.name}` });
    if (!isType(column.type, sqlType)) throw runError('column-type', { ...wrong, found: column.type });
  }
  const extra = found[columns.length];
  if (extra !== undefined)
    throw runError('column-type', { dataset, column: extra.name, expected: 'no such column', found: extra.type });
}
