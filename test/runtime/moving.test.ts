/** Rows on their way into another engine, without one: who waits for whom, what a failure leaves, how much lies in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { type Connection, type Database, openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import {
  columnOf,
  copyString,
  isNull,
  STRING_WIDTH,
  stringsOf,
  vectorOf,
  viewOf,
} from '../../runtime/engines/duckdb/vectors.ts';
import { gathered, type MovedColumn, moveRows, type Pieces, type Wire } from '../../runtime/engines/mover.ts';
import { binaryCopy, COPY_BEGIN } from '../../runtime/engines/postgres/binary.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';

let database: Database;
let connection: Connection;
beforeAll(async () => {
  database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
  connection = await database.connect();
});
afterAll(() => database.close());

const columns: readonly MovedColumn[] = [{ name: 'i', type: { kind: 'int64' }, nullable: false }];
/** Whoever takes them has them all. */
function moving(sql: string, take: (pieces: Pieces) => Promise<void>, wire: Wire = binaryCopy): Promise<number> {
  let rows = 0;
  const encoder: Wire['encoder'] = (all) => {
    const { add, end } = wire.encoder(all);
    return {
      add(chunk) {
        rows += chunk.rowCount;
        return add(chunk);
      },
      end,
    };
  };
  return moveRows(connection, { sql, columns, wire: { ...wire, encoder } }, async (pieces) => {
    await take(pieces);
    return rows;
  });
}

/** Counts the chunks that the embedded engine was asked for. */
function counting(): { readonly wire: Wire; readonly chunks: () => number } {
  let chunks = 0;
  const encoder: Wire['encoder'] = (all) => {
    const { add, end } = binaryCopy.encoder(all);
    return {
      add(chunk) {
        chunks += 1;
        return add(chunk);
      },
      end,
    };
  };
  return { wire: { ...binaryCopy, encoder }, chunks: () => chunks };
}

describe('moving', () => {
  test('nothing is made that nobody takes', async () => {
    const { wire, chunks } = counting();
    const seen: number[] = [];
    const rows = await moving(
      'SELECT i FROM range(1_000_000) AS r(i)',
      async (pieces) => {
        for await (const piece of pieces) {
          expect(piece.length).toBeGreaterThan(0);
          if (seen.length < 3) await sleep(20);
          seen.push(chunks());
        }
      },
      wire,
    );
    expect(rows).toBe(1_000_000);
    // After each piece, no more than the chunk that it is of.
    expect(seen).toEqual(seen.map((_, index) => index + 1));
  });

  test('a row that does not arrive is told', async () => {
    const lost = moveRows(
      connection,
      { sql: 'SELECT i FROM range(5000) AS r(i)', columns, wire: binaryCopy },
      async (pieces) => {
        for await (const piece of pieces) expect(piece.length).toBeGreaterThan(0);
        return 4999;
      },
    );
    await expect(lost).rejects.toMatchObject({ code: 'internal' });
    await expect(lost).rejects.toThrow('5000 rows were sent to the target and 4999 arrived');
  });

  test('a query that fails half-way has no end', async () => {
    let ended = false;
    let pieces = 0;
    const failing = moving(
      "SELECT CAST(CASE WHEN i = 900_000 THEN 'no number' ELSE '1' END AS BIGINT) AS i FROM range(1_000_000) AS r(i)",
      async (all) => {
        for await (const _ of all) pieces += 1;
        ended = true;
      },
    );
    await expect(failing).rejects.toMatchObject({ code: 'value-unreadable' });
    expect([ended, pieces > 1]).toEqual([false, true]);
  });

  test('who takes them can stop, and the connection goes on', async () => {
    await expect(
      moving('SELECT i FROM range(1_000_000) AS r(i)', async (pieces) => {
        for await (const _ of pieces) throw new Error('cut');
      }),
    ).rejects.toThrow('cut');
    expect(await connection.numbers('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  test('what is stopped says so, and is not run again to hear why', async () => {
    await expect(
      moving('SELECT i FROM range(1_000_000_000) AS r(i)', async (pieces) => {
        for await (const _ of pieces) connection.interrupt();
      }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(await connection.numbers('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  test('no rows are a header and an end', async () => {
    const pieces: Uint8Array[] = [];
    const rows = await moving('SELECT 1::BIGINT AS i WHERE false', async (all) => {
      for await (const piece of all) pieces.push(piece);
    });
    expect([rows, pieces, COPY_BEGIN.length]).toEqual([0, [], 19]);
  });

  test('pieces are gathered to parts of a size', async () => {
    // biome-ignore lint/suspicious/useAwait: what is there already
    async function* pieces(): Pieces & AsyncGenerator<Uint8Array> {
      for (const length of [3, 3, 3, 10, 1]) yield new Uint8Array(length);
    }
    const sizes: number[][] = [];
    for await (const parts of gathered(pieces(), 6)) sizes.push(parts.map(({ length }) => length));
    expect(sizes).toEqual([[3, 3], [3, 10], [1]]);
  });
});

test('strings are read out of the memory of DuckDB as they are', async () => {
  const text = fc.option(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.integer({ min: 0, max: 200 }).map((length) => 'x'.repeat(length)),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 100 }), async (values) => {
      const list = values.map((value) => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`));
      // Twice and backwards, so that texts stand elsewhere than in their order.
      const sql = `WITH t AS (SELECT unnest([${list.join(', ')}]::VARCHAR[]) AS s, generate_subscripts([${list.join(', ')}], 1) AS i) SELECT s FROM (SELECT s, i FROM t UNION ALL SELECT s, -i FROM t) ORDER BY i`;
      const result = await connection.raw.stream(sql);
      const found: (string | null)[] = [];
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        const vector = vectorOf(columnOf(chunk, 0), STRING_WIDTH, chunk.rowCount);
        const texts = stringsOf(vector, chunk.rowCount);
        for (let row = 0; row < chunk.rowCount; row += 1) {
          const length = texts.lengths[row] ?? -1;
          expect(isNull(vector.valid, row)).toBe(length === -1);
          const bytes = Buffer.alloc(Math.max(length, 0));
          if (length > 0) copyString(texts, row, viewOf(bytes), 0);
          found.push(length === -1 ? null : bytes.toString());
        }
      }
      expect(found).toEqual([...values].reverse().concat(values));
    }),
    { numRuns: 50 },
  );
});
