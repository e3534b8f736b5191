/**
 * Tables in intervals: after any sequence of runs their rows are those of a full build over what is due, on every engine.
 * A random story of a shop writes orders, late ones too, lets the clock go on, spoils a day and mends it, and restates.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Program } from '../../compiler/semantics/model.ts';
import type { AskedSpan } from '../../runtime/engine.ts';
import { programOf, runFlights as runProgram } from '../support/flights.ts';
import { folderWithEngines } from './targets.ts';

const text = (engine: string, more = ''): string => `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
type Order { id: int64 @key, amount: decimal(12, 2), country: string, at: timestamp }
source orders : Order from file('orders.csv') in dwh.core
table daily in dwh.marts {
  key: [day, country]
  refresh: batch(by: day, lookback: 2d, start: date '2024-03-28', timezone: 'Europe/Berlin')
  checks { expect revenue >= 0 }
} = from orders |> aggregate sum(amount)${more} as revenue, count() as orders group by date(at, 'Europe/Berlin') as day, country
table hourly in dwh.marts { refresh: batch(by: hour, every: 1h, lateness: 30m, lookback: 48h) } =
  from orders |> aggregate count()${more} as orders group by date_trunc(at, hour) as hour
table after_it in dwh.marts = from daily |> aggregate sum(orders) as orders, count() as rows
job nightly { builds: [dwh.marts.*] }
`;

interface Order {
  readonly id: number;
  readonly cents: number;
  readonly country: string;
  readonly at: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** In March 2024 the clocks of Berlin were put forward on the 31st. */
const berlinDay = (at: number): string => {
  const summer = at >= Date.parse('2024-03-31T01:00:00Z');
  return new Date(at + (summer ? 2 : 1) * HOUR).toISOString().slice(0, 10);
};

function expected(orders: readonly Order[], now: number) {
  const today = berlinDay(now);
  const daily = new Map<string, { cents: number; orders: number }>();
  const hourly = new Map<string, number>();
  const lastHour = Math.floor((now - HOUR / 2) / HOUR) * HOUR;
  for (const { cents, country, at } of orders) {
    const day = berlinDay(at);
    if (day >= '2024-03-28' && day < today) {
      const group = daily.get(`${day} ${country}`) ?? { cents: 0, orders: 0 };
      daily.set(`${day} ${country}`, { cents: group.cents + cents, orders: group.orders + 1 });
    }
    const hour = Math.floor(at / HOUR) * HOUR;
    if (hour < lastHour) {
      const key = new Date(hour).toISOString().slice(0, 13);
      hourly.set(key, (hourly.get(key) ?? 0) + 1);
    }
  }
  const days = [...daily].map(([key, { cents, orders: count }]) => `${key} ${cents} ${count}`).sort();
  return { daily: days, hourly: [...hourly].map(([hour, count]) => `${hour} ${count}`).sort() };
}

/** Rows as the oracle writes them. */
function told(rows: Readonly<Record<string, readonly string[]>>) {
  const cells = (name: string): string[][] => (rows[name] ?? []).map((row) => JSON.parse(row) as string[]);
  const daily = cells('dwh.marts.daily').map(
    ([day, country, revenue, orders]) => `${day} ${country} ${Math.round(Number(revenue) * 100)} ${orders}`,
  );
  const hourly = cells('dwh.marts.hourly').map(
    ([hour, orders]) => `${String(hour).replace(' ', 'T').slice(0, 13)} ${orders}`,
  );
  return { daily: daily.sort(), hourly: hourly.sort() };
}

/** A generator of numbers in [0, below), the same for a seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** An embedded PostgreSQL or ClickHouse takes a second for each opening, so they are told one story. */
const ENGINES = [
  ['duckdb', "duckdb(path: '.pipec/shop.duckdb')", [1, 2, 3]],
  ['postgres', 'postgres(embedded: true)', [4]],
  ['clickhouse', 'clickhouse(embedded: true)', [5]],
] as const;

