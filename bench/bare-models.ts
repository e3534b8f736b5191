/**
 * The statements of the models through DuckDB's Node API and nothing else, four at a time, each after those that it reads: what
 * the engine takes for them, whoever asks. Usage: `bare-models.ts DATABASE MODELS`, a file with an array of `BareModel`.
 */
import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { BareModel } from './peers/models.ts';

const AT_A_TIME = 4;

const [database, file] = process.argv.slice(2);
if (database === undefined || file === undefined) throw new Error('usage: bare-models DATABASE MODELS');
const models = JSON.parse(readFileSync(file, 'utf8')) as readonly BareModel[];
const instance = await DuckDBInstance.create(database);
const free = await Promise.all(Array.from({ length: AT_A_TIME }, () => instance.connect()));
const waiting = [...models];
const made = new Set<string>();
await new Promise<void>((resolve, reject) => {
  const make = async (model: BareModel, connection: DuckDBConnection): Promise<void> => {
    await connection.run(`CREATE TABLE ${model.name} AS ${model.sql}`);
    made.add(model.name);
    free.push(connection);
    if (made.size === models.length) resolve();
    else pump();
  };
  const pump = (): void => {
    while (free.length > 0) {
      const at = waiting.findIndex(({ reads }) => reads.every((name) => made.has(name)));
      const [model] = at < 0 ? [] : waiting.splice(at, 1);
      const connection = model === undefined ? undefined : free.pop();
      if (model === undefined || connection === undefined) return;
      make(model, connection).catch(reject);
    }
  };
  pump();
});
for (const connection of free) connection.closeSync();
instance.closeSync();
