/** What a run tells by OpenLineage, read by a receiver and judged by the schema of its events and facets. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { LineageEvent } from '../../../runtime/observe/openlineage/model.ts';
import type { DatasetPlan, TaskPlan } from '../../../runtime/plan.ts';
import type { RunOptions } from '../../../runtime/run.ts';
import { audit, build, check, file, job, load, local, projectFolder, runTasks, view } from '../../support/plans.ts';
import { endless, nobody, type Receiver, receiver, silent } from '../../support/receiver.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/openlineage/openlineage.schema.json'), 'utf8'),
);
const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    uuid: UUID,
    uri: (text: string) => URL.canParse(text),
    'date-time': (text: string) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text)),
  },
});
ajv.addSchema(schema, 'openlineage');

/** Everything that is wrong with an event: with its frame, and with each facet by the schema that it names. */
function wrongWith(event: unknown): string[] {
  const wrong: string[] = [];
  const judge = (pointer: string, value: unknown, where: string): void => {
    const valid = ajv.getSchema(`openlineage${pointer}`);
    if (valid === undefined) wrong.push(`${where}: no schema ${pointer}`);
    else if (valid(value) !== true)
      wrong.push(...(valid.errors ?? []).map((error) => `${where}${error.instancePath}: ${error.message}`));
  };
  judge('#/$defs/base.RunEvent', event, 'event');
  const walk = (value: unknown, where: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { _schemaURL: url } = value as { readonly _schemaURL?: string };
    if (url !== undefined) judge(schema['x-facets'][url] ?? `of ${url}`, value, where);
    for (const [key, inner] of Object.entries(value)) walk(inner, `${where}/${key}`);
  };
  walk(event, 'event');
  return wrong;
}

const events = ({ received }: Receiver): LineageEvent[] => received.map(({ body }) => body as LineageEvent);
const told = (all: readonly LineageEvent[]): string[] => all.map(({ eventType, job }) => `${eventType} ${job.name}`);
const of = (all: readonly LineageEvent[], type: string, name: string): LineageEvent =>
  all.find(({ eventType, job }) => eventType === type && job.name === name) as LineageEvent;

const at = { file: 'a.pipe', line: 1 };
function dataset(name: string, more: Partial<DatasetPlan> = {}): DatasetPlan {
  const [schemaName = '', table = ''] = name.split('.').slice(-2);
  return {
    name,
    kind: 'table',
    doc: null,
    owner: null,
    layer: null,
    columns: [{ name: 'id', type: 'int64', nullable: false, doc: null }],
    key: [],
    order: [],
    reads: [],
    view: { schema: schemaName, name: table },
    at,
    lineage: [],
    ...more,
  };
}

const positive = check('expect id > 0', { measure: 'm0' });
const many = check('rows > 100 warn', { severity: 'warn', measure: 'm1', low: 101, high: null });
function shop(folder: string): { tasks: TaskPlan[]; datasets: DatasetPlan[] } {
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data/orders.csv'), 'id,amount\n1,10\n2,20\n');
  return {
    tasks: [
      load('raw.orders', file('data/*.csv', 'csv'), { id: 'int64', amount: 'int64' }),
      build(
        'core.orders',
        'SELECT "id", "amount" FROM "raw"."orders" WHERE "amount" > 5',
        { id: 'BIGINT', amount: 'BIGINT' },
        {
          after: ['raw.orders'],
          audit: audit('SELECT count_if("id" <= 0) AS "m0", count(*) AS "m1" FROM this', positive, many),
        },
      ),
      view('core.seen', 'SELECT "id" FROM "core"."orders"', { after: ['core.orders'] }),
    ],
    datasets: [
      dataset('raw.orders', { kind: 'source', doc: 'What was ordered.', owner: 'shop@acme.example' }),
      dataset('core.orders', {
        reads: ['raw.orders'],
        columns: [
          { name: 'id', type: 'int64', nullable: false, doc: 'Its number.' },
          { name: 'amount', type: 'int64', nullable: true, doc: null },
        ],
        lineage: [
          {
            column: 'id',
            from: [
              { dataset: 'raw.orders', column: 'id', kind: 'direct' },
              { dataset: 'raw.orders', column: 'amount', kind: 'indirect' },
            ],
          },
          { column: 'amount', from: [{ dataset: 'raw.orders', column: 'amount', kind: 'direct' }] },
        ],
      }),
      dataset('core.seen', { reads: ['core.orders'] }),
    ],
  };
}

