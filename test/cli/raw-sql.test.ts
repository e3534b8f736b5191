/** Tables in an engine's own SQL, through the command. */
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';

const PROGRAM = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
target prod { engine: postgres(url: secret('URL')) }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
enum order_status { placed, paid }
type Order { id: int64 @key, amount: decimal(12, 2), status: string }
type Running { id: int64, total: decimal(38, 2), status: order_status, text: string }
source orders : Order from file('orders.csv')
table clean in dwh.core = from orders |> where amount > 0
table running : Running in dwh.core { key: id } = sql"""
    select clean.id, sum(amount) over (order by id) as total, status, 'a
  ''b' as text -- the last
    from dwh.core.clean
    """
table seen : Running in dwh.core { refresh: view } = { duckdb: sql"""from dwh.core.running""" }

`;
const TEST = `
test of running {
  given clean = values [{ id: 1, amount: 5, status: 'paid' }, { id: 2, amount: 6, status: 'paid' }]
  expect = values [{ id: 1, total: 5 }, { id: 2, total: 11 }]
}
`;
const CSV = 'id,amount,status\n1,10.50,placed\n2,3.25,paid\n';

function project(program = PROGRAM): string {
  const folder = newFolder();
  write(folder, { 'shop.pipe': program, 'orders.csv': CSV });
  return folder;
}
const env = (folder: string) => ({ XDG_CACHE_HOME: `${folder}/cache` });

test('is described, runs, and is tested on given rows', async () => {
  const folder = project(PROGRAM + TEST);
  const run = (words: readonly string[]) => pipec(words, { folder, env: env(folder) });
  expect(await run(['check'])).toMatchObject({ code: 0, out: expect.stringContaining('no errors') });
  expect((await run(['run'])).out).toContain('4 done');
  expect((await run(['show', 'seen', '--json'])).out).toBe(
    '{"id":"1","total":"10.50","status":"placed","text":"a\\n  \'b"}\n{"id":"2","total":"13.75","status":"paid","text":"a\\n  \'b"}\n',
  );
  expect(await run(['test'])).toMatchObject({ code: 0 });
  const { out } = await run(['lineage', 'running', '--json']);
  expect(out).toContain('"kind":"indirect"');
  // A second check knows the answers without asking.
  expect(await run(['check'])).toMatchObject({ code: 0, out: expect.stringContaining('no errors') });
});

test('has SQL that a person can read', async () => {
  const folder = project();
  expect((await pipec(['sql', 'running'], { folder })).out).toBe(
    `-- dwh.core.running (shop.pipe:11)
SELECT
  CAST(raw."id" AS BIGINT) AS "id",
  CAST(raw."total" AS DECIMAL(38, 2)) AS "total",
  CAST(raw."status" AS VARCHAR) AS "status",
  CAST(raw."text" AS VARCHAR) AS "text"
FROM (
  select clean.id, sum(amount) over (order by id) as total, status, 'a
  ''b' as text -- the last
  from "core"."clean"
) AS raw
`,
  );
});

test('is run once: what its type promises is looked at in what was built', async () => {
  const { out } = await pipec(['sql', 'running', '--json'], { folder: project() });
  expect(JSON.parse(out)).toMatchObject({
    assertions: [
      {
        message: '`status` is none of placed, paid',
        sql: `SELECT this.* FROM this WHERE NOT "status" IN ('placed', 'paid')`,
      },
    ],
  });
});

test('fails where it breaks the promise of its type, and nothing is published', async () => {
  const folder = project(
    PROGRAM.replaceAll(
      'from dwh.core.clean\n',
      "from (select 1 as id, 1::decimal(12, 2) as amount, 'lost' as status) as clean\n",
    ),
  );
  const { code, out } = await pipec(['run'], { folder, env: env(folder) });
  expect([code, out]).toEqual([
    3,
    expect.stringContaining('error[assertion-failed]: `status` is none of placed, paid'),
  ]);
  const nulls = project(
    PROGRAM.replaceAll(
      'from dwh.core.clean\n',
      "from (select 1 as id, null::decimal(12, 2) as amount, 'paid' as status) as clean\n",
    ),
  );
  const failed = await pipec(['run'], { folder: nulls, env: env(folder) });
  expect([failed.code, failed.out]).toEqual([3, expect.stringContaining('error[null-in-column]: column `total`')]);
  const view = project(
    PROGRAM.replace(
      'from dwh.core.running',
      "select 1 as id, null::decimal(12, 2) as total, 'paid' as status, '' as text",
    ),
  );
  const looked = await pipec(['run'], { folder: view, env: env(folder) });
  expect([looked.code, looked.out]).toEqual([
    3,
    expect.stringContaining('`id`, `total`, `status` or `text` is null, and may not be'),
  ]);
});

test('an engine that it has no SQL for is refused', async () => {
  const folder = project();
  const { code, err } = await pipec(['run', '-t', 'prod'], { folder, env: env(folder) });
  expect([code, err]).toEqual([
    1,
    expect.stringContaining(
      'error[no-sql-for-engine]: `dwh.core.running` has no SQL for postgres, the engine of the target `prod`',
    ),
  ]);
});
