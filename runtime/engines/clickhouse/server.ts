/** A ClickHouse server, through `@clickhouse/client`. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseClient, ResponseJSON } from '@clickhouse/client';
import type { QueryRows } from '../../engine.ts';
import { runError } from '../../errors.ts';
import { ident } from '../quote.ts';
import { placeOf } from '../server-url.ts';
import {
  type ChConnection,
  type ChDatabase,
  type ChResult,
  chLiteral,
  expectVersion,
  FORMAT,
  knownSettings,
  oneQuestion,
  onlyKnown,
  SESSION,
  type Settings,
} from './connect.ts';
import { clickhouseFailure } from './failures.ts';
import { converter } from './values.ts';

/** Of one statement: a build may take long, and a run has its own timeout. */
const STATEMENT_MS = 24 * 60 * 60 * 1000;

/** Bytes of rows that are made while others are sent. */
const AHEAD = 1 << 22;

/** Requests at a time that bring rows: while a server works on what one has brought, the next comes. */
const LANES = 2;
/** Bytes of rows after which a request ends: about as many as a server makes a part of. */
const REQUEST = 1 << 26;

/** Something is sent while a long statement runs, so that nothing in between takes the connection for dead. */
export const ALIVE: Settings = { send_progress_in_http_headers: 1, http_headers_progress_interval_ms: '20000' };

/** @throws PipecError `wrong-url` */
export async function clientOf(
  url: string,
  database: string | null,
  application: string,
): Promise<{ readonly client: ClickHouseClient; readonly place: string }> {
  const place = placeOf(url, ['http', 'https'], url.startsWith('https:') ? '8443' : '8123');
  // What is bundled of a CommonJS package has no names of its own.
  const { default: clickhouse } = await import('@clickhouse/client');
  const { ClickHouseLogLevel, createClient } = clickhouse;
  const client = createClient({
    url,
    application,
    request_timeout: STATEMENT_MS,
    max_open_connections: 32,
    // What fails is told once, and by us; it would write statements to the terminal.
    log: { level: ClickHouseLogLevel.OFF },
    ...(database === null ? {} : { database }),
  });
  return { client, place };
}

/** @throws PipecError `wrong-url`, `server-unreachable`, `tls-failed`, `login-refused`, `database-unknown`, `server-too-old` */
export async function openServer(url: string, database: string | null, application: string): Promise<ChDatabase> {
  const { client, place } = await clientOf(url, database, application);
  try {
    const first = await client.query({ query: 'SELECT version() AS version', format: 'JSON' });
    const { data }: ResponseJSON<{ version: string }> = await first.json();
    expectVersion(data[0]?.version ?? '', place);
    const found = await client.query({ query: knownSettings, format: 'JSONCompactEachRow' });
    const known = new Set((await found.json<[string]>()).map(([name]) => name));
    const settings = { ...onlyKnown(SESSION, known), ...ALIVE };
    return {
      place,
      connect: (own = {}) => Promise.resolve(connectionTo(client, { ...settings, ...own }, place)),
      close: () => client.close(),
    };
  } catch (thrown) {
    await client.close();
    throw clickhouseFailure(thrown, null, place);
  }
}

