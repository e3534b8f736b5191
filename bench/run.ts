/** What a run costs over the engine alone: the statements of a run are recorded, then replayed straight through DuckDB's Node API. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, repeat, runProcess } from './measure.ts';

const root = join(import.meta.dirname, '..');
const pipec = join(root, 'bin', 'pipec.mjs');
const TASKS = 1_000;

interface Paired {
  readonly pipecMs: number;
  readonly bareMs: number;
  readonly peakMb: number;
  readonly statements: number;
}

export async function benchRun(): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  try {
    const flights = join(work, 'flights');
    cpSync(join(root, 'examples', 'flights'), flights, {
      recursive: true,
      filter: (path) => !/[/\\](dist|\.pipec)$/.test(path),
    });
    const example = await paired(flights, 'flights', 7);
    const many = join(work, 'many');
    oneRowTables(many);
    const overhead = await paired(many, 'many', 5);
    const perTask = (overhead.pipecMs - overhead.bareMs) / TASKS;
    return `## Running\n
Whole processes, medians in turns, from \`node\` to its end: \`pipec run\` reads, checks and compiles the program before it runs it. "The engine alone" is a process that sends the very statements of the run, publication and quarantine included, to DuckDB's Node API, one after the other, which is how one would write it by hand; a run has four tasks in work at a time.

| what | pipec run | the engine alone | ratio | aim | peak memory |
|---|---|---|---|---|---|
| examples/flights (3 million rows, ${example.statements} statements) | ${example.pipecMs.toFixed(0)} ms | ${example.bareMs.toFixed(0)} ms | ${(example.pipecMs / example.bareMs).toFixed(2)} | 1.10 | ${example.peakMb.toFixed(0)} MB |
| ${TASKS.toLocaleString('en-US')} one-row tables (${overhead.statements} statements) | ${overhead.pipecMs.toFixed(0)} ms | ${overhead.bareMs.toFixed(0)} ms | ${perTask.toFixed(2)} ms a task more | 2 ms a task | ${overhead.peakMb.toFixed(0)} MB |
`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs the project and the recorded statements in turns, each into an empty database. */
async function paired(folder: string, name: string, times: number): Promise<Paired> {
  const state = join(folder, '.pipec');
  const recorded = join(folder, '..', `${name}.sql.jsonl`);
  const env = { VEGA_DATASETS: join(root, 'node_modules', 'vega-datasets', 'data'), NO_COLOR: '1' };
  const fresh = (): void => {
    rmSync(state, { recursive: true, force: true });
    mkdirSync(state, { recursive: true });
  };
  const run = (...preload: string[]) => {
    fresh();
    return runProcess(process.execPath, [...preload, pipec, 'run'], folder, { ...env, PIPEC_BENCH_SQL: recorded });
  };
  const first = await run('--import', join(import.meta.dirname, 'record-sql.ts'));
  if (first.code !== 0) throw new Error(`pipec run ended with ${first.code}:\n${first.output}`);
  const statements = readFileSync(recorded, 'utf8').split('\n').length - 1;
  // The folders of a lake are made by the runtime, not by a statement.
  const folders = [...readFileSync(recorded, 'utf8').matchAll(/\bTO '([^']+)\/[^'/]+\.parquet'/g)].map(
    (found) => found[1] ?? '',
  );
  const replay = () => {
    fresh();
    for (const each of folders) mkdirSync(each, { recursive: true });
    return runProcess(
      process.execPath,
      [join(import.meta.dirname, 'replay-sql.ts'), join(state, `${name}.duckdb`), recorded],
      folder,
      env,
    );
  };
  const ours: number[] = [];
  const bare: number[] = [];
  let peakMb = 0;
  for (let turn = 0; turn < times; turn++) {
    const one = await repeat(1, () => run());
    ours.push(one.ms);
    peakMb = Math.max(peakMb, one.peakMb);
    bare.push((await repeat(1, replay)).ms);
  }
  return { pipecMs: median(ours), bareMs: median(bare), peakMb, statements };
}

function oneRowTables(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const tables = Array.from(
    { length: TASKS },
    (_, index) => `table t_${index} in dwh.core = from values [{ id: ${index} }] |> select id, id + 1 as next\n`,
  );
  writeFileSync(
    join(folder, 'project.pipe'),
    `project many { owner: 'bench@example.com', target: local }\n\ntarget local { engine: duckdb(path: '.pipec/many.duckdb') }\n\nstore dwh : warehouse { owner: 'bench@example.com', retention: 1y, layers: { core: core } }\n\njob all { builds: [dwh.core.*] }\n\n${tables.join('\n')}`,
  );
}
