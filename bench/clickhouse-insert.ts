/** The bare statement of bench/move.ts on ClickHouse inside the process: `insert <file> <format>`, or `write <parquet> <native>`. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { optionalPackage } from '../runtime/engines/optional-package.ts';
import { CLICKHOUSE_COLUMNS } from './clickhouse-columns.ts';

const [folder = '', what = '', file = '', other = ''] = process.argv.slice(2);
const packages = join(import.meta.dirname, '../test/engines');
const { Session } = (await optionalPackage('chdb', packages)) as {
  readonly Session: new (
    path: string,
  ) => { queryAsync(sql: string, options: { readonly format: string }): Promise<unknown>; close(): void };
};
rmSync(folder, { recursive: true, force: true });
const session = new Session(folder);
const ask = (sql: string) => session.queryAsync(sql, { format: 'Null' });
const columns = CLICKHOUSE_COLUMNS;
await ask('CREATE DATABASE bench');
if (what === 'write')
  await ask(
    `INSERT INTO FUNCTION file('${other}', 'Native', '${columns.replaceAll("'UTC'", "\\'UTC\\'")}') SELECT * FROM file('${file}', 'Parquet')`,
  );
else {
  await ask(`CREATE TABLE bench.rows (${columns}) ENGINE = MergeTree ORDER BY tuple()`);
  await ask(`INSERT INTO bench.rows SELECT * FROM file('${file}', '${other}')`);
}
session.close();
