/**
 * Preloaded into a run (`node --import`): writes every statement that goes to DuckDB to the file named by
 * PIPEC_BENCH_SQL, a line each with the number of its connection, in the order in which they start.
 */
import { appendFileSync } from 'node:fs';
import { DuckDBConnection } from '@duckdb/node-api';

const file = process.env.PIPEC_BENCH_SQL;
if (file === undefined) throw new Error('PIPEC_BENCH_SQL names no file');
const prototype = DuckDBConnection.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
const connections = new Map<unknown, number>();
let depth = 0;
for (const method of ['run', 'runAndRead', 'runAndReadAll', 'stream', 'streamAndReadAll'] as const) {
  const original = prototype[method];
  if (original === undefined) continue;
  prototype[method] = function (this: unknown, ...args: unknown[]) {
    // These call each other; only what came from outside is a statement of its own.
    if (depth === 0 && typeof args[0] === 'string') {
      const connection = connections.get(this) ?? connections.size;
      connections.set(this, connection);
      appendFileSync(file, `${JSON.stringify([connection, args[0]])}\n`);
    }
    depth += 1;
    const result = original.apply(this, args);
    depth -= 1;
    return result;
  };
}
