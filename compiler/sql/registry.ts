/** The engines that SQL is written for. */
import type { EngineName } from '../semantics/functions/table.ts';
import { clickhouse } from './clickhouse.ts';
import type { Dialect } from './dialect.ts';
import { duckdb } from './duckdb.ts';
import { postgres } from './postgres.ts';

export const dialects: Readonly<Record<EngineName, Dialect>> = { duckdb, postgres, clickhouse };

/** The engine of that name, or null. */
export const engineNamed = (name: string): EngineName | null =>
  Object.hasOwn(dialects, name) ? (name as EngineName) : null;
