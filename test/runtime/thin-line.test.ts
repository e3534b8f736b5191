import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { queryAll } from '../../runtime/query.ts';
import { audit, build, check, file, into, lake, load, local, projectFolder, runTasks, view } from '../support/plans.ts';
import { stateIn } from '../support/state.ts';

const flights = fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));

describe('three million flights', () => {
  test('are loaded, computed, checked and published', { timeout: 60_000 }, async () => {
    const folder = projectFolder();
    const contract = { date: 'timestamp', delay: 'int64', distance: 'int64', origin: 'string', destination: 'string' };
    const tasks = [
      load('raw.flights', file(flights, 'parquet'), contract, {
        key: ['date', 'origin', 'destination', 'delay', 'distance'],
        expectations: [{ text: 'delay between -100 and 1000', sql: '"delay" BETWEEN -100 AND 1000' }],
        into: into('raw.flights', lake('lake/flights')),
      }),
      build(
        'marts.delay_by_origin',
        'SELECT "origin", count(*) AS "flights", avg("delay") AS "delay" FROM "raw"."flights" GROUP BY "origin"',
        { origin: 'VARCHAR', flights: 'BIGINT', delay: 'DOUBLE' },
        {
          after: ['raw.flights'],
          audit: audit(
            'SELECT count(*) AS "rows", count(*) FILTER (WHERE NOT "flights" > 0) AS c0 FROM this',
            check('expect flights > 0', { measure: 'c0' }),
          ),
        },
      ),
      view('marts.top', 'SELECT * FROM "marts"."delay_by_origin" ORDER BY "delay" DESC LIMIT 3', {
        after: ['marts.delay_by_origin'],
      }),
    ];
    const { events, ...summary } = await runTasks(folder, tasks);
    expect(summary).toMatchObject({ status: 'succeeded', done: 3, checksPassed: 1, errors: [] });
    const loaded = events.find((event) => event.event === 'task.finished' && event.task === 'raw.flights');
    expect(loaded).toMatchObject({
      rows: 2_999_729,
      load: {
        read: 3_000_000,
        accepted: 2_999_729,
        quarantined: 271,
        reasons: [
          { reason: 'repeated key', rows: 191 },
          { reason: 'expect delay between -100 and 1000', rows: 80 },
        ],
      },
    });
    expect(await queryAll({ folder, target: local, sql: 'SELECT * FROM marts.top', limit: null })).toHaveLength(3);
    const state = await stateIn(folder);
    expect((await state.runs())[0]).toMatchObject({ status: 'succeeded', done: 3 });
    expect((await state.tasks(summary.run)).map(({ task, status }) => [task, status])).toEqual([
      ['raw.flights', 'succeeded'],
      ['marts.delay_by_origin', 'succeeded'],
      ['marts.top', 'succeeded'],
    ]);
    expect(await state.checks({ task: 'marts.delay_by_origin' })).toHaveLength(1);
    await state.close();
  });
});
