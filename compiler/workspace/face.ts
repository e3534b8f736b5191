/**
 * What readers see of a dataset, in memory and on disk: less than its shape, so that they are left alone where only its query
 * changed. Where the values come from is none of their business: to them they come from this dataset.
 */
import type { Column, Origin, RowType, Validity } from '../relational/types.ts';
import type { DatasetRef } from '../semantics/context.ts';
import { type DeclarationSymbol, symbolPlace } from '../semantics/symbols.ts';
import type { Form } from './query.ts';

const NO_ORIGINS: readonly Origin[] = [];

export function faceOf(symbol: DeclarationSymbol, row: RowType, broken: boolean): DatasetRef {
  const columns = row.columns.map((column) => ({ ...column, origins: NO_ORIGINS }));
  return { name: symbol.name, row: { ...row, columns }, broken, place: symbolPlace(symbol) };
}

/** Of a dataset about whose rows nothing may be said: it is in a circle with the one who asks. */
export function untoldFace(symbol: DeclarationSymbol): DatasetRef {
  return faceOf(symbol, { columns: [], keys: [] }, true);
}

type ColumnData = [Column['name'], Column['type'], boolean, boolean, Column['doc'], Column['tags']];
type FaceData = [string, ColumnData[], string[][], boolean, DatasetRef['place'], Validity<string> | null];

/** Faces are a good part of all that is kept, and most of them would be the names of their fields. */
export const faceForm: Form<DatasetRef> = {
  write: ({ name, row, broken, place }) => [
    name,
    row.columns.map(({ name, type, nullable, inexact, doc, tags }) => [name, type, nullable, inexact, doc, tags]),
    row.keys,
    broken,
    place,
    row.validity ?? null,
  ],
  read: (data) => {
    const [name, columns, keys, broken, place, validity] = data as FaceData;
    const column = ([name, type, nullable, inexact, doc, tags]: ColumnData): Column => {
      return { name, type, nullable, inexact, doc, tags, origins: NO_ORIGINS };
    };
    return { name, row: { columns: columns.map(column), keys, validity }, broken, place };
  },
};
