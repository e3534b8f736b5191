/** Questions: one statement that reads, in a transaction of its own that may not write. */
import type { ColumnOfRows, QueryRows } from '../../engine.ts';
import { PipecError, runError } from '../../errors.ts';
import { CURSOR, declareCursor, type PgQuery, type PgResult } from './connect.ts';
import { sqlState } from './failures.ts';
import { converter } from './values.ts';

const BATCH = 2048;

/** Opens the cursor. @throws PipecError `query-refused` for more than one statement or one that does not read */
export async function openCursor(query: PgQuery, sql: string): Promise<void> {
  try {
    await query(declareCursor(sql));
  } catch (failure) {
    // A cursor is for SELECT and VALUES: any other statement is a mistake of syntax there.
    const reads = /^(\s|--[^\n]*\n|\/\*.*?\*\/|\()*(select|with|values|table)\b/is.test(sql);
    const state = sqlState(failure);
    if (
      failure instanceof PipecError &&
      ((state === '42601' && (!reads || / multiple commands /.test(failure.engine ?? ''))) || state === '0A000')
    )
      throw runError('query-refused', { why: reads ? failure.message : 'this one does not read' });
    throw failure;
  }
}

/** The rows of the open cursor in batches, each fetched when the one before is used up. */
export async function readCursor(query: PgQuery, limit: number | null, end: () => Promise<void>): Promise<QueryRows> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  const fetch = async (): Promise<PgResult> => await query(`FETCH ${Math.min(BATCH, left)} FROM ${CURSOR}`);
  const first = await fetch();
  const columns = await columnsOf(query, first.fields);
  const convert = first.fields.map(({ oid }) => converter(oid));
  async function* batches(): QueryRows['batches'] {
    try {
      for (let result = first; result.rows.length > 0; result = await fetch()) {
        left -= result.rows.length;
        yield result.rows.map((row) => row.map((text, index) => convert[index]?.(text)));
        if (left <= 0) return;
      }
    } finally {
      await end();
    }
  }
  return { columns, batches: batches() };
}

/** The engine's names of types. */
export async function columnsOf(query: PgQuery, fields: PgResult['fields']): Promise<readonly ColumnOfRows[]> {
  if (fields.length === 0) return [];
  const { rows } = await query(`SELECT ${fields.map(({ oid }) => `format_type(${oid}, NULL)`).join(', ')}`);
  return fields.map(({ name }, index) => ({ name, type: rows[0]?.[index] ?? '' }));
}
