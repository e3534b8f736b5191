import { expect, test } from 'vitest';
import { openStateFile } from '../../../runtime/state/sqlite.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { bench, clean, daily, hourly, job, stateFile, without } from '../../support/scheduler.ts';

test('a run starts when it is due, and a job that is new makes nothing up', async () => {
  const clock = new FakeClock('2026-03-01T03:59:30.500Z');
  const { lines, stop, end } = bench(clock, stateFile(), [job('nightly', daily)]);
  await clock.until('2026-03-01T04:02:00Z');
  clock.jump('2026-03-02T03:59:00Z');
  await clock.until('2026-03-02T04:02:00Z');
  stop();
  await clock.until('2026-03-02T04:03:00Z');
  expect(await end).toBe('stopped');
  expect(lines).toEqual([
    '03-01 03:59:30 leading',
    '03-01 04:00:00 queued nightly 03-01 04:00',
    '03-01 04:00:00 started nightly 03-01 04:00',
    '03-01 04:01:00 finished nightly 03-01 04:00 succeeded',
    '03-02 04:00:00 queued nightly 03-02 04:00',
    '03-02 04:00:00 started nightly 03-02 04:00',
    '03-02 04:01:00 finished nightly 03-02 04:00 succeeded',
  ]);
});

test('what was missed: the last of a job, or each in order with catch-up', async () => {
  const path = stateFile();
  const jobs = [job('plain', daily), job('all', daily, { catchup: true })];
  const first = new FakeClock('2026-03-01T00:00:00Z');
  const before = bench(first, path, jobs);
  await first.until('2026-03-01T01:00:00Z');
  before.stop();
  await first.until('2026-03-01T01:00:01Z');
  await before.end;

  const clock = new FakeClock('2026-03-04T12:00:00Z');
  const { lines, stop, end } = bench(clock, path, jobs);
  await clock.until('2026-03-04T12:10:00Z');
  stop();
  await clock.until('2026-03-04T12:10:01Z');
  await end;
  expect(without(lines, 'queued', 'leading')).toEqual([
    '03-04 12:00:00 started all 03-01 04:00',
    '03-04 12:00:00 started plain 03-04 04:00',
    '03-04 12:01:00 finished all 03-01 04:00 succeeded',
    '03-04 12:01:00 finished plain 03-04 04:00 succeeded',
    '03-04 12:01:00 started all 03-02 04:00',
    '03-04 12:02:00 finished all 03-02 04:00 succeeded',
    '03-04 12:02:00 started all 03-03 04:00',
    '03-04 12:03:00 finished all 03-03 04:00 succeeded',
    '03-04 12:03:00 started all 03-04 04:00',
    '03-04 12:04:00 finished all 03-04 04:00 succeeded',
  ]);
});

test('a clock that is set back does nothing twice, one that jumps ahead makes up once', async () => {
  const clock = new FakeClock('2026-03-01T00:58:00Z');
  const { lines, stop, end } = bench(clock, stateFile(), [job('hourly', hourly)]);
  await clock.until('2026-03-01T01:05:00Z');
  clock.jump('2026-03-01T00:58:00Z');
  await clock.until('2026-03-01T01:05:00Z');
  clock.jump('2026-03-01T01:58:00Z');
  await clock.until('2026-03-01T02:05:00Z');
  clock.jump('2026-03-01T09:30:00Z');
  await clock.until('2026-03-01T09:45:00Z');
  stop();
  await clock.until('2026-03-01T09:46:00Z');
  await end;
  expect(lines.filter((one) => one.includes('started'))).toEqual([
    '03-01 01:00:00 started hourly 03-01 01:00',
    '03-01 02:00:00 started hourly 03-01 02:00',
    '03-01 09:30:01 started hourly 03-01 09:00',
  ]);
});

