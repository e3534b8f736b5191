/**
 * A source that is asked for what has come, and what is there. Rows come, change and go at the source within the look back, runs
 * come between; after each, what was landed is what reading the source whole would land, and so is what follows it.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { holderText } from '../../runtime/engine.ts';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { RunEvent } from '../../runtime/events.ts';
import type { JobPlan, TargetPlan } from '../../runtime/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { programOf } from './flights.ts';

const HOUR = 3_600_000;
/** Of the program. */
const LOOKBACK = 24;
const FIRST = Date.parse('2024-03-01T00:00:00Z');

export interface Item {
  readonly id: number;
  /** Hours since the first. */
  readonly at: number;
  /** Below 0 it breaks the contract. */
  readonly v: number | null;
}

/** @param from of the sources: `duckdb(path: 'old.duckdb', table: 'items')` */
export const pullingProgram = (engine: string, from: string): string => `
project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core } }
type Item { id: int64 @key, at: timestamp, v: int64?, expect v >= 0 }
type Loose { id: int64, at: timestamp, v: int64?, expect v >= 0 }
source items : Item from ${from} in dwh.core { cursor: at, lookback: 24h, invalid: quarantine }
source loose : Loose from ${from} in dwh.core { cursor: at, lookback: 24h, invalid: quarantine }
source log : Item from ${from} in dwh.core { cursor: at, lookback: 24h, invalid: quarantine }
source loose_log : Loose from ${from} in dwh.core { cursor: at, lookback: 24h, invalid: quarantine }
table kept in dwh.core { refresh: append } = from log |> where v is null or v < 90
table loosely in dwh.core { refresh: append } = from loose_log |> select id, at, v
table latest in dwh.core { key: id, refresh: upsert(order: at) } = from log |> select id, at, v
table counted in dwh.core = from items |> aggregate count() as n, sum(v) as v
`;

export function pullingPlan(engine: string, from: string): { readonly target: TargetPlan; readonly job: JobPlan } {
  const program = programOf([{ path: 'project.pipe', text: pullingProgram(engine, from) }]);
  return { target: planProgram(program, 'local', '0.0.0').target, job: planSelection(program, 'local', null) };
}

/** ISO 8601 in UTC. */
export const moment = (at: number): string => new Date(FIRST + at * HOUR).toISOString();

export type Change =
  | { readonly kind: 'come'; readonly late: number; readonly v: number | null; readonly twice: boolean }
  | { readonly kind: 'change' | 'go'; readonly which: number; readonly v: number | null }
  | { readonly kind: 'later'; readonly hours: number }
  | { readonly kind: 'run'; readonly full: boolean };

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 99 }) },
  { weight: 1, arbitrary: fc.constant(-1) },
  { weight: 1, arbitrary: fc.constant(null) },
);
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('come' as const),
        late: fc.integer({ min: 0, max: LOOKBACK - 1 }),
        v: value,
        twice: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('change' as const, 'go' as const), which: fc.nat(), v: value }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('later' as const), hours: fc.integer({ min: 0, max: 40 }) }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), full: fc.nat(9).map((n) => n === 0) }) },
  ),
  { minLength: 4, maxLength: 30 },
);

export interface PullingCase {
  readonly folder: string;
  readonly plan: ReturnType<typeof pullingPlan>;
  readonly env?: Readonly<Record<string, string>>;
  /** Writes the source anew. */
  readonly write: (items: readonly Item[]) => unknown;
  /** Rows as arrays, in the target. */
  readonly ask: (sql: string) => Promise<readonly (readonly unknown[])[]>;
}

