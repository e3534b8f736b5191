/** Raw SQL and steps on the three engines inside this process: equal rows; what breaks a promise is not published. */
import { beforeAll, expect, test } from 'vitest';
import { escapesProgram, stepFunctions, unlike, wrongSteps } from '../support/escapes.ts';
import { type Outcome, runFlights } from '../support/flights.ts';
import { projectFolder } from '../support/plans.ts';
import { folderWithEngines } from './targets.ts';

const functions = stepFunctions();
let expected: Outcome;
beforeAll(async () => {
  expected = await runFlights(projectFolder(), escapesProgram("duckdb(path: '.pipec/shop.duckdb')"), { functions });
}, 60_000);

test('rows come through a function as they were, in batches', () => {
  expect(expected.status).toBe('succeeded');
  const { rows } = expected;
  expect(rows['dwh.core.given']).toHaveLength(5001);
  expect(rows['dwh.core.hexes']?.slice(0, 1)).toEqual([expect.stringMatching(/00ff22/i)]);
  for (const name of ['dwh.core.same', 'lake.kept', 'dwh.core.kept_again'])
    expect(rows[name]).toEqual(rows['dwh.core.given']);
  expect([rows['dwh.core.summed'], rows['dwh.core.deaf']]).toEqual([['["1","1","12502500"]'], ['["0","0","0"]']]);
});

test.each(['postgres', 'clickhouse'])(
  '%s gives what DuckDB gives, and publishes nothing that breaks a promise',
  async (engine) => {
    const folder = folderWithEngines();
    const run = (change?: (text: string) => string, given = functions) =>
      runFlights(folder, escapesProgram(`${engine}(embedded: true)`, 'lake', change), { functions: given });
    const { rows, ...ran } = await run();
    const { rows: wanted, ...as } = expected;
    expect(ran).toEqual(as);
    for (const name of Object.keys(wanted))
      expect([name, unlike(rows[name], wanted[name], engine)]).toEqual([name, []]);
    // What no engine tells beforehand: a text that is none of the enum's, a null where the type has none.
    const enumerated = await run((text) => text.replaceAll("'odd'", "'queer'"));
    expect([enumerated.status, enumerated.tasks['dwh.core.given']]).toEqual(['failed', 'assertion-failed']);
    const nulls = await run((text) => text.replace('yes:   bool?', 'yes:   bool'));
    expect([nulls.status, nulls.tasks['dwh.core.given']]).toEqual(['failed', 'null-in-column']);
    // What only the function tells, when rows have come already.
    const thrown = await run(undefined, wrongSteps(new Error('the API said no')));
    expect(thrown.tasks['dwh.core.same']).toBe('function-failed');
    const wrong = await run(undefined, wrongSteps({ id: ['1'] }));
    expect(wrong.tasks['dwh.core.same']).toBe('function-output');
    for (const { rows: left } of [thrown, wrong])
      expect(unlike(left['dwh.core.same'], wanted['dwh.core.same'], engine)).toEqual([]);
    for (const { rows: left } of [enumerated, nulls])
      expect(unlike(left['dwh.core.given'], wanted['dwh.core.given'], engine)).toEqual([]);
  },
  120_000,
);