test('a job never runs beside itself, and waits for those it reads from, also where they fail', async () => {
  const clock = new FakeClock('2026-03-01T00:59:00Z');
  const jobs = [job('below', hourly, { waitsFor: ['above'] }), job('above', hourly)];
  const { lines, stop, end } = bench(clock, stateFile(), jobs, {
    takes: (name) => (name === 'above' ? 600_000 : 4_000_000),
    ends: (name) => (name === 'above' ? { status: 'failed', said: 'no' } : { status: 'succeeded', said: null }),
  });
  await clock.until('2026-03-01T02:30:00Z');
  stop();
  await clock.until('2026-03-01T03:00:00Z');
  await end;
  expect(without(lines, 'queued', 'leading')).toEqual([
    '03-01 01:00:00 started above 03-01 01:00',
    '03-01 01:10:00 finished above 03-01 01:00 failed',
    '03-01 01:10:00 started below 03-01 01:00',
    '03-01 02:00:00 started above 03-01 02:00',
    '03-01 02:10:00 finished above 03-01 02:00 failed',
    '03-01 02:16:40 finished below 03-01 01:00 succeeded',
    '03-01 02:16:40 started below 03-01 02:00',
    '03-01 02:30:00 stopping',
    '03-01 02:30:20 again below 03-01 02:00',
  ]);
});

test('a job is not held up by one it reads from that is always due again', async () => {
  const clock = new FakeClock('2026-03-01T00:59:30Z');
  const jobs = [job('below', hourly, { waitsFor: ['above'] }), job('above', { everyMs: 60_000 })];
  const { lines, stop, end } = bench(clock, stateFile(), jobs, { places: 1, takes: () => 90_000 });
  await clock.until('2026-03-01T01:04:00Z');
  stop();
  await clock.until('2026-03-01T01:06:00Z');
  await end;
  expect(lines.filter((one) => one.includes('started'))).toEqual([
    '03-01 01:00:00 started above 03-01 01:00',
    '03-01 01:01:30 started below 03-01 01:00',
    '03-01 01:03:00 started above 03-01 01:01',
  ]);
});

test('jobs that wait for each other are run all the same, and one at a time where there is one place', async () => {
  const clock = new FakeClock('2026-03-01T00:59:59Z');
  const jobs = [job('a', hourly, { waitsFor: ['b'] }), job('b', hourly, { waitsFor: ['a'] }), job('c', hourly)];
  const { lines, stop, end } = bench(clock, stateFile(), jobs, { places: 1 });
  await clock.until('2026-03-01T01:10:00Z');
  stop();
  await clock.until('2026-03-01T01:11:00Z');
  await end;
  expect(lines.filter((one) => one.includes('finished'))).toEqual([
    '03-01 01:01:00 finished c 03-01 01:00 succeeded',
    '03-01 01:02:00 finished a 03-01 01:00 succeeded',
    '03-01 01:03:00 finished b 03-01 01:00 succeeded',
  ]);
});

test('a run whose process goes away is started again after a pause, three times in all', async () => {
  const clock = new FakeClock('2026-03-01T00:59:59Z');
  const { lines, queue, stop, end } = bench(clock, stateFile(), [job('crashes', hourly), job('mends', hourly)], {
    ends: (name, count) =>
      name === 'mends' && count > 1
        ? { status: 'succeeded', said: null }
        : { status: 'died', said: 'its process was ended by SIGKILL' },
  });
  await clock.until('2026-03-01T01:30:00Z');
  expect(without(lines, 'queued', 'leading', 'started').map((one) => one.slice(15))).toEqual([
    'again crashes 03-01 01:00',
    'again mends 03-01 01:00',
    expect.stringMatching(/^(again crashes|finished mends) 03-01 01:00/),
    expect.stringMatching(/^(again crashes|finished mends) 03-01 01:00/),
    'finished crashes 03-01 01:00 died',
  ]);
  expect((await queue.latest(5)).map(({ job: name, status, tries, said }) => [name, status, tries, said])).toEqual([
    ['mends', 'succeeded', 2, null],
    ['crashes', 'died', 3, 'its process was ended by SIGKILL'],
  ]);
  stop();
  await clock.until('2026-03-01T01:31:00Z');
  await end;
});

