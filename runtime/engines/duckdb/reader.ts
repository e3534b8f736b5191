/** Questions to an open database: one statement that reads, on a connection of its own, so that it sees what is committed. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { StatementType } from '@duckdb/node-api';
import type { EngineReader, QueryRows } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { Connection } from './connect.ts';
import { duckDbFailure } from './failures.ts';
import { converter } from './values.ts';

export function duckDbReader(connection: Connection): EngineReader {
  return {
    query: (sql, limit) => query(connection.raw, sql, limit),
    interrupt: () => connection.raw.interrupt(),
    close: () => connection.close(),
  };
}

async function query(raw: DuckDBConnection, sql: string, limit: number | null): Promise<QueryRows> {
  let open = false;
  try {
    const statements = await raw.extractStatements(sql);
    if (statements.count !== 1) throw runError('query-refused', { why: `there are ${statements.count} statements` });
    const statement = await statements.prepare(0);
    if (statement.statementType !== StatementType.SELECT && statement.statementType !== StatementType.EXPLAIN) {
      throw runError('query-refused', { why: 'this one changes something' });
    }
    await raw.run('BEGIN TRANSACTION READ ONLY');
    open = true;
    const result = await statement.stream();
    const types = result.columnTypes();
    const columns = result.deduplicatedColumnNames().map((name, index) => ({ name, type: String(types[index]) }));
    const convert = types.map(converter);
    async function* batches(): QueryRows['batches'] {
      let left = limit ?? Number.POSITIVE_INFINITY;
      try {
        for (
          let chunk = await result.fetchChunk();
          chunk !== null && chunk.rowCount > 0 && left > 0;
          chunk = await result.fetchChunk()
        ) {
          const rows = chunk
            .getRows()
            .slice(0, left)
            .map((row) => row.map((value, index) => convert[index]?.(value)));
          left -= rows.length;
          yield rows;
        }
        // A stream that fails half-way ends like a complete one; only the next statement tells (decision 0001, trap 2).
        await raw.run('SELECT 1');
      } catch (thrown) {
        throw duckDbFailure(thrown, sql);
      } finally {
        await raw.run('ROLLBACK').catch(() => undefined);
      }
    }
    return { columns, batches: batches() };
  } catch (thrown) {
    if (open) await raw.run('ROLLBACK').catch(() => undefined);
    throw duckDbFailure(thrown, sql);
  }
}
