/** What DuckDB says of SQL that it has not seen yet: the columns of a query over empty tables, or why it refuses it. */
import { Buffer } from 'node:buffer';
import { DuckDBInstance, StatementType } from '@duckdb/node-api';
import { type DescribeQuestion, type Description, type OpenDescriber, refused } from '../../describe.ts';
import { ident } from '../quote.ts';

/**
 * Each question is asked in a database of its own in memory, in which a dataset stands under its full name: the first part is
 * an attached database, so that the SQL is described as written and offsets in it are true. It reads no files and no network.
 */
export const describeDuckDb: OpenDescriber = () => Promise.resolve({ describe: ask, close: () => Promise.resolve() });

async function ask({ sql, tables }: DescribeQuestion): Promise<Description> {
  const instance = await DuckDBInstance.create(':memory:', { errors_as_json: 'true' });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    const stores = new Set(tables.map(({ name }) => name.split('.')[0] ?? ''));
    for (const store of stores) await connection.run(`ATTACH ':memory:' AS ${ident(store)}`);
    for (const { name, columns } of tables) {
      const parts = name.split('.');
      // `store.table` is a table of the database's own schema.
      if (parts.length > 2)
        await connection.run(`CREATE SCHEMA IF NOT EXISTS ${parts.slice(0, 2).map(ident).join('.')}`);
      const list = columns.map((column) => `${ident(column.name)} ${column.type}${column.nullable ? '' : ' NOT NULL'}`);
      await connection.run(`CREATE TABLE ${parts.map(ident).join('.')} (${list.join(', ')})`);
    }
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return await describe(connection, sql);
  } finally {
    instance.closeSync();
  }
}

async function describe(connection: Awaited<ReturnType<DuckDBInstance['connect']>>, sql: string): Promise<Description> {
  if (sql.trim() === '') return refused('there is no statement in it');
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) return refused('it is not one statement');
    const statement = await statements.prepare(0);
    try {
      if (statement.statementType !== StatementType.SELECT) return refused('it is not a query');
      if (statement.parameterCount > 0) return refused('it has parameters, and nobody gives them a value');
      const columns = Array.from({ length: statement.columnCount }, (_, index) => {
        const type = statement.columnType(index);
        return { name: statement.columnName(index), type: type.alias ?? String(type) };
      });
      return { kind: 'described', columns };
    } finally {
      statement.destroySync();
    }
  } catch (thrown) {
    return refusal(thrown instanceof Error ? thrown.message : String(thrown), sql);
  }
}

/** What is missing where a table's database or schema is: these errors have no subtype. */
const MISSING = /^(?:Catalog|Table with name) "([^"]+)" does not exist/;

/** The engine's words, its position in bytes as an offset. */
function refusal(message: string, sql: string): Description {
  const json = /\{.*\}/s.exec(message)?.[0];
  const told = json === undefined ? null : parsed(json);
  if (told === null) return refused(message.split('\n')[0] ?? message);
  const why = String(told['exception_message'] ?? message).split('\n')[0] ?? message;
  const position = told['position'] === undefined ? null : Number(told['position']);
  const at = position === null ? null : Buffer.from(sql, 'utf8').subarray(0, position).toString('utf8').length;
  const isTable = told['error_subtype'] === 'MISSING_ENTRY' && told['type'] === 'Table';
  const table = isTable ? String(told['name']) : (MISSING.exec(why)?.[1] ?? null);
  return refused(why.replace(/!$/, ''), { at, table });
}

function parsed(json: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
