/**
 * What readers see of a dataset, in memory and on disk: less than its shape, so that they are left alone where only its query
 * changed. Where the values come from is none of their business: to them they come from this dataset.
 */
import type { Column, Origin, RowType, Validity, ValueType } from '../relational/types.ts';
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

/** A type that says nothing but its kind is its kind. What is as in most columns is left out at the end. */
type TypeData = ValueType | ValueType['kind'];
type ColumnData = [
  name: string,
  type: TypeData,
  nullable?: boolean,
  inexact?: boolean,
  doc?: string | null,
  tags?: Column['tags'],
];
type FaceData = [string, ColumnData[], RowType['keys'], boolean, DatasetRef['place'], Validity<string> | null];

const NO_TAGS: Column['tags'] = [];

function typeData(type: ValueType): TypeData {
  return Object.keys(type).length === 1 ? type.kind : type;
}

function columnData({ name, type, nullable, inexact, doc, tags }: Column): ColumnData {
  const [first, what] = [name, typeData(type)];
  if (doc !== null || tags.length > 0) return [first, what, nullable, inexact, doc, tags];
  return inexact ? [first, what, nullable, inexact] : nullable ? [first, what, nullable] : [first, what];
}

function columnOf([name, type, nullable = false, inexact = false, doc = null, tags = NO_TAGS]: ColumnData): Column {
  const whole = typeof type === 'string' ? ({ kind: type } as ValueType) : type;
  return { name, type: whole, nullable, inexact, doc, tags, origins: NO_ORIGINS };
}

/** Faces are a good part of all that is kept, and most of them would be the names of their fields. */
export const faceForm: Form<DatasetRef> = {
  write: ({ name, row, broken, place }): FaceData => [
    name,
    row.columns.map(columnData),
    row.keys,
    broken,
    place,
    row.validity ?? null,
  ],
  read: (data) => {
    const [name, columns, keys, broken, place, validity] = data as FaceData;
    return { name, row: { columns: columns.map(columnOf), keys, validity }, broken, place };
  },
};
