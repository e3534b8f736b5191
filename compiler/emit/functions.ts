/** The project's own functions as JavaScript: one module a file, with all that it imports, and its source map inside. */
import type { FunctionRef, JobPlan } from '../../runtime/plan.ts';
import { fileName } from './names.ts';

/** Packages in CommonJS call `require` for Node's own modules. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Path of a function's module in the build. */
export const functionFile = ({ file }: Pick<FunctionRef, 'file'>): string =>
  `functions/${file
    .replace(/\.[cm]?ts$/, '')
    .split('/')
    .map(fileName)
    .join('/')}.mjs`;

/** The functions that a job runs, each once. */
export function functionsIn(job: JobPlan): readonly FunctionRef[] {
  const refs = job.tasks.flatMap(({ step }) => (step.kind === 'function' ? [step.function] : []));
  return [...new Map(refs.map((ref) => [`${ref.file}#${ref.name}`, ref])).values()];
}

export interface FunctionInput {
  /** Absolute path of the project's folder. */
  readonly root: string;
  /** Relative to it. */
  readonly file: string;
  /** Absolute path of the module to write. */
  readonly out: string;
  /** Packages are put in as well, so that the module stands alone; else they are found in `node_modules` above it. */
  readonly alone: boolean;
}

/** @throws esbuild's error where the file does not build */
export async function bundleFunction({ root, file, out, alone }: FunctionInput): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [`./${file}`],
    outfile: out,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    packages: alone ? 'bundle' : 'external',
    ...(alone ? { banner: { js: REQUIRE } } : {}),
    sourcemap: 'inline',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
  });
}