async function runShop(env: NonNullable<RunOptions['env']>, folder = projectFolder()) {
  const { tasks, datasets } = shop(folder);
  const more = { env, describe: async () => ({ pipec: '0.1.0', datasets }) };
  return { folder, ...(await runTasks(folder, job(tasks, { name: 'nightly', doc: 'Each night.' }), more)) };
}

test('a run, its tasks and its checks, each with what it reads and writes', async () => {
  const marquez = await receiver();
  const { folder, status } = await runShop({ OPENLINEAGE_URL: marquez.url, OPENLINEAGE_API_KEY: 'a-key' });
  expect(status).toBe('succeeded');
  const all = events(marquez);
  expect(all.flatMap(wrongWith)).toEqual([]);
  expect(told(all)).toEqual([
    'START nightly',
    'START nightly.raw.orders',
    'COMPLETE nightly.raw.orders',
    'START nightly.core.orders',
    'COMPLETE nightly.core.orders',
    'START nightly.core.orders.checks',
    'COMPLETE nightly.core.orders.checks',
    'START nightly.core.seen',
    'COMPLETE nightly.core.seen',
    'COMPLETE nightly',
  ]);
  expect(new Set(marquez.received.map(({ path }) => path))).toEqual(new Set(['/api/v1/lineage']));
  expect(marquez.received[0]?.headers.authorization).toBe('Bearer a-key');
  const namespace = `duckdb://${folder}/.pipec/test.duckdb`;
  const loaded = of(all, 'COMPLETE', 'nightly.raw.orders');
  expect(loaded.inputs).toMatchObject([{ namespace: 'file', name: join(folder, 'data') }]);
  expect(loaded.outputs).toMatchObject([
    {
      namespace,
      name: 'test.raw.orders',
      facets: {
        documentation: { description: 'What was ordered.' },
        ownership: { owners: [{ name: 'shop@acme.example' }] },
        columnLineage: {
          fields: {
            id: {
              inputFields: [
                { namespace: 'file', name: join(folder, 'data'), field: 'id', transformations: [{ type: 'DIRECT' }] },
              ],
            },
          },
        },
      },
      outputFacets: { outputStatistics: { rowCount: 2 } },
    },
  ]);
  const built = of(all, 'COMPLETE', 'nightly.core.orders');
  const raw = { namespace, name: 'test.raw.orders' };
  expect(built.inputs).toMatchObject([raw]);
  expect(built.job.facets).toMatchObject({
    sql: { query: 'SELECT "id", "amount" FROM "raw"."orders" WHERE "amount" > 5', dialect: 'duckdb' },
    jobType: { processingType: 'BATCH', integration: 'PIPEC', jobType: 'TASK' },
  });
  expect(built.outputs[0]?.facets).toMatchObject({
    schema: {
      fields: [
        { name: 'id', type: 'int64', description: 'Its number.' },
        { name: 'amount', type: 'int64?' },
      ],
    },
    columnLineage: {
      fields: {
        id: {
          inputFields: [
            { ...raw, field: 'id', transformations: [{ type: 'DIRECT' }] },
            { ...raw, field: 'amount', transformations: [{ type: 'INDIRECT' }] },
          ],
        },
        amount: { inputFields: [{ ...raw, field: 'amount', transformations: [{ type: 'DIRECT' }] }] },
      },
    },
  });
  const whole = of(all, 'START', 'nightly');
  expect(built.run.facets['parent']).toMatchObject({
    run: whole.run.runId === undefined ? {} : { runId: whole.run.runId },
    job: { namespace: 'test', name: 'nightly' },
  });
  expect(of(all, 'COMPLETE', 'nightly.core.orders.checks').inputs).toMatchObject([
    {
      namespace,
      name: 'test.core.orders',
      inputFacets: {
        dataQualityAssertions: {
          assertions: [
            { assertion: 'expect id > 0', success: true, severity: 'error' },
            { assertion: 'rows > 100 warn', success: false, severity: 'warn' },
          ],
        },
      },
    },
  ]);
  const runs = Map.groupBy(all, ({ run }) => run.runId);
  expect([...runs.values()].map((some) => some.map(({ eventType }) => eventType))).toEqual(
    Array.from({ length: 5 }, () => ['START', 'COMPLETE']),
  );
});

