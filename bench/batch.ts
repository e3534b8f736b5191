/**
 * A table in intervals: the first load of a year beside a full build of the same rows, each day after it beside the bare
 * statement, and what publication with its commit state costs a task. `BATCH_ROWS` is how many rows the year has.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { planProgram, planSelection } from '../compiler/plan/plan.ts';
import type { Program } from '../compiler/semantics/model.ts';
import { Workspace } from '../compiler/workspace/workspace.ts';
import { runJob } from '../runtime/run.ts';
import { postgresPrograms, startPostgres } from '../test/support/postgres-server.ts';
import { median } from './measure.ts';

const DAY = 86_400_000;
const YEAR = Date.parse('2025-01-01');
const END = YEAR + 365 * DAY;
const TURNS = 5;
const DAYS = 9;

const program = (engine: string): string => `
project bench { owner: 'bench@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'bench@shop.example', retention: 7y, layers: { core: core } }
type Event { id: int64, day: date, at: timestamp, country: string, amount: decimal(12, 2), items: int64 }
source events : Event from file('events.parquet') in dwh.core
table whole in dwh.core = from events |> select *, amount * items as total
table growing in dwh.core { refresh: batch(by: day, start: date '2025-01-01') } =
  from events |> select *, amount * items as total
table tiny in dwh.core = from values [{ id: 1 }]
`;

export async function benchBatch(): Promise<string> {
  const rows = Number(process.env['BATCH_ROWS'] ?? 3_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  const programs = postgresPrograms();
  if (programs === null) throw new Error('there is no PostgreSQL on this machine');
  const server = await startPostgres(programs);
  try {
    await writeEvents(join(folder, 'events.parquet'), rows);
    const duckdb = new Bench(folder, programOf("duckdb(path: '.pipec/bench.duckdb')"), {});
    const first = await duckdb.firstLoad();
    const daily = await duckdb.increments();
    const published = await duckdb.publication((sql) => duckdb.bare([sql]));
    const postgres = new Bench(folder, programOf("postgres(url: secret('BENCH_URL'))"), { BENCH_URL: server.url });
    const onServer = await postgres.publication((sql) => onConnection(server.url, sql));
    return `## Loading in intervals

${rows.toLocaleString('en')} rows of 365 days on DuckDB (\`bench/batch.ts\`); wall time of a task from its start to its publication, medians of ${TURNS} turns.

| what | pipec | beside it | figure | aim |
|---|---|---|---|---|
| first load of a year in intervals | ${first.growing.toFixed(0)} ms | full build: ${first.whole.toFixed(0)} ms | ${(first.growing / first.whole).toFixed(2)} | 1.20 |
| each of the ${DAYS} days after it | ${daily.ours.toFixed(0)} ms | bare delete and insert: ${daily.bare.toFixed(0)} ms | ${(daily.ours - daily.bare).toFixed(0)} ms more | 100 ms more |
| publication and commit state of a table of one row, DuckDB | ${published.ours.toFixed(1)} ms | bare \`CREATE TABLE\`: ${published.bare.toFixed(1)} ms | ${(published.ours - published.bare).toFixed(1)} ms more | 5 ms more |
| the same, PostgreSQL | ${onServer.ours.toFixed(1)} ms | bare: ${onServer.bare.toFixed(1)} ms | ${(onServer.ours - onServer.bare).toFixed(1)} ms more | 5 ms more |
`;
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Pair {
  readonly ours: number;
  readonly bare: number;
}

class Bench {
  readonly #folder: string;
  readonly #program: Program;
  readonly #env: Readonly<Record<string, string>>;

  constructor(folder: string, program: Program, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#program = program;
    this.#env = env;
  }

  /** Milliseconds of the task. */
  async #run(dataset: string, now: number, full: boolean): Promise<number> {
    const { target, project } = planProgram({ ...this.#program, jobs: [] }, 'local', 'bench');
    let ms = Number.NaN;
    const summary = await runJob({
      folder: this.#folder,
      project,
      target,
      job: planSelection(this.#program, 'local', [dataset]),
      full,
      now: new Date(now),
      env: this.#env,
      listeners: [
        (event) => {
          if (event.event === 'task.finished') ms = event.ms;
        },
      ],
    });
    const [failed] = summary.errors;
    if (failed !== undefined) throw new Error(`${dataset}: ${failed.error.message}`);
    return ms;
  }

  async firstLoad(): Promise<{ readonly whole: number; readonly growing: number }> {
    await this.#run('dwh.core.events', END, false);
    const times = { whole: [] as number[], growing: [] as number[] };
    for (let turn = 0; turn < TURNS; turn++)
      for (const one of turn % 2 === 0 ? (['whole', 'growing'] as const) : (['growing', 'whole'] as const))
        times[one].push(await this.#run(`dwh.core.${one}`, END, true));
    return { whole: median(times.whole), growing: median(times.growing) };
  }

  /** Each day by a run, and by the statements that one would send for it, in a table of their own. */
  async increments(): Promise<Pair> {
    const ours: number[] = [];
    const bare: number[] = [];
    await this.bare(['CREATE TABLE "core"."by_hand" AS SELECT * FROM "core"."growing"']);
    for (let day = 0; day < DAYS; day++) {
      const from = new Date(END + day * DAY).toISOString().slice(0, 10);
      ours.push(await this.#run('dwh.core.growing', END + (day + 1) * DAY, false));
      const within = `"day" >= DATE '${from}' AND "day" < DATE '${from}' + 1`;
      bare.push(
        await this.bare([
          'BEGIN TRANSACTION',
          `DELETE FROM "core"."by_hand" WHERE ${within}`,
          `INSERT INTO "core"."by_hand" SELECT *, "amount" * "items" FROM "core"."events" WHERE ${within}`,
          'COMMIT',
        ]),
      );
    }
    return { ours: median(ours), bare: median(bare) };
  }

  async publication(statement: (sql: string) => Promise<number>): Promise<Pair> {
    const ours: number[] = [];
    const bare: number[] = [];
    for (let turn = 0; turn < TURNS * 4; turn++) {
      ours.push(await this.#run('dwh.core.tiny', END, true));
      bare.push(await statement(`CREATE TABLE "core"."bare_${turn}" AS SELECT 1 AS "id"`));
    }
    return { ours: median(ours), bare: median(bare) };
  }

  /** Milliseconds of statements on a connection of their own, which is there before. */
  async bare(statements: readonly string[]): Promise<number> {
    const instance = await DuckDBInstance.create(join(this.#folder, '.pipec/bench.duckdb'));
    const connection = await instance.connect();
    const began = performance.now();
    for (const statement of statements) await connection.run(statement);
    const took = performance.now() - began;
    connection.closeSync();
    instance.closeSync();
    return took;
  }
}

async function onConnection(url: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const began = performance.now();
  await client.query(sql);
  const took = performance.now() - began;
  await client.end();
  return took;
}

function programOf(engine: string): Program {
  const workspace = new Workspace();
  workspace.setFile('bench.pipe', program(engine));
  const found = workspace.program();
  if (found === null)
    throw new Error(
      workspace
        .check()
        .map(({ message }) => message)
        .join('\n'),
    );
  return found;
}

/** Some days more than the year has, of as many rows each, in no order. */
async function writeEvents(path: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const all = Math.round((rows * (365 + DAYS)) / 365);
  await connection.run(`COPY (
    SELECT id, CAST(moment AS DATE) AS day, moment AT TIME ZONE 'UTC' AS "at",
      ['DE', 'FR', 'NL', 'PL'][1 + id % 4] AS country, CAST(id % 10000 AS DECIMAL(12, 2)) AS amount, id % 9 AS items
    FROM (SELECT id, TIMESTAMP '2025-01-01' + to_seconds(id * 7919 % (${365 + DAYS} * 86400)) AS moment FROM range(${all}) AS t (id))
  ) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
