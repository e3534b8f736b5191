/** What an engine's name of a type means in the language. Types that can hold what ours cannot, or less, mean nothing here. */
import {
  BOOL,
  BYTES,
  DATE,
  decimal,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
  UUID,
  type ValueType,
} from '../relational/types.ts';
import type { EngineName } from './functions/row.ts';
import { widens } from './widening.ts';

const NAMES: Readonly<Record<EngineName, ReadonlyMap<string, ValueType>>> = {
  duckdb: new Map([
    ['BOOLEAN', BOOL],
    ['TINYINT', INT64],
    ['SMALLINT', INT64],
    ['INTEGER', INT64],
    ['BIGINT', INT64],
    ['UTINYINT', INT64],
    ['USMALLINT', INT64],
    ['UINTEGER', INT64],
    ['FLOAT', FLOAT64],
    ['DOUBLE', FLOAT64],
    ['VARCHAR', STRING],
    ['BLOB', BYTES],
    ['DATE', DATE],
    ['TIMESTAMP WITH TIME ZONE', TIMESTAMP],
    ['UUID', UUID],
    ['JSON', JSON_TYPE],
  ]),
  postgres: new Map([
    ['boolean', BOOL],
    ['smallint', INT64],
    ['integer', INT64],
    ['bigint', INT64],
    ['real', FLOAT64],
    ['double precision', FLOAT64],
    ['text', STRING],
    ['character varying', STRING],
    ['bytea', BYTES],
    ['date', DATE],
    ['timestamp with time zone', TIMESTAMP],
    ['uuid', UUID],
    ['json', JSON_TYPE],
  ]),
  clickhouse: new Map([
    ['Bool', BOOL],
    ['Int8', INT64],
    ['Int16', INT64],
    ['Int32', INT64],
    ['Int64', INT64],
    ['UInt8', INT64],
    ['UInt16', INT64],
    ['UInt32', INT64],
    ['Float32', FLOAT64],
    ['Float64', FLOAT64],
    ['String', STRING],
    ['Date', DATE],
    ['Date32', DATE],
    ["DateTime64(6, 'UTC')", TIMESTAMP],
    ['UUID', UUID],
  ]),
};

/** Null for a type that ours are not the like of: `HUGEINT`, `TIMESTAMP` without a zone, `STRUCT(…)`. */
export function engineType(engine: EngineName, name: string): ValueType | null {
  const nullable = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(name)?.[1];
  if (nullable !== undefined) return engineType(engine, nullable);
  const [, precision, scale] = /^(?:DECIMAL|numeric|Decimal)\((\d+), ?(\d+)\)$/.exec(name) ?? [];
  if (precision !== undefined && scale !== undefined) return decimal(Number(precision), Number(scale));
  const item = /^(.*)\[\]$/.exec(name)?.[1] ?? /^Array\((.*)\)$/.exec(name)?.[1];
  if (item !== undefined) {
    const element = engineType(engine, item);
    return element === null ? null : { kind: 'list', element };
  }
  return NAMES[engine].get(name.replace(/^(character varying|timestamp)\(\d+\)/, '$1')) ?? null;
}

/** Whether every value of the engine's type is one of ours, as far as types tell: the texts of an enum are looked at in each run. */
export function holds(engine: EngineName, found: string, wanted: ValueType): boolean {
  const type = engineType(engine, found);
  if (type === null) return false;
  return widens({ type, literal: undefined }, wanted.kind === 'enum' ? STRING : wanted);
}
