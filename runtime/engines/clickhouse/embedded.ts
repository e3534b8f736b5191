/** ClickHouse inside this process (chDB): one session, kept in a folder that one process at a time has open. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PipecError, runError } from '../../errors.ts';
import { lockFolder, notOpened } from '../folder-lock.ts';
import { free } from '../memory.ts';
import { gathered } from '../mover.ts';
import { optionalPackage } from '../optional-package.ts';
import { ident } from '../quote.ts';
import type { Waiting } from '../turn.ts';
import { newBuild } from '../versions.ts';
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
  settingsText,
} from './connect.ts';
import { clickhouseFailure } from './failures.ts';
import { converter } from './values.ts';

/** What is used of the package, which is not there where types are checked. */
interface Session {
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ text(): string }>;
  close(): void;
}
interface Package {
  readonly Session: new (path?: string) => Session;
  readonly drainPending: () => Promise<void>;
}

const MEMORY = ':memory:';
/** Bytes of rows that it takes at a time. */
const FILE = 1 << 25;

/** Rows of a block that it makes of files. */
const BLOCK = 40_960;
/** Rows whose blocks may all be there at a time: some hundred. */
const MOST_APART = 400 * BLOCK;
/** How it reads a file: by itself it would take all memory, and its gates (gates.ts) as long as reading does. */
const READING: Settings = {
  max_threads: 2,
  max_insert_threads: 2,
  max_parsing_threads: 1,
  storage_file_read_method: 'pread',
  // What is left of a group of rows is a block of its own: put to the next one, it would make that twice as large.
  min_insert_block_size_rows: BLOCK / 2,
  input_format_parquet_max_block_size: BLOCK,
  input_format_parquet_memory_low_watermark: 1 << 20,
  input_format_parquet_memory_high_watermark: 1 << 24,
  input_format_parquet_allow_missing_columns: 0,
  // Each row is wanted: to read first what the gates ask for would be a second pass over each block.
  optimize_move_to_prewhere: 0,
  // Of a gate's `if`, only what is needed is computed, however cheap it is thought to be.
  short_circuit_function_evaluation: 'force_enable',
};

/** @throws PipecError `package-missing`, `database-busy`, `database-unreadable` */
export async function openEmbedded(path: string, folder: string, waiting: Waiting): Promise<ChDatabase> {
  const { Session, drainPending } = (await optionalPackage('chdb', folder)) as Package;
  const unlock = path === MEMORY ? () => undefined : await lockFolder(path, waiting);
  let session: Session | null = null;
  const close = async (): Promise<void> => {
    session?.close();
    await drainPending();
    unlock();
  };
  try {
    await drainPending();
    session = path === MEMORY ? new Session() : new Session(path);
    const connection = connectionTo(session, path, join(folder, '.pipec'));
    const { rows } = await connection.query('SELECT version()');
    expectVersion(String(rows[0]?.[0]), path);
    const known = new Set((await connection.query(knownSettings)).rows.map(([name]) => String(name)));
    await connection.run(`SET ${settingsText(onlyKnown(SESSION, known))}`);
    return {
      place: path,
      async connect(own = {}) {
        if (Object.keys(own).length > 0) await connection.run(`SET ${settingsText(own)}`);
        return connection;
      },
      close,
    };
  } catch (failure) {
    await close();
    if (failure instanceof PipecError) throw failure;
    throw notOpened(path, failure);
  }
}

/**
 * The one session, which everyone shares. It runs one statement at a time, beside this thread.
 * @param folder for the rows on their way: it takes them from a file only
 */
