/** Runs of growing tables that are killed, on the engines inside the process: what is in their folders is whole, and the next run goes on. */
import { expect, test } from 'vitest';
import { embeddedDisturbances } from '../support/disturbances.ts';
import { disturbed } from '../support/killed.ts';

test.each([
  ['duckdb', 8],
  ['postgres', 4],
  ['clickhouse', 6],
] as const)(
  '%s',
  async (engine, rounds) => {
    expect(await disturbed(await embeddedDisturbances[engine](), rounds)).toEqual([]);
  },
  240_000,
);
