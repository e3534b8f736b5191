/**
 * Kills runs on PostgreSQL or ClickHouse at random moments: every dataset is whole at any time, of this version or the one
 * before, and the next run makes what an undisturbed one would.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetPlan, TaskPlan } from '../../runtime/plan.ts';
import { build, file, job, load, runTasks, view } from './plans.ts';

const ROWS = 3000;
const BAD = 5;

/** Every row of a dataset bears the version of the program and of the file that it was made from. */
export function warehouseTasks(version: number, kind: TargetPlan['engine']['kind']): TaskPlan[] {
  const int64 = kind === 'clickhouse' ? 'Int64' : 'bigint';
  const types = { v: int64, x: int64 };
  const made = (dataset: string, from: string, make: typeof build | null) => {
    const sql = `SELECT "v", "x" FROM ${from} WHERE "v" = ${version}`;
    return make === null ? view(dataset, sql, { after: [from] }) : make(dataset, sql, types, { after: [from] });
  };
  return [
    load('raw.read', file('s.csv', 'csv'), { v: 'int64', x: 'int64' }, { key: ['x'] }),
    made('core.a', 'raw.read', build),
    made('core.seen', 'core.a', null),
    made('core.b', 'core.seen', build),
  ];
}

type Ask = (sql: string) => Promise<readonly (readonly unknown[])[]>;

export interface CrashTarget {
  readonly folder: string;
  readonly plan: TargetPlan;
  readonly env?: Readonly<Record<string, string>>;
  /** Asks in the target, opened for these questions. */
  readonly asking: <T>(work: (ask: Ask) => Promise<T>) => Promise<T>;
  readonly leftBehind: (ask: Ask) => Promise<readonly string[]>;
  /** Whether others can read while a run writes: an embedded engine's folder is one process's. */
  readonly readable: boolean;
}

/** What is wrong, in words, after runs killed at so many moments. */
export async function crashes(target: CrashTarget, moments: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  let version = 1;
  write(target, version);
  wrong.push(...(await recovered(target, version)));
  version += 1;
  write(target, version);
  const takes = await killed(target, version, null);
  for (let moment = 0; moment < moments; moment += 1) {
    version += 1;
    write(target, version);
    const after = ((moment + Math.random()) / moments) * takes;
    const found: string[] = [];
    const running = killed(target, version, after).then(() => false);
    const reading = async (): Promise<void> => {
      for (let goes = target.readable; goes; goes = await Promise.race([running, sleep(15, true)]))
        await target.asking((ask) => versions(ask, version, found, 'meanwhile'));
    };
    await reading();
    await running;
    await target.asking((ask) => versions(ask, version, found, 'after the kill'));
    found.push(...(await recovered(target, version)));
    wrong.push(...found.map((what) => `killed after ${Math.round(after)} of ${Math.round(takes)} ms: ${what}`));
  }
  return wrong;
}

function write({ folder }: CrashTarget, version: number): void {
  const rows = Array.from({ length: ROWS }, (_, index) => `${version},${index}`);
  const bad = Array.from({ length: BAD }, () => `${version},none`);
  writeFileSync(join(folder, 's.csv'), `v,x\n${[...rows, ...bad].join('\n')}\n`);
}

/** A run in a process of its own, killed after so many ms or left to end; gives the ms that it took. */
async function killed({ folder, plan, env = {} }: CrashTarget, version: number, after: number | null): Promise<number> {
  const child = fork(
    join(import.meta.dirname, 'crash-warehouse-run.ts'),
    [folder, JSON.stringify(plan), String(version)],
    {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended]);
  const start = performance.now();
  if (after !== null) {
    await Promise.race([sleep(after), ended]);
    child.kill('SIGKILL');
  }
  const code = await ended;
  if (after === null && code !== 0) throw new Error(`an undisturbed run ended with ${code}`);
  return performance.now() - start;
}

async function versions(ask: Ask, version: number, wrong: string[], when: string): Promise<void> {
  for (const dataset of ['raw.read', 'core.a', 'core.b']) {
    const [row = []] = await ask(`SELECT min(v), max(v), count(*), count(DISTINCT x) FROM ${dataset}`);
    const [low, high, rows, distinct] = row.map(Number);
    const whole = low === high && rows === ROWS && distinct === ROWS && (high === version || high === version - 1);
    if (!whole) wrong.push(`${when}: ${dataset} has ${rows} rows of versions ${low} to ${high}, now ${version}`);
  }
}

/** Runs to the end, here, and compares with what an undisturbed run makes. */
async function recovered(target: CrashTarget, version: number): Promise<readonly string[]> {
  const { folder, plan, env } = target;
  const wrong: string[] = [];
  const { errors } = await runTasks(folder, job(warehouseTasks(version, plan.engine.kind)), {
    target: plan,
    ...(env === undefined ? {} : { env }),
  });
  wrong.push(...errors.map(({ error }) => `the next run: ${error.message}`));
  await target.asking(async (ask) => {
    const wanted = [version, version, ROWS, (ROWS * (ROWS - 1)) / 2].join();
    for (const dataset of ['raw.read', 'core.a', 'core.seen', 'core.b']) {
      const [row = []] = await ask(`SELECT min(v), max(v), count(*), sum(x) FROM ${dataset}`);
      if (row.map(Number).join() !== wanted) wrong.push(`${dataset} holds ${row.join()}, not ${wanted}`);
    }
    const [[aside] = []] = await ask('SELECT count(*) FROM _pipec.quarantine__raw__read');
    if (Number(aside) !== BAD) wrong.push(`the quarantine holds ${aside}`);
    wrong.push(...(await target.leftBehind(ask)).map((name) => `left behind: ${name}`));
  });
  return wrong;
}