describe.each(ENGINES)('%s', (_kind, engine, stories) => {
  const usual = programOf([{ path: 'project.pipe', text: text(engine) }]);
  const changed = programOf([{ path: 'project.pipe', text: text(engine, ' + 0') }]);

  test.each(stories)(
    'rows are those of a full build, whatever has happened (story %i)',
    async (seed) => {
      const folder = folderWithEngines();
      const random = numbers(seed);
      let now = Date.parse('2024-03-30T09:20:00Z');
      let orders: Order[] = [];
      let id = 0;
      let written = '';
      const order = (from: number, to: number): void => {
        const at = from + random(Math.max(1, to - from));
        id += 1;
        orders.push({ id, cents: random(10_000), country: ['DE', 'FR', 'ß'][random(3)] ?? '', at });
      };
      const run = async (program: Program, more: { readonly again?: AskedSpan; readonly full?: boolean } = {}) => {
        const lines = orders.map(
          (one) => `${one.id},${(one.cents / 100).toFixed(2)},${one.country},${new Date(one.at).toISOString()}`,
        );
        const csv = `id,amount,country,at\n${lines.join('\n')}\n`;
        if (csv !== written) writeFileSync(join(folder, 'orders.csv'), csv);
        written = csv;
        return await runProgram(folder, program, { now: new Date(now), ...more });
      };
      const check = (outcome: Awaited<ReturnType<typeof run>>): void => {
        expect(outcome.status).toBe('succeeded');
        expect(told(outcome.rows)).toEqual(expected(orders, now));
        const sums = expected(orders, now).daily;
        const [, rows] = JSON.parse(outcome.rows['dwh.marts.after_it']?.[0] ?? '[]') as string[];
        expect(Number(rows)).toBe(sums.length);
      };

      for (let i = 0; i < 60; i += 1) order(now - 5 * DAY, now + DAY);
      check(await run(usual));
      // Nothing has changed and nothing is due.
      expect((await run(usual)).tasks['dwh.marts.daily']).toBe('unchanged');
      for (let step = 0; step < 4; step += 1) {
        now += random(3) * DAY + random(24) * HOUR;
        // Late, but not later than the look back; and some of tomorrow, which are not due.
        for (let i = 0; i < 8; i += 1) order(now - 36 * HOUR, now + DAY);
        orders = orders.filter(({ at }) => at < now - 36 * HOUR || random(10) > 0);
        check(await run(usual));
      }

      // A day that breaks a check is left out, and known to be; the days beside it are there, and the run fails.
      now += 3 * DAY;
      const bad = { id: 100_000, cents: -100_000_000, country: 'DE', at: now - 2 * DAY };
      const before = orders;
      orders = [...before, bad];
      const failed = await run(usual);
      expect([failed.status, failed.tasks['dwh.marts.daily']]).toEqual(['failed', 'checks-failed']);
      const gap = berlinDay(bad.at);
      expect(told(failed.rows).daily.filter((row) => row.startsWith(gap))).toEqual([]);
      expect(told(failed.rows).daily).toEqual(expected(before, now).daily.filter((row) => !row.startsWith(gap)));
      orders = before;
      check(await run(usual));

      // What is older than the look back is seen where it is asked for.
      const old = now - 5 * DAY;
      orders = [...orders, { id: 200_000, cents: 77, country: 'FR', at: old }];
      const asked = { from: berlinDay(old - DAY), to: berlinDay(old + DAY) };
      check(await run(usual, { again: asked }));

      // Other code makes everything again, once; so does `--full`.
      orders = [...orders, { id: 300_000, cents: 5, country: 'DE', at: now - 8 * DAY }];
      check(await run(changed));
      orders = [...orders, { id: 400_000, cents: 5, country: 'DE', at: now - 8 * DAY }];
      check(await run(changed, { full: true }));
    },
    180_000,
  );
});
