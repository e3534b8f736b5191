/** A source of a database that is asked for what has come. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { LoadStep, TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { audit, build, check, contract, load, local, projectFolder, runTasks } from '../support/plans.ts';
import { changes, type Item, pulled, pullingPlan, writeDuckDb } from '../support/pulling.ts';

test('whatever comes within the look back is there, as if all had been read', { timeout: 600_000 }, async () => {
  const plan = pullingPlan("duckdb(path: '.pipec/shop.duckdb')", "duckdb(path: 'old.duckdb', table: 'items')");
  await fc.assert(
    fc.asyncProperty(changes, async (sequence) => {
      const folder = projectFolder();
      const ask = async (sql: string) =>
        (await queryAll({ folder, target: plan.target, sql, limit: null })).map((row) => Object.values(row));
      expect(
        await pulled({ folder, plan, write: (items) => writeDuckDb(join(folder, 'old.duckdb'), items), ask }, sequence),
      ).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 8) },
  );
});

const SINCE: LoadStep['cursor'] = {
  column: 'at',
  type: 'timestamp',
  lookback: 86_400_000,
  again: ['"at" >= TIMESTAMPTZ \'', { bound: 'since' }, "+00'"],
};

test('what is read, what is told of what came too late, and what is left alone', async () => {
  const folder = projectFolder();
  const path = join(folder, 'old.duckdb');
  const from = { kind: 'duckdb', path: 'old.duckdb', rows: { table: 'items' } } as const;
  const types = { id: 'int64', at: 'timestamp', v: 'int64?' };
  const tasks = (more: Partial<LoadStep> = {}): TaskPlan[] => [
    load('raw.items', from, types, { key: ['id'], cursor: SINCE, ...more }),
    build(
      'core.n',
      'SELECT count(*) AS n FROM raw.items',
      { n: 'BIGINT' },
      { after: ['raw.items'], inputs: ['raw.items'] },
    ),
  ];
  const items: Item[] = [
    { id: 1, at: 0, v: 1 },
    { id: 2, at: 100, v: 2 },
  ];
  const run = async (options: Parameters<typeof runTasks>[2] = {}, more: Partial<LoadStep> = {}) => {
    await writeDuckDb(path, items);
    const { errors, events } = await runTasks(folder, tasks(more), options);
    expect(errors).toEqual([]);
    const told = events.flatMap((event) => (event.event === 'run.warned' ? [event.message] : []));
    const done = events.flatMap((event) =>
      event.event === 'task.finished' ? [[event.task, event.rows, event.load?.read ?? null]] : [],
    );
    return { told, done };
  };
  expect(await run()).toEqual({
    told: [],
    done: [
      ['raw.items', 2, 2],
      ['core.n', 1, null],
    ],
  });
  // From a day before the greatest on; nothing is new, so that who reads it is left alone.
  expect(await run()).toEqual({ told: [], done: [['raw.items', 2, 1]] });
  items.push({ id: 3, at: 90, v: 3 }, { id: 4, at: 5, v: 4 });
  const told = [
    'raw.items: 1 row of its source came too late to be read: their `at` is before 2024-03-04 04:00:00. A longer look back reads them, and so does --full',
  ];
  expect(await run()).toEqual({
    told,
    done: [
      ['raw.items', 3, 2],
      ['core.n', 1, null],
    ],
  });
  expect(await run({}, { cursor: { ...(SINCE ?? never()), lookback: 100 * 3_600_000 } })).toEqual({
    told: [],
    done: [
      ['raw.items', 4, 4],
      ['core.n', 1, null],
    ],
  });
  items.push({ id: 5, at: 6, v: 5 });
  expect((await run()).told).toHaveLength(1);
  expect(await run({ full: true })).toEqual({
    told: [],
    done: [
      ['raw.items', 5, 5],
      ['core.n', 1, null],
    ],
  });
});

const never = (): never => {
  throw new Error('there is none');
};

test('a check that fails, a run that is stopped: the position stays with the rows', async () => {
  const folder = projectFolder();
  const path = join(folder, 'old.duckdb');
  const from = { kind: 'duckdb', path: 'old.duckdb', rows: { table: 'items' } } as const;
  const task = (checked: boolean) =>
    load(
      'raw.items',
      from,
      { id: 'int64', at: 'timestamp', v: 'int64?' },
      {
        key: ['id'],
        cursor: SINCE,
        ...(checked
          ? { audit: audit('SELECT count(*) AS "rows" FROM this', check('rows <= 1', { measure: 'rows', high: 1 })) }
          : {}),
      },
    );
  const ask = async (sql: string) =>
    (await queryAll({ folder, target: local, sql, limit: null })).map((row) => Object.values(row).join());
  await writeDuckDb(path, [{ id: 1, at: 0, v: 1 }]);
  expect((await runTasks(folder, [task(true)])).errors).toEqual([]);
  await writeDuckDb(path, [
    { id: 1, at: 0, v: 1 },
    { id: 2, at: 500, v: 2 },
    { id: 3, at: 480, v: -1 },
  ]);
  expect((await runTasks(folder, [task(true)])).errors).toMatchObject([{ error: { code: 'checks-failed' } }]);
  expect(await ask('SELECT id FROM raw.items')).toEqual(['1']);
  const stopped = await runTasks(folder, [task(false)], { signal: AbortSignal.abort() });
  expect(stopped.status).not.toBe('succeeded');
  expect((await runTasks(folder, [task(false)])).errors).toEqual([]);
  expect(await ask('SELECT id, v FROM raw.items ORDER BY id')).toEqual(['1,1', '2,2', '3,-1']);
});

test('zones, days before the language begins, and values that are none: all of them are read again', async () => {
  const folder = projectFolder();
  const path = join(folder, 'old.duckdb');
  const write = async (values: string): Promise<void> => {
    const database = await openDatabase({ path, readOnly: false, nameHolder: holderText, ...NO_WAIT });
    const connection = await database.connect();
    await connection.run(`CREATE OR REPLACE TABLE t AS SELECT * FROM (VALUES ${values}) AS t(id, "when")`);
    connection.close();
    await database.close();
  };
  const from = { kind: 'duckdb', path: 'old.duckdb', rows: { table: 't' } } as const;
  const columns = contract({ id: 'int64', at: 'timestamp' }).map((column) =>
    column.name === 'at' ? { ...column, path: ['when'] } : column,
  );
  const run = async () => {
    const { errors, events } = await runTasks(folder, [
      load('raw.t', from, {}, { columns, timezone: 'Europe/Berlin', cursor: { ...(SINCE ?? never()), lookback: 0 } }),
    ]);
    expect(errors).toEqual([]);
    return events.flatMap((event) =>
      event.event === 'task.finished' ? [[event.rows, event.load?.read, event.load?.quarantined]] : [],
    );
  };
  const ask = async (sql: string) =>
    (await queryAll({ folder, target: local, sql, limit: null })).map((row) => Object.values(row).join());
  // In the night of 29 October 2023 the clock of Berlin passes 02:00 to 03:00 twice.
  const before =
    "(1, TIMESTAMP '2023-10-28 12:00:00'), (2, TIMESTAMP '2023-10-29 02:30:00'), (3, NULL), (4, TIMESTAMP '1850-01-01'), (5, TIMESTAMP '-infinity')";
  await write(before);
  expect(await run()).toEqual([[2, 5, 3]]);
  expect(await run()).toEqual([[2, 4, 3]]);
  await write(`${before}, (6, TIMESTAMP '2023-10-29 03:00:00'), (7, TIMESTAMP 'infinity')`);
  expect(await run()).toEqual([[3, 6, 4]]);
  await write(
    "(1, TIMESTAMP '2023-10-28 12:00:00'), (2, TIMESTAMP '2023-10-29 02:30:00'), (3, TIMESTAMP '2023-10-29 04:00:00'), (6, TIMESTAMP '2023-10-29 03:00:00')",
  );
  expect(await run()).toEqual([[4, 2, 0]]);
  expect(await ask('SELECT id FROM raw.t ORDER BY id')).toEqual(['1', '2', '3', '6']);
  expect(await ask('SELECT reason FROM _pipec.quarantine__raw__t')).toEqual([]);
});
