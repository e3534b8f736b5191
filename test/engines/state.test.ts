/** What is kept of runs and of what is due comes back the same from every database that it may be kept in. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PgDatabase } from '../../runtime/engines/postgres/connect.ts';
import { openEmbedded } from '../../runtime/engines/postgres/embedded.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { RunEvent } from '../../runtime/events.ts';
import { LeaseLost, Queue } from '../../runtime/schedule/queue.ts';
import type { StateDatabase } from '../../runtime/state/database.ts';
import { stateIn } from '../../runtime/state/postgres.ts';
import type { RunRecord } from '../../runtime/state/records.ts';
import { migrations } from '../../runtime/state/schema.ts';
import { openSqlite } from '../../runtime/state/sqlite.ts';
import { State } from '../../runtime/state/state.ts';
import { newFolder } from '../support/command.ts';

let server: PgDatabase;
beforeAll(async () => {
  server = await openEmbedded(':memory:', import.meta.dirname, { ...NO_WAIT, nameHolder: () => 'another' });
}, 60_000);
afterAll(async () => await server.close());

/** Each opens the same place as often as it is asked. */
const databases: Readonly<Record<string, () => () => Promise<StateDatabase>>> = {
  sqlite: () => {
    const path = join(newFolder(), 'state.db');
    return () => Promise.resolve(openSqlite(path));
  },
  postgres: () => {
    const schema = `state of "${Math.random()}"`;
    const shared: PgDatabase = { ...server, close: () => Promise.resolve() };
    return async () => await stateIn(shared, schema);
  },
};

const run = '20260301-040000-abc123';
const at = '2026-03-01T04:00:00.000Z';
const started: Extract<RunEvent, { event: 'run.started' }> = {
  event: 'run.started',
  at,
  run,
  project: 'shop',
  target: 'prod',
  engine: 'postgres',
  job: "the client's",
  tasks: 2,
  concurrency: 1,
  pid: process.pid,
};
const error = {
  code: 'statement-failed',
  message: "no? 'quite' \\ ",
  hint: null,
  engine: null,
  statement: 'SELECT ?',
  sample: [],
  retryable: false,
};
const told: readonly RunEvent[] = [
  { event: 'task.started', at, run, task: 'a', attempt: 1 },
  {
    event: 'check.failed',
    at,
    run,
    task: 'a',
    check: 'expect x > 0 warn',
    severity: 'warn',
    failing: 0.5,
    rows: 9_007_199_254_740_000,
    sample: [{ x: "it's ?" }],
    file: 'a.pipe',
    line: 3,
    foundBy: null,
  },
  {
    event: 'task.finished',
    at,
    run,
    task: 'a',
    rows: 9_007_199_254_740_000,
    ms: 12.25,
    compute: 'elt',
    load: null,
    intervals: null,
    checksPassed: 0,
    checksWarned: 1,
  },
  { event: 'task.started', at, run, task: 'b', attempt: 1 },
  { event: 'task.failed', at, run, task: 'b', ms: 3, error },
  {
    event: 'run.finished',
    at,
    run,
    status: 'failed',
    done: 1,
    failed: 1,
    skipped: 0,
    unchanged: 0,
    checksPassed: 0,
    checksWarned: 1,
    checksFailed: 0,
    ms: 15.5,
  },
];

