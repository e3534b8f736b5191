/**
 * Bundles the command line and the runtime into build/. What is native, or heavy and rarely needed, stays outside and is
 * loaded where it is used; chevrotain is bundled, which takes its load time from 340 ms to 10 ms, and so is what DuckDB's
 * package has in JavaScript: 130 small files, which are 20 ms of each run's start.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { defines } from './defines.mjs';
import { root } from './ground.mjs';

if (process.env.PIPEC_SKIP_PREPARE && process.env.npm_lifecycle_event === 'prepare') process.exit(0);

const quiet = process.argv.includes('--quiet');
const out = join(root, 'build');
// A chunk's name carries its hash, so old ones would pile up; a command that runs meanwhile keeps what it has loaded.
rmSync(join(out, 'chunks'), { recursive: true, force: true });

const options = {
  absWorkingDir: root,
  outdir: out,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  external: ['@duckdb/node-bindings', 'pg-native', 'esbuild', 'ts-morph', 'elkjs', 'echarts'],
  // Bundled CommonJS packages call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  define: defines(),
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
};
// The command is made small, as a tenth of a short one's time is reading it; a source map says where it was
// (PIPEC_DEBUG=1). The runtime becomes part of jobs that people read at night, so it keeps its names.
const bundle = (more) => build({ ...options, ...more }).catch(() => process.exit(1));
const results = [
  await bundle({ entryPoints: { 'cli/main': 'compiler/cli/main.ts' }, minify: true, sourcemap: 'linked' }),
  await bundle({ entryPoints: { runtime: 'runtime/index.ts' } }),
];

// The scripts and the styles of the pages: that of a report, which it carries in itself, and that of what runs.
const emit = join(root, 'compiler', 'emit');
const browser = JSON.parse(readFileSync(join(emit, 'browser.json'), 'utf8'));
for (const page of ['report', 'ui'])
  for (const entry of ['main.ts', 'page.css'])
    await build({
      ...browser,
      absWorkingDir: join(emit, page, 'client'),
      entryPoints: { [page]: entry },
      outdir: out,
    }).catch(() => process.exit(1));

// The types of `pipec/runtime`, for jobs that are checked where pipec is installed.
const types = spawnSync('tsc', ['-p', 'scripts/tsconfig.types.json'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (types.status !== 0) process.exit(1);

if (!quiet) {
  for (const [file, { bytes }] of results.flatMap(({ metafile }) => Object.entries(metafile.outputs))) {
    if (file.endsWith('.mjs')) console.log(`${file}  ${(bytes / 1024).toFixed(0)} kB`);
  }
}
