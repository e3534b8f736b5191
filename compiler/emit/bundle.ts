/** One bundle a job: the job, its SQL and the runtime in one file, so that `node dist/jobs/<job>.mjs run` needs no build. */

import { readFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { FunctionRef } from '../../runtime/plan.ts';
import { functionFile } from './functions.ts';

export interface BundleInput {
  /** Folder that holds the generated `jobs/` and `sql/`. */
  readonly folder: string;
  readonly jobs: readonly {
    /** Of its file in `jobs/`, without the ending. */
    readonly name: string;
    /** The project's own functions that it runs: they are in `functions/` already. */
    readonly functions: readonly FunctionRef[];
  }[];
  /** File that `pipec/runtime` stands for. */
  readonly runtime: string;
}

/**
 * Native modules stay outside: they are found in the `node_modules` above the bundle. The engine's is asked for when a run
 * needs it: a bundle that imports it as a module would not even start where it is not installed, nor say what to install.
 */
const EXTERNAL = ['pg-native'];
const DUCKDB = /^@duckdb\/node-bindings$/;
const REQUIRE = '__requireInstalled';

/** Writes `jobs/<job>.mjs` beside each `jobs/<job>.ts`. Throws esbuild's error where a job does not build. */
export async function bundleJobs({ folder, jobs, runtime }: BundleInput): Promise<void> {
  const { build } = await import('esbuild');
  for (const { name, functions } of jobs) {
    await build({
      absWorkingDir: folder,
      stdin: { contents: entry(name, functions), resolveDir: folder, sourcefile: `jobs/${name}.main.ts`, loader: 'ts' },
      outfile: `jobs/${name}.mjs`,
      bundle: true,
      format: 'esm',
      // Errors of the project's own functions are told with places in its own files.
      ...(functions.length === 0 ? {} : { sourcemap: 'linked', sourcesContent: false }),
      platform: 'node',
      target: 'node22.13',
      external: EXTERNAL,
      banner: {
        js: `import { createRequire as __requireFrom } from 'node:module';\nconst ${REQUIRE} = __requireFrom(import.meta.url);`,
      },
      loader: { '.sql': 'text' },
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [
        {
          name: 'pipec-runtime',
          setup(builder) {
            builder.onResolve({ filter: DUCKDB }, ({ path }) => ({ path, namespace: 'installed' }));
            builder.onLoad({ filter: /.*/, namespace: 'installed' }, ({ path }) => ({
              contents: `module.exports = ${REQUIRE}(${JSON.stringify(path)});`,
            }));
            // Names of their own keep the paths of this machine out of the bundle: those of the runtime's files count from it.
            builder.onResolve({ filter: /^pipec\/runtime$/ }, () => ({ path: basename(runtime), namespace: 'pipec' }));
            builder.onResolve({ filter: /^\.\.?\//, namespace: 'pipec' }, ({ path, importer }) => ({
              path: posix.join(posix.dirname(importer), path),
              namespace: 'pipec',
            }));
            builder.onLoad({ filter: /.*/, namespace: 'pipec' }, async ({ path }) => {
              const file = join(dirname(runtime), path);
              return { contents: await readFile(file, 'utf8'), resolveDir: dirname(file) };
            });
          },
        },
      ],
    });
  }
}

function entry(job: string, functions: readonly FunctionRef[]): string {
  const lines = [
    `import job from './jobs/${job}.ts';`,
    `import { target } from './target.ts';`,
    `import { main } from 'pipec/runtime';`,
    ...functions.map((ref, i) => `import { ${ref.name} as function${i} } from './${functionFile(ref)}';`),
  ];
  const entries = functions.map((ref, i) => `${JSON.stringify(`${ref.file}#${ref.name}`)}: function${i}`);
  lines.push(entries.length === 0 ? 'await main(job, target);' : `await main(job, target, { ${entries.join(', ')} });`);
  return `${lines.join('\n')}\n`;
}
