/** Runs of growing tables that are killed, on the engines inside the process: what is in their folders is whole, and the next run goes on. */
import { expect, test } from 'vitest';
import { disturbed } from '../support/killed.ts';
import { leftBehind } from '../support/left-behind.ts';
import { local } from '../support/plans.ts';
import { asking, clickhouse, folderWithEngines, postgres } from './targets.ts';

const KINDS = {
  duckdb: { engine: "duckdb(path: '.pipec/test.duckdb')", plan: local, rounds: 8 },
  postgres: { engine: "postgres(embedded: true, path: '.pipec/pg')", plan: postgres, rounds: 4 },
  clickhouse: { engine: "clickhouse(embedded: true, path: '.pipec/ch')", plan: clickhouse, rounds: 6 },
} as const;

test.each(Object.entries(KINDS))(
  '%s',
  async (_, { engine, plan, rounds }) => {
    const folder = folderWithEngines();
    const wrong = await disturbed(
      {
        folder,
        engine,
        asking: (work) => asking(folder, plan, work),
        leftBehind: (ask) => leftBehind(plan.engine.kind, ask),
        readable: false,
      },
      rounds,
    );
    expect(wrong).toEqual([]);
  },
  240_000,
);
