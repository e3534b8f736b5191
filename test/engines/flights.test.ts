/** The example of flights on the three engines inside this process: equal rows in every dataset, equal quarantine, equal checks. */
import { beforeAll, expect, test } from 'vitest';
import { flightsProgram, type Outcome, runFlights, writeFlights } from '../support/flights.ts';
import { projectFolder } from '../support/plans.ts';
import { folderWithEngines } from './targets.ts';

let expected: Outcome;
beforeAll(async () => {
  const folder = projectFolder();
  await writeFlights(folder);
  expected = await runFlights(folder, flightsProgram("duckdb(path: '.pipec/flights.duckdb')"));
}, 60_000);

test('every table has rows, and some of a source are in quarantine', () => {
  expect(expected.status).toBe('succeeded');
  expect(expected.checks.length).toBeGreaterThan(12);
  expect(expected.rows['raw.flights --failed']?.length).toBeGreaterThan(3);
  expect(Object.values(expected.rows).filter((rows) => rows.length === 0)).toEqual([[]]);
});

const broken = (text: string): string => text.replace('rows between 1_000 and', 'rows between 10_000_000 and');

test.each(['postgres', 'clickhouse'])(
  '%s gives what DuckDB gives',
  async (engine) => {
    const folder = folderWithEngines();
    await writeFlights(folder);
    const first = await runFlights(folder, flightsProgram(`${engine}(embedded: true)`));
    expect(first).toEqual(expected);
    // Nothing has changed: nothing but the view is made again.
    const again = await runFlights(folder, flightsProgram(`${engine}(embedded: true)`));
    expect(again.rows).toEqual(expected.rows);
    expect(new Set(Object.values(again.tasks).filter((task) => typeof task === 'string'))).toEqual(
      new Set(['unchanged']),
    );
    // A check that fails leaves what was there.
    const failed = await runFlights(folder, flightsProgram(`${engine}(embedded: true)`, broken));
    expect([failed.status, failed.tasks['dwh.core.clean_flights']]).toEqual(['failed', 'checks-failed']);
    expect(failed.rows).toEqual(expected.rows);
  },
  120_000,
);