/** What is wrong after a sequence of changes, in words. */
export async function pulled(about: PullingCase, sequence: readonly Change[]): Promise<readonly string[]> {
  const { folder, plan, env, write, ask } = about;
  mkdirSync(dirname(join(folder, '.pipec/x')), { recursive: true });
  let items: Item[] = [];
  let [now, next] = [0, 1];
  const wrong: string[] = [];
  const run = async (full: boolean): Promise<void> => {
    await write(items);
    const events: RunEvent[] = [];
    const { status, errors } = await runJob({
      folder,
      project: 'shop',
      ...plan,
      full,
      ...(env === undefined ? {} : { env }),
      listeners: [(event) => void events.push(event)],
    });
    if (status !== 'succeeded') {
      wrong.push(`a run ${status}: ${errors.map(({ error }) => `${error.message} ${error.engine}`).join('; ')}`);
      return;
    }
    for (const event of events) if (event.event === 'run.warned') wrong.push(`told: ${event.message}`);
    const good = items.filter(({ v }) => v === null || v >= 0);
    const bad = items.length - good.length;
    const sum = (of: readonly Item[]) => String(of.reduce((total, { v }) => total + (v ?? 0), 0));
    const about = (of: readonly Item[]) => [
      String(of.length),
      sum(of),
      String(of.reduce((total, { id }) => total + id, 0)),
    ];
    const expected: readonly (readonly [string, readonly string[]])[] = [
      ...['items', 'loose', 'log', 'loose_log', 'latest', 'loosely'].map((name) => [name, about(good)] as const),
      ['kept', about(good.filter(({ v }) => v === null || v < 90))],
    ];
    for (const [name, rows] of expected) {
      const [found = []] = await ask(`SELECT count(*), coalesce(sum(v), 0), coalesce(sum(id), 0) FROM core.${name}`);
      if (found.map(Number).join() !== rows.join())
        wrong.push(`${name} has ${found.map(String).join()} (rows, v, id), not ${rows.join()}`);
    }
    const [[n] = []] = await ask('SELECT n FROM core.counted');
    if (Number(n) !== good.length) wrong.push(`counted has ${n}, not ${good.length}`);
    for (const name of ['items', 'loose', 'log', 'loose_log']) {
      const [[held] = []] = await ask(`SELECT count(*) FROM _pipec.quarantine__core__${name}`);
      if (Number(held) !== bad) wrong.push(`the quarantine of ${name} has ${held} rows, not ${bad}`);
    }
  };
  for (const change of sequence) {
    switch (change.kind) {
      case 'come': {
        const at = Math.max(now - change.late, 0);
        items.push({ id: next, at, v: change.v });
        if (change.twice) items.push({ id: next + 1, at, v: change.v });
        next += 2;
        break;
      }
      case 'change':
      case 'go': {
        // A row that is changed says so by its cursor; what nothing tells must lie within the look back.
        const recent = items.filter(({ at }) => at > now - LOOKBACK);
        const one = recent[change.which % Math.max(recent.length, 1)];
        if (one === undefined) break;
        items = items.filter((item) => item !== one);
        if (change.kind === 'change') items.push({ ...one, at: now, v: change.v });
        break;
      }
      case 'later':
        now += change.hours;
        break;
      case 'run':
        await run(change.full);
    }
    if (wrong.length > 0) return wrong;
  }
  await run(false);
  return wrong;
}

/** The source as a DuckDB file. */
export async function writeDuckDb(path: string, items: readonly Item[]): Promise<void> {
  const database = await openDatabase({ path, readOnly: false, nameHolder: holderText, ...NO_WAIT });
  const connection = await database.connect();
  await connection.run('CREATE OR REPLACE TABLE items (id INTEGER, "at" TIMESTAMPTZ, v BIGINT)');
  if (items.length > 0)
    await connection.run(
      `INSERT INTO items VALUES ${items.map(({ id, at, v }) => `(${id}, '${moment(at)}', ${v})`).join(', ')}`,
    );
  connection.close();
  await database.close();
}

/** The source as an SQLite file. */
export function writeSqlite(path: string, items: readonly Item[]): void {
  const database = new DatabaseSync(path);
  database.exec('DROP TABLE IF EXISTS items; CREATE TABLE items (id INTEGER, at TEXT, v)');
  const insert = database.prepare('INSERT INTO items VALUES (?, ?, ?)');
  for (const { id, at, v } of items) insert.run(id, moment(at), v);
  database.close();
}
