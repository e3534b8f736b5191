/**
 * Environments on every engine: what has production's code shows production's rows, what has not is built beside, and nothing
 * that is done in an environment reaches production.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TargetPlan } from '../../runtime/plan.ts';
import { local } from '../support/plans.ts';
import { TargetOf } from '../support/target-of.ts';
import { clickhouse, folderWithEngines, postgres } from './targets.ts';

const ENGINES: Readonly<Record<string, { readonly plan: TargetPlan; readonly engine: string }>> = {
  duckdb: { plan: local, engine: "duckdb(path: '.pipec/test.duckdb')" },
  postgres: { plan: postgres, engine: "postgres(embedded: true, path: '.pipec/pg')" },
  clickhouse: { plan: clickhouse, engine: "clickhouse(embedded: true, path: '.pipec/ch')" },
};

function shop(engine: string, { clean = '0', extra = '' } = {}): string {
  return `
project shop { owner: 'a@b.example', target: here }
target here { engine: ${engine} }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key, amount: decimal(12, 2), at: timestamp, gone: bool }
source orders : Order from file('orders*.csv') in dwh.core { invalid: quarantine }
table large in dwh.core { refresh: append } = from orders |> where amount > 5 |> select id, amount
table latest in dwh.core { key: [id], refresh: upsert(order: at, deletes: hard, deleted: gone) } =
  from orders |> select id, at, gone
table clean in dwh.core = from orders |> where amount > ${clean} |> select id, amount, at
table daily in dwh.marts { refresh: batch(by: day, start: date '2024-02-20') } =
  from clean |> aggregate sum(amount) as revenue group by date(at) as day
table total in dwh.marts = from daily |> aggregate count() as days
table notes in dwh.marts { refresh: view } = from clean |> select id
${extra}`;
}

const succeeded = { status: 'succeeded', errors: [] };

describe.each(Object.entries(ENGINES))('%s', (_name, { plan: target, engine }) => {
  const ordered = (folder: string, day: number): void =>
    writeFileSync(
      join(folder, `orders${day}.csv`),
      `id,amount,at,gone\n${day},${day},2024-03-0${day}T10:00:00Z,false\n1${day},1,2024-03-0${day}T11:00:00Z,true\nx,1,,\n`,
    );

  test('what has other code is built beside production, which stays as it is', { timeout: 180_000 }, async () => {
    const folder = folderWithEngines();
    const shopOf = new TargetOf(folder, target, shop(engine));
    ordered(folder, 6);
    expect(await shopOf.apply()).toMatchObject(succeeded);
    const production = await shopOf.said();

    shopOf.edit(shop(engine, { clean: '2' }));
    expect(await shopOf.told('dev')).toEqual([
      'added dwh.core.orders, shared',
      'added dwh.core.clean',
      'added dwh.core.large, shared',
      'added dwh.core.latest, shared',
      'added dwh.marts.daily',
      'added dwh.marts.notes',
      'added dwh.marts.total',
    ]);
    expect(await shopOf.apply('dev')).toMatchObject({ ...succeeded, done: 7 });
    expect(await shopOf.told('dev')).toEqual([]);
    expect(await shopOf.run('dev')).toMatchObject({ ...succeeded, done: 1, unchanged: 6 });
    const both = await shopOf.said();
    expect(new Map([...both].filter(([, one]) => one.environment === null))).toEqual(production);
    expect(await shopOf.rows('dev__core.clean')).toEqual([expect.stringMatching(/^6 /)]);
    // Compared row by row where it has tables of its own, and by its table where that is production's.
    expect(
      (await shopOf.compared('dev')).map(({ dataset, status, rows, onlyFrom, changed }) => [
        dataset,
        status,
        rows,
        changed + onlyFrom,
      ]),
    ).toEqual([
      ['dwh.core.orders', 'equal', { from: 2, to: 2 }, 0],
      ['dwh.core.clean', 'different', { from: 2, to: 1 }, 1],
      ['dwh.core.large', 'equal', { from: 1, to: 1 }, 0],
      ['dwh.core.latest', 'equal', { from: 1, to: 1 }, 0],
      ['dwh.marts.daily', 'different', { from: 1, to: 1 }, 1],
      ['dwh.marts.notes', 'different', { from: 2, to: 1 }, 1],
      ['dwh.marts.total', 'equal', { from: 1, to: 1 }, 0],
    ]);
    expect(await shopOf.rows('core.clean')).toHaveLength(2);
    for (const name of ['orders', 'large', 'latest'])
      expect(both.get(`dev__core.${name}`)?.table).toBe(both.get(`core.${name}`)?.table);

    // Production goes on; what an environment shows of it goes on with it, or stays what it was.
    ordered(folder, 7);
    shopOf.edit(shop(engine));
    expect(await shopOf.run()).toMatchObject(succeeded);
    const grown = await shopOf.said();
    for (const place of ['core.orders', 'core.large', 'core.latest'])
      expect(await shopOf.rows(`dev__${place}`)).toHaveLength(grown.get(`dev__${place}`)?.rows ?? Number.NaN);

    // What follows in the environment takes each row once.
    const follower = 'table followed in dwh.core { refresh: append } = from orders |> select id, amount';
    shopOf.edit(shop(engine, { clean: '2', extra: follower }));
    expect(await shopOf.run('dev')).toMatchObject(succeeded);
    ordered(folder, 8);
    shopOf.edit(shop(engine));
    expect(await shopOf.run()).toMatchObject(succeeded);
    shopOf.edit(shop(engine, { clean: '2', extra: follower }));
    expect(await shopOf.run('dev')).toMatchObject(succeeded);
    expect((await shopOf.rows('dev__core.followed')).map((row) => row.split(' ')[0])).toEqual([
      '16',
      '17',
      '18',
      '6',
      '7',
      '8',
    ]);
    expect(await shopOf.rows('dev__core.large')).toEqual(await shopOf.rows('core.large'));

    // What is there is not forgotten, whoever took it to be gone.
    const clean = { dataset: 'dwh.core.clean', schema: 'core', name: 'clean' };
    expect(await shopOf.change(null, [{ kind: 'forget', removed: clean }])).toMatchObject(succeeded);
    expect(await shopOf.rows('core.clean')).not.toEqual([]);

    // What was looked up too long ago is not moved.
    const version = (await shopOf.said()).get('dev__core.clean');
    if (version === undefined) throw new Error('it is not there');
    const move = { dataset: 'dwh.core.clean', schema: 'core', name: 'clean', version: { ...version, by: null } };
    const late = { ...move, over: 'another', held: false, rejected: null };
    await expect(shopOf.change(null, [{ kind: 'place', move: late }])).rejects.toMatchObject({ code: 'target-moved' });

    // Its end leaves production, and nothing of its own.
    const ids = new Set((await shopOf.said()).keys());
    const removals = [...ids].flatMap((place) => {
      const [schema = '', name = ''] = place.split('.');
      return schema.startsWith('dev__') ? [{ schema, name }] : [];
    });
    const said = await shopOf.said();
    const order = ['notes', 'total', 'daily'];
    const removed = removals
      .sort((a, b) => order.indexOf(b.name) - order.indexOf(a.name))
      .map((place) => ({ ...place, dataset: said.get(`${place.schema}.${place.name}`)?.dataset ?? '' }));
    expect(
      await shopOf.change(
        'dev',
        removed.map((one) => ({ kind: 'remove', removed: one, held: false })),
      ),
    ).toMatchObject(succeeded);
    expect((await shopOf.said()).size).toBe(7);
    shopOf.edit(shop(engine));
    // A table in intervals looks whether one is due.
    expect(await shopOf.run()).toMatchObject({ ...succeeded, done: 2, unchanged: 5 });
    const tables = (await shopOf.relations()).filter((one) => /^_pipec\..*__[0-9a-z]{12}_/.test(one));
    const named = [...(await shopOf.said()).values()].flatMap(({ table, previous }) => [table, previous]);
    expect(tables.filter((one) => !named.includes(one.slice('_pipec.'.length)))).toEqual([]);
  });
});
