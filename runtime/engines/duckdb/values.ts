/** DuckDB's values in the forms of `--json`: int64 and decimal as strings, dates and timestamps as ISO 8601 in UTC. */
import {
  type DuckDBArrayType,
  DuckDBBlobValue,
  type DuckDBListType,
  type DuckDBStructType,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';

type Convert = (value: DuckDBValue) => unknown;

/** A function for one column, chosen once by its type. Null stays null. */
export function converter(type: DuckDBType): Convert {
  const convert = converterOf(type);
  return (value) => (value === null || value === undefined ? null : convert(value));
}

function converterOf(type: DuckDBType): Convert {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.VARCHAR:
      return (value) => value;
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return (value) => (Number.isFinite(value) ? value : String(value));
    case DuckDBTypeId.TIMESTAMP_TZ:
    case DuckDBTypeId.TIMESTAMP:
      return (value) =>
        value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue
          ? isoTimestamp(value.micros)
          : String(value);
    case DuckDBTypeId.BLOB:
      return (value) =>
        value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('base64') : String(value);
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const item = converter((type as DuckDBListType | DuckDBArrayType).valueType);
      return (value) => (value as { items: readonly DuckDBValue[] }).items.map(item);
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const convert = entryTypes.map(converter);
      return (value) => {
        const { entries } = value as { entries: Readonly<Record<string, DuckDBValue>> };
        return Object.fromEntries(entryNames.map((name, index) => [name, convert[index]?.(entries[name] ?? null)]));
      };
    }
    default:
      // BIGINT and wider, DECIMAL, DATE, UUID and what a query may make besides: their text.
      return (value) => String(value);
  }
}

/** Microseconds since 1970 → `2026-01-31T10:00:00Z`, with a fraction of six digits where there is one. */
function isoTimestamp(micros: bigint): string {
  const seconds = (micros - (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n;
  const fraction = micros - seconds * 1_000_000n;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return new DuckDBTimestampTZValue(micros).toString();
  const text = date.toISOString().slice(0, -5);
  return fraction === 0n ? `${text}Z` : `${text}.${String(fraction).padStart(6, '0')}Z`;
}
