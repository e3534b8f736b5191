/**
 * Kills runs at random moments and looks at what is left: readers see whole versions only, before and after, and the next
 * run makes exactly what an undisturbed one would, with nothing lying about.
 */
import { fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipecError } from '../../runtime/errors.ts';
import type { TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { build, file, into, lake, load, local, runTasks, view } from './plans.ts';

const ROWS = 4000;
const BAD = 7;

/** Every row of a dataset bears the version of the program and of the file that it was made from. */
export function crashTasks(version: number): TaskPlan[] {
  const types = { v: 'BIGINT', x: 'BIGINT' };
  const made = (dataset: string, from: string, more: Parameters<typeof build>[3] = {}) =>
    build(dataset, `SELECT v, x FROM ${from} WHERE v = ${version}`, types, { after: [from], ...more });
  const source = file('s.csv', 'csv');
  const contract = { v: 'int64', x: 'int64' };
  return [
    load('raw.stored', source, contract, { key: ['x'] }),
    load('raw.files', source, contract, { key: ['x'], into: into('raw.files', lake('lake/files', ['v'])) }),
    made('core.a', 'raw.stored'),
    made('core.b', 'raw.files', { into: into('core.b', lake('lake/b')) }),
    view('core.seen', 'SELECT v, x FROM core.b', { after: ['core.b'] }),
    made('core.c', 'core.seen'),
  ];
}

const DATASETS = ['raw.stored', 'raw.files', 'core.a', 'core.b', 'core.seen', 'core.c'];

export class CrashProject {
  readonly folder: string;
  #version = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The first version, whole; gives the time in ms that a run takes in a process of its own. */
  async start(): Promise<number> {
    this.#next();
    await this.#recovered();
    this.#next();
    const start = performance.now();
    const { code, readyAt } = await this.#run(null);
    if (code !== 0) throw new Error(`an undisturbed run ended with ${code}`);
    return performance.now() - Math.max(start, readyAt);
  }

  /** One run killed so many ms after it began, or earlier where it was faster; what is wrong, in words. */
  async round(afterMs: number): Promise<readonly string[]> {
    this.#next();
    const wrong: string[] = [];
    const reading = new AbortController();
    const reader = this.#read(reading.signal, wrong);
    await this.#run(afterMs);
    reading.abort();
    await reader;
    await this.#versions(wrong, 'after the kill');
    wrong.push(...(await this.#recovered()));
    return wrong;
  }

  #next(): void {
    this.#version += 1;
    const rows = Array.from({ length: ROWS }, (_, index) => `${this.#version},${index}`);
    const bad = Array.from({ length: BAD }, (_, index) =>
      index % 2 === 0 ? `${this.#version},none` : `${this.#version},0`,
    );
    writeFileSync(join(this.folder, 's.csv'), `v,x\n${[...rows, ...bad].join('\n')}\n`);
  }

  async #run(killAfterMs: number | null): Promise<{ readonly code: number | null; readonly readyAt: number }> {
    const script = join(import.meta.dirname, 'crash-run.ts');
    const child = fork(script, [this.folder, String(this.#version)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended]);
    const readyAt = performance.now();
    if (killAfterMs !== null) {
      await Promise.race([sleep(killAfterMs), ended]);
      child.kill('SIGKILL');
    }
    return { code: await ended, readyAt };
  }

  /** Reads all the while, through the socket of the run or from the file where no run holds it. */
  async #read(signal: AbortSignal, wrong: string[]): Promise<void> {
    while (!signal.aborted) {
      await this.#versions(wrong, 'meanwhile');
      await sleep(20);
    }
  }

  async #versions(wrong: string[], when: string): Promise<void> {
    for (const dataset of DATASETS) {
      try {
        const [row] = await queryAll({
          folder: this.folder,
          target: local,
          sql: `SELECT min(v)::INT AS low, max(v)::INT AS high, count(*)::INT AS n, count(DISTINCT x)::INT AS d FROM ${dataset}`,
          limit: null,
        });
        const { low, high, n, d } = row as Record<'low' | 'high' | 'n' | 'd', number>;
        const whole =
          low === high && n === ROWS && d === ROWS && (high === this.#version || high === this.#version - 1);
        if (!whole) wrong.push(`${when}: ${dataset} has ${n} rows of versions ${low} to ${high}, now ${this.#version}`);
      } catch (failure) {
        // A reader may be told that its answer ended with the run, or that the file is just changing hands.
        const known = failure instanceof PipecError && ['holder-gone', 'database-busy'].includes(failure.code);
        if (!known || when !== 'meanwhile') wrong.push(`${when}: ${dataset}: ${String(failure)}`);
      }
    }
  }

  /** Runs to the end, here, and compares with what an undisturbed run makes. */
  async #recovered(): Promise<readonly string[]> {
    const wrong: string[] = [];
    const { status, errors } = await runTasks(this.folder, crashTasks(this.#version));
    if (status !== 'succeeded') wrong.push(`the next run: ${errors[0]?.error.message}`);
    for (const dataset of DATASETS) {
      const rows = await this.#ask(
        `SELECT v::INT AS v, count(*)::INT AS n, sum(x)::INT AS x FROM ${dataset} GROUP BY v`,
      );
      const wanted = JSON.stringify([{ v: this.#version, n: ROWS, x: (ROWS * (ROWS - 1)) / 2 }]);
      if (JSON.stringify(rows) !== wanted) wrong.push(`${dataset} holds ${JSON.stringify(rows)}, not ${wanted}`);
    }
    for (const source of ['stored', 'files']) {
      const rows = await this.#ask(`SELECT count(*)::INT AS n FROM _pipec.quarantine__raw__${source}`);
      if (rows[0]?.['n'] !== BAD) wrong.push(`the quarantine of ${source} holds ${JSON.stringify(rows)}`);
    }
    wrong.push(...(await this.#orphans()));
    return wrong;
  }

  async #orphans(): Promise<readonly string[]> {
    const found: string[] = [];
    const views = await this.#ask('SELECT comment FROM duckdb_views() WHERE NOT internal');
    const known = views.flatMap(({ comment }) => {
      const { table, previous } = JSON.parse(String(comment)) as Record<'table' | 'previous', string | null>;
      return [table, previous];
    });
    const tables = await this.#ask('SELECT table_name AS name FROM duckdb_tables()');
    for (const { name } of tables)
      if (!String(name).startsWith('quarantine__') && !known.includes(String(name))) found.push(`table ${name}`);
    for (const root of ['lake/files', 'lake/b']) {
      const path = join(this.folder, root);
      if (!existsSync(path)) continue;
      const manifest = JSON.parse(readFileSync(join(path, '_manifest.json'), 'utf8')) as {
        readonly build: string;
        readonly superseded: readonly { readonly build: string }[];
      };
      const builds = [manifest.build, ...manifest.superseded.map(({ build }) => build)].map((id) => `v=${id}`);
      for (const name of readdirSync(path))
        if (name !== '_manifest.json' && !builds.includes(name)) found.push(`${root}/${name}`);
    }
    for (const name of readdirSync(join(this.folder, '.pipec')))
      if (!/^(test\.duckdb|state\.db(-shm|-wal)?)$/.test(name)) found.push(`.pipec/${name}`);
    return found.map((what) => `left behind: ${what}`);
  }

  #ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return queryAll({ folder: this.folder, target: local, sql, limit: null });
  }
}