function connectionTo(client: ClickHouseClient, settings: Settings, place: string): ChConnection {
  let shields = 0;
  let killing = false;
  /** The statements that run, by the ids under which the server knows them. */
  const running = new Map<string, AbortController>();
  const during = async <T>(sql: string, work: (about: About) => Promise<T>): Promise<T> => {
    const query_id = randomUUID();
    const abort = new AbortController();
    running.set(query_id, abort);
    try {
      return await work({ query_id, abort_signal: abort.signal, clickhouse_settings: settings });
    } catch (thrown) {
      if (abort.signal.aborted) throw runError('cancelled', {});
      throw clickhouseFailure(thrown, sql, place);
    } finally {
      running.delete(query_id);
    }
  };
  const query = (sql: string): Promise<ChResult> =>
    during(sql, async (about) => {
      const result = await client.query({ query: sql, format: FORMAT, ...about });
      const [names = [], types = [], ...rows] = await result.json<readonly unknown[]>();
      return { names: names.map(String), types: types.map(String), rows };
    });
  return {
    run: (sql) =>
      during(sql, async (about) => {
        // The answer comes when all is done: one that began well and failed later is a failure.
        const clickhouse_settings = { ...about.clickhouse_settings, wait_end_of_query: 1 } as const;
        await client.command({ query: sql, ...about, clickhouse_settings });
      }),
    query,
    async take(table, columns, pieces) {
      const insert = `INSERT INTO ${table} (${columns.map(ident).join(', ')}) FORMAT Native`;
      const left = pieces[Symbol.asyncIterator]();
      const send = (request: AsyncIterable<Uint8Array>): Promise<void> =>
        during(insert, async (about) => {
          const values = Readable.from(request, { objectMode: false, highWaterMark: AHEAD });
          let failed: unknown = null;
          values.on('error', (failure) => (failed = failure));
          try {
            const { stream } = await client.exec({ query: insert, values, ...about });
            stream.resume();
            await finished(stream);
          } catch (thrown) {
            // A request that its own rows have broken off says so, and not why.
            throw failed ?? thrown;
          }
        });
      const lane = async (): Promise<void> => {
        try {
          for (let next = await left.next(); next.done !== true; next = await left.next())
            await send(request(next.value, left));
        } catch (thrown) {
          // Nothing more is made for the others either.
          await left.return?.();
          throw thrown;
        }
      };
      const done = await Promise.allSettled(Array.from({ length: LANES }, lane));
      for (const one of done) if (one.status === 'rejected') throw one.reason;
    },
    takeFiles: null,
    async read(sql, limit) {
      const question = oneQuestion(sql);
      const abort = new AbortController();
      const query_id = randomUUID();
      running.set(query_id, abort);
      try {
        // 2: it may set what it likes, and change no data.
        const clickhouse_settings = {
          ...settings,
          readonly: '2',
          ...(limit === null ? {} : { limit: String(limit) }),
        } as const;
        const about = { query_id, abort_signal: abort.signal, clickhouse_settings };
        const result = await client.query({ query: question, format: FORMAT, ...about });
        const stream: AsyncIterator<readonly { json<T>(): T }[]> = result.stream()[Symbol.asyncIterator]();
        // The first two lines are names and types; they come with the first rows.
        const ahead: (readonly unknown[])[] = [];
        while (ahead.length < 2) {
          const { value, done } = await stream.next();
          if (done === true) break;
          for (const row of value) ahead.push(row.json<readonly unknown[]>());
        }
        const [names = [], types = [], ...first] = ahead;
        const convert = types.map((type) => converter(String(type)));
        const shown = (row: readonly unknown[]) => row.map((value, index) => convert[index]?.(value));
        async function* batches(): QueryRows['batches'] {
          let left = limit ?? Number.POSITIVE_INFINITY;
          const cut = (rows: readonly (readonly unknown[])[]) => {
            const taken = rows.slice(0, left).map(shown);
            left -= taken.length;
            return taken;
          };
          try {
            if (first.length > 0) yield cut(first);
            while (left > 0) {
              const { value, done } = await stream.next();
              if (done === true) return;
              yield cut(value.map((row) => row.json<readonly unknown[]>()));
            }
          } catch (thrown) {
            throw clickhouseFailure(thrown, sql, place);
          } finally {
            running.delete(query_id);
            result.close();
          }
        }
        return {
          columns: names.map((name, i) => ({ name: String(name), type: String(types[i]) })),
          batches: batches(),
        };
      } catch (thrown) {
        running.delete(query_id);
        throw clickhouseFailure(thrown, sql, place);
      }
    },
    async shielded(work) {
      shields += 1;
      try {
        return await work();
      } finally {
        shields -= 1;
      }
    },
    interrupt() {
      if (shields > 0 || killing || running.size === 0) return;
      killing = true;
      const ids = [...running.keys()].map(chLiteral).join(', ');
      // An INSERT goes on when its client has gone, so it is killed as well.
      void client
        .command({ query: `KILL QUERY WHERE query_id IN (${ids}) ASYNC` })
        .catch(() => undefined)
        .finally(() => {
          killing = false;
        });
      for (const abort of running.values()) abort.abort();
    },
  };
}

/** As many pieces as one request brings. */
async function* request(first: Uint8Array, left: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let bytes = first.length;
  yield first;
  while (bytes < REQUEST) {
    const next = await left.next();
    if (next.done === true) return;
    bytes += next.value.length;
    yield next.value;
  }
}

interface About {
  readonly query_id: string;
  readonly abort_signal: AbortSignal;
  readonly clickhouse_settings: Settings;
}
