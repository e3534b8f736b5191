/**
 * Runs of a program with tables of every mode, disturbed at random moments: readers only ever see whole versions, this one or the one
 * before, and the next run makes what an undisturbed one would have, with nothing lying about. A version is a file more, with
 * rows of a new day and late ones of the day before.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import type { JobPlan, TargetPlan } from '../../runtime/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { programOf } from './flights.ts';

const DAY = 86_400_000;
const FIRST = Date.parse('2024-01-01');
const ROWS = 300;
const KEYS = 40;
/** Each file has so many rows that break the contract. */
const BAD = 3;

const text = (engine: string): string => `
project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
store raw : lake { path: 'lake', owner: 'dwh@shop.example', retention: 7y }
type Event { id: int64 @key, customer: int64, at: timestamp, amount: int64 }
source events : Event from file('in/*.csv') in dwh.core { invalid: quarantine }
type Customer { customer: int64 @key, version: int64 }
source visits : Event from file('in/*.csv') in raw { invalid: quarantine }
table visited in dwh.marts { refresh: append } = from visits |> where amount > 500 |> select id, amount
source pulled : Event from sqlite(path: 'events.db', table: 'events') in dwh.core { cursor: at, lookback: 2d, invalid: quarantine }
source customers : Customer from file('customers.csv') in dwh.core
table followed in dwh.core { refresh: append } = from pulled |> where amount > 500 |> select id, amount
table seen in dwh.core { refresh: view } = from customers |> where version > 0
table known in dwh.marts = from seen |> select customer, version
table by_day in dwh.core { refresh: batch(by: at, lookback: 2d) } = from events |> select id, customer, at, amount
table daily in dwh.marts {
  key: day
  refresh: batch(by: day, lookback: 2d, start: date '2024-01-01')
  checks { expect events > 0 }
} = from by_day |> aggregate count() as events, sum(amount) as amount group by date(at) as day
table large in dwh.core { refresh: append } = from events |> where amount > 500 |> select id, amount
table latest in dwh.marts { key: customer, refresh: upsert(order: [at, id]) } = from events |> select customer, id, at, amount
table whole in dwh.marts = from daily |> aggregate count() as days, sum(amount) as amount, sum(events) as events
`;

interface Event {
  readonly id: number;
  readonly customer: number;
  readonly at: number;
  readonly amount: number;
}

/** The rows of the file of a version, from 1: those of its day, and one in ten a day late. */
function eventsOf(version: number): readonly Event[] {
  return Array.from({ length: ROWS }, (_, i) => {
    const late = version > 1 && i % 10 === 0;
    const at = FIRST + (version - (late ? 2 : 1)) * DAY + ((i * 7919) % 86_400) * 1000;
    return { id: version * 10_000 + i, customer: (i * 13) % KEYS, at, amount: ((version * 31 + i * 7) % 997) + 1 };
  });
}

const sum = (events: readonly Event[], value: (event: Event) => number): number =>
  events.reduce((total, event) => total + value(event), 0);

/** What readers ask, and what it is at a version. */
const LOOKS: readonly {
  readonly dataset: string;
  readonly sql: string;
  readonly at: (events: readonly Event[], version: number) => readonly number[];
}[] = [
  // The same log in the target, and in files of a lake; and of a database that is asked for what has come.
  ...['core.events', 'raw.visits', 'core.by_day', 'core.pulled'].map((dataset) => ({
    dataset,
    sql: `SELECT count(*), sum(amount), sum(id) FROM ${dataset}`,
    at: (events: readonly Event[]) => [events.length, sum(events, (one) => one.amount), sum(events, (one) => one.id)],
  })),
  // A source that is read whole each time, a view over it, and a table over that: every row is of one version.
  ...['core.customers', 'core.seen', 'marts.known'].map((dataset) => ({
    dataset,
    sql: `SELECT count(*), min(version), max(version), sum(customer) FROM ${dataset}`,
    at: (_events: readonly Event[], version: number) => [KEYS, version, version, (KEYS * (KEYS - 1)) / 2],
  })),
  {
    dataset: 'marts.daily',
    sql: 'SELECT count(*), sum(amount), sum(events) FROM marts.daily',
    at: (events, version) => [version, sum(events, (one) => one.amount), events.length],
  },
  ...['core.large', 'marts.visited', 'core.followed'].map((dataset) => ({
    dataset,
    sql: `SELECT count(*), sum(amount), sum(id) FROM ${dataset}`,
    at: (events: readonly Event[]) => {
      const large = events.filter(({ amount }) => amount > 500);
      return [large.length, sum(large, (one) => one.amount), sum(large, (one) => one.id)];
    },
  })),
  {
    dataset: 'marts.latest',
    sql: 'SELECT count(*), sum(amount), sum(id) FROM marts.latest',
    at: (events) => {
      const sorted = [...events].sort((a, b) => a.at - b.at || a.id - b.id);
      const latest = [...new Map(sorted.map((event) => [event.customer, event])).values()];
      return [latest.length, sum(latest, (one) => one.amount), sum(latest, (one) => one.id)];
    },
  },
  {
    dataset: 'marts.whole',
    sql: 'SELECT days, amount, events FROM marts.whole',
    at: (events, version) => [version, sum(events, (one) => one.amount), events.length],
  },
];

