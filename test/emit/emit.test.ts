import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { literal, text } from '../../compiler/emit/literal.ts';
import { constantNames } from '../../compiler/emit/names.ts';
import { OutputError, replaceFolder } from '../../compiler/emit/replace.ts';
import { chooseChart } from '../../compiler/emit/report/charts.ts';
import { renderReport } from '../../compiler/emit/report/page.ts';
import { typescriptFiles } from '../../compiler/emit/typescript.ts';
import { plan } from './plan.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'pipec-emit-'));

describe('literals', () => {
  it('say the same value back, whatever the text', () => {
    const value = {
      a: 'it\'s "x" \\ \n \u2028 $' + '{y} `z`',
      'b-c': [1, null, true, { __proto__x: 1 }],
      d: { e: 'x'.repeat(200) },
    };
    expect(new Function(`return ${literal(value)}`)()).toEqual(value);
    expect(text("'; process.exit() //")).toBe("'\\'; process.exit() //'");
  });
});

describe('names of constants', () => {
  it('are camel case, all different, and no word of the language', () => {
    expect([
      ...constantNames(['dwh.core.clean_flights', 'dwh.marts.class', 'dwh.core.class', 'raw.task']).values(),
    ]).toEqual(['cleanFlights', 'martsClass', 'coreClass', 'rawTask']);
    expect(new Set(constantNames(['a.b_c', 'a.bC', 'x.bC']).values()).size).toBe(3);
  });
});

describe('a generated job', () => {
  it('reads like a DAG', () => {
    expect(typescriptFiles(plan).get('jobs/nightly.ts')).toMatchInlineSnapshot(`
      "// Built by pipec 0.1.0 from a.pipe
      // (program 9f3c1b72aaaaaaaa). Change the program, not this file.
      import { dag, elt, etl, load, sql, view } from 'pipec/runtime';
      import { assertions, checks, columns, contracts, cursors, queries, sources, stores } from '../datasets/nightly.ts';

      export default dag('nightly', {
        doc: 'Every night. */ It ends well.',
        schedule: '0 3 * * *',
        timezone: 'Europe/Berlin',
        catchup: true,
        retries: 3,
        backoff: { kind: 'exponential', initial: '30s', max: '10m' },
        timeout: '1m',
        concurrency: 2,
      }, ({ task }) => {
        // What raw.orders is. More <b>words</b>. (a.pipe:1)
        const orders = task('raw.orders', load({
          from: sources.raw.orders,
          contract: contracts.raw.orders,
          cursor: cursors.raw.orders,
          into: stores.raw.orders,
          compute: etl('files are read by the embedded engine'),
        }));

        // What dwh.core.orders is. More <b>words</b>. (a.pipe:1)
        const coreOrders = task('dwh.core.orders', sql({
          query: queries.dwh.core.orders,
          into: stores.dwh.core.orders,
          columns: columns.dwh.core.orders,
          assertions: assertions.dwh.core.orders,
          // rows > 0
          checks: checks.dwh.core.orders,
          compute: elt('its inputs are in the target'),
        }), { after: [orders] });

        // What dwh.marts.class is. More <b>words</b>. (a.pipe:1)
        task('dwh.marts.class', view({ query: queries.dwh.marts.class, into: stores.dwh.marts.class }), { after: [coreOrders] });
      });
      "
    `);
  });
  it('is the same each time', () => {
    expect([...typescriptFiles(plan)]).toEqual([...typescriptFiles(plan)]);
  });
});

describe('the manifest', () => {
  it('fits its schema', () => {
    const file = join(import.meta.dirname, '../../docs/schemas/manifest.schema.json');
    const schema = JSON.parse(readFileSync(file, 'utf8'));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    expect(validate(JSON.parse(JSON.stringify(plan))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...plan, extra: 1 })).toBe(false);
  });
});

