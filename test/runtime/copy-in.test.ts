/** What is sent for a `COPY … FROM STDIN`: whole messages, each when the one before has gone, and an end that says how it ended. */
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Connection } from 'pg';
import { expect, test } from 'vitest';
import { CopyIn } from '../../runtime/engines/postgres/copy-in.ts';

/** Takes what is written when it is told to, as a socket does whose other side is slow. */
function server({ slow = false, broken = false } = {}) {
  const taken: Buffer[] = [];
  const said: string[] = [];
  let take: () => void = () => undefined;
  const socket = new Writable({
    writev(chunks, done) {
      const bytes = chunks.map(({ chunk }) => Buffer.from(chunk as Buffer));
      const end = (): void => {
        if (!broken) taken.push(Buffer.concat(bytes));
        done(broken ? new Error('EPIPE') : null);
      };
      if (slow) take = end;
      else end();
    },
  });
  socket.on('error', () => undefined);
  const connection = {
    stream: socket,
    query: (sql: string) => said.push(sql),
    endCopyFrom: () => said.push('done'),
    sendCopyFail: (why: string) => said.push(`fail: ${why}`),
  } as unknown as Connection;
  return { connection, taken, said, take: () => take() };
}

function begun(connection: Connection): CopyIn {
  const copy = new CopyIn('COPY t FROM STDIN');
  copy.submit(connection);
  copy.handleCopyInResponse(connection);
  return copy;
}

function ended(copy: CopyIn, rows: number): void {
  copy.handleCommandComplete({ text: `COPY ${rows}` });
  copy.handleReadyForQuery();
}

/** The bodies of messages of rows. */
function bodies(bytes: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    expect([bytes.toString('latin1', at, at + 1), end <= bytes.length]).toEqual(['d', true]);
    found.push(bytes.toString('latin1', at + 5, end));
    at = end;
  }
  return found;
}

test('each piece is a message, though all of them are one buffer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 40 })), async (texts) => {
      const { connection, taken, said } = server();
      const copy = begun(connection);
      const buffer = Buffer.alloc(40);
      // biome-ignore lint/suspicious/useAwait: what is there already
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (const text of texts) yield buffer.subarray(0, buffer.write(text, 'latin1'));
      }
      const rows = copy.send(pieces());
      while (said.length < 2) await sleep(0);
      ended(copy, texts.length);
      expect(await rows).toBe(texts.length);
      expect(bodies(Buffer.concat(taken))).toEqual(texts);
      expect(said).toEqual(['COPY t FROM STDIN', 'done']);
    }),
    { numRuns: 50 },
  );
});

test('the next is asked for when the one before has gone', async () => {
  const { connection, said, take } = server({ slow: true });
  const copy = begun(connection);
  let asked = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (; asked < 3; ) {
      asked += 1;
      yield await Promise.resolve(Buffer.from('row'));
    }
  }
  const rows = copy.send(pieces());
  for (const expected of [1, 2, 3]) {
    await sleep(5);
    expect([asked, said.length]).toEqual([expected, 1]);
    take();
  }
  await sleep(5);
  expect(said).toEqual(['COPY t FROM STDIN', 'done']);
  ended(copy, 3);
  expect(await rows).toBe(3);
});

test('rows that end in an error are taken back, and the error is theirs', async () => {
  const { connection, said } = server();
  const copy = begun(connection);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('row'));
    throw new Error('the source broke');
  }
  const rows = copy.send(pieces());
  rows.catch(() => undefined);
  while (said.length < 2) await sleep(0);
  copy.handleError(new Error('COPY from stdin failed'));
  await expect(rows).rejects.toThrow('the source broke');
  expect(said).toEqual(['COPY t FROM STDIN', 'fail: the rows ended in an error']);
});

test.each([
  ['while rows are sent', false],
  ['as the connection is gone', true],
])('no more is asked for when the server has failed, %s', async (_, broken) => {
  const { connection } = server({ broken });
  const copy = begun(connection);
  let asked = 0;
  let left = false;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        asked += 1;
        if (asked === 3 && !broken) copy.handleError(new Error('disk full'));
        yield await Promise.resolve(Buffer.from('row'));
      }
    } finally {
      left = true;
    }
  }
  const rows = copy.send(pieces());
  rows.catch(() => undefined);
  await sleep(5);
  if (broken) copy.handleError(new Error('disk full'));
  await expect(rows).rejects.toThrow('disk full');
  expect([asked, left]).toEqual([broken ? 1 : 3, true]);
});

test('a COPY that the server refuses asks for nothing', async () => {
  const { connection } = server();
  const copy = new CopyIn('COPY t FROM STDIN');
  copy.submit(connection);
  let asked = false;
  // biome-ignore lint/suspicious/useAwait: nobody asks
  async function* pieces(): AsyncGenerator<Uint8Array> {
    asked = true;
    yield Buffer.from('row');
  }
  const rows = copy.send(pieces());
  copy.handleError(new Error('no such table'));
  await expect(rows).rejects.toThrow('no such table');
  expect(asked).toBe(false);
});
