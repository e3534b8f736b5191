/** PostgreSQL inside this process (PGlite): one connection, kept in a folder that one process at a time has open. */
import type { QueryRows } from '../../engine.ts';
import { PipecError, runError } from '../../errors.ts';
import { fullDisk, lockFolder, notOpened } from '../folder-lock.ts';
import { gathered, type Pieces } from '../mover.ts';
import type { Waiting } from '../turn.ts';
import { COPY_BEGIN, COPY_END } from './binary.ts';
import { type PgConnection, type PgDatabase, type PgQuery, SESSION } from './connect.ts';
import { postgresFailure, sqlState } from './failures.ts';
import { MEMORY, openPGlite, type PGlite, type Queries } from './pglite.ts';
import { openCursor, readCursor } from './reader.ts';

type Parsers = Readonly<Record<string, (text: string) => string>>;

/** Bytes that go over at a time: they are in memory twice. */
const BLOB = 1 << 24;

/** @throws PipecError `package-missing`, `database-busy`, `database-unreadable` */
export async function openEmbedded(path: string, folder: string, waiting: Waiting): Promise<PgDatabase> {
  const unlock = path === MEMORY ? () => undefined : await lockFolder(path, waiting);
  try {
    const database = await open(path, folder);
    const connection = connectionTo(database, path);
    for (const statement of SESSION) await connection.query(statement);
    return {
      place: path,
      connect: () => Promise.resolve(connection),
      async close() {
        await database.close();
        unlock();
      },
    };
  } catch (failure) {
    unlock();
    throw failure;
  }
}

async function open(path: string, folder: string): Promise<PGlite> {
  try {
    return await openPGlite(path, folder);
  } catch (thrown) {
    throw thrown instanceof PipecError ? thrown : notOpened(path, thrown);
  }
}

async function* kept(pieces: Pieces): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const piece of pieces) yield piece.slice();
}

/** The one connection, which every session shares: calls take turns, and a transaction keeps others out until it ends. */
function connectionTo(database: PGlite, place: string): PgConnection {
  // Every type comes as PostgreSQL's text.
  const parsers: Parsers = Object.fromEntries(Object.keys(database.parsers).map((oid) => [oid, (text) => text]));
  const through =
    (queries: Queries, blob?: Blob): PgQuery =>
    async (sql) => {
      try {
        const options = { rowMode: 'array', parsers, ...(blob === undefined ? {} : { blob }) } as const;
        const { rows, fields, affectedRows } = await queries.query(sql, [], options);
        return {
          fields: fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })),
          rows,
          count: affectedRows ?? rows.length,
        };
      } catch (thrown) {
        const failure = postgresFailure(thrown, sql, place);
        // Of a full disk it tells what broke in itself.
        const full = sqlState(thrown) === 'XX000' ? fullDisk(place) : null;
        const extras = { statement: sql, engine: failure.engine ?? failure.message };
        throw full === null ? failure : runError('disk-full', { why: full }, extras);
      }
    };
  const copy: PgConnection['copy'] = async (into, pieces) => {
    let rows = 0;
    for await (const parts of gathered(kept(pieces), BLOB)) {
      const blob = new Blob([COPY_BEGIN, ...parts, COPY_END]);
      const { count } = await through(database, blob)(`COPY ${into} FROM '/dev/blob' (FORMAT binary)`);
      rows += count;
    }
    return rows;
  };
  return {
    query: through(database),
    transaction: (work) => database.transaction((queries) => work(through(queries))),
    longTransaction: (work) => database.transaction((queries) => work(through(queries))),
    copy,
    // A transaction would keep everyone out until all rows have come.
    async make(statements, into, pieces) {
      for (const statement of statements) await through(database)(statement);
      return await copy(into, pieces);
    },
    async read(sql, limit) {
      // The transaction keeps everyone else out, so the rows are taken at once.
      const taken = await database.transaction(async (queries) => {
        const query = through(queries);
        await query('SET TRANSACTION READ ONLY');
        await openCursor(query, sql);
        const { columns, batches } = await readCursor(query, limit, () => Promise.resolve());
        const rows: (readonly (readonly unknown[])[])[] = [];
        for await (const batch of batches) rows.push(batch);
        return { columns, rows };
      });
      async function* batches(): QueryRows['batches'] {
        yield* taken.rows;
      }
      return { columns: taken.columns, batches: batches() };
    },
    // It runs on this very thread: while a statement does, nobody can say anything.
    interrupt: () => undefined,
    close: () => Promise.resolve(),
  };
}
