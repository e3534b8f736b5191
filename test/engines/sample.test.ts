/**
 * Samples on every engine: only what came last of the rows is read, what is made of them says so of itself, and neither is
 * ever taken for the whole.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import type { DatasetChange } from '../../runtime/changes.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { local } from '../support/plans.ts';
import { TargetOf } from '../support/target-of.ts';
import { clickhouse, folderWithEngines, postgres } from './targets.ts';

const ENGINES: Readonly<Record<string, { readonly plan: TargetPlan; readonly engine: string }>> = {
  duckdb: { plan: local, engine: "duckdb(path: '.pipec/test.duckdb')" },
  postgres: { plan: postgres, engine: "postgres(embedded: true, path: '.pipec/pg')" },
  clickhouse: { plan: clickhouse, engine: "clickhouse(embedded: true, path: '.pipec/ch')" },
};

/** `now` of the runs is 2024-03-12 09:00 in UTC: the last three days begin with the 9th. */
const shop = (engine: string): string => `
project shop { owner: 'a@b.example', target: here }
target here { engine: ${engine} }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key, country: string, at: timestamp, gone: bool }
type Country { country: string @key, name: string }
source orders : Order from file('orders*.csv') in dwh.core { invalid: quarantine, event_time: at }
source countries : Country from file('countries.csv') in dwh.core
table added in dwh.core { refresh: append } = from orders |> select id, at
table latest in dwh.core { key: [id], refresh: upsert(order: at, deletes: hard, deleted: gone) } =
  from orders |> select id, at, gone
table named in dwh.core = from orders |> join countries using (country) |> select id, name, at
table daily in dwh.marts { refresh: batch(by: day, start: date '2024-03-01', timezone: 'Asia/Tokyo') } =
  from orders |> aggregate count() as n group by date(at, 'Asia/Tokyo') as day
table total in dwh.marts = from daily |> aggregate sum(n) as n
table places in dwh.marts = from countries |> aggregate count() as n
table seen in dwh.marts { refresh: view } = from named |> select id
`;

const THREE_DAYS = { last: '3d', ms: 3 * 86_400_000 };
const inOrder = (changes: readonly DatasetChange[]): readonly DatasetChange[] =>
  [...changes].sort((a, b) => (a.dataset < b.dataset ? -1 : 1));
const succeeded = { status: 'succeeded', errors: [] };

