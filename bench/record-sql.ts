/**
 * Preloaded into a run (`node --import`): writes every statement that goes to DuckDB to the file named by
 * PIPEC_BENCH_SQL, a line each with the number of its connection, in the order in which they start.
 */
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type bindings from '@duckdb/node-bindings';

const file = process.env.PIPEC_BENCH_SQL;
if (file === undefined) throw new Error('PIPEC_BENCH_SQL names no file');
const require = createRequire(import.meta.url);
const path = require.resolve('@duckdb/node-bindings');
const engine = require(path) as typeof bindings;
const connections = new Map<unknown, number>();
const recorded =
  <T>(call: (connection: bindings.Connection, sql: string) => T) =>
  (connection: bindings.Connection, sql: string): T => {
    const number = connections.get(connection) ?? connections.size;
    connections.set(connection, number);
    appendFileSync(file, `${JSON.stringify([number, sql])}\n`);
    return call(connection, sql);
  };
// What the engine exports cannot be changed, so that another stands in its place.
const module = require.cache[path];
if (module === undefined) throw new Error('the engine was not loaded');
module.exports = Object.create(engine, {
  query: { value: recorded(engine.query) },
  // What is streamed is prepared first.
  extract_statements: { value: recorded(engine.extract_statements) },
});
