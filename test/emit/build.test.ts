/** A build as a whole: its jobs are the plan's, type-check, and the same program gives the same bytes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBuild } from '../../compiler/emit/build.ts';
import { plan } from './plan.ts';

const root = join(import.meta.dirname, '../..');
// Inside the checkout, so that `pipec/runtime` is found by the package's own name as it is in a user's project.
mkdirSync(join(root, 'build'), { recursive: true });
const work = mkdtempSync(join(root, 'build', 'test-emit-'));
const out = join(work, 'dist');
const runtime = join(work, 'runtime.mjs');

function snapshot(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), readFileSync(path, 'utf8')]),
  );
}

beforeAll(async () => {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: ['runtime/index.ts'],
    outfile: runtime,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@duckdb/node-bindings'],
    logLevel: 'error',
  });
  await writeBuild({ plan, root: out, out, runtime });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('a build', () => {
  it('has what it should have, and no path of this machine', () => {
    const files = snapshot(out);
    expect([...files.keys()]).toEqual([
      'SHA256SUMS',
      'airflow/.airflowignore',
      'airflow/nightly.py',
      'airflow/pipec_operator.py',
      'datasets/nightly.ts',
      'deploy/Dockerfile',
      'deploy/kubernetes/kustomization.yaml',
      'deploy/kubernetes/shop-nightly.yaml',
      'deploy/package.json',
      'deploy/systemd/shop-nightly.service',
      'deploy/systemd/shop-nightly.timer',
      'docs/index.html',
      'jobs/nightly.mjs',
      'jobs/nightly.ts',
      'lineage.json',
      'manifest.json',
      'sql.d.ts',
      'sql/duckdb/dwh.core.orders.sql',
      'sql/duckdb/dwh.marts.class.sql',
      'target.ts',
    ]);
    for (const [path, text] of files) expect(text.includes(root), path).toBe(false);
  });

  it('has a lineage and a manifest that fit their schemas', () => {
    const schemaOf = (name: string) =>
      new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
        JSON.parse(readFileSync(join(root, 'docs/schemas', `${name}.schema.json`), 'utf8')),
      );
    const read = (path: string): unknown => JSON.parse(readFileSync(join(out, path), 'utf8'));
    const manifest = schemaOf('manifest');
    expect(manifest(read('manifest.json')), JSON.stringify(manifest.errors)).toBe(true);
    const line = schemaOf('lineage');
    const columns = read('lineage.json') as readonly unknown[];
    expect(columns).toHaveLength(3);
    for (const column of columns) expect(line(column), JSON.stringify(line.errors)).toBe(true);
  });

  it('is the same to the byte the second time', async () => {
    const before = snapshot(out);
    await writeBuild({ plan, root: out, out, runtime });
    expect(snapshot(out)).toEqual(before);
  });

  it('has jobs that are the plan’s', () => {
    const told = spawnSync(process.execPath, [join(out, 'jobs', 'nightly.mjs'), 'plan', '--json'], {
      encoding: 'utf8',
    });
    expect(told.stderr).toBe('');
    const job = JSON.parse(told.stdout);
    // Files end in a line end; nothing else of a query changes on its way through one.
    for (const task of job.tasks) if (task.step.sql !== undefined) task.step.sql = task.step.sql.replace(/\n$/, '');
    expect(job).toEqual(plan.jobs[0]);
  });

  it('type-checks where pipec is installed', () => {
    writeFileSync(
      join(work, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'es2024',
          module: 'nodenext',
          strict: true,
          noEmit: true,
          allowImportingTsExtensions: true,
          skipLibCheck: true,
          types: ['node'],
        },
        include: ['dist/**/*.ts'],
      }),
    );
    const checked = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', join(work, 'tsconfig.json')], {
      encoding: 'utf8',
      cwd: work,
    });
    expect(checked.stdout).toBe('');
  });
});
