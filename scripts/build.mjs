/**
 * Bundles the command line and the runtime into build/. What is native, or heavy and rarely needed, stays outside and is
 * loaded where it is used; chevrotain is bundled, which takes its load time from 340 ms to 10 ms.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './ground.mjs';

if (process.env.PIPEC_SKIP_PREPARE && process.env.npm_lifecycle_event === 'prepare') process.exit(0);

const quiet = process.argv.includes('--quiet');
const out = join(root, 'build');
const entryPoints = { 'cli/main': 'compiler/cli/main.ts', runtime: 'runtime/index.ts' };
for (const [name, file] of Object.entries(entryPoints)) {
  if (existsSync(join(root, file))) continue;
  console.warn(`build: ${file} does not exist yet, so build/${name}.mjs is not made`);
  delete entryPoints[name];
}
if (Object.keys(entryPoints).length === 0) process.exit(0);

// A chunk's name carries its hash, so old ones would pile up; a command that runs meanwhile keeps what it has loaded.
rmSync(join(out, 'chunks'), { recursive: true, force: true });

const result = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: out,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  external: ['@duckdb/node-api', 'pg-native', 'esbuild', 'ts-morph', 'elkjs', 'echarts'],
  // Bundled CommonJS packages call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  define: { __PIPEC_BUILD__: JSON.stringify(fingerprint()) },
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
}).catch(() => process.exit(1));

// The script and the style of the report's page, which every page carries in itself.
const client = join(root, 'compiler', 'emit', 'report', 'client');
const clientOptions = JSON.parse(readFileSync(join(client, 'build.json'), 'utf8'));
for (const entry of ['main.ts', 'page.css'])
  await build({ ...clientOptions, absWorkingDir: client, entryPoints: { page: entry }, outdir: out }).catch(() =>
    process.exit(1),
  );

/** Of all that the bundle is made of. What a compiler found out and kept on disk is for itself alone. */
function fingerprint() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'compiler'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => join('compiler', file));
  for (const file of [...sources, 'package.json', 'package-lock.json', join('scripts', 'build.mjs')])
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 32);
}

// The types of `pipec/runtime`, for jobs that are checked where pipec is installed.
if (entryPoints.runtime) {
  const types = spawnSync('tsc', ['-p', 'scripts/tsconfig.types.json'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (types.status !== 0) process.exit(1);
}

if (!quiet) {
  for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
    if (file.endsWith('.mjs')) console.log(`${file}  ${(bytes / 1024).toFixed(0)} kB`);
  }
}