test('a run that was ended for its timeout is done again as often as its job says', async () => {
  const clock = new FakeClock('2026-03-01T00:59:59Z');
  const jobs = [job('never', hourly), job('once', hourly, { retries: 1 })];
  const { lines, queue, stop, end } = bench(clock, stateFile(), jobs, {
    ends: () => ({ status: 'failed', said: 'a: took too long', overdue: true }),
  });
  await clock.until('2026-03-01T01:30:00Z');
  expect(
    without(lines, 'queued', 'leading', 'started')
      .map((one) => one.slice(15))
      .sort(),
  ).toEqual(['again once 03-01 01:00', 'finished never 03-01 01:00 failed', 'finished once 03-01 01:00 failed']);
  const ended = (await queue.latest(5)).map(({ job: name, status, tries }) => [name, status, tries]);
  expect(ended.sort()).toEqual([
    ['never', 'failed', 1],
    ['once', 'failed', 2],
  ]);
  stop();
  await clock.until('2026-03-01T01:31:00Z');
  await end;
});

test('a paused job is left alone, and goes on as one that was missed', async () => {
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const { lines, queue, stop, end } = bench(clock, stateFile(), [job('hourly', hourly)]);
  await clock.until('2026-03-01T00:30:00Z');
  await queue.pause('hourly', clock.now());
  await clock.until('2026-03-01T01:01:00Z');
  clock.jump('2026-03-01T04:30:00Z');
  await clock.until('2026-03-01T04:30:00Z');
  expect(lines).toEqual(['03-01 00:30:00 leading']);
  await queue.pause('hourly', null);
  await clock.until('2026-03-01T04:40:00Z');
  stop();
  await clock.until('2026-03-01T04:41:00Z');
  await end;
  expect(without(lines, 'leading', 'queued')).toEqual([
    '03-01 04:30:01 started hourly 03-01 04:00',
    '03-01 04:31:01 finished hourly 03-01 04:00 succeeded',
  ]);
});

test('a stop lets runs end within the grace, and what it cancels is due again', async () => {
  const path = stateFile();
  const clock = new FakeClock('2026-03-01T00:59:59Z');
  const jobs = [job('short', hourly), job('long', hourly)];
  const takes = (name: string): number => (name === 'short' ? 10_000 : 3_000_000);
  const first = bench(clock, path, jobs, { takes });
  await clock.until('2026-03-01T01:00:02Z');
  first.stop();
  await clock.until('2026-03-01T01:01:00Z');
  expect(await first.end).toBe('stopped');
  const next = bench(clock, path, jobs, { takes: () => 1000, name: 'two' });
  await clock.until('2026-03-01T01:02:00Z');
  next.stop();
  await clock.until('2026-03-01T01:03:00Z');
  await next.end;
  expect(without([...first.lines, ...next.lines], 'queued')).toEqual([
    '03-01 00:59:59 leading',
    '03-01 01:00:00 started short 03-01 01:00',
    '03-01 01:00:00 started long 03-01 01:00',
    '03-01 01:00:02 stopping',
    '03-01 01:00:10 finished short 03-01 01:00 succeeded',
    '03-01 01:00:22 again long 03-01 01:00',
    '03-01 01:01:00 leading',
    '03-01 01:01:00 started long 03-01 01:00',
    '03-01 01:01:01 finished long 03-01 01:00 succeeded',
  ]);
});

test('of two schedulers one leads; the other takes over when the lease runs out, and does again what was running', async () => {
  const path = stateFile();
  const clock = new FakeClock('2026-03-01T00:59:50Z');
  const jobs = [job('hourly', hourly)];
  // The first is deaf from the moment it has started a run: its clock stands still.
  const asleep = new FakeClock('2026-03-01T00:59:50Z');
  const first = bench(asleep, path, jobs, { takes: () => 300_000 });
  await asleep.until('2026-03-01T01:00:00Z');
  const second = bench(clock, path, jobs, { name: 'two' });
  await clock.until('2026-03-01T01:05:00Z');
  expect(without(second.lines, 'queued')).toEqual([
    '03-01 00:59:50 waiting',
    '03-01 01:00:15 leading',
    '03-01 01:00:15 again hourly 03-01 01:00',
    expect.stringMatching(/^03-01 01:00:2\d started hourly 03-01 01:00/),
    expect.stringMatching(/^03-01 01:01:2\d finished hourly 03-01 01:00 succeeded/),
  ]);
  // It wakes up, sees that it was followed, cancels its run and changes nothing.
  asleep.jump('2026-03-01T01:05:00Z');
  await asleep.until('2026-03-01T01:05:10Z');
  expect(first.lines.slice(-2)).toEqual(['03-01 01:05:01 lost', '03-01 01:05:01 waiting']);
  expect((await second.queue.latest(5)).map(({ status }) => status)).toEqual(['succeeded']);
  first.stop();
  second.stop();
  await asleep.until('2026-03-01T01:06:00Z');
  await clock.until('2026-03-01T01:06:00Z');
  await Promise.all([first.end, second.end]);
});