describe.each(Object.entries(databases))('%s', (_, place) => {
  test('the last runs of each job and of selections, and what was told since', async () => {
    const state = new State(await place()());
    for (const [index, job] of ['a', 'b', 'a', null, 'a', null].entries())
      state.recorder.record({ ...started, run: `r${index}`, job });
    state.recorder.record({ ...started, run: 'elsewhere', job: 'a', target: 'other' });
    await state.recorder.flush();
    const names = (runs: readonly { readonly run: string }[]): readonly string[] => runs.map((one) => one.run);
    expect(names(await state.lastRuns('prod', 2))).toEqual(['r5', 'r4', 'r3', 'r2', 'r1']);
    expect(names(await state.runsOf('prod', 'a', 2))).toEqual(['r4', 'r2']);
    expect(names(await state.runsOf('prod', null, 9))).toEqual(['r5', 'r3']);
    const last = await state.position();
    expect(await state.told(last)).toEqual([]);
    expect((await state.told(0)).map(({ event }) => event.run)).toEqual([
      'r0',
      'r1',
      'r2',
      'r3',
      'r4',
      'r5',
      'elsewhere',
    ]);
    state.recorder.record(told[0] as RunEvent);
    await state.recorder.flush();
    expect(await state.told(last)).toEqual([{ seq: await state.position(), event: told[0] }]);
    await state.close();
  });

  test('a run, its tasks, checks and events', async () => {
    const open = place();
    const state = new State(await open());
    state.recorder.record(started);
    state.recorder.expect(run, ['a', 'b']);
    for (const event of told) state.recorder.record(event);
    await state.close();
    const read = new State(await open());
    expect(await read.runs()).toEqual([
      {
        run,
        project: 'shop',
        target: 'prod',
        engine: 'postgres',
        job: "the client's",
        pid: process.pid,
        status: 'failed',
        startedAt: at,
        finishedAt: at,
        tasks: 2,
        concurrency: 1,
        done: 1,
        failed: 1,
        skipped: 0,
        checksPassed: 0,
        checksWarned: 1,
        checksFailed: 0,
        ms: 15.5,
        waiting: null,
        logKept: true,
      },
    ]);
    expect(await read.tasks(run)).toMatchObject([
      { task: 'a', status: 'succeeded', attempt: 1, rows: 9_007_199_254_740_000, ms: 12.25, error: null },
      { task: 'b', status: 'failed', attempt: 1, rows: null, ms: 3, error },
    ]);
    expect(await read.checks({ task: 'a' })).toMatchObject([
      { check: 'expect x > 0 warn', passed: false, failing: 0.5, sample: [{ x: "it's ?" }], line: 3 },
    ]);
    expect((await read.events(run)).map(({ event }) => event)).toEqual([started, ...told]);
    const [, second] = await read.events(run);
    expect((await read.events(run, second?.seq, 2)).map(({ event }) => event)).toEqual(told.slice(1, 3));
    expect([...(await read.builtIn('prod')).keys()]).toEqual(['a']);
    expect([...(await read.lastTried('prod')).entries()].map(([task, { status }]) => [task, status])).toEqual([
      ['a', 'succeeded'],
      ['b', 'failed'],
    ]);
    expect((await read.lastBuilt('a'))?.run).toBe(run);
    expect((await read.tasksOf('b', 'prod', 5)).map(({ status }) => status)).toEqual(['failed']);
    await read.close();
  });

  test('what is asked of a run reaches its process', async () => {
    const open = place();
    const [mine, other] = [new State(await open()), new State(await open())];
    mine.recorder.record(started);
    await mine.recorder.flush();
    expect(await mine.look(run)).toBe(false);
    expect((await other.running()).map((one) => one.run)).toEqual([run]);
    await other.askToCancel((await other.run(run)) as RunRecord);
    expect(await mine.look(run)).toBe(true);
    await mine.close();
    await other.close();
  });

  test('the queue: what is due once, started, put back, ended', async () => {
    const open = place();
    const queue = new Queue(await open(), 'prod');
    expect(await queue.lead('one', Date.now(), 60_000)).toEqual({ leads: true });
    await queue.leading(async (ledger) => {
      await ledger.enqueue([{ job: 'nightly', times: [1000, 2000], considered: 2000 }], 3000);
      await ledger.enqueue([{ job: 'nightly', times: [2000, 3000], considered: 3000 }], 3000);
    });
    expect(await queue.considered()).toEqual(new Map([['nightly', 3000]]));
    const [first, second] = await queue.open();
    await queue.leading(async (ledger) => {
      await ledger.start([first?.id ?? 0], 5000);
      await ledger.runs([{ id: first?.id ?? 0, run }]);
      await ledger.start([second?.id ?? 0], 5000);
      await ledger.end([{ id: second?.id ?? 0, status: 'queued', notBefore: 9000, said: "it's ?" }], 5500);
    });
    await queue.leading((ledger) =>
      ledger.end([{ id: first?.id ?? 0, status: 'succeeded', notBefore: null, said: null }], 6000),
    );
    expect(
      (await queue.latest(9)).map(({ dueAt, status, tries, notBefore, said }) => [
        dueAt,
        status,
        tries,
        notBefore,
        said,
      ]),
    ).toEqual([
      [3000, 'queued', 0, null, null],
      [2000, 'queued', 1, 9000, "it's ?"],
      [1000, 'succeeded', 1, null, null],
    ]);
    await queue.pause('nightly', 1);
    expect([...(await queue.paused())]).toEqual(['nightly']);
    await queue.pause('nightly', null);
    expect([...(await queue.paused())]).toEqual([]);
    await queue.close();
  });

  test('of two schedulers one leads, and the other writes nothing', async () => {
    const open = place();
    const [one, two] = [new Queue(await open(), 'prod'), new Queue(await open(), 'prod')];
    const elsewhere = new Queue(await open(), 'dev');
    expect(await one.lead('one', Date.now(), 60_000)).toEqual({ leads: true });
    expect(await two.lead('two', Date.now(), 60_000)).toEqual({ leads: false, who: 'one' });
    expect(await elsewhere.lead('three', Date.now(), 60_000)).toEqual({ leads: true });
    await expect(
      two.leading((ledger) => ledger.enqueue([{ job: 'nightly', times: [1], considered: 1 }], 1)),
    ).rejects.toThrow(LeaseLost);
    expect(await one.open()).toEqual([]);
    await one.leading(async (ledger) => {
      await ledger.enqueue([{ job: 'nightly', times: [1], considered: 1 }], 1);
    });
    const [entry] = await one.open();
    await one.leading((ledger) => ledger.start([entry?.id ?? 0], 2));
    await one.resign();
    expect(await two.lead('two', Date.now(), 60_000)).toEqual({ leads: true });
    expect((await two.abandoned()).map(({ job }) => job)).toEqual(['nightly']);
    await expect(
      one.leading((ledger) => ledger.end([{ id: entry?.id ?? 0, status: 'failed', notBefore: null, said: null }], 3)),
    ).rejects.toThrow(LeaseLost);
    for (const queue of [one, two, elsewhere]) await queue.close();
  });

  test('a transaction that fails leaves nothing, and lets others go on', async () => {
    const database = await place()();
    const write = database.together(async ({ run: write_ }) => {
      await write_("INSERT INTO leases (name, holder, who, until) VALUES ('x', 'y', 'z', 'u')");
      throw new Error('no');
    });
    const read = database.all('SELECT * FROM leases');
    await expect(write).rejects.toThrow('no');
    expect(await read).toEqual([]);
    await expect(database.run('SELECT no such thing')).rejects.toThrow();
    await database.close();
  });
});