export type Ask = (sql: string) => Promise<readonly (readonly unknown[])[]>;

export interface DisturbedTarget {
  readonly folder: string;
  /** Of the program: `postgres(embedded: true)`. */
  readonly engine: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Asks in the target, opened for these questions. */
  readonly asking: <T>(work: (ask: Ask) => Promise<T>) => Promise<T>;
  readonly leftBehind: (ask: Ask) => Promise<readonly string[]>;
  /** Whether others can read while a run writes: an embedded engine's folder is one process's. */
  readonly readable: boolean;
  /**
   * What happens to a run after so many ms; the default kills its process. Ends when the target can be asked again.
   */
  readonly disturb?: (kill: () => void) => Promise<void>;
}

export interface RunOrder {
  readonly folder: string;
  readonly target: TargetPlan;
  readonly job: JobPlan;
  readonly now: string;
  readonly replay?: boolean;
}

/**
 * A run in a process of its own.
 * @param after so many ms it is disturbed; null where it is left alone
 * @returns its exit code
 */
export async function runApart(
  { folder, env = {}, disturb }: DisturbedTarget,
  order: Omit<RunOrder, 'folder'>,
  after: number | null,
): Promise<number | null> {
  const path = join(folder, 'order.json');
  writeFileSync(path, JSON.stringify({ folder, ...order }));
  const child = fork(join(import.meta.dirname, 'killed-run.ts'), [path], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended]);
  if (after !== null) {
    await Promise.race([sleep(after), ended]);
    const kill = (): void => void child.kill('SIGKILL');
    if (disturb === undefined) kill();
    else await disturb(kill);
  }
  return await ended;
}

/** Asks again and again until a run has ended, where others can read meanwhile. */
export async function askedMeanwhile(
  { asking, readable }: DisturbedTarget,
  run: Promise<unknown>,
  look: (ask: Ask) => Promise<void>,
): Promise<void> {
  const running = run.then(() => false);
  for (let goes = readable; goes; goes = await Promise.race([running, sleep(15, true)]))
    // A server that is gone answers nobody, which is no wrong answer.
    await asking(look).catch(() => undefined);
  await running;
}

/** Runs that are disturbed at random moments, spread over the time that one takes. */
export class DisturbedRuns {
  readonly #target: DisturbedTarget;
  readonly #plan: { readonly target: TargetPlan; readonly job: JobPlan };
  #version = 0;
  #takes = 0;

  constructor(target: DisturbedTarget) {
    this.#target = target;
    const program = programOf([{ path: 'project.pipe', text: text(target.engine) }]);
    const job = { ...planSelection(program, 'local', null), concurrency: 2 };
    this.#plan = { target: planProgram(program, 'local', '0.0.0').target, job };
  }

