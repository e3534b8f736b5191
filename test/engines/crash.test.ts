/** Runs on engines inside a process that is killed: what is in their folders is whole, and the next run goes on from it. */
import { expect, test } from 'vitest';
import { crashes } from '../support/crash-warehouse.ts';
import { leftBehind } from '../support/left-behind.ts';
import { asking, clickhouse, folderWithEngines, postgres } from './targets.ts';

test.each([
  ['postgres', postgres, 3],
  ['clickhouse', clickhouse, 5],
] as const)(
  '%s',
  async (_, plan, moments) => {
    const folder = folderWithEngines();
    const target = {
      folder,
      plan,
      asking: <T>(work: Parameters<typeof asking<T>>[2]) => asking(folder, plan, work),
      leftBehind: (ask: Parameters<typeof leftBehind>[1]) => leftBehind(plan.engine.kind, ask),
      readable: false,
    };
    expect(await crashes(target, moments)).toEqual([]);
  },
  180_000,
);
