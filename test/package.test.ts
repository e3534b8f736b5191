/** What is published holds what it says, and installs what it needs. */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const manifest: {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** npm adds these whatever `files` says. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

test('what bin, exports and files name is there and is published', () => {
  const named = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((way) => Object.values(way)),
  ];
  const paths = named.map((path) => path.replace(/^\.\//, ''));
  const missing = [...paths, ...manifest.files, ...ALWAYS].filter((path) => !existsSync(join(root, path)));
  expect(missing, 'run `npm run build`').toEqual([]);
  const published = (path: string) => manifest.files.some((entry) => path === entry || path.startsWith(`${entry}/`));
  expect(paths.filter((path) => !published(path))).toEqual([]);
});

test('the bundle imports what is installed with it, and nothing is installed in vain', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['build/cli/main.mjs', 'build/runtime.mjs'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  // What CommonJS packages `require` inside a `try` is no promise of theirs.
  const imported = imports.filter(({ kind }) => kind !== 'require-call').map(({ path }) => path);
  const packages = imported
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  expect([...new Set(packages)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
});
