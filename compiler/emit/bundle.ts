/**
 * The jobs as programs: `node dist/jobs/<job>.mjs run` needs no build. A job's file has its plan and its SQL; the runtime is
 * beside them, for all jobs together, in pieces of which Node reads those that a run needs.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix, relative } from 'node:path';
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
const RUNTIME = 'runtime/';

/**
 * Writes `jobs/<job>.mjs` beside each `jobs/<job>.ts`, and `runtime/`. Gives the paths of what it wrote of the jobs.
 * Throws esbuild's error where a job does not build.
 */
export async function bundleJobs({ folder, jobs, runtime }: BundleInput): Promise<readonly string[]> {
  if (jobs.length === 0) return [];
  const { build } = await import('esbuild');
  const entries = new Map(jobs.map(({ name, functions }) => [`${name}.main.ts`, entry(name, functions)]));
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
    entryPoints: jobs.map(({ name }) => ({ in: `job:${name}.main.ts`, out: `jobs/${name}` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: `${RUNTIME}[name]-[hash]`,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    sourcemap: 'external',
    sourcesContent: false,
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
          builder.onResolve({ filter: /^job:/ }, ({ path }) => ({ path: path.slice('job:'.length), namespace: 'job' }));
          builder.onLoad({ filter: /.*/, namespace: 'job' }, ({ path }) => ({
            contents: entries.get(path) ?? '',
            resolveDir: folder,
          }));
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
  const written: string[] = [];
  for (const { path, text } of outputFiles) {
    const name = relative(folder, path).replaceAll('\\', '/');
    const isMap = name.endsWith('.map');
    const { inputs = {} } = metafile.outputs[isMap ? name.slice(0, -'.map'.length) : name] ?? {};
    // Errors of the project's own functions are told with places in its own files.
    const isMapped = Object.keys(inputs).some((input) => input.startsWith('functions/'));
    if (isMap && !isMapped) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, isMapped && !isMap ? `${text}//# sourceMappingURL=${posix.basename(name)}.map\n` : text);
    if (!name.startsWith(RUNTIME)) written.push(name);
  }
  return written;
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
