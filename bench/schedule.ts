/** What the scheduler and the record of runs add to the work itself: on a file, and on a PostgreSQL server of its own. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../runtime/events.ts';
import { spansToDo } from '../runtime/intervals.ts';
import type { JobPlan, TaskPlan } from '../runtime/plan.ts';
import { runJob } from '../runtime/run.ts';
import type { ScheduleEvent } from '../runtime/schedule/events.ts';
import { Queue } from '../runtime/schedule/queue.ts';
import { runScheduler } from '../runtime/schedule/scheduler.ts';
import { openDatabase, type StatePlace } from '../runtime/state/place.ts';
import { Recorder } from '../runtime/state/recorder.ts';
import { build, job, local } from '../test/support/plans.ts';
import { postgresPrograms, startPostgres } from '../test/support/postgres-server.ts';
import { median, runProcess } from './measure.ts';

const root = join(import.meta.dirname, '..');
const JOBS = 1000;
const RUNS = 10_000;
/** Runs at a time. */
const PLACES = 64;
const CHAIN = 200;
const TIMES = 5;
const HOUR = 3_600_000;
const ARRIVALS = 30;

export async function benchSchedule(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-bench-schedule-'));
  const programs = postgresPrograms();
  const server = programs === null ? null : await startPostgres(programs);
  try {
    const file = (name: string): StatePlace => ({ kind: 'sqlite', path: join(folder, `${name}.db`) });
    const schema = (name: string): StatePlace => ({ kind: 'postgres', url: server?.url ?? '', schema: name });
    const both = async (name: string, measure: (place: StatePlace) => Promise<number>): Promise<Figures> => ({
      file: await measure(file(name)),
      server: server === null ? null : await measure(schema(name)),
    });
    const first = await both('first', async (place) => (await scheduled(place, JOBS)).firstMs);
    const runs = await both('runs', async (place) => RUNS / ((await scheduled(place, RUNS)).allMs / 1000));
    const tasks = await both('tasks', recorded);
    const chain = await latencies(folder);
    const year = yearOfHours();
    const start = await firstTask(folder);
    const arrival = await fromJobToJob(join(folder, 'arrival'));
    return `## Scheduling\n
The scheduler itself: runs that end as soon as they begin, ${PLACES} at a time. Each is queued, started and ended in the state, in transactions that hold the lease. The server is on the same machine and waits for no disk.

| what | state in a file | on PostgreSQL | aim |
|---|---|---|---|
| ${count(JOBS)} jobs due at once: until the first begins | ${ms(first.file)} | ${ms(first.server)} | 1 s |
| ${count(RUNS)} runs dispatched and ended | ${rate(runs.file, 'runs')} | ${rate(runs.server, 'runs')} | 1,000 a second, 500 on PostgreSQL |
| what ${count(RUNS)} tasks tell, written | ${rate(tasks.file, 'tasks')} | ${rate(tasks.server, 'tasks')} | 1,000 a second, 500 on PostgreSQL |

Tasks of a run are done in its process, one run's process apart from every other's, so that a task begins as soon as what it waits for has ended.

| what | time | aim |
|---|---|---|
| from the end of a task to the beginning of the next, in a chain of ${CHAIN} on DuckDB, recorded in a file: median | ${ms(chain.median)} | |
| the same, 95 of 100 within | ${ms(chain.p95)} | 20 ms |
| a year of hours in which every second is missing (${count(year.spans)} spans): what is to do | ${ms(year.ms)} | 50 ms |
| from the end of a job to the first task of one that waits for its data, \`pipec schedule\`, median of ${ARRIVALS} | ${ms(arrival.median)} | |
| the same, 95 of 100 within | ${ms(arrival.p95)} | 20 ms |
| from \`node job.mjs run\` of a built job (examples/flights) to its first task, median of ${TIMES} | ${ms(start)} | 150 ms |

From job to job the process of the first says that it is free, its database open; the scheduler notes the end, finds what is due, and hands it the second, which reads the program, enters itself in the record and begins ([decision 0008](decisions/0008-one-run-after-another.md)). Another process stands by for what is due later: it takes ${arrival.standByMb.toFixed(0)} MB while it waits, of which ${arrival.ownMb.toFixed(0)} MB are its own, and the rest program files that every process of pipec shares.
`;
  } finally {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Figures {
  readonly file: number;
  /** Null where no server is installed. */
  readonly server: number | null;
}

const count = (number: number): string => number.toLocaleString('en-US');
const ms = (value: number | null): string =>
  value === null ? 'not measured' : value < 10 ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} ms`;
const rate = (value: number | null, what: string): string =>
  value === null ? 'not measured' : `${count(Math.round(value))} ${what} a second`;

/** So many jobs, all due by now, each ended as soon as it begins. */
async function scheduled(
  place: StatePlace,
  jobs: number,
): Promise<{ readonly firstMs: number; readonly allMs: number }> {
  const queue = await Queue.open(place, 'local');
  const now = Date.now();
  const plans = Array.from(
    { length: jobs },
    (_, index): JobPlan => ({
      ...job([]),
      name: `job_${index}`,
      schedule: { everyMs: HOUR },
    }),
  );
  await queue.lead('bench', now, 1000);
  // They have been known for a day: the last hour of each is due.
  await queue.leading((ledger) =>
    ledger.enqueue(
      plans.map(({ name }) => ({ job: name, times: [], considered: now - 24 * HOUR })),
      now,
    ),
  );
  await queue.resign();
  const began = performance.now();
  let firstMs = Number.NaN;
  const end = await runScheduler({
    jobs: plans,
    queue,
    launch: ({ name }, started) => {
      if (Number.isNaN(firstMs)) firstMs = performance.now() - began;
      started(`run of ${name}`);
      return {
        ended: Promise.resolve({ status: 'succeeded', said: null }),
        cancel: () => undefined,
        release: () => undefined,
      };
    },
    clock: {
      now: Date.now,
      sleep: async (time, signal) => await sleep(time, undefined, { signal }).catch(() => undefined),
    },
    places: PLACES,
    who: 'bench',
    leaseMs: 60_000,
    graceMs: 0,
    once: true,
    tell: () => undefined,
    signal: new AbortController().signal,
  });
  const allMs = performance.now() - began;
  const latest = await queue.latest(jobs + 1);
  if (end !== 'done' || latest.filter(({ status }) => status === 'succeeded').length !== jobs)
    throw new Error('not all runs were dispatched');
  await queue.close();
  return { firstMs, allMs };
}

/** Tasks a second whose beginning and end are written. */
async function recorded(place: StatePlace): Promise<number> {
  const database = await openDatabase(place);
  const recorder = new Recorder(database);
  const run = 'one';
  const at = new Date().toISOString();
  const tasks = Array.from({ length: RUNS }, (_, index) => `dwh.core.t${index}`);
  const began = performance.now();
  recorder.record({
    event: 'run.started',
    at,
    run,
    project: 'p',
    target: 'local',
    engine: 'duckdb',
    job: null,
    tasks: RUNS,
    concurrency: 4,
    pid: process.pid,
  });
  recorder.expect(run, tasks);
  for (const task of tasks) {
    recorder.record({ event: 'task.started', at, run, task, attempt: 1 });
    recorder.record({
      event: 'task.finished',
      at,
      run,
      task,
      rows: 1,
      ms: 1,
      compute: 'elt',
      load: null,
      intervals: null,
      checksPassed: 0,
      checksWarned: 0,
    });
  }
  if ((await recorder.end()) !== null) throw new Error('not all was written');
  const seconds = (performance.now() - began) / 1000;
  await database.close();
  return RUNS / seconds;
}

/** Of each task but the first: how long after the end of the one that it waits for it began. */
async function latencies(folder: string): Promise<{ readonly median: number; readonly p95: number }> {
  const name = (index: number): string => `core.t${index}`;
  const tasks = Array.from(
    { length: CHAIN },
    (_, index): TaskPlan =>
      build(
        name(index),
        `SELECT ${index}::BIGINT AS x`,
        { x: 'BIGINT' },
        { after: index === 0 ? [] : [name(index - 1)] },
      ),
  );
  const waits: number[] = [];
  let ended = Number.NaN;
  await runJob({
    folder,
    project: 'bench',
    target: local,
    job: job(tasks),
    listeners: [
      ({ event }) => {
        if (event === 'task.finished') ended = performance.now();
        else if (event === 'task.started' && !Number.isNaN(ended)) waits.push(performance.now() - ended);
      },
    ],
  });
  const sorted = waits.sort((a, b) => a - b);
  if (sorted.length !== CHAIN - 1) throw new Error('not every task began');
  return { median: median(sorted), p95: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN };
}

interface Arrivals {
  readonly median: number;
  readonly p95: number;
  readonly standByMb: number;
  readonly ownMb: number;
}

/** A job that another waits for, through a scheduler as people run it. The first takes a moment, as jobs do. */
async function fromJobToJob(folder: string): Promise<Arrivals> {
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'shop.pipe'),
    `project shop { owner: 'bench@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'bench@example.com', retention: 1y, layers: { core: core, marts: marts } }
type N { n: int64 }
table up : N in dwh.core = sql"""select count(*) as n from range(20000000) where range % 7 <> extract(second from now())"""
table down in dwh.marts = from dwh.core.up |> select n
job first { schedule: every(2s), builds: [up] }
job second { schedule: arrival(), builds: [down] }
`,
  );
  const child = spawn(process.execPath, [join(root, 'bin', 'pipec.mjs'), 'schedule', '--json', '--no-page'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let count = 0;
  let memory = { rss: Number.NaN, own: Number.NaN };
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as ScheduleEvent;
    if (event.event !== 'schedule.finished' || event.job !== 'second') continue;
    count += 1;
    if (event.status !== 'succeeded' || count > ARRIVALS) break;
    memory = memoryOfChildren(child.pid as number) ?? memory;
  }
  child.kill('SIGTERM');
  await ended;
  const database = new DatabaseSync(join(folder, '.pipec', 'state.db'), { readOnly: true });
  const runs = database
    .prepare(
      'SELECT job, runs.finished_at AS ended, min(tasks.started_at) AS began FROM runs JOIN tasks USING (run) GROUP BY run ORDER BY seq',
    )
    .all() as { readonly job: string; readonly ended: string; readonly began: string }[];
  database.close();
  const waits = runs
    .flatMap(({ job, began }, index) => {
      const before = runs[index - 1];
      return job === 'second' && before?.job === 'first' ? [Date.parse(began) - Date.parse(before.ended)] : [];
    })
    .sort((a, b) => a - b);
  if (waits.length < ARRIVALS) throw new Error('not every run of the first job was followed by one of the second');
  const p95 = waits[Math.floor(waits.length * 0.95)] ?? Number.NaN;
  return { median: median(waits), p95, standByMb: memory.rss, ownMb: memory.own };
}

/** In MB, of the process that stands by: the last that a scheduler has begun. */
function memoryOfChildren(pid: number): { readonly rss: number; readonly own: number } | null {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').at(-1);
    const status = readFileSync(`/proc/${child}/status`, 'utf8');
    const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
    return { rss: mb('VmRSS'), own: mb('RssAnon') };
  } catch {
    return null;
  }
}

function yearOfHours(): { readonly ms: number; readonly spans: number } {
  const plan = {
    type: 'timestamp',
    everyMs: HOUR,
    timezone: 'Europe/Berlin',
    latenessMs: 0,
    start: '2025-01-01',
    lookbackMs: 0,
  } as const;
  const year = { from: Date.UTC(2025, 0, 1), to: Date.UTC(2026, 0, 1) };
  const done = Array.from({ length: 4380 }, (_, index) => ({
    from: year.from + 2 * index * HOUR,
    to: year.from + (2 * index + 1) * HOUR,
  }));
  const times = Array.from({ length: 50 }, () => {
    const began = performance.now();
    const spans = spansToDo(plan, year, done, null).length;
    return { ms: performance.now() - began, spans };
  });
  return { ms: median(times.map((one) => one.ms)), spans: times[0]?.spans ?? 0 };
}

/** From the start of Node to the first task of a built job. */
async function firstTask(work: string): Promise<number> {
  const folder = join(work, 'flights');
  cpSync(join(root, 'examples', 'flights'), folder, {
    recursive: true,
    filter: (path) => !/[/\\](dist|\.pipec)$/.test(path),
  });
  const env = { VEGA_DATASETS: join(root, 'node_modules', 'vega-datasets', 'data') };
  const built = await runProcess(
    process.execPath,
    [join(root, 'bin', 'pipec.mjs'), 'build', '--out', join(root, 'build', 'bench-dist')],
    folder,
    env,
  );
  try {
    if (built.code !== 0) throw new Error(`pipec build ended with ${built.code}:\n${built.output}`);
    const times: number[] = [];
    for (let time = 0; time <= TIMES; time++) {
      rmSync(join(folder, '.pipec'), { recursive: true, force: true });
      const took = await untilTask(join(root, 'build', 'bench-dist', 'jobs', 'flights.mjs'), folder, env);
      // The first fills the cache of compiled code.
      if (time > 0) times.push(took);
    }
    return median(times);
  } finally {
    rmSync(join(root, 'build', 'bench-dist'), { recursive: true, force: true });
  }
}

async function untilTask(module: string, folder: string, env: Readonly<Record<string, string>>): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [module, 'run', '--json', '--project', folder], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    for await (const line of createInterface({ input: child.stdout }))
      if ((JSON.parse(line) as RunEvent).event === 'task.started') return performance.now() - began;
    throw new Error('no task began');
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