  /** The first versions, undisturbed: says how long a run takes. */
  async start(): Promise<readonly string[]> {
    mkdirSync(join(this.#target.folder, 'in'), { recursive: true });
    this.#next();
    const wrong = await this.#recovered();
    this.#next();
    const began = performance.now();
    const code = await this.#run(null);
    this.#takes = performance.now() - began;
    return code === 0 ? wrong : [...wrong, `an undisturbed run ended with ${code}`];
  }

  /** One run that is disturbed after this share of its time, and the one after it; what is wrong, in words. */
  async round(share: number): Promise<readonly string[]> {
    this.#next();
    const { asking } = this.#target;
    const wrong: string[] = [];
    const run = this.#run(share * this.#takes);
    await askedMeanwhile(this.#target, run, (ask) => this.#look(ask, 'meanwhile', wrong));
    await asking((ask) => this.#look(ask, 'after it', wrong));
    wrong.push(...(await this.#recovered()));
    return wrong.map((what) => `version ${this.#version}, disturbed at ${share.toFixed(3)} of its time: ${what}`);
  }

  #next(): void {
    this.#version += 1;
    const rows = eventsOf(this.#version).map(
      ({ id, customer, at, amount }) => `${id},${customer},${new Date(at).toISOString()},${amount}`,
    );
    const bad = Array.from({ length: BAD }, () => `none,1,${new Date(FIRST).toISOString()},1`);
    const name = `${String(this.#version).padStart(6, '0')}.csv`;
    const lines = ['id,customer,at,amount', ...rows, ...bad];
    writeFileSync(join(this.#target.folder, 'in', name), `${lines.join('\n')}\n`);
    this.#writeDatabase();
    const customers = Array.from({ length: KEYS }, (_, customer) => `${customer},${this.#version}`);
    writeFileSync(join(this.#target.folder, 'customers.csv'), `customer,version\n${customers.join('\n')}\n`);
  }

  /** The same rows come to a database, whose broken ones are of the day. */
  #writeDatabase(): void {
    const database = new DatabaseSync(join(this.#target.folder, 'events.db'));
    database.exec('CREATE TABLE IF NOT EXISTS events (id, customer, at, amount); BEGIN');
    const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?)');
    for (const { id, customer, at, amount } of eventsOf(this.#version))
      insert.run(id, customer, new Date(at).toISOString(), amount);
    const today = new Date(FIRST + (this.#version - 1) * DAY).toISOString();
    for (let bad = 0; bad < BAD; bad += 1) insert.run('none', 1, today, 1);
    database.exec('COMMIT');
    database.close();
  }

  #now(): Date {
    return new Date(FIRST + this.#version * DAY + 3_600_000);
  }

  async #run(after: number | null): Promise<number | null> {
    return await runApart(this.#target, { ...this.#plan, now: this.#now().toISOString() }, after);
  }

  #expected(version: number): readonly string[] {
    const events = Array.from({ length: version }, (_, i) => eventsOf(i + 1)).flat();
    return LOOKS.map(({ at }) => at(events, version).join());
  }

  async #look(ask: Ask, when: string, wrong: string[]): Promise<void> {
    const [before, after] = [this.#expected(this.#version - 1), this.#expected(this.#version)];
    for (const [i, { dataset, sql }] of LOOKS.entries()) {
      const [row = []] = await ask(sql);
      const found = row.map(Number).join();
      if (found !== before[i] && found !== after[i])
        wrong.push(`${when}: ${dataset} holds ${found}, which is neither ${before[i]} nor ${after[i]}`);
    }
  }

  /** Runs to the end, here, and compares with what an undisturbed run makes. */
  async #recovered(): Promise<readonly string[]> {
    const { folder, env, asking, leftBehind } = this.#target;
    const { target, job } = this.#plan;
    const about = { folder, project: 'shop', target, job, now: this.#now() };
    const { errors } = await runJob({ ...about, ...(env === undefined ? {} : { env }) });
    const wrong = errors.map(({ task, error }) => `the next run: ${task}: ${error.message}`);
    await asking(async (ask) => {
      const expected = this.#expected(this.#version);
      for (const [i, { dataset, sql }] of LOOKS.entries()) {
        const [row = []] = await ask(sql);
        const found = row.map(Number).join();
        if (found !== expected[i]) wrong.push(`${dataset} holds ${found}, not ${expected[i]}`);
      }
      for (const source of ['core__events', 'raw__visits', 'core__pulled']) {
        const [[aside] = []] = await ask(`SELECT count(*) FROM _pipec.quarantine__${source}`);
        if (Number(aside) !== BAD * this.#version)
          wrong.push(`the quarantine of ${source} holds ${aside}, not ${BAD * this.#version}`);
      }
      wrong.push(...lakeLeftovers(join(folder, 'lake/visits')).map((name) => `left behind in the lake: ${name}`));
      wrong.push(...(await leftBehind(ask)).map((name) => `left behind: ${name}`));
    });
    return wrong;
  }
}

/** What is in a lake's folder that its manifest does not name. */
function lakeLeftovers(root: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, '_manifest.json'), 'utf8')) as {
    readonly build: string;
    readonly superseded: readonly { readonly build: string }[];
  };
  const known = new Set(['_manifest.json', ...[manifest, ...manifest.superseded].map(({ build }) => `v=${build}`)]);
  return readdirSync(root).filter((name) => !known.has(name));
}

/** What is wrong after so many disturbed runs. */
export async function disturbed(target: DisturbedTarget, rounds: number): Promise<readonly string[]> {
  const runs = new DisturbedRuns(target);
  const wrong = [...(await runs.start())];
  for (let round = 0; round < rounds; round += 1) wrong.push(...(await runs.round((round + Math.random()) / rounds)));
  return wrong;
}