describe('postgres', () => {
  test('a lease goes by the clock of the server, not by those of schedulers', async () => {
    const open = databases['postgres']?.() as () => Promise<StateDatabase>;
    const [late, early] = [new Queue(await open(), 'prod'), new Queue(await open(), 'prod')];
    expect(await late.lead('late', Date.now() - 3_600_000, 60_000)).toEqual({ leads: true });
    expect(await early.lead('early', Date.now() + 3_600_000, 60_000)).toEqual({ leads: false, who: 'late' });
  });

  test('a schema comes forward from every earlier version, and a newer one is refused', async () => {
    const schema = 'grown';
    const shared: PgDatabase = { ...server, close: () => Promise.resolve() };
    for (let version = 1; version < migrations.length; version++)
      await stateIn(shared, schema, migrations.slice(0, version));
    await stateIn(shared, 'fresh');
    const grown = await stateIn(shared, schema);
    const columns = async (name: string) =>
      await grown.all(
        'SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position',
        name,
      );
    expect(await columns('grown')).toEqual(await columns('fresh'));
    await grown.run('INSERT INTO migrations (migration) VALUES (1000)');
    await expect(stateIn(shared, schema)).rejects.toThrow('newer version of pipec');
  });
});

describe.each(Object.entries(databases))('the audit in %s', (_, place) => {
  const deed = { action: 'run', target: 'prod', subject: 'nightly', run, program: null } as const;
  const tampered: readonly [string, string, object][] = [
    ['nothing', 'UPDATE audit SET at = at WHERE number = 3', { whole: true, entries: 5 }],
    ['a word', "UPDATE audit SET who = 'nobody' WHERE number = 3", { whole: false, from: 3, to: 3, how: 'changed' }],
    ['who begins', "UPDATE audit SET by = 'schedule' WHERE number = 1", { whole: false, from: 1, how: 'changed' }],
    ['the first', 'DELETE FROM audit WHERE number = 1', { whole: false, from: 1, to: 1, how: 'missing' }],
    ['two of the middle', 'DELETE FROM audit WHERE number IN (3, 4)', { whole: false, from: 3, to: 4, how: 'missing' }],
    ['the last', 'DELETE FROM audit WHERE number = 5', { whole: false, from: 5, to: 5, how: 'missing' }],
    ['all', 'DELETE FROM audit', { whole: false, from: 1, to: 5, how: 'missing' }],
    ['the head', "UPDATE audit_head SET hash = 'x'", { whole: false, from: 5, how: 'changed' }],
    ['a number', 'UPDATE audit SET number = 9 WHERE number = 5', { whole: false, from: 5, to: 8, how: 'missing' }],
  ];
  test.each(tampered)('whoever changes %s is found out', async (_what, sql, verdict) => {
    const database = await place()();
    const { audit } = new State(database);
    expect(await audit.verify()).toEqual({ whole: true, entries: 0, last: null });
    for (const action of ['run', 'pause', 'resume', 'cancel', 'retry'] as const)
      await audit.append({ ...deed, action });
    expect((await audit.latest(2)).map(({ number, action, by }) => [number, action, by])).toEqual([
      [5, 'retry', 'command'],
      [4, 'cancel', 'command'],
    ]);
    expect(await audit.verify()).toMatchObject({ whole: true, entries: 5, last: (await audit.latest(1))[0]?.hash });
    await database.run(sql);
    expect(await audit.verify()).toMatchObject(verdict);
    await database.close();
  });

  test('entries of many at once follow one another', async () => {
    const open = place();
    const audits = await Promise.all([open(), open(), open()].map(async (one) => new State(await one)));
    await Promise.all(
      audits.flatMap(({ audit }, index) =>
        [0, 1, 2].map((nth) =>
          audit.append({ ...deed, subject: `job ${index} ${nth}` }, { by: 'page', person: 'ann@shop.example' }),
        ),
      ),
    );
    expect(await audits[0]?.audit.verify()).toMatchObject({ whole: true, entries: 9 });
    expect((await audits[0]?.audit.latest(1))?.[0]).toMatchObject({
      by: 'page',
      who: expect.stringMatching(/^ann@shop\.example via .+@.+$/),
    });
    for (const state of audits) await state.close();
  });
});

