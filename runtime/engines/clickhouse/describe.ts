/** What ClickHouse says of SQL that it has not seen yet: chDB is the real one, inside this process. */
import { Buffer } from 'node:buffer';
import { type DescribedTable, type OpenDescriber, type Refusal, refused, renamed } from '../../describe.ts';
import { PipecError } from '../../errors.ts';
import { ident } from '../quote.ts';
import { NO_WAIT } from '../turn.ts';
import { type ChConnection, chLiteral } from './connect.ts';
import { openEmbedded } from './embedded.ts';

const OPENING = 'DESCRIBE (\n';
/** It may read tables, and no file or address. */
const READ_ONLY = '\n) SETTINGS readonly = 1, describe_compact_output = 1';

/** One database for all questions; each leaves nothing behind. */
export const describeClickhouse: OpenDescriber = async (folder) => {
  const database = await openEmbedded(':memory:', folder, { ...NO_WAIT, nameHolder: () => 'another process' });
  const connection = await database.connect();
  return {
    async describe(question) {
      if (question.sql.trim() === '') return refused('there is no statement in it');
      const { sql, offset } = renamed(question, relation);
      const made = new Set<string>();
      try {
        const statement = `${OPENING}${sql}${READ_ONLY}`;
        // Its own parser says that it is one statement: of several, the others would be run.
        await connection.query(`SELECT formatQuery(${chLiteral(statement)})`);
        for (const table of question.tables) await create(connection, table, made);
        const found = await connection.query(statement);
        return {
          kind: 'described',
          columns: found.rows.map(([name, type]) => ({ name: String(name), type: String(type) })),
        };
      } catch (thrown) {
        return refusal(thrown, sql, offset);
      } finally {
        for (const name of made) await connection.run(`DROP DATABASE ${ident(name)}`);
      }
    },
    close: () => database.close(),
  };
};

/** `dwh.core.clean` is the table `clean` of a database `dwh.core`: columns are qualified by the table's own name. */
function relation({ name }: DescribedTable): string {
  const parts = name.split('.');
  return `${ident(parts.slice(0, -1).join('.'))}.${ident(parts.at(-1) ?? '')}`;
}

async function create(connection: ChConnection, table: DescribedTable, made: Set<string>): Promise<void> {
  const database = table.name.split('.').slice(0, -1).join('.');
  if (!made.has(database)) {
    await connection.run(`CREATE DATABASE ${ident(database)}`);
    made.add(database);
  }
  const list = table.columns.map(({ name, type, nullable }) =>
    // A list is never null.
    nullable && !type.startsWith('Array(') ? `${ident(name)} Nullable(${type})` : `${ident(name)} ${type}`,
  );
  await connection.run(`CREATE TABLE ${relation(table)} (${list.join(', ')}) ENGINE = Memory`);
}

const READONLY = 164;
const SYNTAX = 62;

/** Only mistakes of syntax have a place: in bytes from 1. Of others a name is told. */
function refusal(thrown: unknown, sql: string, offset: (at: number) => number): Refusal {
  const [, number, text] =
    /Code: (\d+)\. DB::Exception: (.*)/s.exec(thrown instanceof PipecError ? (thrown.engine ?? '') : '') ?? [];
  if (number === undefined || text === undefined) throw thrown;
  const why = (text.split('\n')[0] ?? text).replace(/ \([A-Z_]+\)( \(version .*\))?$/, '');
  if (Number(number) === READONLY) return refused('it reads more than datasets: a file, an address or another server');
  if (Number(number) === SYNTAX) {
    const told = Number(/failed at position (\d+)/.exec(why)?.[1] ?? 0) - 1 - OPENING.length;
    const length = Buffer.byteLength(sql, 'utf8');
    const at =
      told < 0 || told >= length ? null : offset(Buffer.from(sql, 'utf8').subarray(0, told).toString('utf8').length);
    if (why.includes('Multi-statements are not allowed')) return refused('it is not one statement', { at });
    return refused(told >= length ? 'it is not one whole query' : `syntax error${at === null ? '' : ' here'}`, { at });
  }
  const table =
    /^Unknown table expression identifier '([^']+)'/.exec(why)?.[1] ??
    /^Database (\S+) does not exist/.exec(why)?.[1] ??
    null;
  const word =
    /^(?:Unknown expression(?: or function)? identifier|Function with name|Identifier) [`'"]([^`'"]+)[`'"]/.exec(
      why,
    )?.[1] ?? null;
  // The query is told again as the engine has it, which is not as it was written.
  return refused(why.replace(/\.? In scope .*?(?=\. Maybe you meant|$)/i, '').replace(/\.$/, ''), { table, word });
}
