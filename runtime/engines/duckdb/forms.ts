/** DuckDB's texts of values that are compared. */
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
      return `CAST(${value} AS VARCHAR)`;
    case 'decimal':
      return `CAST(CAST(${value} AS DECIMAL(38, ${type.scale})) AS VARCHAR)`;
    case 'float64':
      return `CAST(${value} + 0e0 AS VARCHAR)`;
    case 'bytes':
      return `hex(${value})`;
    case 'date':
      return `CAST(${value} - DATE '1970-01-01' AS VARCHAR)`;
    case 'timestamp':
      return `CAST(epoch_us(${value}) AS VARCHAR)`;
    case 'list':
      // The text of a list does not tell a comma from one in an item; JSON does, of items that are texts.
      return `CAST(to_json(CAST(${value} AS VARCHAR${'[]'.repeat(depth(type))})) AS VARCHAR)`;
  }
}

const depth = (type: ComparedType): number => (type.kind === 'list' ? 1 + depth(type.element) : 0);

export const forms: ValueForms = {
  own,
  shared: sharedAs(
    own,
    (value) => `CASE WHEN isnan(${value}) THEN 'nan' ELSE hex(CAST(CAST(${value} + 0e0 AS BIT) AS BLOB)) END`,
  ),
  shown: shownAs(own),
  bytes: (text) => `strlen(${text})`,
  digest: (text) => `md5(${text})`,
  number: (hex) => `CAST('0x' || ${hex} AS BIGINT)`,
  sum: (number) => `CAST(sum(${number}) AS VARCHAR)`,
  order: (hex) => hex,
};