describe('replacing dist', () => {
  const write = async (to: string): Promise<void> => writeFileSync(join(to, 'manifest.json'), 'new');
  const read = (out: string): string => readFileSync(join(out, 'manifest.json'), 'utf8');

  it('puts the new folder in place and leaves nothing beside it', async () => {
    const parent = folder();
    const out = join(parent, 'dist');
    await replaceFolder(out, write);
    await replaceFolder(out, write);
    expect(read(out)).toBe('new');
    expect(readdirSync(parent)).toEqual(['dist']);
  });
  it('keeps the old folder where writing fails', async () => {
    const out = join(folder(), 'dist');
    await replaceFolder(out, async (to) => writeFileSync(join(to, 'manifest.json'), 'old'));
    await expect(replaceFolder(out, async () => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(read(out)).toBe('old');
    expect(readdirSync(join(out, '..'))).toEqual(['dist']);
  });
  it('never removes what no build has written', async () => {
    const out = join(folder(), 'dist');
    await replaceFolder(out, write);
    mkdirSync(join(out, 'mine'));
    writeFileSync(join(out, 'mine', 'thesis.txt'), 'years');
    await expect(replaceFolder(out, write)).rejects.toMatchObject({ code: 'output-not-ours' });
    await expect(replaceFolder(out, write)).rejects.toThrow('mine/thesis.txt');
    expect(readFileSync(join(out, 'mine', 'thesis.txt'), 'utf8')).toBe('years');
    const file = join(folder(), 'dist');
    writeFileSync(file, 'years');
    await expect(replaceFolder(file, write)).rejects.toThrow('is a file, not a folder');
    expect(readFileSync(file, 'utf8')).toBe('years');
  });
  it.skipIf(process.platform === 'win32')('leaves the folder as open as others are', async () => {
    const out = join(folder(), 'dist');
    await replaceFolder(out, write);
    expect(statSync(out).mode & 0o777).toBe(0o777 & ~process.umask());
  });
  it('says what it wrote as sha256sum does', async () => {
    const out = join(folder(), 'dist');
    await replaceFolder(out, write);
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe(
      '11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437  manifest.json\n',
    );
  });
  it('removes what killed builds had begun, and nothing of one that runs', async () => {
    const parent = folder();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    for (const pid of [gone, process.pid]) mkdirSync(join(parent, `.dist.new-${pid}-abc`));
    await replaceFolder(join(parent, 'dist'), write);
    expect(readdirSync(parent).sort()).toEqual([`.dist.new-${process.pid}-abc`, 'dist']);
  });
  it('is whole whenever a build is killed', async () => {
    const parent = folder();
    const out = join(parent, 'dist');
    await replaceFolder(out, write);
    const module = join(import.meta.dirname, '../../compiler/emit/replace.ts');
    const program = `import { replaceFolder } from ${JSON.stringify(module)}; import { writeFileSync } from 'node:fs';
      for (;;) await replaceFolder(${JSON.stringify(out)}, async (to) => writeFileSync(to + '/manifest.json', 'new'));`;
    for (let round = 0; round < 6; round++) {
      const builder = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
      await new Promise((resolve) => setTimeout(resolve, 90 + round * 17));
      builder.kill('SIGKILL');
      await once(builder, 'exit');
      await replaceFolder(out, write);
      expect(readdirSync(parent)).toEqual(['dist']);
      expect(readdirSync(out).sort()).toEqual(['SHA256SUMS', 'manifest.json']);
    }
  });
  it('puts back what a killed build had moved aside', async () => {
    const parent = folder();
    const out = join(parent, 'dist');
    await replaceFolder(out, write);
    renameSync(out, join(parent, '.dist.old'));
    await expect(replaceFolder(out, async () => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(read(out)).toBe('new');
  });
  it('refuses a disk without reading it, and folders that cannot be', async () => {
    await expect(replaceFolder('/', write)).rejects.toMatchObject({ code: 'output-not-ours' });
    if (existsSync('/proc/self'))
      await expect(replaceFolder('/proc/pipec/dist', write)).rejects.toMatchObject({ code: 'output-not-writable' });
  });
  it('takes several builds at once', async () => {
    const parent = folder();
    const out = join(parent, 'dist');
    const builds = await Promise.allSettled(Array.from({ length: 8 }, () => replaceFolder(out, write)));
    for (const build of builds) if (build.status === 'rejected') expect(build.reason).toBeInstanceOf(OutputError);
    expect(builds.some(({ status }) => status === 'fulfilled')).toBe(true);
    await replaceFolder(out, write);
    expect(readdirSync(parent)).toEqual(['dist']);
  });
  it.skipIf(process.getuid?.() === 0)('says so where it may not write', async () => {
    const parent = folder();
    chmodSync(parent, 0o500);
    await expect(replaceFolder(join(parent, 'dist'), write)).rejects.toBeInstanceOf(OutputError);
    expect(existsSync(join(parent, 'dist'))).toBe(false);
  });
});

describe('the report', () => {
  it('escapes what people wrote and needs nothing from outside', async () => {
    const page = await renderReport({ plan, run: null, previews: {}, charts: {} });
    expect(page).toContain('More &lt;b&gt;words&lt;/b&gt;');
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
  it('chooses a chart by the row type', () => {
    const [dataset] = plan.datasets;
    if (dataset === undefined) throw new Error('no dataset');
    const columns = (...types: string[]) =>
      types.map((entry) => ({
        name: entry.split(' ')[0] ?? '',
        type: entry.split(' ')[1] ?? '',
        nullable: false,
        doc: null,
      }));
    const choice = (key: string, rows: number | null, ...types: string[]) =>
      chooseChart({ ...dataset, key: key.split(' '), columns: columns(...types) }, rows);
    expect(choice('day', 500, 'day date', 'n int64', 'share float64')).toMatchObject({
      kind: 'line',
      time: 0,
      series: null,
      measure: 2,
      order: [{ column: 'day', order: 'asc' }],
    });
    expect(choice('month airport', 500, 'month date', 'airport string', 'n int64')).toMatchObject({
      kind: 'line',
      series: 1,
    });
    expect(choice('hour', 24, 'hour int64', 'n int64')).toMatchObject({
      kind: 'bar',
      category: [0],
      measure: 1,
      order: [{ column: 'hour', order: 'asc' }],
    });
    // Of many, those that matter: the greatest.
    expect(choice('who', 9000, 'who string', 'n int64')).toMatchObject({
      kind: 'bar',
      order: [{ column: 'n', order: 'desc' }],
      limit: 20,
    });
    expect(choice('a', 90, 'a string', 'latitude float64', 'longitude float64', 'n int64')).toMatchObject({
      kind: 'map',
      size: 3,
      label: 0,
    });
    expect(choice('a', 90, 'a string', 'b string')).toBeNull();
    expect(choice('a', 1, 'a string', 'n int64')).toBeNull();
  });
});