test('arrival: due when all that a job waits for has come anew, once, whoever made it', async () => {
  const path = stateFile();
  const clock = new FakeClock('2026-03-01T00:00:00Z');
  const jobs = [job('below', { arrival: true }, { waitsFor: ['one', 'two'] }), job('alone', { arrival: true })];
  const { lines, stop, end } = bench(clock, path, jobs);
  const database = openStateFile(path);
  clean.push(() => database.close());
  const came = (task: string, at: string, status = 'succeeded', target = 'local'): void => {
    const run = `${task} ${at} ${target}`;
    database
      .prepare(
        `INSERT INTO runs (run, project, target, engine, pid, status, started_at, tasks, concurrency) VALUES (?, 'shop', ?, 'duckdb', 1, 'succeeded', ?, 1, 1)`,
      )
      .run(run, target, at);
    database
      .prepare(`INSERT INTO tasks (run, task, position, status, finished_at) VALUES (?, ?, 0, ?, ?)`)
      .run(run, task, status, at);
  };
  // What was there before the job was known has not come anew.
  came('one', '2026-02-28T23:00:00.000Z');
  came('two', '2026-02-28T23:00:00.000Z');
  await clock.until('2026-03-01T00:01:00Z');
  came('one', '2026-03-01T00:01:00.000Z');
  came('two', '2026-03-01T00:01:30.000Z', 'failed');
  came('two', '2026-03-01T00:01:30.000Z', 'succeeded', 'elsewhere');
  await clock.until('2026-03-01T00:02:00Z');
  came('one', '2026-03-01T00:02:00.000Z');
  came('two', '2026-03-01T00:02:10.000Z');
  await clock.until('2026-03-01T00:04:00Z');
  // One of two is not enough.
  came('two', '2026-03-01T00:04:00.000Z');
  await clock.until('2026-03-01T00:05:00Z');
  came('one', '2026-03-01T00:05:00.000Z');
  await clock.until('2026-03-01T00:07:00Z');
  stop();
  await clock.until('2026-03-01T00:08:00Z');
  await end;
  expect(lines.filter((one) => one.includes('queued'))).toEqual([
    expect.stringMatching(/^03-01 00:02:\d\d queued below 03-01 00:02$/),
    expect.stringMatching(/^03-01 00:05:0\d queued below 03-01 00:05$/),
  ]);
});

test('once: what is due, then the end; nothing where another leads', async () => {
  const path = stateFile();
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const jobs = [job('hourly', hourly)];
  expect(await bench(clock, path, jobs, { once: true }).end).toBe('done');
  clock.jump('2026-03-01T01:30:00Z');
  const second = bench(clock, path, jobs, { once: true });
  const idle = await bench(clock, path, jobs, { once: true, name: 'three' }).end;
  await clock.until('2026-03-01T01:40:00Z');
  expect(await second.end).toBe('done');
  expect(idle).toBe('idle');
  expect(second.lines.at(-1)).toBe('03-01 01:31:00 finished hourly 03-01 01:00 succeeded');
});

test('a state file that cannot be written ends it with its reason', async () => {
  const path = stateFile();
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const { queue, end } = bench(clock, path, [job('hourly', hourly)]);
  await clock.until('2026-03-01T00:40:00Z');
  const failed = expect(end).rejects.toThrow(/database is not open/);
  await queue.close();
  clean.pop();
  await clock.until('2026-03-01T00:41:00Z');
  await failed;
});
