/** The example of flights, small, on any engine: what a run leaves there, in one text for all engines. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicRelations } from '../../compiler/plan/destination.ts';
import { planProgram } from '../../compiler/plan/plan.ts';
import type { Program } from '../../compiler/semantics/model.ts';
import { engineTexts, openReader } from '../../runtime/engines/registry.ts';
import { quarantineName } from '../../runtime/engines/versions.ts';
import type { Plan } from '../../runtime/plan.ts';
import { type RunOptions, runJob } from '../../runtime/run.ts';
import { resolveTexts } from '../../runtime/secrets.ts';
import { canonicalRow } from './canonical.ts';
import { workspaceOf } from './check.ts';
import { connect } from './duckdb.ts';

const example = join(import.meta.dirname, '../../examples/flights');
const data = join(import.meta.dirname, '../../node_modules/vega-datasets/data');

/** The busiest airports: some thousand flights between them are enough for every table to have rows. */
const AIRPORTS = ['ATL', 'ORD', 'DFW', 'LAX', 'PHX', 'DEN', 'LAS', 'DTW', 'IAH', 'MSP'];

/** Puts a part of the files into `data` of a project; a few of its rows break their contract. */
export async function writeFlights(folder: string): Promise<void> {
  mkdirSync(join(folder, 'data'), { recursive: true });
  copyFileSync(join(data, 'airports.csv'), join(folder, 'data/airports.csv'));
  const connection = await connect();
  const flights = `read_parquet('${join(data, 'flights-3m.parquet')}', file_row_number = true)`;
  const chosen = AIRPORTS.map((code) => `'${code}'`).join(', ');
  await connection.run(`COPY (
    SELECT * EXCLUDE (file_row_number) FROM ${flights} WHERE file_row_number % 7 = 0 AND origin IN (${chosen}) AND destination IN (${chosen})
    UNION ALL SELECT * EXCLUDE (file_row_number) REPLACE (5000 AS delay) FROM ${flights} WHERE file_row_number < 3
    UNION ALL SELECT * EXCLUDE (file_row_number) FROM ${flights} WHERE file_row_number = 0
    UNION ALL SELECT * EXCLUDE (file_row_number) FROM ${flights} WHERE file_row_number = 0
    ORDER BY ALL
  ) TO '${join(folder, 'data/flights-3m.parquet')}' (FORMAT parquet)`);
  connection.closeSync();
}

/** The program with one target, of this engine: `postgres(embedded: true)`. `change` is made to its text. */
export function flightsProgram(engine: string, change: (text: string) => string = (text) => text): Program {
  const names = readdirSync(join(example, 'pipelines')).map((name) => `pipelines/${name}`);
  const files = ['project.pipe', ...names].map((path) => ({
    path,
    text: change(
      readFileSync(join(example, path), 'utf8')
        .replace(/^target local .*$/m, `target local { engine: ${engine} }`)
        .replace('../../node_modules/vega-datasets/data', 'data')
        .replace('rows between 1_000_000 and', 'rows between 1_000 and')
        .replace('flights >= 1000', 'flights >= 100'),
    ),
  }));
  return programOf(files);
}

/** A program without a mistake. */
export function programOf(files: Parameters<typeof workspaceOf>[0]): Program {
  const workspace = workspaceOf(files);
  const wrong = workspace.check().filter(({ severity }) => severity === 'error');
  const program = workspace.program();
  if (wrong.length > 0 || program === null)
    throw new Error(wrong.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return program;
}

export interface Outcome {
  readonly status: string;
  /** Of each task: its rows, or the code of what went wrong. */
  readonly tasks: Readonly<Record<string, unknown>>;
  readonly checks: readonly string[];
  /** By dataset, canonical and sorted; of a source's quarantine as well. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

/** Runs the program and reads all that it leaves. */
export async function runFlights(folder: string, program: Program, more: Partial<RunOptions> = {}): Promise<Outcome> {
  const plan = planProgram(program, 'local', '0.0.0');
  const [job] = plan.jobs;
  if (job === undefined) throw new Error('there is no job');
  const tasks: Record<string, unknown> = {};
  const checks: string[] = [];
  const { status } = await runJob({
    folder,
    project: plan.project,
    target: plan.target,
    job: { ...job, retries: 0 },
    ...more,
    listeners: [
      (event) => {
        if (event.event === 'task.finished') {
          const { load } = event;
          tasks[event.task] = [event.rows, load === null ? null : { ...load, unread: [] }];
        } else if (event.event === 'task.failed') tasks[event.task] = event.error.code;
        else if (event.event === 'task.skipped') tasks[event.task] = event.reason;
        else if (event.event === 'check.passed' || event.event === 'check.failed')
          checks.push(`${event.event} ${event.task}: ${event.check}: ${event.failing} of ${event.rows}`);
      },
    ],
  });
  return { status, tasks, checks: checks.sort(), rows: await readAll(folder, program, plan, more.env) };
}

/** Rows of every dataset that has some to read. */
async function readAll(folder: string, program: Program, plan: Plan, env: RunOptions['env']): Promise<Outcome['rows']> {
  const { engine, secrets } = plan.target;
  const texts = await resolveTexts(engineTexts(engine), secrets, folder, env);
  const reader = await openReader({ folder, plan: engine, texts });
  const rows: Record<string, readonly string[]> = {};
  const relations = publicRelations(program);
  const read = async (sql: string): Promise<(readonly unknown[])[]> => {
    const all: (readonly unknown[])[] = [];
    for await (const batch of (await reader.query(sql, null)).batches) all.push(...batch);
    return all;
  };
  try {
    for (const dataset of program.datasets) {
      const relation = relations.get(dataset.name);
      if (relation === undefined) continue;
      const { columns } = dataset.row;
      const found = await read(`SELECT * FROM "${relation.schema}"."${relation.name}"`).catch(() => null);
      if (found !== null) rows[dataset.name] = found.map((row) => canonicalRow(row, columns)).sort();
      if (dataset.source === null || found === null) continue;
      const aside = await read(`SELECT reason, "row", line, content FROM "_pipec"."${quarantineName(relation)}"`);
      rows[`${dataset.name} --failed`] = aside.map((row) => JSON.stringify(row)).sort();
    }
  } finally {
    await reader.close();
  }
  return rows;
}