function connectionTo(session: Session, place: string, folder: string): ChConnection {
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (sql: string, format: string): Promise<string> => {
    const answer = turn.then(async () => {
      try {
        return (await session.queryAsync(sql, { format })).text();
      } catch (thrown) {
        // What a statement had written before it failed would be the beginning of the next one's answer.
        await session.queryAsync('SELECT 1', { format: 'Null' }).catch(() => undefined);
        throw clickhouseFailure(thrown, sql, place);
      }
    });
    turn = answer.catch(() => undefined);
    return answer;
  };
  const query = async (sql: string): Promise<ChResult> => {
    const lines = (await ask(sql, FORMAT)).split('\n').filter((line) => line !== '');
    const [names = [], types = [], ...rows] = lines.map((line) => JSON.parse(line) as readonly unknown[]);
    return { names: names.map(String), types: types.map(String), rows };
  };
  return {
    run: async (sql) => void (await ask(sql, 'Null')),
    query,
    async take(table, columns, pieces) {
      const list = columns.map(ident).join(', ');
      const build = newBuild();
      await mkdir(folder, { recursive: true });
      let taken: Promise<unknown> = Promise.resolve();
      const files: string[] = [];
      try {
        for await (const parts of gathered(pieces, FILE)) {
          const file = join(folder, `rows-${build}-${files.length}.native`);
          files.push(file);
          await writeFile(file, parts);
          for (const part of parts) free(part);
          await taken;
          // The next are made meanwhile.
          taken = ask(
            `INSERT INTO ${table} (${list}) SELECT ${list} FROM file(${chLiteral(file)}, 'Native')`,
            'Null',
          ).then(() => rm(file));
          // It is awaited; a failure before that is not one that nobody hears.
          taken.catch(() => undefined);
        }
        await taken;
      } finally {
        await Promise.allSettled([taken]);
        for (const file of files) await rm(file, { force: true });
      }
    },
    async takeFiles(table, columns, { format, paths, rows }) {
      // A pattern would be read in place of a path.
      if (paths.some((path) => /[*?{}\\]/.test(path))) throw runError('not-supported', { what: 'a pattern as a path' });
      const list = columns.map(({ name }) => ident(name)).join(', ');
      // Zero has one sign in a contract.
      const cells = columns.map(({ inFile, type }) =>
        type.includes('Float64') ? `${ident(inFile)} + 0e0` : ident(inFile),
      );
      const gates = columns.flatMap(({ gate }) => (gate === null ? [] : [`(${gate})`]));
      const where = gates.length === 0 ? '' : ` WHERE ${gates.join(' AND ')}`;
      const structure = columns.map(({ inFile, type }) => `${ident(inFile)} ${type}`).join(', ');
      const names = Object.keys(READING).map(chLiteral).join(', ');
      const known = await query(`SELECT name FROM system.settings WHERE name IN (${names})`);
      const settings = settingsText(onlyKnown(READING, new Set(known.rows.map(([name]) => String(name)))));
      // Small blocks keep memory small. To put them together meanwhile would take as long again: whoever opens the database
      // next finds them merged before long.
      if (rows <= MOST_APART) await ask(`SYSTEM STOP MERGES ${table}`, 'Null');
      for (const path of paths)
        await ask(
          `INSERT INTO ${table} (${list}) SELECT ${cells.join(', ')} FROM file(${[path, format, structure, 'none'].map(chLiteral).join(', ')})${where} SETTINGS ${settings}`,
          'Null',
        );
    },
    async read(sql, limit) {
      const question = oneQuestion(sql);
      // Rows that nobody sees need not be made, where the question has no settings of its own.
      const limited = limit === null || /\bsettings\b/i.test(question) ? '' : `\nSETTINGS limit = ${limit}`;
      const { names, types, rows } = await query(`${question}${limited}`);
      const convert = types.map(converter);
      const shown = rows.slice(0, limit ?? rows.length).map((row) => row.map((value, i) => convert[i]?.(value)));
      return {
        columns: names.map((name, index) => ({ name, type: types[index] ?? '' })),
        // biome-ignore lint/suspicious/useAwait: a generator of what is there already
        batches: (async function* () {
          yield shown;
        })(),
      };
    },
    shielded: (work) => work(),
    // A statement that runs inside this process cannot be stopped: it ends, and the step with it.
    interrupt: () => undefined,
  };
}
