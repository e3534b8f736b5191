import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { PipecError } from '../../runtime/errors.ts';
import { Queue } from '../../runtime/schedule/queue.ts';
import { openStateFile } from '../../runtime/state/sqlite.ts';
import { newFolder } from '../support/command.ts';
import { stateFile } from '../support/state.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'state');

/** What a database is made of, without the layout of the text it was made by. */
function schemaOf(database: DatabaseSync): unknown {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
  return tables.map(({ name }) => ({ name, columns: database.prepare(`PRAGMA table_info("${String(name)}")`).all() }));
}

test.each(readdirSync(fixtures))(
  'a state file of an earlier version comes forward with what is in it: %s',
  async (file) => {
    const path = join(newFolder(), 'state.db');
    const old = new DatabaseSync(path);
    old.exec(readFileSync(join(fixtures, file), 'utf8'));
    old.close();
    const state = await stateFile(path);
    const run = '20260301-040000-abc123';
    expect(await state.runs()).toMatchObject([
      { run, job: 'nightly', status: 'failed', done: 1, failed: 1, ms: 2000.5 },
    ]);
    expect(await state.tasks(run)).toMatchObject([{ task: 'dwh.core.orders', status: 'succeeded', rows: 42 }]);
    expect(await state.events(run)).toMatchObject([{ event: { event: 'run.warned', message: 'kept' } }]);
    await state.close();
    const queue = await Queue.open({ kind: 'sqlite', path }, 'local');
    expect(await queue.lead('me', 0, 1000)).toEqual({ leads: true });
    await queue.leading((ledger) => ledger.enqueue([{ job: 'nightly', times: [1000], considered: 1000 }], 2000));
    expect(await queue.open()).toMatchObject([{ job: 'nightly', dueAt: 1000, status: 'queued', tries: 0 }]);
    await queue.close();
    const came = new DatabaseSync(path);
    const fresh = openStateFile(':memory:');
    expect(schemaOf(came)).toEqual(schemaOf(fresh));
    for (const one of [came, fresh]) one.close();
  },
);

test('a state file of a newer version is refused, not changed', () => {
  const path = join(newFolder(), 'state.db');
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 1000');
  newer.close();
  expect(() => openStateFile(path)).toThrow(PipecError);
  expect(() => openStateFile(path)).toThrow('written by a newer version of pipec');
});

test('a run that waited is told as one that waits until its first task begins', async () => {
  const state = await stateFile(join(newFolder(), 'state.db'));
  const run = '20260301-040000-abc123';
  const at = '2026-03-01T04:00:00.000Z';
  const waiting = async () => (await state.runs()).map((record) => record.waiting);
  state.recorder.record({
    event: 'run.started',
    at,
    run,
    project: 'shop',
    target: 'local',
    engine: 'duckdb',
    job: null,
    pid: process.pid,
    tasks: 1,
    concurrency: 1,
  });
  state.recorder.record({ event: 'run.waiting', at, run, reason: 'run 20260301-035900-abc122' });
  await state.recorder.flush();
  expect(await waiting()).toEqual(['run 20260301-035900-abc122']);
  state.recorder.record({ event: 'task.started', at, run, task: 'dwh.core.orders', attempt: 1 });
  await state.recorder.flush();
  expect(await waiting()).toEqual([null]);
  await state.close();
});
