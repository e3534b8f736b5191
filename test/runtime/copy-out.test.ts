/** What a server sends of a `COPY … TO STDOUT` is cut at rows, however the network cuts it, and the rest is the driver's. */
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import type { Connection } from 'pg';
import { describe, expect, test } from 'vitest';
import { CopyOut, type RowSink, type SliceSize } from '../../runtime/engines/postgres/copy-out.ts';

function message(letter: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5, letter);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Pieces of at most so many bytes, the lengths in turn. */
function cut(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 0)
    pieces.push(bytes.subarray(at, at + (lengths[pieces.length % lengths.length] as number)));
  return pieces;
}

function server() {
  const socket = new PassThrough();
  const driven: Buffer[] = [];
  const asked: string[] = [];
  socket.on('data', (bytes: Buffer) => driven.push(bytes));
  const connection = { stream: socket, query: (sql: string) => asked.push(sql) } as unknown as Connection;
  return { socket, connection, driven, asked };
}

/** Keeps rows as they are; looks at those that have not settled only when they do. */
function kept({ rows: most, bytes: size }: SliceSize): RowSink<readonly Buffer[]> {
  let rows: Buffer[] = [];
  let pending: Buffer[] = [];
  let bytes = 0;
  const settle = (): void => {
    rows.push(...pending.map((row) => Buffer.from(row)));
    pending = [];
  };
  return {
    add(from, begin, end) {
      pending.push(from.subarray(begin, end));
      bytes += end - begin;
    },
    settle,
    get isFull() {
      return rows.length + pending.length >= most || bytes >= size;
    },
    end() {
      settle();
      const slice = rows;
      [rows, bytes] = [[], 0];
      return slice;
    },
  };
}

/** A row has the number of its fields at least. */
const rowsOfAnySize = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 30 });
const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });
const end = Buffer.concat([message('C', Buffer.from('COPY\0')), message('Z', Buffer.from('I'))]);

describe('rows of COPY … TO STDOUT', () => {
  test('each slice is full or the last, none is lost, and what comes after them is for the driver', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOfAnySize, lengths, fc.integer({ min: 1, max: 9 }), async (rows, sizes, most) => {
        const { socket, connection, driven, asked } = server();
        const copy = new CopyOut('COPY', kept({ rows: most, bytes: 100 }));
        copy.submit(connection);
        const sent = [
          message('H', Buffer.from([0, 0, 0])),
          ...rows.flatMap((row) => [message('d', row), message('N', Buffer.from('a notice'))]),
          message('c', Buffer.alloc(0)),
          end,
        ];
        for (const piece of cut(Buffer.concat(sent), sizes)) socket.write(piece);
        const slices: (readonly Buffer[])[] = [];
        const reading = (async () => {
          for await (const slice of copy.slices()) slices.push(slice);
        })();
        while (Buffer.concat(driven).length < end.length) await new Promise((resolve) => setImmediate(resolve));
        copy.handleCommandComplete({ text: `COPY ${rows.length}` });
        copy.handleReadyForQuery();
        await reading;
        const expected: Uint8Array[][] = [];
        for (const row of rows) {
          const last = expected.at(-1);
          const bytes = last?.reduce((sum, { length }) => sum + length, 0) ?? 0;
          if (last === undefined || last.length === most || bytes >= 100) expected.push([row]);
          else last.push(row);
        }
        expect(slices).toEqual(expected.map((slice) => slice.map((row) => Buffer.from(row))));
        expect(Buffer.concat(driven)).toEqual(end);
        expect(copy.sent).toBe(rows.length);
        expect(asked).toEqual(['COPY']);
      }),
      { numRuns: 200 },
    );
  });

  test('an error in the middle goes to the driver whole, and what it says of it ends the rows', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, async (sizes) => {
        const { socket, connection, driven } = server();
        const copy = new CopyOut('COPY', kept({ rows: 2, bytes: 100 }));
        copy.submit(connection);
        const error = message('E', Buffer.from('SERROR\0Mdivision by zero\0\0'));
        const sent = [message('d', Buffer.from('1\n')), error, message('Z', Buffer.from('I'))];
        for (const piece of cut(Buffer.concat(sent), sizes)) socket.write(piece);
        const reading = (async () => {
          for await (const _ of copy.slices());
        })();
        const failed = expect(reading).rejects.toThrow('division by zero');
        while (Buffer.concat(driven).length < error.length) await new Promise((resolve) => setImmediate(resolve));
        copy.handleError(new Error('division by zero'));
        await failed;
        expect(Buffer.concat(driven).subarray(0, error.length)).toEqual(error);
      }),
    );
  });
});