test('a failed attempt is a run that failed, with the statement and no row; what is not reached is not told', async () => {
  const marquez = await receiver();
  const folder = projectFolder();
  const tasks = [
    build('core.bad', 'SELECT 1 AS "id" FROM "nowhere"."there"', { id: 'BIGINT' }),
    build('core.after', 'SELECT 1 AS "id"', { id: 'BIGINT' }, { after: ['core.bad'] }),
  ];
  const { status } = await runTasks(folder, job(tasks, { name: 'nightly' }), { env: { OPENLINEAGE_URL: marquez.url } });
  expect(status).toBe('failed');
  const all = events(marquez);
  expect(all.flatMap(wrongWith)).toEqual([]);
  expect(told(all)).toEqual(['START nightly', 'START nightly.core.bad', 'FAIL nightly.core.bad', 'FAIL nightly']);
  const message = expect.stringContaining('nowhere');
  expect(of(all, 'FAIL', 'nightly.core.bad').run.facets['errorMessage']).toMatchObject({ programmingLanguage: 'SQL' });
  expect(of(all, 'FAIL', 'nightly').run.facets['errorMessage']).toMatchObject({
    message: expect.stringContaining('core.bad'),
  });
  expect(JSON.stringify(all)).toEqual(message);
});

test('a check that fails fails the task and the checks', async () => {
  const marquez = await receiver();
  const broken = build(
    'core.orders',
    'SELECT CAST(-1 AS BIGINT) AS "id"',
    { id: 'BIGINT' },
    {
      audit: audit('SELECT count_if("id" <= 0) AS "m0" FROM this', positive),
    },
  );
  await runTasks(projectFolder(), job([broken]), { env: { OPENLINEAGE_URL: marquez.url } });
  const all = events(marquez);
  expect(all.flatMap(wrongWith)).toEqual([]);
  expect(told(all)).toEqual([
    'START test',
    'START test.core.orders',
    'FAIL test.core.orders',
    'START test.core.orders.checks',
    'FAIL test.core.orders.checks',
    'FAIL test',
  ]);
});

test('a cancelled run is aborted', async () => {
  const marquez = await receiver();
  const cancel = new AbortController();
  const slow = build('core.slow', 'SELECT count(*) AS "n" FROM range(100000000000)', { n: 'BIGINT' });
  await runTasks(projectFolder(), job([slow]), {
    env: { OPENLINEAGE_URL: marquez.url },
    signal: cancel.signal,
    listeners: [(event) => void (event.event === 'task.started' && setTimeout(() => cancel.abort(), 50))],
  });
  expect(events(marquez).flatMap(wrongWith)).toEqual([]);
  expect(told(events(marquez))).toEqual(['START test', 'START test.core.slow', 'ABORT test.core.slow', 'ABORT test']);
});

test('what is a part of a run of another system says so', async () => {
  const marquez = await receiver();
  const [parent, root] = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'];
  await runShop({
    OPENLINEAGE_URL: marquez.url,
    OPENLINEAGE_NAMESPACE: 'prod',
    OPENLINEAGE_PARENT_ID: `airflow://prod/shop.load/${parent}`,
    OPENLINEAGE_ROOT_PARENT_ID: `airflow://prod/shop/${root}`,
  });
  const all = events(marquez);
  expect(all.flatMap(wrongWith)).toEqual([]);
  expect(new Set(all.map(({ job }) => job.namespace))).toEqual(new Set(['prod']));
  expect(of(all, 'START', 'nightly').run.facets['parent']).toMatchObject({
    run: { runId: parent },
    job: { namespace: 'airflow://prod', name: 'shop.load' },
    root: { run: { runId: root }, job: { namespace: 'airflow://prod', name: 'shop' } },
  });
  expect(of(all, 'START', 'nightly.core.seen').run.facets['parent']).toMatchObject({
    run: { runId: of(all, 'START', 'nightly').run.runId },
    root: { run: { runId: root } },
  });
});

