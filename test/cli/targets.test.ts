/** Targets through the command: what one needs that this version has not, and the SQL of each engine. */
import { expect, test } from 'vitest';
import { newFolder, pipec, plainEnvironment, write } from '../support/command.ts';

const PROGRAM = `
project shop { owner: 'data@shop.example', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
target prod { engine: postgres(url: secret('DWH')), with: { raw: 'prod' } }
store raw : lake { path: 'raw', owner: 'data@shop.example', retention: 1y }
store dwh : warehouse { owner: 'data@shop.example', retention: 1y }
type Order { id: int64 @key, amount: decimal(12, 2) }
source orders : Order from file('orders.csv') in raw
table large in dwh.core { key: [id] } = from orders |> where amount > 10
`;
const LAKE = 'table kept in raw.archive { key: [id] } = from orders\n';

test('a lake that a server would have to compute is refused before anything runs', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': PROGRAM + LAKE, 'orders.csv': 'id,amount\n1,20\n' });
  const env = plainEnvironment({ DWH: 'postgres://u:p@127.0.0.1:9/d' });
  const refused = await pipec(['run', '--target', 'prod'], { folder, env });
  expect([refused.code, refused.err]).toEqual([
    1,
    expect.stringContaining(
      '`raw.archive.kept` in the target `prod` needs what is not supported yet: a table that postgres computes into a lake',
    ),
  ]);
  expect((await pipec(['run'], { folder, env })).code).toBe(0);
  write(folder, { 'shop.pipe': PROGRAM });
  const unreachable = await pipec(['run', '--target', 'prod'], { folder, env });
  expect([unreachable.code, unreachable.err + unreachable.out]).toEqual([
    3,
    expect.stringContaining('error[server-unreachable]: the server at 127.0.0.1:9/d cannot be reached'),
  ]);
});
