/** A PostgreSQL server, through `pg`. */
import type { Client, QueryArrayConfig } from 'pg';
import { runError } from '../../errors.ts';
import type { Pieces } from '../mover.ts';
import { placeOf } from '../server-url.ts';
import { COPY_BEGIN, COPY_END } from './binary.ts';
import { type PgConnection, type PgDatabase, type PgResult, SESSION } from './connect.ts';
import { CopyIn } from './copy-in.ts';
import { postgresFailure } from './failures.ts';
import { openCursor, readCursor } from './reader.ts';

const CONNECT_MS = 15_000;
/** Of what it says; older ones are not tested. */
const OLDEST = 13;

/** `db.example:5432/shop`. @throws PipecError `wrong-url` */
export const postgresPlace = (url: string): string => placeOf(url, ['postgres', 'postgresql'], '5432');

/** @param application what `pg_stat_activity` shows of it */
export function openServer(url: string, application: string): PgDatabase {
  const place = postgresPlace(url);
  const control = once(() => connectClient(url, application, place));
  return {
    place,
    connect: async () => connectionTo(await connectClient(url, application, place), place, control.get),
    close: async () => await (await control.made())?.end(),
  };
}

function once<T>(make: () => Promise<T>): { readonly get: () => Promise<T>; readonly made: () => Promise<T | null> } {
  let made: Promise<T> | null = null;
  return {
    get: () => (made ??= make()),
    made: async () => await (made ?? Promise.resolve(null)),
  };
}

/** The driver takes all of these for `verify-full`, and warns of it on the terminal. */
function verifying(url: string): string {
  return url.replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}

/** @throws PipecError `server-unreachable`, `tls-failed`, `login-refused`, `database-unknown`, `server-too-old` */
export async function connectClient(url: string, application: string, place: string): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: verifying(url),
    application_name: application,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: { getTypeParser: () => (value: string) => value },
  });
  // A server that goes away says so to the statement that runs, or to the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const version = await client.query({ text: 'SHOW server_version_num', rowMode: 'array' });
    expectVersion(Number(version.rows[0]?.[0] ?? 0), place);
    for (const statement of SESSION) await client.query(statement);
    return client;
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw postgresFailure(thrown, null, place);
  }
}

/** @param number as `server_version_num` has it: 150018. @throws PipecError `server-too-old` */
export function expectVersion(number: number, place: string): void {
  const major = Math.floor(number / 10_000);
  if (major < OLDEST)
    throw runError('server-too-old', { place, found: `PostgreSQL ${major}`, oldest: `PostgreSQL ${OLDEST}` });
}

async function* copied(pieces: Pieces): AsyncGenerator<Uint8Array, void, void> {
  yield COPY_BEGIN;
  yield* pieces;
  yield COPY_END;
}

function connectionTo(client: Client, place: string, control: () => Promise<Client>): PgConnection {
  let shields = 0;
  let cancelling = false;
  const query = async (sql: string): Promise<PgResult> => {
    try {
      // The extended protocol takes one statement.
      const question: QueryArrayConfig & { readonly queryMode: 'extended' } = {
        text: sql,
        rowMode: 'array',
        queryMode: 'extended',
      };
      const result = await client.query(question);
      return {
        fields: result.fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })),
        rows: result.rows as PgResult['rows'],
        count: result.rowCount ?? 0,
      };
    } catch (thrown) {
      throw postgresFailure(thrown, sql, place);
    }
  };
  const rollback = async (): Promise<void> => {
    await client.query('ROLLBACK').catch(() => undefined);
  };
  const longTransaction: PgConnection['longTransaction'] = async (work) => {
    try {
      await query('BEGIN');
      const result = await work(query);
      await query('COMMIT');
      return result;
    } catch (failure) {
      await rollback();
      throw failure;
    }
  };
  const copy = async (sql: string, pieces: Pieces): Promise<number> => {
    try {
      return await client.query(new CopyIn(sql)).send(copied(pieces));
    } catch (thrown) {
      throw postgresFailure(thrown, sql, place);
    }
  };
  return {
    query,
    async transaction(work) {
      shields += 1;
      try {
        return await longTransaction(work);
      } finally {
        shields -= 1;
      }
    },
    longTransaction,
    copy: (into, pieces) => copy(`COPY ${into} FROM STDIN (FORMAT binary)`, pieces),
    make: (statements, into, pieces) =>
      longTransaction(async (own) => {
        for (const statement of statements) await own(statement);
        return await copy(`COPY ${into} FROM STDIN (FORMAT binary, FREEZE)`, pieces);
      }),
    async read(sql, limit) {
      await query('BEGIN READ ONLY');
      try {
        await openCursor(query, sql);
        return await readCursor(query, limit, rollback);
      } catch (failure) {
        await rollback();
        throw failure;
      }
    },
    interrupt() {
      if (shields > 0 || cancelling) return;
      cancelling = true;
      // A connection listens to nobody while it runs a statement, so another one speaks for it.
      void control()
        .then((other) =>
          other.query('SELECT pg_cancel_backend($1)', [(client as Client & { processID: number }).processID]),
        )
        .catch(() => undefined)
        .finally(() => {
          cancelling = false;
        });
    },
    close: async () => await client.end().catch(() => undefined),
  };
}
