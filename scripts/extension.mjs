/**
 * Builds the VS Code extension: `npm run extension` writes build/pipec.vsix. What the editor loads is small
 * bundles (the client; the protocol that it speaks, once it has started; the server that works where a project has no pipec
 * of its own) and a script and a style a view.
 * `--unpacked` leaves out the last step, for an editor that is pointed at extension/.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { markdownGrammar, textMateGrammar } from '../extension/grammar.ts';
import { fileIcon } from '../extension/icon.ts';
import { viewNames } from '../extension/views/registry.ts';
import { defines } from './defines.mjs';
import { root } from './ground.mjs';

const home = join(root, 'extension');
const dist = join(home, 'dist');

for (const folder of [dist, join(home, 'syntaxes'), join(home, 'images')]) mkdirSync(folder, { recursive: true });
rmSync(dist, { recursive: true, force: true });
const generated = {
  'syntaxes/pipe.tmLanguage.json': JSON.stringify(textMateGrammar()),
  'syntaxes/markdown.tmLanguage.json': JSON.stringify(markdownGrammar),
  'images/file.svg': fileIcon,
};
for (const [file, text] of Object.entries(generated)) writeFileSync(join(home, file), text);
copyFileSync(join(root, 'LICENSE'), join(home, 'LICENSE'));

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};
const client = {
  ...common,
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  platform: 'node',
  target: 'node22.13',
};
const protocol = 'vscode-languageclient/node';
await Promise.all([
  build({
    ...client,
    entryPoints: ['extension/client.ts'],
    external: ['vscode'],
    // What takes longest to read is read after the editor has gone on with its own start.
    supported: { 'dynamic-import': false },
    plugins: [
      {
        name: 'protocol-apart',
        setup: ({ onResolve }) =>
          onResolve({ filter: new RegExp(`^${protocol}$`) }, () => ({ path: './protocol.cjs', external: true })),
      },
    ],
  }),
  build({ ...client, entryPoints: { protocol }, external: ['vscode'] }),
  build({
    ...common,
    entryPoints: ['extension/standalone.ts'],
    outfile: join(dist, 'server.mjs'),
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    define: defines(),
    // Bundled CommonJS packages call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  }),
  ...viewNames.flatMap((name) =>
    ['page.ts', 'page.css'].map((file) =>
      build({
        ...common,
        entryPoints: { page: `extension/views/${name}/${file}` },
        outdir: join(dist, 'views', name),
        format: 'iife',
        target: ['chrome120'],
      }),
    ),
  ),
]);

// The graph is laid out in a worker, which is elkjs as it comes.
copyFileSync(
  join(root, 'node_modules', 'elkjs', 'lib', 'elk-worker.min.js'),
  join(dist, 'views', 'lineage', 'elk-worker.js'),
);

if (!process.argv.includes('--unpacked')) pack();

/** vsce is not among the packages of this checkout: it is large, and only who packs needs it. */
function pack() {
  const vsce = join(home, 'node_modules', '@vscode', 'vsce', 'vsce');
  const npm = (...args) =>
    spawnSync('npm', args, { cwd: home, stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
  if (!existsSync(vsce) && !npm('ci', '--ignore-scripts', '--no-audit', '--no-fund')) process.exit(1);
  const vsix = join(root, 'build', 'pipec.vsix');
  const packed = spawnSync(
    process.execPath,
    [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix],
    { cwd: home, encoding: 'utf8' },
  );
  if (packed.status !== 0) {
    console.error(`${packed.stdout}${packed.stderr}`.trim());
    process.exit(1);
  }
  console.log(`build/pipec.vsix  ${(statSync(vsix).size / 1024).toFixed(0)} kB`);
}
