/** PostgreSQL's texts of values that are compared. */
import { type ComparedType, sharedAs, shownAs, type ValueForms } from '../forms.ts';

/** Texts of floats are the shortest that give the value again; a sum with zero has no negative zero. */
function own(value: string, type: ComparedType): string {
  switch (type.kind) {
    case 'bool':
      return `CASE WHEN ${value} THEN '1' ELSE '0' END`;
    case 'int64':
    case 'string':
    case 'uuid':
    case 'json':
    case 'list':
      return `${value}::text`;
    case 'decimal':
      return `${value}::numeric(38, ${type.scale})::text`;
    case 'float64':
      return `(${value} + 0::float8)::text`;
    case 'bytes':
      return `upper(encode(${value}, 'hex'))`;
    case 'date':
      return `(${value} - DATE '1970-01-01')::text`;
    case 'timestamp':
      return `(extract(epoch FROM ${value}) * 1000000)::bigint::text`;
  }
}

export const forms: ValueForms = {
  own,
  shared: sharedAs(
    own,
    (value) =>
      `CASE WHEN ${value} = 'NaN'::float8 THEN 'nan' ELSE upper(encode(float8send(${value} + 0::float8), 'hex')) END`,
  ),
  shown: shownAs(own),
  bytes: (text) => `octet_length(${text})`,
  digest: (text) => `md5(${text})`,
  number: (hex) => `('x' || ${hex})::bit(60)::bigint`,
  sum: (number) => `sum(${number})::text`,
  order: (hex) => `${hex} COLLATE "C"`,
};
