/** Sources that are not what the program says, seen through the command: each is told, and what was built before stays. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';
import { connect } from '../support/duckdb.ts';

const PROGRAM = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Order { id: int64 @key, amount: decimal(12, 2), at: timestamp }
source orders : Order from file('orders.parquet') in dwh.raw { invalid: quarantine }
table totals in dwh.core = from orders |> aggregate sum(amount) as total, count() as n
`;
const GOOD = "SELECT 1::BIGINT AS id, 2.50::DECIMAL(12, 2) AS amount, TIMESTAMP '2026-01-01' AS at";

async function parquet(folder: string, select: string): Promise<void> {
  const connection = await connect();
  await connection.run(
    `COPY (${select}) TO '${join(folder, 'orders.parquet').replaceAll("'", "''")}' (FORMAT parquet)`,
  );
  connection.closeSync();
}

async function built(): Promise<string> {
  const folder = newFolder("pipec it's");
  write(folder, { 'shop.pipe': PROGRAM });
  await parquet(folder, GOOD);
  const { code, out } = await pipec(['run'], { folder });
  expect(code, out).toBe(0);
  return folder;
}

async function stands(folder: string): Promise<void> {
  expect(await pipec(['show', 'totals', '--json'], { folder })).toMatchObject({
    code: 0,
    out: '{"total":"2.50","n":"1"}\n',
  });
}

test('a column of another type', async () => {
  const folder = await built();
  await parquet(folder, "SELECT 1::BIGINT AS id, 'much' AS amount, TIMESTAMP '2026-01-01' AS at");
  const { code, out } = await pipec(['run'], { folder });
  expect(code).toBe(3);
  expect(out).toContain('error[source-column-type]: column `amount` of `');
  expect(out).toContain('is VARCHAR, the contract says decimal(12, 2)');
  await stands(folder);
});

test('a column that vanished', async () => {
  const folder = await built();
  await parquet(folder, "SELECT 1::BIGINT AS id, TIMESTAMP '2026-01-01' AS at");
  const { code, out } = await pipec(['run'], { folder });
  expect(code).toBe(3);
  expect(out).toContain('error[source-column-missing]');
  expect(out).toContain('has no column `amount`');
  expect(out).toContain('its columns: id, at');
  await stands(folder);
});

test('a file that is no Parquet', async () => {
  const folder = await built();
  write(folder, { 'orders.parquet': 'id,amount,at\n1,2.50,2026-01-01\n' });
  const { code, out, err } = await pipec(['run'], { folder });
  expect({ code, err }).toEqual({ code: 3, err: '' });
  expect(out).toMatch(/error\[source-unreadable\]: `.*orders\.parquet` cannot be read/);
  await stands(folder);
});

test.skipIf(process.getuid?.() === 0)('files that may not be read or written', async () => {
  const folder = await built();
  chmodSync(join(folder, 'orders.parquet'), 0);
  const source = await pipec(['run'], { folder });
  expect(source.code).toBe(3);
  expect(source.out).toContain('error[source-unreadable]');
  await stands(folder);

  chmodSync(join(folder, 'shop.pipe'), 0);
  const program = await pipec(['check'], { folder });
  expect(program.code).toBe(1);
  expect(program.out).toContain('error[file-unreadable]: `shop.pipe` cannot be read: permission denied');
  chmodSync(join(folder, 'shop.pipe'), 0o600);

  expect((await pipec(['build'], { folder })).code).toBe(0);
  chmodSync(folder, 0o500);
  const out = await pipec(['build'], { folder });
  chmodSync(folder, 0o700);
  expect(out.code).toBe(3);
  expect(out.err).toContain('error[output-not-writable]');
});

test('a page that cannot be written, after a run that was done', async () => {
  const folder = await built();
  const { code, err } = await pipec(['run', '--report', 'no/such/folder/page.html'], { folder });
  expect(code).toBe(3);
  expect(err).toMatch(/^error\[file-unwritable\]: `.*page\.html` cannot be written: no such file or directory\n$/);
  await stands(folder);
});
