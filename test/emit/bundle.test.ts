/** A build that has left home: copied to another folder, where only the engine's package is, its jobs run. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBuild } from '../../compiler/emit/build.ts';
import { planProgram } from '../../compiler/plan/plan.ts';
import type { Plan } from '../../runtime/plan.ts';
import { workspaceOf } from '../support/check.ts';

const root = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'pipec-bundle-'));
const runtime = join(work, 'runtime.mjs');

const PROGRAM = `
project shop { owner: 'data@acme.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
store dwh : warehouse { owner: 'data@acme.example', retention: 1y }
type Order { id: int64 @key, amount: decimal(12, 2), note: string? }
source orders : Order from file('data/orders.csv') in dwh.raw { invalid: quarantine }
/// What each order adds up to. */ \${process.exit(9)} \`
table totals in dwh.marts {
  checks { expect total >= 0 }
} = from orders |> aggregate sum(amount) as total, count() as orders
table first in dwh.marts = from orders |> where id = 1
job nightly { schedule: cron('0 3 * * *', timezone: 'Europe/Berlin'), builds: [dwh.*], retries: 0 }
`;

function planOf(program: string, path = 'shop.pipe'): Plan {
  const workspace = workspaceOf([{ path, text: program }]);
  const wrong = workspace.check().filter((one) => one.severity === 'error');
  expect(wrong.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  const checked = workspace.program();
  if (checked === null) throw new Error('a program without errors gives no model');
  return planProgram(checked, 'local', '0.0.0');
}

function texts(folder: string): Map<string, string> {
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
    // As scripts/build.mjs does: an engine is a file of its own, loaded when it is needed.
    entryPoints: { runtime: 'runtime/index.ts' },
    outdir: work,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['@duckdb/node-bindings'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('a bundle alone', () => {
  const home = join(work, 'away');
  const job = (...args: string[]) =>
    spawnSync(process.execPath, [join(home, 'dist/jobs/nightly.mjs'), ...args], { encoding: 'utf8', cwd: tmpdir() });
  const orders = (text: string): void => writeFileSync(join(home, 'data/orders.csv'), text);

  beforeAll(async () => {
    await writeBuild({ plan: planOf(PROGRAM), root: work, out: join(work, 'here/dist'), runtime });
    mkdirSync(join(home, 'data'), { recursive: true });
    cpSync(join(work, 'here/dist'), join(home, 'dist'), { recursive: true });
    // The engine's package and nothing else of this repository.
    mkdirSync(join(home, 'node_modules'));
    symlinkSync(join(root, 'node_modules/@duckdb'), join(home, 'node_modules/@duckdb'), 'dir');
    orders('id,amount,note\n1,10.00,a\n2,x,b\n3,5.50,\n');
  });

  it('where the engine is not installed, it says what to install', () => {
    const bare = mkdtempSync(join(tmpdir(), 'pipec-bare-'));
    cpSync(join(home, 'dist'), join(bare, 'dist'), { recursive: true });
    const job = (...args: string[]) =>
      spawnSync(process.execPath, [join(bare, 'dist/jobs/nightly.mjs'), ...args], { encoding: 'utf8' });
    const { status, stderr } = job('run');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^\[package-missing\] .*`@duckdb\/node-bindings`/);
    expect(stderr).toContain('npm install @duckdb/node-bindings');
    expect(stderr).not.toMatch(/^ +at /m);
    expect(job('plan').status).toBe(0);
    rmSync(bare, { recursive: true, force: true });
  });

  it('says what it can do, and what is wrong with its command line', () => {
    const help = job('--help');
    expect([help.status, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('node nightly.mjs run');
    expect(help.stdout).toContain('Exit codes: 0 done');
    for (const args of [[], ['rum'], ['run', '--nope'], ['run', 'twice'], ['run', '--task', 'nothing']]) {
      const wrong = job(...args);
      expect([wrong.status, wrong.stdout], args.join(' ')).toEqual([2, '']);
      expect(wrong.stderr.trim().split('\n').at(-1)).toBe('See --help.');
    }
    expect(job('plan').stdout).toContain('dwh.marts.totals  build  after dwh.raw.orders');
  });

  it('runs, from wherever it is called, and tells programs what happens', () => {
    const plain = job('run');
    expect([plain.status, plain.stderr]).toEqual([0, '']);
    expect(plain.stdout).toContain('finished  dwh.raw.orders: 2 rows');
    expect(plain.stdout).toContain('quarantined 1');
    expect(readdirSync(home).sort()).toEqual(['.pipec', 'data', 'dist', 'node_modules', 'shop.duckdb']);
    const events = job('run', '--json', '--full')
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ event: 'run.finished', status: 'succeeded', done: 3 });
  });

  it('writes a log where it is asked to', () => {
    const { stdout, stderr, status } = job('run', '--full', '--log-format', 'json');
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ level: 'info', event: 'run.finished', job: 'nightly', done: 3 });
    const wrong = job('run', '--log-format', 'xml');
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      '`--log-format` is one of `json`, `text`, not `xml`\nSee --help.\n',
    ]);
  });

  it('runs one task with what the others have published', () => {
    const one = job('run', '--full', '--task', 'totals');
    expect(one.stdout).toContain('1 done, 0 failed, 0 skipped');
    expect(one.stdout).not.toContain('started   dwh.raw.orders');
  });

  it('ends with 4 where a check failed, 3 where a task did', () => {
    orders('id,amount,note\n1,-10.00,a\n');
    expect(job('run').status).toBe(4);
    expect(job('attempt').status).toBe(4);
    rmSync(join(home, 'data/orders.csv'));
    const failed = job('run');
    expect(failed.status).toBe(3);
    expect(failed.stdout).toContain('failed    dwh.raw.orders');
    expect(failed.stdout + failed.stderr).not.toContain('    at ');
  });

  it('says of an attempt whether another may succeed, and makes none itself', () => {
    // A file that is not there may come, but not by trying again at once.
    const gone = job('attempt', '--task', 'orders');
    expect([gone.status, gone.stderr]).toEqual([4, '']);
    orders('id,amount,note\n1,10.00,a\n');
    expect(job('attempt', '--task', 'orders').status).toBe(0);
    expect(job('attempt', '--task', 'orders').stdout).toContain('unchanged dwh.raw.orders');
    expect(job('attempt', '--task', 'nothing').status).toBe(2);
  });
});