describe.each(Object.entries(ENGINES))('%s', (_name, { plan: target, engine }) => {
  const shopOf = (): TargetOf => {
    const folder = folderWithEngines();
    writeFileSync(join(folder, 'countries.csv'), 'country,name\nDE,Germany\nFR,France\n');
    // One line is no row, one row breaks the contract, and one has no time.
    const orders = [1, 8, 9, 10, 11].map(
      (day) => `${day},${day % 2 === 0 ? 'DE' : 'FR'},2024-03-${day}T20:00:00Z,false`,
    );
    writeFileSync(
      join(folder, 'orders1.csv'),
      `id,country,at,gone\n${orders.join('\n').replaceAll(/-(\d)T/g, '-0$1T')}\nx,DE,2024-03-11T00:00:00Z,false\ny,DE,2024-03-01T00:00:00Z,false\n12,DE,,false\n7,"\n`,
    );
    return new TargetOf(folder, target, shop(engine));
  };
  const idsOf = async (of: TargetOf, view: string): Promise<readonly number[]> =>
    (await of.rows(view)).map((row) => Number(row.split(' ')[0])).sort((a, b) => a - b);

  test('beside a production that is whole', { timeout: 180_000 }, async () => {
    const of = shopOf();
    expect(await of.apply()).toMatchObject(succeeded);
    const production = await of.said();
    expect([...production.values()].filter(({ sample }) => sample !== null)).toEqual([]);
    expect(await idsOf(of, 'core.orders')).toEqual([1, 8, 9, 10, 11]);

    of.sample(THREE_DAYS);
    expect(
      inOrder(await of.plan('dev')).map(({ dataset, sample, work }) => [
        dataset,
        work?.kind,
        sample?.by ?? null,
        sample?.last,
      ]),
    ).toEqual([
      ['dwh.core.added', 'build', null, '3d'],
      ['dwh.core.countries', 'share', null, undefined],
      ['dwh.core.latest', 'build', null, '3d'],
      ['dwh.core.named', 'build', null, '3d'],
      ['dwh.core.orders', 'load', 'at', '3d'],
      ['dwh.marts.daily', 'build', 'day', '3d'],
      ['dwh.marts.places', 'share', null, undefined],
      ['dwh.marts.seen', 'view', null, '3d'],
      ['dwh.marts.total', 'build', null, '3d'],
    ]);
    expect(await of.apply('dev')).toMatchObject(succeeded);
    expect(await of.told('dev')).toEqual([]);
    // In Tokyo the 9th begins on the 8th at 15:00, and the table of its days has all of them.
    for (const view of ['core.orders', 'core.added', 'core.latest', 'core.named', 'marts.seen'])
      expect([view, await idsOf(of, `dev__${view}`)]).toEqual([view, [8, 9, 10, 11]]);
    expect(await of.rows('dev__marts.daily')).toHaveLength(3);
    expect(await of.rows('dev__marts.total')).toEqual(['3']);
    expect(await of.rows('dev__marts.places')).toEqual(['2']);
    const both = await of.said();
    expect(new Map([...both].filter(([, one]) => one.environment === null))).toEqual(production);
    expect(
      [...both].flatMap(([place, { environment, sample }]) =>
        environment === 'dev' && sample === null ? [place] : [],
      ),
    ).toEqual(['dev__core.countries', 'dev__marts.places']);

    // Read again it is the same, and what came since is in it.
    expect(await of.run('dev')).toMatchObject({ ...succeeded, unchanged: 8 });
    writeFileSync(
      join(of.folder, 'orders2.csv'),
      'id,country,at,gone\n13,FR,2024-03-12T01:00:00Z,false\n14,FR,2024-03-02T01:00:00Z,false\n9,FR,2024-03-12T02:00:00Z,true\n',
    );
    expect(await of.run('dev')).toMatchObject(succeeded);
    expect(await idsOf(of, 'dev__core.added')).toEqual([8, 9, 10, 11, 13]);
    expect(await idsOf(of, 'dev__core.orders')).toEqual([8, 9, 10, 11, 13]);

    // Made whole again, nothing of the sample is left in it.
    of.sample(null);
    expect(inOrder(await of.plan('dev')).map(({ dataset, wasSample }) => [dataset, wasSample?.last])).toEqual(
      ['core.added', 'core.latest', 'core.named', 'core.orders', 'marts.daily', 'marts.seen', 'marts.total'].map(
        (name) => [`dwh.${name}`, '3d'],
      ),
    );
    // What is made of a sample is one, whatever the program says.
    expect(await of.run('dev', ['dwh.core.named'])).toMatchObject(succeeded);
    expect((await of.said()).get('dev__core.named')?.sample).toEqual({ last: '3d', by: null });
    expect(await of.apply('dev')).toMatchObject(succeeded);
    expect([...(await of.said()).values()].filter(({ sample }) => sample !== null)).toEqual([]);
    // The same code as production's, over the same: production's own table is shown.
    expect(await idsOf(of, 'dev__core.orders')).toEqual([1, 8, 9, 10, 11]);
  });

  test('it never takes the place of what is whole', { timeout: 180_000 }, async () => {
    const of = shopOf();
    of.sample(THREE_DAYS);
    expect(await of.run()).toMatchObject(succeeded);
    expect(await idsOf(of, 'core.orders')).toEqual([8, 9, 10, 11]);
    of.sample(null);
    expect(await of.run()).toMatchObject(succeeded);
    expect(await idsOf(of, 'core.orders')).toEqual([1, 8, 9, 10, 11]);
    of.sample(THREE_DAYS);
    const refused = await of.run(null, ['dwh.core.orders']);
    expect(refused.errors).toMatchObject([{ error: { code: 'sample-of-production' } }]);
    expect(await idsOf(of, 'core.orders')).toEqual([1, 8, 9, 10, 11]);

    expect(await of.run('dev')).toMatchObject(succeeded);
    const version = (await of.said()).get('dev__core.orders');
    const over = (await of.said()).get('core.orders')?.build ?? null;
    if (version === undefined) throw new Error('it is not there');
    const place = { dataset: 'dwh.core.orders', schema: 'core', name: 'orders' };
    const move = { ...place, version: { ...version, by: null }, over, held: false, rejected: null };
    await expect(of.change(null, [{ kind: 'place', move }])).rejects.toMatchObject({ code: 'sample-of-production' });
  });
});

test('of another database those rows are asked for, as often as it is read', async () => {
  const folder = folderWithEngines();
  const source = await DuckDBInstance.create(join(folder, 'crm.duckdb'));
  const crm = await source.connect();
  await crm.run(
    "CREATE TABLE orders AS SELECT i AS id, TIMESTAMPTZ '2024-03-12 08:00:00+00' - INTERVAL (i) HOUR AS at FROM range(1000) AS r(i)",
  );
  crm.closeSync();
  source.closeSync();
  const of = new TargetOf(
    folder,
    local,
    `
project shop { owner: 'a@b.example', target: here }
target here { engine: duckdb(path: '.pipec/test.duckdb') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key, at: timestamp }
source orders : Order from duckdb(path: 'crm.duckdb', table: 'orders') in dwh.core { cursor: at, lookback: 1h }
`,
  );
  expect(await of.run()).toMatchObject(succeeded);
  of.sample(THREE_DAYS);
  for (const _ of ['first', 'again']) {
    expect(await of.run('dev')).toMatchObject(succeeded);
    // From midnight of the 9th to 8:00 of the 12th.
    expect(await of.rows('dev__core.orders')).toHaveLength(81);
  }
  expect(await of.rows('core.orders')).toHaveLength(1000);
});
