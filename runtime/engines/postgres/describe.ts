/** What PostgreSQL says of SQL that it has not seen yet: PGlite is the real one, inside this process. */
import { type DescribedTable, type OpenDescriber, type Refusal, refused, renamed } from '../../describe.ts';
import { PipecError } from '../../errors.ts';
import { ident } from '../quote.ts';
import { MEMORY, openPGlite } from './pglite.ts';

/** A view tells types with their precision, and takes one query that changes nothing. */
const VIEW = 'CREATE TEMPORARY VIEW _pipec_described AS SELECT * FROM (\n';
const COLUMNS = `SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
WHERE attrelid = 'pg_temp._pipec_described'::regclass AND attnum > 0 ORDER BY attnum`;

/** One database for all questions; each leaves nothing behind. */
export const describePostgres: OpenDescriber = async (folder) => {
  const database = await openPGlite(MEMORY, folder);
  const run = async (sql: string) => (await database.query(sql, [], { rowMode: 'array' })).rows;
  return {
    async describe(question) {
      if (question.sql.trim() === '') return refused('there is no statement in it');
      const { sql, offset } = renamed(question, relation);
      await run('BEGIN');
      try {
        for (const table of question.tables) await create(run, table);
        try {
          await run(`${VIEW}${sql}\n) AS raw`);
        } catch (thrown) {
          return refusal(thrown, sql, offset);
        }
        const columns = await run(COLUMNS);
        return {
          kind: 'described',
          columns: columns.map(([name, type]) => ({ name: String(name), type: String(type) })),
        };
      } finally {
        await run('ROLLBACK');
      }
    },
    close: () => database.close(),
  };
};

/** `dwh.core.clean` is the table `clean` of a schema `dwh.core`: columns are qualified by the table's own name. */
function relation({ name }: DescribedTable): string {
  const parts = name.split('.');
  return `${ident(parts.slice(0, -1).join('.'))}.${ident(parts.at(-1) ?? '')}`;
}

async function create(run: (sql: string) => Promise<unknown>, table: DescribedTable): Promise<void> {
  await run(`CREATE SCHEMA IF NOT EXISTS ${ident(table.name.split('.').slice(0, -1).join('.'))}`);
  const list = table.columns.map(({ name, type, nullable }) => `${ident(name)} ${type}${nullable ? '' : ' NOT NULL'}`);
  await run(`CREATE TABLE ${relation(table)} (${list.join(', ')})`);
}

interface Thrown {
  readonly message?: string;
  readonly code?: string;
  /** Of characters, from 1, in the whole statement. */
  readonly position?: string;
}

function refusal(thrown: unknown, sql: string, offset: (at: number) => number): Refusal {
  if (thrown instanceof PipecError) throw thrown;
  const { message = String(thrown), code = '', position } = (thrown ?? {}) as Thrown;
  const why = message.split('\n')[0] ?? message;
  const told = position === undefined ? null : Number(position) - 1 - VIEW.length;
  const at = told === null || told < 0 ? null : offset([...sql].slice(0, told).join('').length);
  const table =
    code === '42P01'
      ? /^relation "(.*)" does not exist$/.exec(why)?.[1]
      : /^cross-database references are not implemented: "?([^"]*)"?$/.exec(why)?.[1];
  return refused(why, { at, table: table ?? null });
}
