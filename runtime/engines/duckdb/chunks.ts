/** Rows of a query as DuckDB has them, a chunk of columns at a time: the only place that uses a stream of the binding. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { runError } from '../../errors.ts';
import type { Connection } from './connect.ts';
import { duckDbFailure } from './failures.ts';

/**
 * All rows of a query; the engine works ahead a little and then waits. The connection answers nothing else until it is
 * drained or left. A stream that fails half-way ends like a complete one, and only its transaction tells (decision 0001,
 * trap 2): so it has one.
 * @throws PipecError also after the last chunk of a query that failed later
 */
export async function* chunksOf(connection: Connection, sql: string): AsyncGenerator<DuckDBDataChunk, void, void> {
  const { interruptions } = connection;
  await connection.run('BEGIN TRANSACTION READ ONLY');
  const leave = connection.streaming();
  let next: Promise<DuckDBDataChunk | null> = Promise.resolve(null);
  try {
    const result = await connection.raw.stream(sql).catch((thrown) => {
      throw duckDbFailure(thrown, sql);
    });
    // The next is fetched while this one is used.
    next = result.fetchChunk();
    for (let chunk = await next; chunk !== null && chunk.rowCount > 0; chunk = await next) {
      next = result.fetchChunk();
      // It is awaited; a failure before that is not one that nobody hears.
      next.catch(() => undefined);
      yield chunk;
    }
    if (!(await isAborted(connection))) return;
    if (connection.interruptions > interruptions) throw runError('cancelled', {});
    throw await whyItFailed(connection, sql);
  } finally {
    await Promise.allSettled([next]);
    await rollback(connection);
    leave();
  }
}

async function isAborted(connection: Connection): Promise<boolean> {
  return await connection.raw.run('SELECT 1').then(
    () => false,
    () => true,
  );
}

/** It only read, so that there is nothing to be undone. */
async function rollback(connection: Connection): Promise<void> {
  await connection.shielded(() => connection.raw.run('ROLLBACK').then(undefined, () => undefined));
}

/** What a stream died of it does not say. The query is run once more, its rows thrown away, to hear it. */
async function whyItFailed(connection: Connection, sql: string): Promise<unknown> {
  await rollback(connection);
  return await connection.run(`EXPLAIN ANALYZE ${sql}`).then(
    () => runError('io-failed', { why: 'the rows of a query stopped before their end' }),
    (failure: unknown) => failure,
  );
}
