/** What is read from another target instead of being built, on every engine: the same rows, and what is made of them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipec, write } from '../support/command.ts';
import { folderWithEngines } from './targets.ts';

const ENGINES = {
  duckdb: "duckdb(path: '.pipec/own.duckdb')",
  postgres: "postgres(embedded: true, path: '.pipec/pg')",
  clickhouse: "clickhouse(embedded: true, path: '.pipec/ch')",
} as const;

const shop = (engine: string): string => `
project shop { owner: 'a@b.example', target: own }
target own { engine: ${engine} }
target prod { engine: duckdb(path: '.pipec/prod.duckdb'), state: sqlite(path: '.pipec/prod.db') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
enum mood { good, bad }
type Order {
  id: int64 @key, at: timestamp, day: date, amount: decimal(12, 2), rate: float64?, note: string?, paid: bool, ref: uuid?,
  body: json?, mood: mood
}
source orders : Order from file('orders.csv') in dwh.raw { event_time: at }
table clean in dwh.core { key: [id] } = from orders |> where amount > 0
table words in dwh.core = from orders |> aggregate array_agg(id order by id) as ids group by paid
table added in dwh.marts { refresh: append } = from orders |> where amount > 0 |> select id, amount
table daily in dwh.marts { refresh: batch(by: day, start: date '2024-02-20') } =
  from clean |> aggregate sum(amount) as amount, max(note) as note group by day
table pairs in dwh.marts = from words |> aggregate count() as n
`;

const orders = `id,at,day,amount,rate,note,paid,ref,body,mood
1,2024-02-29T10:00:00.000001Z,2024-02-29,5.25,0.1,"it's, ä",true,123e4567-e89b-12d3-a456-426614174000,"{""a"": [1.5]}",good
2,1950-01-01T00:00:00Z,2299-12-31,0.01,,,false,,,bad
3,2024-03-01T00:00:00Z,2024-03-01,-1,,,false,,,bad
`;

describe.each(Object.entries(ENGINES))('%s', (_name, engine) => {
  test('reads what production has, and builds what was named', { timeout: 180_000 }, async () => {
    const folder = folderWithEngines();
    write(folder, { 'shop.pipe': shop(engine), 'orders.csv': orders });
    const done = async (...words: readonly string[]): Promise<string> => {
      const { code, out, err } = await pipec(words, { folder });
      expect([words, code, code === 0 ? '' : out + err]).toEqual([words, 0, '']);
      return out;
    };
    await done('run', '-t', 'prod');
    // A list is no column of a source: what has one is built.
    expect(await done('run', 'pairs', '--defer', 'prod')).toContain(
      'Read from prod: dwh.raw.orders. Built too, as prod has nothing to read of it: dwh.core.words.',
    );
    rmSync(join(folder, 'orders.csv'));
    expect(await done('run', 'added', 'daily', '--defer', 'prod')).toContain(
      'Read from prod: dwh.raw.orders, dwh.core.clean.',
    );
    await done('diff', 'prod', 'own', 'clean', 'added', 'daily', 'orders');
    expect(await done('run', 'added', 'daily', '--defer', 'prod')).toMatch(/dwh\.core\.clean +2 rows +unchanged/);
    const sampled = await done('run', 'daily', '--env', 'dev', '--defer', 'prod', '--sample', '3d');
    expect(sampled).toMatch(/dwh\.core\.clean +2 rows/);
    expect(sampled).toContain('Sample of the last 3d: dwh.marts.daily (by day).');
  });
});
