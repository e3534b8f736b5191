/** Runs of growing tables that are killed, on the engines inside the process: what is in their folders is whole, and the next run goes on. */
import { expect, test } from 'vitest';
import { embeddedDisturbances } from '../support/disturbances.ts';
import { disturbed } from '../support/killed.ts';
import { disturbedReplays } from '../support/killed-replay.ts';

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

test.each([
  ['duckdb', 5],
  ['postgres', 2],
  ['clickhouse', 3],
] as const)(
  'replays of a quarantine on %s',
  async (engine, rounds) => {
    expect(await disturbedReplays(await embeddedDisturbances[engine](), rounds)).toEqual([]);
  },
  240_000,
);
