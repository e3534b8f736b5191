/**
 * From what a source holds to the types of the language. A gate lets in exactly the texts that mean a value of the type
 * (docs/decisions/0002-exactness-at-speed.md lists what TRY_CAST alone would take: ` 12 `, `0x10`, `12.7`); what does
 * not pass becomes null, and the row goes to quarantine. No gate ever raises.
 */
import type { LoadType } from '../../plan.ts';
import { literal } from '../quote.ts';

/** A cell as the source gives it. `text`: a CSV field. `json`: any JSON value, null where there is none. */
export type Raw =
  | { readonly kind: 'text' | 'json'; readonly sql: string }
  | {
      readonly kind: 'typed';
      readonly sql: string;
      readonly type: string;
      /** Its text, where there is a value that the type cannot hold and `sql` is null for. */
      readonly odd?: string;
      /** What its source calls the type. */
      readonly called?: string;
    };

/** The type in the language's words. */
export function typeName(type: LoadType): string {
  if (type.kind === 'decimal') return `decimal(${type.precision}, ${type.scale})`;
  return type.kind === 'enum' ? `one of ${type.values.join(', ')}` : type.kind;
}

/** The declaration that takes in all of a physical type, in the language's words; null where there is none. */
export function declarationFor(physical: string): string | null {
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(physical);
  if (decimal !== null) return `decimal(${decimal[1]}, ${decimal[2]})?`;
  const kind = declarations[physical.replace(/^TIMESTAMP.*$/, 'TIMESTAMP')];
  return kind === undefined ? null : `${kind}?`;
}
const declarations: Readonly<Record<string, LoadType['kind']>> = {
  BOOLEAN: 'bool',
  TINYINT: 'int64',
  SMALLINT: 'int64',
  INTEGER: 'int64',
  BIGINT: 'int64',
  UTINYINT: 'int64',
  USMALLINT: 'int64',
  UINTEGER: 'int64',
  FLOAT: 'float64',
  DOUBLE: 'float64',
  VARCHAR: 'string',
  BLOB: 'bytes',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  UUID: 'uuid',
  JSON: 'json',
};

/** The type of the stored column. */
export function sqlType(type: LoadType): string {
  switch (type.kind) {
    case 'bool':
      return 'BOOLEAN';
    case 'int64':
      return 'BIGINT';
    case 'float64':
      return 'DOUBLE';
    case 'string':
    case 'enum':
      return 'VARCHAR';
    case 'bytes':
      return 'BLOB';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMPTZ';
    case 'uuid':
      return 'UUID';
    case 'json':
      return 'JSON';
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
  }
}

/**
 * A gated cell. `value` is the typed value, null where there is none or it is wrong; `wrong` tells the two apart, and is
 * null where the type cannot be wrong. All three may name `raw` only, so that it is computed once.
 */
export interface Gate {
  readonly value: string;
  readonly wrong: string | null;
  /** Whether there is a value, null where that is not cheaper to ask than `value` itself. */
  readonly fits: string | null;
  /** The value where there is one. */
  readonly fitting: string;
}

/** A physical type that cannot become the declared type without loss gives null. */
export function gate(type: LoadType, raw: Raw, timezone: string): Gate | null {
  switch (raw.kind) {
    case 'text':
      return optional(textValue(type, raw.sql, timezone), raw.sql);
    case 'json':
      return optional(jsonValue(type, raw.sql, timezone), `nullif(json_type(${raw.sql}), 'NULL')`);
    case 'typed':
      return typedGate(type, raw.sql, raw.type, timezone);
  }
}

function optional(value: string, present: string): Gate {
  return { value, wrong: `${present} IS NOT NULL`, fits: null, fitting: value };
}

/** Those values that meet a condition: to ask it costs less than to make a value of each. */
interface Some {
  readonly fits: string;
  readonly fitting: string;
}

const some = ({ fits, fitting }: Some): string => `CASE WHEN ${fits} THEN ${fitting} END`;

const DATE = '(19|2[0-2])[0-9]{2}-[0-9]{2}-[0-9]{2}';
const TIME = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?';
const OFFSET = '(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)';

const only = (sql: string, pattern: string): string =>
  `CASE WHEN regexp_full_match(${sql}, ${literal(pattern)}) THEN ${sql} END`;
/** U+0000 is in no string of the language, as PostgreSQL has none. */
const noNul = (sql: string): Some => ({ fits: `NOT contains(${sql}, chr(0))`, fitting: sql });
/** Finite, and −0.0 is 0.0. */
const finite = (sql: string): Some => ({ fits: `isfinite(${sql})`, fitting: `${sql} + 0e0` });
const inDates = (sql: string): Some => ({
  fits: `${sql} BETWEEN DATE '1900-01-01' AND DATE '2299-12-31'`,
  fitting: sql,
});
const inTimes = (sql: string): Some => ({
  fits: `(${sql} >= TIMESTAMPTZ '1900-01-01 00:00:00Z' AND ${sql} < TIMESTAMPTZ '2300-01-01 00:00:00Z')`,
  fitting: sql,
});

/** A TIMESTAMP without zone as an instant. In UTC that is the same number, and the calendar need not be asked. */
function instant(sql: string, timezone: string): string {
  return timezone === 'UTC' ? `make_timestamptz(epoch_us(${sql}))` : `timezone(${literal(timezone)}, ${sql})`;
}

