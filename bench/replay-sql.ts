/** Runs recorded statements straight through DuckDB's Node API, on one connection, into the database named: the bare engine. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [database, file] = process.argv.slice(2);
if (database === undefined || file === undefined) throw new Error('usage: replay-sql DATABASE STATEMENTS');
const statements = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as string);
const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
for (const statement of statements) await connection.run(statement);
connection.closeSync();
instance.closeSync();
