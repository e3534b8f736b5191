/** Runs recorded statements straight through DuckDB's Node API, one at a time, into the database named: the bare engine. */
import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

const [database, file] = process.argv.slice(2);
if (database === undefined || file === undefined) throw new Error('usage: replay-sql DATABASE STATEMENTS');
const statements = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as [connection: number, sql: string]);
const instance = await DuckDBInstance.create(database);
const connections: DuckDBConnection[] = [];
for (const [number, sql] of statements) {
  // A statement belongs to its connection: temporary tables and transactions are of one.
  connections[number] ??= await instance.connect();
  await connections[number].run(sql);
}
for (const connection of connections) connection.closeSync();
instance.closeSync();
