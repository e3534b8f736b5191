/** Who computes beside the statements of a run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { helpersOf } from '../../runtime/engines/duckdb/helpers.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';

/** What the database was told, in order: how many threads there are besides its own. */
async function told(threads: number) {
  const external: string[] = [];
  const helpers = await helpersOf((sql) => {
    const found = /external_threads = (\d+)/.exec(sql)?.[1];
    if (found !== undefined) external.push(found);
    return Promise.resolve();
  }, threads);
  const next = async (count: number): Promise<void> => {
    while (external.length < count) await sleep(1);
  };
  return { external, helpers, next };
}

test('they are away while there are as many statements as processors', async () => {
  const { external, helpers, next } = await told(3);
  const leave = [helpers.enter(), helpers.enter()];
  expect(external).toEqual([]);
  leave.push(helpers.enter(), helpers.enter());
  await next(1);
  leave[0]?.();
  // Still as many as there are processors.
  leave[1]?.();
  await next(2);
  expect(external).toEqual(['3', '1']);
  leave[2]?.();
  leave[3]?.();
  await helpers.end();
});

test('they stay away where one statement follows another', async () => {
  const { external, helpers, next } = await told(2);
  const long = helpers.enter();
  for (let count = 0; count < 50; count += 1) {
    const leave = helpers.enter();
    await Promise.resolve();
    leave();
  }
  await next(1);
  expect(external).toEqual(['2']);
  await next(2);
  expect(external).toEqual(['2', '1']);
  long();
  await helpers.end();
});

test('nothing is told once the end was asked for', async () => {
  const { external, helpers } = await told(2);
  const leave = [helpers.enter(), helpers.enter()];
  for (const one of leave) one();
  await helpers.end();
  await sleep(60);
  expect(external).toEqual(['2']);
});

test('with one processor there is nothing to tell', async () => {
  const { external, helpers } = await told(1);
  for (const leave of [helpers.enter(), helpers.enter()]) leave();
  await helpers.end();
  expect(external).toEqual([]);
});

test('a database lets its own threads go and has them again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-helpers-'));
  const database = await openDatabase({
    path: join(folder, 'test.duckdb'),
    readOnly: false,
    nameHolder: holderText,
    ...NO_WAIT,
  });
  try {
    const connection = await database.connect();
    const [[threads] = []] = (await connection.table("SELECT current_setting('threads')")).rows;
    const external = async (): Promise<number> => {
      const { external: found } = await connection.numbers("SELECT current_setting('external_threads') AS external");
      return found ?? 0;
    };
    if (Number(threads) < 2) return;
    const others = await Promise.all(Array.from({ length: Number(threads) }, () => database.connect()));
    const busy = others.map((other) => other.run('SELECT count(*) FROM range(400000000) WHERE range % 7 = 3'));
    while ((await external()) === 1) await sleep(1);
    expect(await external()).toBe(Number(threads));
    for (const other of others) other.interrupt();
    await Promise.allSettled(busy);
    while ((await external()) !== 1) await sleep(5);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
});
