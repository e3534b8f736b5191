/**
 * The record of runs: who ran what, when, with which result. Others (the editor, a second command) read it while a run
 * writes. No rows of data depend on it: losing it loses history only.
 */
import { renameSync, rmSync } from 'node:fs';
import { PipecError } from '../errors.ts';
import type { RunEvent } from '../events.ts';
import { Audit, type Begun } from './audit.ts';
import type { Row, StateDatabase } from './database.ts';
import { isThere, openDatabase, type StatePlace } from './place.ts';
import { Recorder } from './recorder.ts';
import {
  alive,
  type CheckRecord,
  checkRecord,
  type RunRecord,
  runRecord,
  type TaskRecord,
  taskRecord,
} from './records.ts';

/** A run that goes on says so at least so often. */
const SIGN_MS = 10_000;

export class State {
  readonly recorder: Recorder;
  readonly audit: Audit;
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
    this.recorder = new Recorder(database);
    this.audit = new Audit(database);
  }

  /** @throws PipecError `state-unusable`, `state-damaged` */
  static async open(place: StatePlace): Promise<State> {
    return new State(await openDatabase(place));
  }

  /** Null where nothing has run. @throws PipecError `state-unusable`, `state-damaged` */
  static async find(place: StatePlace): Promise<State | null> {
    return (await isThere(place)) ? await State.open(place) : null;
  }

  /** Newest first. */
  async runs(limit = 50): Promise<readonly RunRecord[]> {
    const rows = await this.#database.all('SELECT * FROM runs ORDER BY seq DESC LIMIT ?', limit);
    return await this.#recordsOf(rows);
  }

  /** Of one job of a target, or of selections; newest first. */
  async runsOf(target: string, job: string | null, limit: number): Promise<readonly RunRecord[]> {
    const [such, values] = job === null ? ['job IS NULL', []] : ['job = ?', [job]];
    const sql = `SELECT * FROM runs WHERE target = ? AND ${such} ORDER BY seq DESC LIMIT ?`;
    return await this.#recordsOf(await this.#database.all(sql, target, ...values, limit));
  }

  /** The last `each` of each job of a target, and of selections; newest first. */
  async lastRuns(target: string, each: number): Promise<readonly RunRecord[]> {
    const rows = await this.#database.all(
      `SELECT * FROM (SELECT runs.*, row_number() OVER (PARTITION BY job ORDER BY seq DESC) AS age FROM runs WHERE target = ?) AS recent
         WHERE age <= ? ORDER BY seq DESC`,
      target,
      each,
    );
    return await this.#recordsOf(rows);
  }

  async run(run: string): Promise<RunRecord | null> {
    const rows = await this.#database.all('SELECT * FROM runs WHERE run = ?', run);
    return (await this.#recordsOf(rows))[0] ?? null;
  }

  async #recordsOf(rows: readonly Row[]): Promise<readonly RunRecord[]> {
    const now = await this.#database.now(Date.now());
    return rows.map((row) => runRecord(row, now));
  }

  /** Runs of live processes. */
  async running(): Promise<readonly RunRecord[]> {
    const rows = await this.#database.all(`SELECT * FROM runs WHERE status = 'running' ORDER BY seq`);
    return (await this.#recordsOf(rows)).filter((run) => run.status === 'running');
  }

  /** Asks the process of a run to cancel it, wherever it is: it looks now and then. */
  async askToCancel({ run, target, job }: RunRecord, begun?: Begun): Promise<void> {
    await this.audit.append({ action: 'cancel', target, subject: job, run, program: null }, begun);
    await this.#database.run('UPDATE runs SET cancel_asked_at = ? WHERE run = ?', new Date().toISOString(), run);
  }

  /** A sign of life of a run; whether it was asked to cancel. A database that is away just now asks for nothing. */
  async look(run: string): Promise<boolean> {
    try {
      const now = await this.#database.now(Date.now());
      const [row] = await this.#database.all('SELECT cancel_asked_at, seen_at FROM runs WHERE run = ?', run);
      if (row !== undefined && now - Date.parse(String(row['seen_at'])) > SIGN_MS)
        await this.#database.run('UPDATE runs SET seen_at = ? WHERE run = ?', new Date(now).toISOString(), run);
      return row?.['cancel_asked_at'] != null;
    } catch {
      return false;
    }
  }

  async tasks(run: string): Promise<readonly TaskRecord[]> {
    const status = (await this.run(run))?.status;
    const rows = await this.#database.all('SELECT * FROM tasks WHERE run = ? ORDER BY position', run);
    // A run that was ended from outside has failed, and what else it had in work went with it.
    const isGone = (row: Row): boolean => status === 'died' || (status !== 'running' && row['status'] === 'running');
    return rows.map((row) => taskRecord(row, isGone(row)));
  }

  /** The last task that built the dataset; null where none has. */
  async lastBuilt(task: string): Promise<TaskRecord | null> {
    const [row] = await this.#database.all(
      `SELECT * FROM tasks WHERE task = ? AND status = 'succeeded' ORDER BY finished_at DESC LIMIT 1`,
      task,
    );
    return row === undefined ? null : taskRecord(row, false);
  }

  /** The last task of a target that built each dataset, by dataset. */
  async builtIn(target: string): Promise<ReadonlyMap<string, TaskRecord>> {
    return await this.#latest(target, `tasks.status = 'succeeded'`);
  }

  /** How each dataset of a target ended when it was last tried: built, failed, or found unchanged. By dataset. */
  async lastTried(target: string): Promise<ReadonlyMap<string, TaskRecord>> {
    return await this.#latest(target, `(tasks.status IN ('succeeded', 'failed') OR tasks.reason = 'unchanged')`);
  }

  /** Of each dataset, the task of the newest run in which it is as `such` says. */
  async #latest(target: string, such: string): Promise<ReadonlyMap<string, TaskRecord>> {
    const rows = await this.#database.all(
      `SELECT * FROM (SELECT tasks.*, row_number() OVER (PARTITION BY task ORDER BY runs.seq DESC) AS age
         FROM tasks JOIN runs USING (run) WHERE target = ? AND ${such}) AS tried WHERE age = 1`,
      target,
    );
    return new Map(rows.map((row) => [String(row['task']), taskRecord(row, false)]));
  }

  /** What the last runs of a target did to a dataset, newest first; those in which its turn has yet to come are left out. */
  async tasksOf(task: string, target: string, limit: number): Promise<readonly TaskRecord[]> {
    const rows = await this.#database.all(
      `SELECT tasks.*, runs.status AS run_status, runs.pid, runs.host, runs.seen_at FROM tasks JOIN runs USING (run)
         WHERE task = ? AND target = ? AND tasks.status <> 'waiting' ORDER BY runs.seq DESC LIMIT ?`,
      task,
      target,
      limit,
    );
    const now = await this.#database.now(Date.now());
    return rows.map((row) => taskRecord(row, row['run_status'] !== 'running' || !alive(row, now)));
  }

  /** Checks of a run, or of a dataset in the last run that judged any. */
  async checks(of: { readonly run: string } | { readonly task: string }): Promise<readonly CheckRecord[]> {
    const rows =
      'run' in of
        ? await this.#database.all('SELECT * FROM checks WHERE run = ? ORDER BY id', of.run)
        : await this.#database.all(
            'SELECT * FROM checks WHERE task = ? AND run = (SELECT run FROM checks WHERE task = ? ORDER BY id DESC LIMIT 1) ORDER BY id',
            of.task,
            of.task,
          );
    return rows.map(checkRecord);
  }

  /** What does not hold of the datasets of a target, as the last run found that judged any check of each; newest first. */
  async broken(target: string, limit: number): Promise<readonly CheckRecord[]> {
    const rows = await this.#database.all(
      `SELECT checks.* FROM checks JOIN runs USING (run) JOIN (
           SELECT task, max(runs.seq) AS seq FROM checks JOIN runs USING (run) WHERE target = ? GROUP BY task
         ) AS last ON last.task = checks.task AND last.seq = runs.seq
         WHERE passed = 0 ORDER BY checks.id DESC LIMIT ?`,
      target,
      limit,
    );
    return rows.map(checkRecord);
  }

  /** Events of a run after a position: ask again with the last `seq` to follow it. */
  async events(
    run: string,
    after = 0,
    limit = 1000,
  ): Promise<readonly { readonly seq: number; readonly event: RunEvent }[]> {
    const rows = await this.#database.all(
      'SELECT seq, event FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?',
      run,
      after,
      limit,
    );
    return rows.map((row) => ({ seq: Number(row['seq']), event: JSON.parse(String(row['event'])) as RunEvent }));
  }

  /** The last events of a run, in their order. */
  async lastEvents(run: string, limit: number): Promise<readonly { readonly seq: number; readonly event: RunEvent }[]> {
    const rows = await this.#database.all(
      'SELECT seq, event FROM events WHERE run = ? ORDER BY seq DESC LIMIT ?',
      run,
      limit,
    );
    return rows
      .map((row) => ({ seq: Number(row['seq']), event: JSON.parse(String(row['event'])) as RunEvent }))
      .reverse();
  }

  /** Events of any run after a position. */
  async told(after: number, limit = 1000): Promise<readonly { readonly seq: number; readonly event: RunEvent }[]> {
    const rows = await this.#database.all(
      'SELECT seq, event FROM events WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      limit,
    );
    return rows.map((row) => ({ seq: Number(row['seq']), event: JSON.parse(String(row['event'])) as RunEvent }));
  }

  /** The position of the last event; 0 where there is none. */
  async position(): Promise<number> {
    const [row] = await this.#database.all('SELECT max(seq) AS last FROM events');
    return Number(row?.['last'] ?? 0);
  }

  /** Why not all that was noted could be written, or null. */
  async close(): Promise<unknown> {
    const lost = await this.recorder.end();
    await this.#database.close();
    return lost;
  }
}

/**
 * The state to write a run to. A damaged file costs its history, never a run: it is set aside, and a new one begins.
 * @throws PipecError `state-unusable`
 */
export async function openState(
  place: StatePlace,
): Promise<{ readonly state: State; readonly setAside: string | null }> {
  try {
    return { state: await State.open(place), setAside: null };
  } catch (failure) {
    if (!(failure instanceof PipecError) || failure.code !== 'state-damaged' || place.kind !== 'sqlite') throw failure;
    const setAside = `${place.path}.damaged`;
    for (const end of ['-wal', '-shm']) rmSync(`${place.path}${end}`, { force: true });
    renameSync(place.path, setAside);
    return { state: await State.open(place), setAside };
  }
}
