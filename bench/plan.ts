/** `pipec plan` over a large project whose target holds all of it: nothing changes, one table does, and a type that much stands on. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { targetContents } from '../runtime/status.ts';
import { generateProject } from './generate.ts';
import { median, repeat, runProcess } from './measure.ts';

const pipec = join(import.meta.dirname, '..', 'bin', 'pipec.mjs');
const DATASETS = 1_000;
const TIMES = 7;

export async function benchPlan(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  const cache = mkdtempSync(join(tmpdir(), 'pipec-bench-cache-'));
  const run = (...words: string[]) =>
    runProcess(process.execPath, [pipec, ...words], folder, { XDG_CACHE_HOME: cache });
  try {
    generateProject(folder, { datasets: DATASETS, perFile: 10 });
    await writeSources(folder);
    const first = await run('run');
    if (first.code !== 0) throw new Error(`pipec run ended with ${first.code}:\n${first.output.slice(-2000)}`);
    const asked = await catalogueMs(folder);
    const rows: string[] = [];
    const measure = async (what: string): Promise<void> => {
      const { ms, cpuMs, peakMb } = await repeat(TIMES, () => run('plan', '--json'));
      const { output } = await run('plan', '--json');
      const { changes } = JSON.parse(output) as { readonly changes: readonly unknown[] };
      rows.push(
        `| ${what} | ${changes.length} | ${ms.toFixed(0)} ms | ${(ms - asked).toFixed(0)} ms | ${cpuMs.toFixed(0)} ms | ${peakMb.toFixed(0)} MB |`,
      );
    };
    const edit = (path: string, from: string, to: string): void => {
      const text = readFileSync(join(folder, path), 'utf8');
      if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
      writeFileSync(join(folder, path), text.replace(from, to));
    };
    await measure('nothing');
    edit('facts/facts_0.pipe', '> 1000', '> 2000');
    await measure('the query of a fact');
    edit('staging/staging_0.pipe', 's.amount * 2', 's.amount * 3');
    await measure('that of a staging table as well, and what reads it');
    return `## Planning\n
\`pipec plan --json\` over a generated project of ${DATASETS.toLocaleString('en-US')} datasets (\`bench/generate.ts\`) whose target, a DuckDB file, holds all of it. Whole process, median of ${TIMES}. Asking the target for its commit state and its columns takes ${asked.toFixed(0)} ms of it; the aim is 1 s besides that.

| what has changed | changes | time | besides the target's catalogue | processor time | peak memory |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
  } finally {
    for (const each of [folder, cache]) rmSync(each, { recursive: true, force: true });
  }
}

/** What the target itself takes to tell what it has, opened as the command does. */
async function catalogueMs(folder: string): Promise<number> {
  const place = {
    folder,
    target: {
      name: 'local',
      engine: { kind: 'duckdb', path: '.pipec/generated.duckdb' },
      state: { kind: 'sqlite', path: '.pipec/state.db' },
      secrets: { kind: 'env' },
    },
  } as const;
  const times: number[] = [];
  for (let turn = 0; turn < TIMES; turn++) {
    const start = performance.now();
    await targetContents(place);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Three rows for each source, of the types of its contract. */
async function writeSources(folder: string): Promise<void> {
  mkdirSync(join(folder, 'data'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const file of readdirSync(join(folder, 'sources'))) {
    const text = readFileSync(join(folder, 'sources', file), 'utf8');
    for (const [, index = '', body = ''] of text.matchAll(/^type Row(\d+) \{\n(.*?)\n {2}expect/gms)) {
      const columns = [...body.matchAll(/^ {2}(\w+): +(\w+(?:\(\d+, \d+\))?)/gm)].map(
        ([, name = '', type = '']) => `${sampleOf(type)} AS "${name}"`,
      );
      await connection.run(
        `COPY (SELECT ${columns.join(', ')} FROM range(3) AS r(i)) TO '${join(folder, 'data', `src_${index}.parquet`).replaceAll("'", "''")}' (FORMAT parquet)`,
      );
    }
  }
  connection.closeSync();
  instance.closeSync();
}

function sampleOf(type: string): string {
  if (type.startsWith('decimal')) return `CAST(100 + i AS ${type})`;
  switch (type) {
    case 'int64':
      return 'CAST(i AS BIGINT)';
    case 'float64':
      return 'CAST(i AS DOUBLE)';
    case 'bool':
      return 'i = 1';
    case 'date':
      return "DATE '2024-01-01'";
    case 'timestamp':
      return "TIMESTAMPTZ '2024-01-01 00:00:00+00'";
    case 'uuid':
      return "CAST('123e4567-e89b-12d3-a456-426614174000' AS UUID)";
    default:
      return "'text ' || i";
  }
}
