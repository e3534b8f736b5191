/** A source of a database that is asked for what has come, into engines that keep their rows themselves. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changes, pulled, pullingPlan, writeDuckDb } from '../support/pulling.ts';
import { clickhouse, folderWithEngines, postgres, rowsOf } from './targets.ts';

test.each([
  ['postgres', postgres],
  ['clickhouse', clickhouse],
] as const)(
  '%s: whatever comes within the look back is there, as if all had been read',
  { timeout: 900_000 },
  async (engine, target) => {
    const path = target.engine.kind === 'postgres' ? '.pipec/pg' : '.pipec/ch';
    const plan = pullingPlan(
      `${engine}(embedded: true, path: '${path}')`,
      "duckdb(path: 'old.duckdb', table: 'items')",
    );
    await fc.assert(
      fc.asyncProperty(changes, async (sequence) => {
        const folder = folderWithEngines();
        const about = {
          folder,
          plan,
          write: (items: Parameters<typeof writeDuckDb>[1]) => writeDuckDb(join(folder, 'old.duckdb'), items),
          ask: (sql: string) => rowsOf(folder, plan.target, sql),
        };
        expect(await pulled(about, sequence)).toEqual([]);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 1) },
    );
  },
);