function textValue(type: LoadType, sql: string, timezone: string): string {
  switch (type.kind) {
    case 'bool':
      return `CASE lower(${sql}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'int64':
      return `TRY_CAST(${only(sql, '[+-]?[0-9]{1,38}')} AS BIGINT)`;
    case 'float64':
      return some(
        finite(`TRY_CAST(${only(sql, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,4})?')} AS DOUBLE)`),
      );
    case 'decimal': {
      // Digits beyond the scale would be rounded, which loses: only zeros may stand there.
      const fraction = type.scale === 0 ? '(\\.0*)?' : `(\\.[0-9]{0,${type.scale}}0*)?`;
      return `TRY_CAST(${only(sql, `[+-]?[0-9]{1,38}${fraction}`)} AS ${sqlType(type)})`;
    }
    case 'string':
      return some(noNul(sql));
    case 'bytes':
      return `encode(${sql})`;
    case 'date':
      return `TRY_CAST(${only(sql, DATE)} AS DATE)`;
    case 'timestamp': {
      const zoned = `TRY_CAST(${only(sql, `${DATE}[ T]${TIME}${OFFSET}`)} AS TIMESTAMPTZ)`;
      const naive = `TRY_CAST(${only(sql, `${DATE}([ T]${TIME})?`)} AS TIMESTAMP)`;
      return `coalesce(${instant(naive, timezone)}, ${zoned})`;
    }
    case 'uuid':
      return `TRY_CAST(${only(sql, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')} AS UUID)`;
    case 'json':
      return `CASE WHEN json_valid(${sql}) THEN ${sql} END::JSON`;
    case 'enum':
      return some(inList(type.values, sql));
  }
}

const inList = (values: readonly string[], sql: string): Some => ({
  fits: values.length === 0 ? 'false' : `${sql} IN (${values.map(literal).join(', ')})`,
  fitting: sql,
});

/** Numbers may come as JSON strings, as decimals are often sent so; a string never comes as a number. */
function jsonValue(type: LoadType, sql: string, timezone: string): string {
  const text = `(${sql} ->> '$')`;
  const when = (types: readonly string[]): string =>
    `(CASE WHEN json_type(${sql}) IN (${types.map(literal).join(', ')}) THEN ${text} END)`;
  const numbers = ['UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE', 'VARCHAR'];
  switch (type.kind) {
    case 'json':
      return `CASE WHEN json_type(${sql}) <> 'NULL' THEN ${sql} END`;
    case 'bool':
      return textValue(type, when(['BOOLEAN']), timezone);
    case 'int64':
    case 'float64':
    case 'decimal':
      return textValue(type, when(numbers), timezone);
    case 'string':
    case 'bytes':
    case 'date':
    case 'timestamp':
    case 'uuid':
    case 'enum':
      return textValue(type, when(['VARCHAR']), timezone);
  }
}

const INTEGERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER'];
const WIDE_INTEGERS = ['UBIGINT', 'HUGEINT', 'UHUGEINT'];

/** A column of Parquet. What fits for every row casts; what may not fit for some tries; what never fits is null. */
function typedGate(type: LoadType, sql: string, physical: string, timezone: string): Gate | null {
  const integer = INTEGERS.includes(physical) || WIDE_INTEGERS.includes(physical);
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(physical);
  const text = physical === 'VARCHAR' || physical.startsWith('ENUM');
  const always = (value: string): Gate => ({ value, wrong: null, fits: null, fitting: value });
  const sometimes = (value: string): Gate => optional(value, sql);
  const those = (found: Some): Gate => ({ ...optional(some(found), sql), ...found });
  switch (type.kind) {
    case 'bool':
      return physical === 'BOOLEAN' ? always(sql) : null;
    case 'int64':
      if (INTEGERS.includes(physical)) return always(`CAST(${sql} AS BIGINT)`);
      return WIDE_INTEGERS.includes(physical) ? sometimes(`TRY_CAST(${sql} AS BIGINT)`) : null;
    case 'float64':
      if (physical === 'DOUBLE' || physical === 'FLOAT') return those(finite(`CAST(${sql} AS DOUBLE)`));
      return ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER'].includes(physical) ||
        (decimal !== null && Number(decimal[1]) <= 15)
        ? always(`CAST(${sql} AS DOUBLE)`)
        : null;
    case 'decimal':
      if (decimal !== null && Number(decimal[2]) > type.scale) return null;
      return integer || decimal !== null ? sometimes(`TRY_CAST(${sql} AS ${sqlType(type)})`) : null;
    case 'string':
      return text ? those(noNul(`CAST(${sql} AS VARCHAR)`)) : null;
    case 'bytes':
      return physical === 'BLOB' ? always(sql) : null;
    case 'date':
      return physical === 'DATE' ? those(inDates(sql)) : null;
    case 'timestamp':
      if (physical === 'TIMESTAMP WITH TIME ZONE') return those(inTimes(sql));
      if (['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS'].includes(physical)) {
        return those(inTimes(instant(`CAST(${sql} AS TIMESTAMP)`, timezone)));
      }
      // Nanoseconds are let in where they are whole microseconds: cutting digits would lose.
      return physical === 'TIMESTAMP_NS'
        ? those(inTimes(instant(`CASE WHEN epoch_ns(${sql}) % 1000 = 0 THEN CAST(${sql} AS TIMESTAMP) END`, timezone)))
        : null;
    case 'uuid':
      if (physical === 'UUID') return always(sql);
      return text ? sometimes(textValue(type, `CAST(${sql} AS VARCHAR)`, timezone)) : null;
    case 'json':
      if (physical === 'JSON') return always(sql);
      return text ? sometimes(textValue(type, `CAST(${sql} AS VARCHAR)`, timezone)) : null;
    case 'enum':
      return text ? those(inList(type.values, `CAST(${sql} AS VARCHAR)`)) : null;
  }
}
