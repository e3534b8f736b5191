/** The checked program: what declarations come to, with what they take over from their stores, connections and each other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Program } from '../../compiler/semantics/model.ts';
import { workspaceOf } from '../support/check.ts';

const layers = readFileSync(join(import.meta.dirname, '../fixtures/check/layers.pipe'), 'utf8');
const DAY = 86_400_000;

function programOf(text: string): Program {
  const workspace = workspaceOf([
    { path: 'layers.pipe', text: layers },
    { path: 'main.pipe', text },
  ]);
  expect(workspace.check().map((each) => each.message)).toEqual([]);
  const program = workspace.program();
  if (program === null) throw new Error('no program');
  return program;
}

const dataset = (program: Program, name: string) => {
  const found = program.datasets.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

test('owner and retention are those of the store where a dataset says nothing', () => {
  const program = programOf(`
table one in dwh.core = from orders
table two in dwh.core { owner: 'me@shop.example', retention: 30d } = from orders
source three : Order from file('three.csv')
`);
  const kept = ['dwh.core.one', 'dwh.core.two', 'raw.orders', '_landing.three'].map((name) => {
    const { owner, retentionMs } = dataset(program, name);
    return [name, owner, retentionMs === null ? null : retentionMs / DAY];
  });
  expect(kept).toEqual([
    ['dwh.core.one', 'dwh@shop.example', 7 * 365],
    ['dwh.core.two', 'me@shop.example', 30],
    ['raw.orders', 'ingest@shop.example', 2 * 365],
    ['_landing.three', null, null],
  ]);
});

test('a layer is what the store says of the schema; a lake and what comes from outside are raw', () => {
  const program = programOf(`
store more : warehouse { layers: { more: mart } }
table one in dwh.core = from orders
table two in dwh.marts = from one
table three in dwh.lab = from one
table four in more = from one
table five in raw = from one
source six : Order from file('six.csv')
source seven : Order from file('seven.csv') in dwh.core
`);
  const names = program.datasets.filter(({ at }) => at.file === 'main.pipe').map((each) => each.name);
  expect(Object.fromEntries(names.sort().map((name) => [name, dataset(program, name).layer]))).toEqual({
    '_landing.six': 'raw',
    'dwh.core.one': 'core',
    'dwh.core.seven': 'core',
    'dwh.lab.three': null,
    'dwh.marts.two': 'mart',
    'more.four': 'mart',
    'raw.five': 'raw',
  });
});

test('a source takes over its connection, and what it says itself wins', () => {
  const program = programOf(`
connection feed = kafka(secret('BROKERS'), registry: 'http://registry.example')
target other { engine: duckdb(path: 'other.duckdb'), with: { raw: 'other/raw', feed: files('x') } }
source one : Event from file(exports, 'one.csv')
source two : Event from kafka(bus, topic: 'two', brokers: 'here:9092')
`);
  const use = (name: string) => dataset(program, name).source?.use;
  expect(use('_landing.one')).toEqual({
    connector: 'file',
    connection: 'exports',
    args: { folder: { kind: 'text', value: 'data' }, path: { kind: 'text', value: 'one.csv' } },
  });
  expect(use('_landing.two')).toEqual({
    connector: 'kafka',
    connection: 'bus',
    args: { brokers: { kind: 'text', value: 'here:9092' }, topic: { kind: 'text', value: 'two' } },
  });
});

test('a job builds what it selects and whatever upstream no other job selects, and waits for the rest', () => {
  const program = programOf(`
table a in dwh.core { tags: [daily, 'by hand'] } = from orders
table b in dwh.core = from a
table c in dwh.core = from b |> join customers as c using (customer_id) |> select order_id
table d in dwh.marts = from c
job core { builds: [b] }
job marts { builds: [dwh.marts.*] }
job tagged { builds: [tag('by hand')] }
`);
  const jobs = Object.fromEntries(program.jobs.map(({ name, builds, waitsFor }) => [name, { builds, waitsFor }]));
  expect(jobs).toEqual({
    core: { builds: ['dwh.core.b'], waitsFor: ['dwh.core.a'] },
    marts: { builds: ['raw.customers', 'dwh.core.c', 'dwh.marts.d'], waitsFor: ['dwh.core.b'] },
    tagged: { builds: ['raw.orders', 'dwh.core.a'], waitsFor: [] },
  });
});

test('selections: a schema, a store, a tag, what is up and what is down', () => {
  const program = programOf(`
table a in dwh.core { tags: [daily] } = from orders
table b in dwh.core = from a
table c in dwh.marts = from b
table d in dwh.marts = from values [{ n: 1 }]
exposure schema on dwh.core.*
exposure store on dwh.*
exposure tagged on tag(daily)
exposure up on upstream(b)
exposure down on downstream(b)
exposure both on downstream(tag(daily))
`);
  const on = Object.fromEntries(program.exposures.map((each) => [each.name, [...each.on].sort()]));
  expect(on).toEqual({
    schema: ['dwh.core.a', 'dwh.core.b'],
    store: ['dwh.core.a', 'dwh.core.b', 'dwh.marts.c', 'dwh.marts.d'],
    tagged: ['dwh.core.a'],
    up: ['dwh.core.a', 'dwh.core.b', 'raw.orders'],
    down: ['dwh.core.b', 'dwh.marts.c'],
    both: ['dwh.core.a', 'dwh.core.b', 'dwh.marts.c'],
  });
});

test('checks that stand apart join those of their dataset, and a key that is not proven is checked', () => {
  const program = programOf(`
table a in dwh.core { key: [status], checks { rows > 0 } } = from orders |> select status, amount
table b in dwh.core { key: [status] } = from a |> aggregate count() as n group by status
table c in dwh.core { key: [status], checks { unique(status) } } = from a
check more on a {
  expect amount > 0 mostly 0.5 warn
}
check on_source on orders { not_null(note) }
`);
  const checks = (name: string) => dataset(program, name).checks.map(({ text, severity }) => [text, severity]);
  expect(checks('dwh.core.a')).toEqual([
    ['key [status]', 'error'],
    ['rows > 0', 'error'],
    ['expect amount > 0 mostly 0.5 warn', 'warn'],
  ]);
  expect(checks('dwh.core.b')).toEqual([]);
  expect(checks('dwh.core.c')).toEqual([['unique(status)', 'error']]);
  expect(checks('raw.orders')).toEqual([['not_null(note)', 'error']]);
});

test('times are numbers of milliseconds, and what a job does not say has a default', () => {
  const program = programOf(`
job a { builds: [orders], schedule: cron(' 15  4 * * mon-fri ', timezone: 'Europe/Berlin'), timeout: 1h, backoff: exponential(30s, max: 10m) }
job b { builds: [orders], schedule: every(15m), backoff: fixed(5s), retries: 2, concurrency: 8, catchup: true }
job c { builds: [orders] }
`);
  const facts = program.jobs.map(({ name, schedule, timeoutMs, backoff, retries, concurrency, catchup }) => [
    name,
    schedule,
    timeoutMs,
    backoff,
    retries,
    concurrency,
    catchup,
  ]);
  expect(facts).toEqual([
    [
      'a',
      { cron: '15 4 * * mon-fri', timezone: 'Europe/Berlin' },
      3_600_000,
      { kind: 'exponential', initialMs: 30_000, maxMs: 600_000 },
      0,
      4,
      false,
    ],
    ['b', { everyMs: 900_000 }, null, { kind: 'fixed', initialMs: 5000, maxMs: 5000 }, 2, 8, true],
    ['c', null, null, { kind: 'exponential', initialMs: 10_000, maxMs: 600_000 }, 0, 4, false],
  ]);
});