describe.each(Object.entries(databases))('what does not hold in %s', (_, place) => {
  test('is what the last run found that judged a dataset, in this target', async () => {
    const open = place();
    const state = new State(await open());
    const judged = (of: string, task: string, check: string, passed: boolean): RunEvent => ({
      event: passed ? 'check.passed' : 'check.failed',
      at,
      run: of,
      task,
      check,
      severity: 'warn',
      failing: passed ? 0 : 2,
      rows: 5,
      sample: [],
      file: 'a.pipe',
      line: 1,
      foundBy: null,
    });
    const runs: readonly (readonly [string, string, readonly RunEvent[]])[] = [
      ['r1', 'prod', [judged('r1', 'a', 'x', false), judged('r1', 'b', 'y', true), judged('r1', 'c', 'z', false)]],
      ['r2', 'prod', [judged('r2', 'a', 'x', true), judged('r2', 'b', "y's", false)]],
      ['r3', 'other', [judged('r3', 'a', 'x', false)]],
      ['r4', 'prod', []],
    ];
    for (const [of, target, events] of runs)
      for (const event of [{ ...started, run: of, target }, ...events]) state.recorder.record(event);
    await state.recorder.flush();
    const found = (await state.broken('prod', 10)).map((one) => [one.run, one.task, one.check, one.failing, one.rows]);
    expect(found).toEqual([
      ['r2', 'b', "y's", 2, 5],
      ['r1', 'c', 'z', 2, 5],
    ]);
    expect(await state.broken('prod', 1)).toHaveLength(1);
    expect(await state.broken('none', 10)).toEqual([]);
    await state.close();
  });
});

