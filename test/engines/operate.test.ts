/** What is told of a target, and gaps that are filled: the same on every engine, also while a run writes it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { type RunOptions, runJob } from '../../runtime/run.ts';
import { targetStatus } from '../../runtime/status.ts';
import { programOf } from '../support/flights.ts';
import { stateIn } from '../support/state.ts';
import { folderWithEngines } from './targets.ts';

const text = (engine: string, more = ''): string => `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
type Order { id: int64 @key, amount: decimal(12, 2), at: timestamp, expect id > 0 }
source orders : Order from file('orders.csv') in dwh.core { invalid: quarantine }
table daily in dwh.marts {
  key: [day]
  refresh: batch(by: day, start: date '2024-03-01')
  checks { expect revenue >= 0
    expect orders < 2 warn }
} = from orders |> aggregate sum(amount)${more} as revenue, count() as orders group by date(at) as day
table total in dwh.marts = from daily |> aggregate sum(orders) as orders
table seen in dwh.marts { refresh: view } = from daily
`;

const asserting = (engine: string): string => `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
type Order { id: int64 @key, amount: decimal(12, 2), note: string, at: timestamp }
source orders : Order from file('orders.csv') in dwh.core
/// The interval passes both assertions: a failing row is looked for within it.
table daily in dwh.marts { refresh: batch(by: day, start: date '2024-03-01') } =
  from orders
  |> assert amount < 1000, 'too much'
  |> extend cast(note as int64) as n
  |> aggregate sum(n) as n, count() as orders group by date(at) as day
/// Here it is known of no row that fails what interval it would be of: all are looked at, each time.
table noted in dwh.marts { refresh: batch(by: day, start: date '2024-03-01') } =
  from orders |> extend cast(replace(note, '0', '2024-03-0') as date) as day |> select id, day
`;

const ENGINES = {
  duckdb: "duckdb(path: '.pipec/shop.duckdb')",
  postgres: 'postgres(embedded: true)',
  clickhouse: 'clickhouse(embedded: true)',
};

const line = (id: number, amount: number, day: string): string => `${id},${amount},${day}T10:00:00Z`;

describe.each(Object.entries(ENGINES))('%s', (_kind, engine) => {
  test('status and gaps', async () => {
    const folder = folderWithEngines();
    const program = programOf([{ path: 'project.pipe', text: text(engine) }]);
    const plan = planProgram(program, 'local', '0.0.0');
    const job = planSelection(program, 'local', null);
    const write = (lines: readonly string[]): void =>
      writeFileSync(join(folder, 'orders.csv'), `id,amount,at\n${lines.join('\n')}\n`);
    const run = async (now: string, more: Partial<RunOptions> = {}) =>
      await runJob({ folder, project: 'shop', target: plan.target, job, name: null, now: new Date(now), ...more });
    const look = async (now: string, tasks = job.tasks) => {
      const state = await stateIn(folder);
      try {
        const found = await targetStatus({ folder, target: plan.target, tasks, state, now: new Date(now) });
        return new Map(found.map((one) => [one.dataset, one]));
      } finally {
        await state.close();
      }
    };

    const never = await look('2024-03-05T12:00:00Z');
    expect([...never.values()].map(({ built, refresh, failed }) => [built, refresh, failed])).toEqual([
      [null, 'load', null],
      [null, 'batch', null],
      [null, 'view', null],
      [null, 'full', null],
    ]);

    const good = [line(1, 5, '2024-03-01'), line(2, 5, '2024-03-01'), line(3, 7, '2024-03-04')];
    write([...good, line(-1, 1, '2024-03-02'), line(-2, 1, '2024-03-02'), 'x,1,2024-03-01T10:00:00Z']);
    let during: Promise<Awaited<ReturnType<typeof look>>> | undefined;
    const first = await run('2024-03-05T12:00:00Z', {
      listeners: [
        (event) => {
          if (event.event === 'task.started' && event.task === 'dwh.marts.total') during = look('2024-03-05T12:00:00Z');
        },
      ],
    });
    expect(first.errors).toEqual([]);
    // Asked of the process that holds the database, in the middle of its run.
    expect((await during)?.get('dwh.marts.daily')?.built?.rows).toBe(2);

    const built = await look('2024-03-06T12:00:00Z');
    expect(built.get('dwh.core.orders')).toMatchObject({
      refresh: 'load',
      built: { rows: 3, run: first.run, code: 'same' },
      quarantine: {
        rows: 3,
        reasons: [
          { reason: 'expect id > 0', rows: 2 },
          { reason: 'id is not an int64', rows: 1 },
        ],
      },
    });
    expect(built.get('dwh.marts.daily')).toMatchObject({
      built: { rows: 2 },
      warnings: [{ check: 'expect orders < 2 warn', failing: 1, rows: 2 }],
      intervals: {
        by: 'day',
        done: [{ from: '2024-03-01', to: '2024-03-05' }],
        gaps: [],
        due: [{ from: '2024-03-05', to: '2024-03-06' }],
      },
      failed: null,
    });
    expect(built.get('dwh.marts.seen')?.built).toMatchObject({ rows: null, code: 'same' });
    expect(Date.parse(built.get('dwh.marts.total')?.built?.at ?? '')).toBeGreaterThan(Date.now() - 3_600_000);

    // A bad day becomes a gap between good ones; what failed is told until it is mended.
    write([...good, line(4, -9, '2024-03-06'), line(5, 3, '2024-03-07')]);
    const failed = await run('2024-03-08T12:00:00Z');
    expect(failed.status).toBe('failed');
    const gap = (await look('2024-03-09T12:00:00Z')).get('dwh.marts.daily');
    expect(gap?.intervals).toMatchObject({
      done: [
        { from: '2024-03-01', to: '2024-03-06' },
        { from: '2024-03-07', to: '2024-03-08' },
      ],
      gaps: [{ from: '2024-03-06', to: '2024-03-07' }],
      due: [{ from: '2024-03-08', to: '2024-03-09' }],
    });
    expect(gap?.failed).toMatchObject({ run: failed.run, code: 'checks-failed' });

    // Only what is missing, and only within what is asked for: a day that is done is not looked at.
    write([line(1, 500, '2024-03-01'), ...good.slice(1), line(4, 9, '2024-03-06'), line(5, 3, '2024-03-07')]);
    const intervals: (string | null)[] = [];
    const filled = await run('2024-03-09T12:00:00Z', {
      again: { from: null, to: '2024-03-08', missing: true },
      listeners: [
        (event) => {
          if (event.event === 'task.finished' && event.task === 'dwh.marts.daily') intervals.push(event.intervals);
        },
      ],
    });
    expect([filled.status, intervals]).toEqual(['succeeded', ['2024-03-06']]);
    const mended = (await look('2024-03-09T12:00:00Z')).get('dwh.marts.daily');
    expect(mended).toMatchObject({ built: { rows: 4 }, failed: null });
    expect(mended?.intervals).toMatchObject({
      done: [{ from: '2024-03-01', to: '2024-03-08' }],
      gaps: [],
      due: [{ from: '2024-03-08', to: '2024-03-09' }],
    });

    const changed = planSelection(programOf([{ path: 'project.pipe', text: text(engine, ' + 0') }]), 'local', null);
    const other = await look('2024-03-09T12:00:00Z', changed.tasks);
    expect(other.get('dwh.marts.daily')?.built?.code).toBe('changed');
    expect(other.get('dwh.core.orders')?.built?.code).toBe('same');
  }, 120_000);

  test('assertions of an interval', async () => {
    const folder = folderWithEngines();
    const program = programOf([{ path: 'project.pipe', text: asserting(engine) }]);
    const { target } = planProgram(program, 'local', '0.0.0');
    const orders = planSelection(program, 'local', ['dwh.core.orders', 'dwh.marts.daily']);
    const noted = planSelection(program, 'local', ['dwh.marts.noted']);
    const write = (lines: readonly string[]): void =>
      writeFileSync(join(folder, 'orders.csv'), `id,amount,note,at\n${lines.join('\n')}\n`);
    const run = async (now: string, more: Partial<RunOptions> = {}) => {
      const intervals: (string | null)[] = [];
      const listeners: RunOptions['listeners'] = [
        (event) => {
          if (event.event === 'task.finished' && event.task === 'dwh.marts.daily') intervals.push(event.intervals);
        },
      ];
      const about = { folder, project: 'shop', target, job: orders, name: null, now: new Date(now), listeners };
      const { errors } = await runJob({ ...about, ...more });
      return errors.length === 0 ? intervals : errors.map(({ error }) => [error.code, error.sample.length]);
    };
    const row = (id: number, amount: number, note: string, day: number): string =>
      `${id},${amount},${note},2024-03-0${day}T10:00:00Z`;
    const good = [row(1, 5, '01', 1), row(2, 5, '02', 2)];
    write(good);
    expect(await run('2024-03-03T12:00:00Z')).toEqual(['2024-03-01 to 2024-03-02']);

    // Rows of days that are done, or not due: no increment looks at them.
    write([...good, row(3, 5000, '01', 1), row(4, 1, 'x', 1), row(5, 7, '03', 3), row(6, 9000, '09', 9)]);
    expect(await run('2024-03-04T12:00:00Z')).toEqual(['2024-03-03']);
    // Who asks for the day again is told, and keeps what was there.
    const again = { from: '2024-03-01', to: '2024-03-03' };
    expect(await run('2024-03-04T12:00:00Z', { again })).toEqual([['assertion-failed', 1]]);
    // A bad row of a new day is of that day alone.
    write([...good, row(5, 7, '03', 3), row(7, 1, 'x', 4), row(8, 1, '05', 5)]);
    expect(await run('2024-03-06T12:00:00Z')).toEqual([['assertion-failed', 1]]);
    write([...good, row(5, 7, '03', 3), row(7, 1, '04', 4), row(8, 1, '05', 5)]);
    expect(await run('2024-03-06T12:00:00Z')).toEqual(['2024-03-04']);

    expect(await run('2024-03-06T12:00:00Z', { job: noted })).toEqual([]);
    // Its day is unknown, so that it may be of any.
    write([...good, row(7, 1, 'x', 1)]);
    await run('2024-03-06T12:00:00Z', { job: planSelection(program, 'local', ['dwh.core.orders']) });
    expect(await run('2024-03-09T12:00:00Z', { job: noted })).toEqual([['assertion-failed', 1]]);
  }, 120_000);
});
