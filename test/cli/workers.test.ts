/** Runs of a scheduler that follow each other in one process: each is as if it were the first there. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { ScheduleEvent } from '../../runtime/schedule/events.ts';
import { newFolder, pipec, start, write } from '../support/command.ts';

/** `first` takes a moment, and `second` comes after it. */
const program = (down: string): string => `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb'), secrets: file('secrets') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type N { n: int64 }
table up : N in dwh.core = sql"""select count(*) as n from range(100000000) where range % 7 <> extract(second from now())"""
type Shop { name: string }
source shops : Shop from sqlite(path: secret('SHOPS'), table: 'shops') in dwh.raw { invalid: quarantine }
table down in dwh.marts = from up |> cross join shops |> select ${down} as what
job first  { schedule: every(1h), builds: [up] }
job second { schedule: arrival(), builds: [shops, down] }
`;

interface RunRow {
  readonly job: string | null;
  readonly pid: number;
  readonly status: string;
}
function runs(folder: string): readonly RunRow[] {
  const database = new DatabaseSync(`${folder}/.pipec/state.db`, { readOnly: true });
  const rows = database.prepare('SELECT job, pid, status FROM runs ORDER BY seq').all();
  database.close();
  return rows.map(({ job, pid, status }) => ({ job: job as string | null, pid: Number(pid), status: String(status) }));
}

function shops(folder: string, file: string, name: string): void {
  const database = new DatabaseSync(`${folder}/${file}`);
  database.exec('CREATE TABLE shops (name TEXT)');
  database.prepare('INSERT INTO shops VALUES (?)').run(name);
  database.close();
}

const events = (text: string): ScheduleEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ScheduleEvent);

/** Makes a job due: so much of what was before is missed, and nothing of it was done. */
function missed(folder: string, job: string, ms: number): void {
  const database = new DatabaseSync(`${folder}/.pipec/state.db`);
  const considered = new Date(Date.now() - ms).toISOString();
  database.prepare('UPDATE schedules SET considered = ? WHERE job = ?').run(considered, job);
  database.prepare('DELETE FROM queue WHERE job = ?').run(job);
  database.close();
}

test('the second run in a process has the program and the secrets of its own time', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': program("'old'"), 'secrets/SHOPS': 'a.db\n' });
  shops(folder, 'a.db', 'Anna');
  shops(folder, 'b.db', 'Berta');
  expect((await pipec(['schedule', '--once'], { folder })).code).toBe(0);
  for (const [what, secret] of [
    ['old', 'a.db'],
    ['new', 'b.db'],
  ]) {
    missed(folder, 'first', 24 * 3_600_000);
    const scheduler = start(['schedule', '--once', '--json'], { folder });
    await scheduler.printed(/started.*"job":"first"/);
    write(folder, { 'shop.pipe': program(`'${what}'`), 'secrets/SHOPS': `${secret}\n` });
    expect(await scheduler.ended).toMatchObject({ code: 0, err: '' });
  }
  const done = runs(folder);
  expect(done.map(({ job, status }) => `${job} ${status}`)).toEqual(
    ['first', 'second', 'first', 'second'].map((job) => `${job} succeeded`),
  );
  // Each pair has a process of its own.
  const [first, second, third, fourth] = done.map(({ pid }) => pid);
  expect([second, fourth]).toEqual([first, third]);
  expect(third).not.toBe(first);
  const { out } = await pipec(['query', 'from down |> cross join shops |> select what, name', '--json'], { folder });
  expect(JSON.parse(out)).toEqual({ what: 'new', name: 'Berta' });
}, 120_000);

test('where one run comes right after another, a run by hand has its turn before the next', async () => {
  const folder = newFolder();
  write(folder, {
    'shop.pipe': `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
table one in dwh.core = from values [{ x: 1 }] |> extend now() as at
table other in dwh.core = from values [{ x: 2 }] |> extend now() as at
job always { schedule: every(1s), builds: [one], catchup: true }
`,
  });
  expect((await pipec(['schedule', '--once'], { folder })).code).toBe(0);
  // Of an hour, every second was missed.
  missed(folder, 'always', 3_600_000);
  const scheduler = start(['schedule', '--json', '--no-page'], { folder });
  await scheduler.printed(/(?:schedule\.finished.*\n.*){4}/s);
  expect(new Set(runs(folder).map(({ pid }) => pid)).size).toBe(1);
  const other = await pipec(['run', 'other', '--json'], { folder });
  expect(other).toMatchObject({ code: 0, err: '' });
  expect(events(other.out).map(({ event }) => event)).toContain('run.waiting');
  const database = new DatabaseSync(`${folder}/.pipec/state.db`, { readOnly: true });
  const [before] = database
    .prepare(
      `SELECT count(*) AS runs FROM runs, (SELECT seq, min(tasks.started_at) AS begun FROM runs JOIN tasks USING (run) WHERE job IS NULL) AS other
         WHERE runs.seq > other.seq AND runs.started_at < other.begun`,
    )
    .all();
  // Some begin and end before it is known that it waits; without its turn it would be a hundred at least.
  expect(Number(before?.['runs'])).toBeLessThan(40);
  database.close();
  scheduler.process.kill('SIGTERM');
  expect((await scheduler.ended).code).toBe(0);
}, 120_000);