describe('the runtime in a build', () => {
  const out = join(work, 'several/dist');
  const more = `${PROGRAM}job hourly { schedule: cron('0 * * * *'), builds: [totals] }\n`;

  it('is there once, whatever number of jobs there is', async () => {
    const before = [...texts(join(work, 'here/dist')).keys()].filter((path) => path.startsWith('runtime/'));
    await writeBuild({ plan: planOf(more), root: work, out, runtime });
    const files = texts(out);
    expect([...files.keys()].filter((path) => path.startsWith('runtime/')).length - before.length).toBeLessThan(3);
    for (const job of ['jobs/hourly.mjs', 'jobs/nightly.mjs'])
      expect(files.get(job)?.length, job).toBeLessThan(100_000);
  });

  it('is not there without a job', async () => {
    const none = join(work, 'none/dist');
    await writeBuild({ plan: planOf(PROGRAM.replace(/^job .*$/m, '')), root: work, out: none, runtime });
    expect([...texts(none).keys()].filter((path) => /^(?:runtime|jobs)\//.test(path))).toEqual([]);
  });

  it('is read in pieces: what begins a job has no engine, no observer and no log in it', () => {
    const read = new Set<string>();
    const follow = (path: string): void => {
      if (read.has(path)) return;
      read.add(path);
      const text = readFileSync(join(out, path), 'utf8');
      for (const [, to = ''] of text.matchAll(/^(?:import|export)[^;]*?["'](\.\.?\/[^"']+)["'];$/gm))
        follow(join(path, '..', to));
    };
    follow('jobs/nightly.mjs');
    expect(read.size).toBeGreaterThan(1);
    const all = [...texts(out).keys()].map((path) => /^runtime\/([a-z]+)-/.exec(path)?.[1] ?? '');
    for (const piece of ['duckdb', 'postgres', 'clickhouse', 'openlineage', 'opentelemetry', 'json']) {
      expect(all).toContain(piece);
      expect([...read].filter((path) => path.startsWith(`runtime/${piece}-`))).toEqual([]);
    }
  });
});

describe('what a build may never hold', () => {
  it('a secret: only its name', async () => {
    const program = `
project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: secret('DB_PATH')), secrets: env }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key }
connection bus = files(secret('FOLDER'))
source orders : Order from file(bus, 'orders.csv') in dwh.raw { invalid: quarantine }
table t in dwh.marts = from orders
job nightly { builds: [dwh.*] }
`;
    process.env['DB_PATH'] = 'hunter2-db';
    process.env['FOLDER'] = 'hunter2-folder';
    const out = join(work, 'secret/dist');
    await writeBuild({ plan: planOf(program), root: out, out, runtime });
    const files = texts(out);
    expect(files.get('datasets/nightly.ts')).toContain("{ secret: 'FOLDER' }");
    expect(files.get('target.ts')).toContain("{ secret: 'DB_PATH' }");
    for (const [path, text] of files) expect(text.includes('hunter2'), path).toBe(false);
  });

  it('a path of the machine, or a difference that comes from where it was built', async () => {
    const there = process.cwd();
    await writeBuild({ plan: planOf(PROGRAM), root: work, out: join(work, 'one/dist'), runtime });
    process.chdir(tmpdir());
    try {
      await writeBuild({ plan: planOf(PROGRAM), root: work, out: join(work, 'a much/longer path/out'), runtime });
    } finally {
      process.chdir(there);
    }
    const one = texts(join(work, 'one/dist'));
    expect(texts(join(work, 'a much/longer path/out'))).toEqual(one);
    for (const [path, text] of one)
      for (const place of [root, work, tmpdir(), process.execPath])
        expect(text.includes(place), `${path}: ${place}`).toBe(false);
  });

  it('a file outside of its folder, whatever a name says', async () => {
    const program = `
project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: 'x.duckdb') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
table columns in dwh.marts = from values [{ a: 1 }]
table task in dwh.marts = from columns
table class in dwh.marts = from task as t |> join columns as c using (a) |> select t.a
job \`../up\` { builds: [dwh.*] }
`;
    const out = join(work, 'hostile/dist');
    const plan = planOf(program);
    await writeBuild({ plan, root: out, out, runtime });
    expect(readdirSync(join(work, 'hostile'))).toEqual(['dist']);
    const pieces = /^runtime\/[\w-]+\.mjs$/;
    expect([...texts(out).keys()].filter((path) => !pieces.test(path))).toMatchInlineSnapshot(`
      [
        "SHA256SUMS",
        "airflow/.airflowignore",
        "airflow/pipec_operator.py",
        "airflow/~2e.~2fup.py",
        "datasets/~2e.~2fup.ts",
        "deploy/Dockerfile",
        "deploy/kubernetes/kustomization.yaml",
        "deploy/kubernetes/shop-up-8c722b8a.yaml",
        "deploy/package.json",
        "deploy/systemd/shop-up-8c722b8a.service",
        "docs/index.html",
        "jobs/~2e.~2fup.mjs",
        "jobs/~2e.~2fup.ts",
        "lineage.json",
        "manifest.json",
        "sql.d.ts",
        "sql/duckdb/dwh.marts.class.sql",
        "sql/duckdb/dwh.marts.columns.sql",
        "sql/duckdb/dwh.marts.task.sql",
        "target.ts",
      ]
    `);
    symlinkSync(join(root, 'node_modules'), join(work, 'hostile/node_modules'), 'dir');
    const ran = spawnSync(process.execPath, [join(out, 'jobs/~2e.~2fup.mjs'), 'run'], { encoding: 'utf8' });
    expect([ran.stderr, ran.status]).toEqual(['', 0]);
  });
});
