/**
 * An embedded database is held by the process that writes it, so that process answers questions for the others: over a
 * local socket, one request a connection, a JSON object a line.
 *
 *   → {"sql":"SELECT …","limit":100}
 *   ← {"columns":[{"name":"origin","type":"VARCHAR"}]}   {"rows":[["JFK"],…]} …   {"end":true}  or  {"error":{…}}
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ColumnOfRows, Engine } from './engine.ts';
import { PipecError, runError, toRunError } from './errors.ts';
import type { RunError } from './events.ts';
import type { Texts } from './secrets.ts';

/** Longer paths do not fit into a socket's address on some systems. */
const LONGEST = 100;

/** Where the holder of a database listens: in the project's folder, or in the temporary folder where that path is too long. */
export function socketPath(folder: string, database: string): string {
  const hash = createHash('sha256').update(database).digest('hex').slice(0, 16);
  const near = join(folder, '.pipec', `${hash.slice(0, 8)}.sock`);
  return Buffer.byteLength(near) <= LONGEST ? near : join(tmpdir(), `pipec-${process.getuid?.() ?? 0}-${hash}.sock`);
}

export interface Server {
  readonly close: () => Promise<void>;
}

/** Answers until closed. The caller holds the database's lock, so a socket that is already there is a dead one's. */
export async function serveQueries(engine: Engine, path: string, texts: Texts): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void answer(engine, socket, texts);
  });
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made while this call runs, so nobody else can reach it before its mode is right.
    const before = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(before);
  });
  server.unref();
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(path, { force: true });
    },
  };
}

async function answer(engine: Engine, socket: Socket, texts: Texts): Promise<void> {
  const send = async (message: unknown): Promise<void> => {
    if (socket.destroyed) return;
    if (!socket.write(`${JSON.stringify(texts.redact(message))}\n`)) {
      await new Promise<void>((resolve) => {
        socket.once('drain', resolve);
        socket.once('close', () => resolve());
      });
    }
  };
  try {
    const request = await firstLine(socket);
    if (request === null) return;
    const { sql, limit } = JSON.parse(request) as { sql: string; limit: number | null };
    const reader = await engine.reader();
    socket.on('close', () => reader.interrupt());
    try {
      const { columns, batches } = await reader.query(sql, limit);
      await send({ columns });
      for await (const rows of batches) {
        if (socket.destroyed) return;
        await send({ rows });
      }
      await send({ end: true });
    } finally {
      await reader.close();
    }
  } catch (failure) {
    await send({ error: toRunError(failure) });
  } finally {
    socket.end();
  }
}

async function firstLine(socket: Socket): Promise<string | null> {
  for await (const line of createInterface({ input: socket })) return line;
  return null;
}

export interface Answer {
  readonly columns: readonly ColumnOfRows[];
  readonly batches: AsyncGenerator<readonly (readonly unknown[])[], void, void>;
}

/** Asks the holder of a database; null where nobody listens. @throws PipecError what the holder answered */
export async function askHolder(path: string, sql: string, limit: number | null): Promise<Answer | null> {
  try {
    // In a shared folder somebody else may have put a socket of that name.
    const owner = lstatSync(path);
    if (!owner.isSocket() || (process.getuid !== undefined && owner.uid !== process.getuid())) return null;
  } catch {
    return null;
  }
  const socket = connect(path);
  const reached = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!reached) return null;
  socket.on('error', () => socket.destroy());
  socket.write(`${JSON.stringify({ sql, limit })}\n`);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async (): Promise<Message> => {
    // The holder died or ended, with a word or without: a half answer must not look like a whole one.
    const { value = '', done } = await lines.next().catch(() => ({ value: '', done: true }));
    if (done === true) throw runError('holder-gone', {});
    const message = JSON.parse(value) as Message;
    if (message.error !== undefined) throw fromHolder(message.error);
    return message;
  };
  async function* batches(): Answer['batches'] {
    try {
      for (let message = await next(); message.end !== true; message = await next()) yield message.rows ?? [];
    } finally {
      socket.destroy();
    }
  }
  try {
    const { columns = [] } = await next();
    return { columns, batches: batches() };
  } catch (failure) {
    socket.destroy();
    throw failure;
  }
}

interface Message {
  readonly columns?: readonly ColumnOfRows[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly end?: true;
  readonly error?: RunError;
}

function fromHolder(error: RunError): PipecError {
  const { statement, engine, sample } = error;
  return new PipecError(error.code as PipecError['code'], error.message, error.hint, {
    ...(statement === null ? {} : { statement }),
    ...(engine === null ? {} : { engine }),
    sample,
  });
}
