/** Pieces of SQL that cells of several areas use, each total: it gives null or a value for whatever it is handed. */
import { decimal, type ValueType } from '../../relational/types.ts';
import { type EngineName, fragment, operand, PRECEDENCE, type SqlFragment } from './row.ts';
import { sqlType } from './sql-types.ts';

export const cast = (engine: EngineName, sql: string, type: ValueType): string =>
  `CAST(${sql} AS ${sqlType(engine, type)})`;

/** Digits that every decimal of ClickHouse may hold; past them its numbers wrap. */
export const WIDEST = 76;

/** The digits that there is room for in the bits in which ClickHouse stores a decimal of so many. */
export const roomOf = (precision: number): number => [9, 18, 38].find((most) => precision <= most) ?? WIDEST;

/** A decimal of ClickHouse that can hold any product or sum of two others. */
export const wideDecimal = (sql: string, scale: number): string => `CAST(${sql} AS Decimal(${WIDEST}, ${scale}))`;

/**
 * A decimal of ClickHouse as the type, an overflow where it has more digits. ClickHouse itself checks the bits only:
 * its `Decimal(5, 2)` holds 123456.78.
 */
export function fitClickhouse(sql: string, type: ValueType): string {
  if (type.kind !== 'decimal') throw new Error('only a decimal has digits to fit');
  const least = wideDecimal(`'1e${type.precision - type.scale}'`, 0);
  return cast(
    'clickhouse',
    `${sql} + throwIf(abs(${sql}) >= ${least}, 'a value does not fit decimal(${type.precision}, ${type.scale})')`,
    type,
  );
}

/** An Int128 of ClickHouse as int64, an overflow where it does not fit. */
export const int64Clickhouse = (sql: string): string => `accurateCast(${sql}, 'Int64')`;

/** Microseconds since 1970, and back, on ClickHouse. */
export const microsClickhouse = (sql: string): string => `toUnixTimestamp64Micro(${sql})`;
export const instantClickhouse = (micros: string): string => `fromUnixTimestamp64Micro(${micros}, 'UTC')`;

/** The wall clock of an instant in UTC on PostgreSQL, whatever the session's zone is: a view is read in any session. */
export const utcPostgres = (sql: string): string => `timezone('UTC', ${sql})`;

/** `-0.0` is 0 everywhere, but ClickHouse groups and joins by its bits. */
export const plusZero = (sql: string): string => `${sql} + 0.`;

export const scaleOf = (type: ValueType | undefined): number => (type?.kind === 'decimal' ? type.scale : 0);
export const precisionOf = (type: ValueType | undefined): number => (type?.kind === 'decimal' ? type.precision : 19);

/** What was cut to 38 digits may overflow; what was not cannot. */
export const isClipped = (precision: number): boolean => precision > 38;

/** The widest decimal of a scale. */
export const widest = (scale: number): ValueType => decimal(38, scale);

/** `10 ** n` as a number written out. */
export const powerOfTen = (n: number): string => `1${'0'.repeat(n)}`;
/** `10 ** -n` written out. */
export const unit = (n: number): string => (n === 0 ? '1' : `0.${'0'.repeat(n - 1)}1`);

/**
 * The value as the engine must see it to order it as all do: text by its bytes, a uuid as its text (ClickHouse sorts its
 * low half first).
 */
export function byOrder(engine: EngineName, value: SqlFragment, type: ValueType | undefined): SqlFragment {
  const isText = type?.kind === 'string' || type?.kind === 'enum';
  if (engine === 'postgres' && isText)
    return fragment(`${operand([value], 0, PRECEDENCE.atom)} COLLATE "C"`, PRECEDENCE.postfix);
  if (engine === 'clickhouse' && type?.kind === 'uuid') return fragment(`toString(${value.sql})`);
  return value;
}

/** True where the engine orders the type as all do without a word more. */
export const ordersAlike = (engine: EngineName, type: ValueType): boolean =>
  byOrder(engine, fragment('x'), type).sql === 'x';

/** What checked arithmetic takes. */
export const isArithmetic = (type: ValueType): boolean =>
  type.kind === 'int64' || type.kind === 'decimal' || type.kind === 'float64';

/**
 * A null of ClickHouse with nothing below it. `CASE WHEN c THEN x END` and `nullif` lay a null over the value they hide,
 * and arithmetic that checks for an overflow finds the value.
 */
export const visibleNull = (typeName: string): string => `materialize(CAST(NULL AS ${typeName}))`;