describe.each(Object.entries(databases))('the log in %s', (_, place) => {
  const warned = (message: string, of = run): RunEvent => ({ event: 'run.warned', at, run: of, message });

  test('a run that tells without end fills nothing, and says where it was cut', async () => {
    const open = place();
    const state = new State(await open());
    state.recorder.record(started);
    const line = 'x'.repeat(20_000);
    for (let nth = 0; nth < 1000; nth++) state.recorder.record(warned(`${nth} ${line}`));
    state.recorder.record(warned('y'.repeat(1_000_000)));
    for (const event of told) state.recorder.record(event);
    await state.recorder.flush();
    const events = [];
    for (let after = 0; ; ) {
      const page = await state.events(run, after);
      if (page.length === 0) break;
      events.push(...page.map(({ event }) => event));
      after = page.at(-1)?.seq ?? 0;
    }
    expect(JSON.stringify(events).length).toBeLessThan(17 * 1024 * 1024);
    expect(events.slice(-2)).toMatchObject([
      { event: 'run.warned', message: 'what the run tells from here on is not kept: it is more than 16 MB' },
      { event: 'run.finished' },
    ]);
    // What the run did is all there.
    expect((await state.tasks(run)).length).toBe(0);
    expect((await state.checks({ run })).length).toBe(1);
    await state.close();
  });

  test('one long text is cut', async () => {
    const state = new State(await place()());
    state.recorder.record(warned('y'.repeat(1_000_000)));
    await state.recorder.flush();
    const [only] = await state.events(run);
    expect(only?.event).toMatchObject({
      message: expect.stringMatching(/^y{32768}… \(967232 more characters are not kept\)$/),
    });
    await state.close();
  });

  test('of old runs it is known that they were, and what they did', async () => {
    const open = place();
    const database = await open();
    await database.run(
      `INSERT INTO runs (run, project, target, engine, pid, status, started_at, tasks, concurrency) VALUES ${Array.from({ length: 1005 }, () => "(?, 'shop', 'prod', 'postgres', 1, 'succeeded', '', 0, 1)").join(', ')}`,
      ...Array.from({ length: 1005 }, (_, nth) => `run ${nth}`),
    );
    for (const nth of [0, 5, 6])
      await database.run(
        'INSERT INTO events (run, event) VALUES (?, ?)',
        `run ${nth}`,
        JSON.stringify(warned('w', `run ${nth}`)),
      );
    const state = new State(database);
    state.recorder.record(started);
    await state.recorder.flush();
    expect(
      await Promise.all(
        [0, 5, 6].map(async (nth) => [
          (await state.run(`run ${nth}`))?.logKept,
          (await state.events(`run ${nth}`)).length,
        ]),
      ),
    ).toEqual([
      [false, 0],
      [true, 1],
      [true, 1],
    ]);
    await state.close();
  });
});
