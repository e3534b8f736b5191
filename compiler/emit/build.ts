/** `pipec build`: the plan as a folder that runs by itself. The same plan gives the same bytes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plan } from '../../runtime/plan.ts';
import { airflowFiles } from './airflow/airflow.ts';
import { bundleJobs } from './bundle.ts';
import { deployFiles } from './deploy/deploy.ts';
import { bundleFunction, functionFile, functionsIn } from './functions.ts';
import { fileName } from './names.ts';
import { replaceFolder } from './replace.ts';
import { renderReport } from './report/page.ts';
import { sqlFiles } from './sql-files.ts';
import { typescriptFiles } from './typescript.ts';

export interface BuildInput {
  readonly plan: Plan;
  /** Absolute path of the folder to write. */
  readonly out: string;
  /** Absolute path of the project's folder, where its functions are. */
  readonly root: string;
  /** Absolute path of the module that `pipec/runtime` stands for in the bundles. */
  readonly runtime: string;
}

export interface BuildResult {
  /** Paths in the build, sorted; without `runtime/`, and `SHA256SUMS`, which lists all of them. */
  readonly files: readonly string[];
}

/**
 * Writes `manifest.json`, `lineage.json`, `jobs/*.ts` with a bundle each, `runtime/`, `functions/*.mjs`,
 * `sql/<engine>/*.sql`, `docs/index.html`,
 * `deploy/` and `airflow/`, and puts the folder in the place of `out`.
 * @throws OutputError where the folder cannot be written or is somebody else's.
 */
export async function writeBuild({ plan, root, out, runtime }: BuildInput): Promise<BuildResult> {
  const files = new Map<string, string>([
    ['manifest.json', json(plan)],
    ['lineage.json', lineage(plan)],
    ['docs/index.html', await renderReport({ plan, run: null, previews: {}, charts: {} })],
    ...sqlFiles(plan),
    ...typescriptFiles(plan),
    ...deployFiles(plan),
    ...airflowFiles(plan),
  ]);
  const jobs = plan.jobs.map((job) => ({ name: fileName(job.name), functions: functionsIn(job) }));
  // One file may export several of them.
  const own = [...new Map(jobs.flatMap((job) => job.functions.map((ref) => [ref.file, ref]))).values()];
  const made: string[] = [];
  await replaceFolder(out, async (folder) => {
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    for (const ref of own)
      await bundleFunction({ root, file: ref.file, out: join(folder, functionFile(ref)), alone: true });
    made.push(...(await bundleJobs({ folder, jobs, runtime })));
  });
  return { files: [...files.keys(), ...new Set(own.map(functionFile)), ...made].sort() };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Column lineage in the form of `pipec lineage --json`: a column a line, for diffs and for `grep`. */
function lineage(plan: Plan): string {
  const columns = plan.datasets.flatMap((dataset) =>
    dataset.lineage.map(({ column, from }) => JSON.stringify({ dataset: dataset.name, column, from })),
  );
  return columns.length === 0 ? '[]\n' : `[\n${columns.join(',\n')}\n]\n`;
}