test('into a file, a line an event', async () => {
  const { folder } = await runShop({
    OPENLINEAGE__TRANSPORT__TYPE: 'file',
    OPENLINEAGE__TRANSPORT__LOG_FILE_PATH: 'logs/lineage.jsonl',
  });
  const lines = readFileSync(join(folder, 'logs/lineage.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(10);
  expect(lines.flatMap(wrongWith)).toEqual([]);
});

test.each([
  ['is not there', nobody, /^10 OpenLineage events could not be sent to 127.0.0.1:\d+: connect ECONNREFUSED/],
  ['refuses', async () => (await receiver(() => 401)).url, /^10 OpenLineage events .*: it answered 401 Unauthorized$/],
  ['breaks', async () => (await receiver(() => 500)).url, /^10 OpenLineage events .*: it answered 500/],
  ['says nothing', async () => (await receiver(() => silent)).url, /^10 OpenLineage events .*: it did not answer in/],
  ['sends elsewhere', async () => (await receiver(() => 302)).url, /^10 OpenLineage events .*: it answered 302 Found$/],
  [
    'goes away',
    async () =>
      (
        await receiver(
          () =>
            ({ socket }) =>
              void socket.destroy(),
        )
      ).url,
    /^10 OpenLineage events/,
  ],
])('a receiver that %s fails no run', { timeout: 20_000 }, async (_what, url, words) => {
  const { status, events: own } = await runShop({ OPENLINEAGE_URL: await url() });
  expect(status).toBe('succeeded');
  const warned = own.flatMap((event) => (event.event === 'run.warned' ? [event.message] : []));
  expect(warned).toEqual([expect.stringMatching(words)]);
});

test('an answer without an end is not read', async () => {
  const marquez = await receiver(() => endless);
  const { events: own } = await runShop({ OPENLINEAGE_URL: marquez.url });
  expect(own.filter(({ event }) => event === 'run.warned')).toEqual([]);
  expect(events(marquez)).toHaveLength(10);
});

test('what fails for a moment is sent again, in order', async () => {
  let failing = 1;
  const marquez = await receiver(() => (failing-- > 0 ? 503 : 201));
  const quick = build('core.quick', 'SELECT 1 AS "n"', { n: 'INTEGER' });
  await runTasks(projectFolder(), job([quick]), { env: { OPENLINEAGE_URL: marquez.url } });
  const all = ['START test', 'START test.core.quick', 'COMPLETE test.core.quick', 'COMPLETE test'];
  expect(told(events(marquez))).toEqual(['START test', ...all]);
});

test.each([
  [{ OPENLINEAGE_URL: 'marquez:5000' }, 'OPENLINEAGE_URL is no address'],
  [{ OPENLINEAGE__TRANSPORT__TYPE: 'kafka' }, '`kafka`, and lineage is told by `http` or into a `file`'],
  [{ OPENLINEAGE__TRANSPORT__TYPE: 'file' }, 'LOG_FILE_PATH does not say'],
  [{ OPENLINEAGE_URL: 'http://m', OPENLINEAGE_PARENT_ID: 'x' }, 'OPENLINEAGE_PARENT_ID is not `namespace/job/run`'],
  [{ OPENLINEAGE_URL: 'http://m', OPENLINEAGE__TRANSPORT__AUTH: 'hunter22' }, 'OPENLINEAGE__TRANSPORT__AUTH is not'],
])('%o is told, and the run goes on', async (env, words) => {
  const { status, events: own } = await runShop(env);
  expect(status).toBe('succeeded');
  const [warned] = own.flatMap((event) => (event.event === 'run.warned' ? [event.message] : []));
  expect(warned).toContain(words);
  expect(warned).not.toContain('hunter22');
});

test('who is not asked is not loaded, and nobody asks for the program', async () => {
  const { tasks } = shop(projectFolder());
  let asked = 0;
  const describe = () => {
    asked += 1;
    return Promise.resolve(null);
  };
  const folder = projectFolder();
  shop(folder);
  await runTasks(folder, tasks, { env: {}, describe });
  await runTasks(folder, tasks, { env: { OPENLINEAGE_URL: await nobody(), OPENLINEAGE_DISABLED: 'true' }, describe });
  expect(asked).toBe(0);
});

test('no secret of the run is in an event', async () => {
  const marquez = await receiver();
  const folder = projectFolder();
  mkdirSync(join(folder, 'tok3n-place'));
  writeFileSync(join(folder, 'tok3n-place/a.csv'), 'id\n1\n');
  const secret = load('raw.a', { ...file('', 'csv'), path: [{ secret: 'PLACE' }, 'a.csv'] }, { id: 'int64' });
  const leak = build('core.a', `SELECT 1 AS "id", 'tok3n-place' AS "s" FROM "tok3n-place"`, {
    id: 'BIGINT',
    s: 'VARCHAR',
  });
  await runTasks(folder, job([secret, leak]), {
    target: { ...local, secrets: { kind: 'env' } },
    env: { OPENLINEAGE_URL: marquez.url, PLACE: 'tok3n-place' },
  });
  expect(told(events(marquez))).toContain('FAIL test.core.a');
  expect(JSON.stringify(marquez.received)).not.toContain('tok3n-place');
});
