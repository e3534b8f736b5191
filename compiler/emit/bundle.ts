/** One bundle a job: the job, its SQL and the runtime in one file, so that `node dist/jobs/<job>.mjs run` needs no build. */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface BundleInput {
  /** Folder that holds the generated `jobs/` and `sql/`. */
  readonly folder: string;
  /** Names of the files in `jobs/`, without their ending. */
  readonly jobs: readonly string[];
  /** File that `pipec/runtime` stands for. */
  readonly runtime: string;
}

/** Native modules stay outside: they are found in the `node_modules` above the bundle. */
const EXTERNAL = ['@duckdb/node-api', 'pg-native'];

/** Writes `jobs/<job>.mjs` beside each `jobs/<job>.ts`. Throws esbuild's error where a job does not build. */
export async function bundleJobs({ folder, jobs, runtime }: BundleInput): Promise<void> {
  const { build } = await import('esbuild');
  const entry = (job: string): string =>
    `import job from './jobs/${job}.ts';\nimport { target } from './target.ts';\nimport { main } from 'pipec/runtime';\nawait main(job, target);\n`;
  for (const job of jobs) {
    await build({
      absWorkingDir: folder,
      stdin: { contents: entry(job), resolveDir: folder, sourcefile: `jobs/${job}.main.ts`, loader: 'ts' },
      outfile: `jobs/${job}.mjs`,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node22.13',
      external: EXTERNAL,
      loader: { '.sql': 'text' },
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [
        {
          name: 'pipec-runtime',
          setup(builder) {
            // A name of its own keeps the paths of this machine out of the bundle.
            builder.onResolve({ filter: /^pipec\/runtime$/ }, () => ({ path: 'runtime', namespace: 'pipec' }));
            builder.onLoad({ filter: /.*/, namespace: 'pipec' }, async () => ({
              contents: await readFile(runtime, 'utf8'),
              resolveDir: dirname(runtime),
            }));
          },
        },
      ],
    });
  }
}
