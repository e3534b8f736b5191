/** What people do to a target one after the other, with each command killed at some moment and given again; `npm run soak -- environments` does more. */
import { expect, test } from 'vitest';
import { embeddedDisturbances } from '../support/disturbances.ts';
import { sequence } from '../support/sequences.ts';

/** PGlite takes seconds to open, and each command opens it. */
test.each([
  ...Array.from({ length: 5 }, (_, seed) => ['duckdb', 100 + seed, 5] as const),
  ['clickhouse', 201, 5],
  ['postgres', 301, 4],
] as const)(
  '%s, sequence %i of %i commands',
  async (engine, seed, commands) => {
    expect(await sequence(embeddedDisturbances[engine], engine, seed, commands)).toEqual([]);
  },
  600_000,
);
