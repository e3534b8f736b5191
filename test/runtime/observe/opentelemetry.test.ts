/** What a run tells by OpenTelemetry, read by a collector of the test's own; test/e2e has it judged by the official definitions. */
import { expect, test } from 'vitest';
import { attributesOf, type Metric, type Span, tracesOf } from '../../../runtime/observe/opentelemetry/model.ts';
import { binary } from '../../../runtime/observe/opentelemetry/protobuf.ts';
import { exporterOf, isAsked, resourceIn } from '../../../runtime/observe/opentelemetry/settings.ts';
import { samplerOf, spanOf, traceOf } from '../../../runtime/observe/trace.ts';
import type { RunOptions } from '../../../runtime/run.ts';
import { audit, build, check, job, local, projectFolder, runTasks } from '../../support/plans.ts';
import { nobody, type Receiver, receiver } from '../../support/receiver.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

type Attributes = Record<string, unknown>;
const plain = (attributes: Span['attributes']): Attributes =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}
interface Metrics {
  readonly resourceMetrics: readonly { readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[] }[];
}
const spansOf = ({ received }: Receiver): Span[] =>
  received
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) =>
      (body as Traces).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
const metricsIn = ({ received }: Receiver): Metric[] =>
  received
    .filter(({ path }) => path === '/v1/metrics')
    .flatMap(({ body }) =>
      (body as Metrics).resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
    );
const named = (spans: readonly Span[], name: string): Span => {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as Span;
};

const positive = check('expect id > 0', { measure: 'm0', sample: 'SELECT * FROM this WHERE "id" <= 0' });
const good = build(
  'core.good',
  'SELECT CAST(1 AS BIGINT) AS "id"',
  { id: 'BIGINT' },
  { audit: audit('SELECT count_if("id" <= 0) AS "m0" FROM this', positive) },
);
const bad = build('core.bad', 'SELECT 1 AS "id" FROM "nowhere"."there"', { id: 'BIGINT' });
const after = build('core.after', 'SELECT 1 AS "id"', { id: 'BIGINT' }, { after: ['core.bad'] });

const run = async (tasks: Parameters<typeof job>[0], env: NonNullable<RunOptions['env']>) =>
  await runTasks(projectFolder(), job(tasks, { name: 'nightly' }), {
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', ...env },
  });

test('a run, its tasks and their attempts are spans, one within the other', async () => {
  const collector = await receiver(() => 200);
  const { events } = await run([good], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20key, other=b',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=not-this',
  });
  expect(events.filter(({ event }) => event === 'run.warned')).toEqual([]);
  const id = events[0]?.run ?? '';
  const spans = spansOf(collector);
  const [whole, task, attempt] = [named(spans, 'nightly'), named(spans, 'core.good'), named(spans, 'build core.good')];
  expect(spans).toHaveLength(3);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceOf(id, {}).id]));
  expect([whole.spanId, task.spanId, attempt.spanId]).toEqual([
    spanOf(id),
    spanOf(id, 'core.good'),
    spanOf(id, 'core.good', 1),
  ]);
  expect([whole.parentSpanId, task.parentSpanId, attempt.parentSpanId]).toEqual([undefined, whole.spanId, task.spanId]);
  for (const span of spans) {
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    expect(span.status).toEqual({});
  }
  expect(plain(whole.attributes)).toMatchObject({
    'pipec.run': id,
    'pipec.job': 'nightly',
    'pipec.status': 'succeeded',
    'pipec.tasks.done': '1',
  });
  expect(plain(attempt.attributes)).toMatchObject({
    'db.system.name': 'duckdb',
    'db.namespace': 'test',
    'db.operation.name': 'build',
    'db.collection.name': 'core.good',
    'db.query.text': good.step.kind === 'build' ? good.step.sql : '',
    'pipec.attempt': '1',
    'pipec.rows': '1',
  });
  expect(attempt.events.map(({ name, attributes }) => [name, plain(attributes)])).toEqual([
    [
      'pipec.check',
      {
        'pipec.check': 'expect id > 0',
        'pipec.check.passed': true,
        'pipec.check.severity': 'error',
        'pipec.check.failing_rows': '0',
      },
    ],
  ]);
  const first = collector.received.find(({ path }) => path === '/v1/traces');
  expect(first?.headers).toMatchObject({ 'x-key': 'a key', other: 'b', 'content-type': 'application/json' });
  const [{ resource } = { resource: { attributes: [] } }] = (first as { readonly body: Traces }).body.resourceSpans;
  expect(plain(resource.attributes)).toMatchObject({
    'service.name': 'shop',
    'deployment.environment.name': 'prod',
    'pipec.target': 'local',
  });
});

test('a failure is the error of its attempt, its task and the run, and nothing of it is a row', async () => {
  const collector = await receiver(() => 200);
  const { events } = await run([bad, after], { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` });
  const failed = events.find((event) => event.event === 'task.failed');
  const code = failed?.event === 'task.failed' ? failed.error.code : '';
  const spans = spansOf(collector);
  expect(spans.map(({ name, status }) => [name, status.code])).toEqual([
    ['build core.bad', 2],
    ['core.bad', 2],
    ['nightly', 2],
  ]);
  expect(plain(named(spans, 'build core.bad').attributes)).toMatchObject({ 'error.type': code });
  expect(named(spans, 'build core.bad').events.map(({ name }) => name)).toEqual(['exception']);
  const skipped = named(spans, 'nightly').events.find(({ name }) => name === 'pipec.task.skipped');
  expect(plain(skipped?.attributes ?? [])).toEqual({ 'pipec.task': 'core.after', 'pipec.reason': 'upstream-failed' });
  expect(metricsIn(collector)).toEqual([]);
});

test('what is counted has the names that Prometheus gives it', async () => {
  const collector = await receiver(() => 200);
  await run([good, bad, after], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_EXPORTER: 'none' });
  expect(spansOf(collector)).toEqual([]);
  const metrics = metricsIn(collector);
  const sums = metrics.flatMap(({ name, unit, sum }) =>
    (sum?.dataPoints ?? []).map(({ attributes, asInt }) => [name, unit, plain(attributes), asInt] as const),
  );
  expect(sums.sort()).toEqual(
    [
      ['pipec.checks', '{check}', { job: 'nightly', result: 'passed' }, '1'],
      ['pipec.rows', '{row}', { job: 'nightly' }, '1'],
      ['pipec.runs', '{run}', { job: 'nightly', status: 'failed' }, '1'],
      ['pipec.tasks', '{task}', { job: 'nightly', status: 'failed' }, '1'],
      ['pipec.tasks', '{task}', { job: 'nightly', status: 'skipped' }, '1'],
      ['pipec.tasks', '{task}', { job: 'nightly', status: 'succeeded' }, '1'],
    ].sort(),
  );
  for (const { sum, histogram } of metrics) {
    expect((sum ?? histogram)?.aggregationTemporality).toBe(1);
    for (const point of histogram?.dataPoints ?? []) {
      expect(point.bucketCounts).toHaveLength(point.explicitBounds.length + 1);
      expect(point.bucketCounts.reduce((all, one) => all + Number(one), 0)).toBe(Number(point.count));
    }
  }
  expect(
    metrics
      .filter(({ histogram }) => histogram !== undefined)
      .map(({ name, unit }) => [name, unit])
      .sort(),
  ).toEqual([
    ['pipec.run.duration', 's'],
    ['pipec.task.duration', 's'],
  ]);
});

test('a run that is a part of a trace says so, and is kept or not as that is', async () => {
  const collector = await receiver(() => 200);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACESTATE: 'a=b' };
  await run([good], { ...env, TRACEPARENT: `00-${ID}-${SPAN}-01` });
  expect(named(spansOf(collector), 'nightly')).toMatchObject({ traceId: ID, parentSpanId: SPAN, traceState: 'a=b' });
  const before = spansOf(collector).length;
  await run([good], { ...env, TRACEPARENT: `00-${ID}-${SPAN}-00` });
  expect(spansOf(collector)).toHaveLength(before);
  await run([good], { ...env, TRACEPARENT: `00-${ID}-${SPAN}-00`, OTEL_TRACES_SAMPLER: 'always_on' });
  expect(spansOf(collector)).toHaveLength(before + 3);
});

test('a share of traces is kept, the same ones by everybody', () => {
  const ids = Array.from({ length: 2000 }, (_, index) => traceOf(`run ${index}`, {}).id);
  const kept = (share: string) => {
    const { sampler, wrong } = samplerOf({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: share });
    expect(wrong).toBe(null);
    return ids.filter((id) => sampler(id, null));
  };
  expect([kept('0').length, kept('1').length]).toEqual([0, 2000]);
  expect(kept('0.25').length / 2000).toBeCloseTo(0.25, 1);
  expect(kept('0.5')).toEqual(expect.arrayContaining(kept('0.25')));
});

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT is no address of a collector'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' },
    'OTEL_EXPORTER_OTLP_COMPRESSION is `zstd`, and there is `gzip` or `none`',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    'OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`, and they are told by `http/protobuf` or `http/json`, which collectors take at another port',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_EXPORTER: 'zipkin', OTEL_METRICS_EXPORTER: 'none' },
    'OTEL_TRACES_EXPORTER is `zipkin`',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_HEADERS: 'hunter22' },
    'OTEL_EXPORTER_OTLP_HEADERS is not `name=value',
  ],
])('%o is told, and the run goes on', async (env, words) => {
  const { status, events } = await run([good], env);
  expect(status).toBe('succeeded');
  const [warned] = events.flatMap((event) => (event.event === 'run.warned' ? [event.message] : []));
  expect(warned).toContain(words);
  expect(warned).not.toContain('hunter22');
});

test('a sampler that is none is told, and every trace is kept', async () => {
  const collector = await receiver(() => 200);
  const { events } = await run([good], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'often' });
  expect(spansOf(collector)).toHaveLength(3);
  expect(events).toContainEqual(
    expect.objectContaining({
      event: 'run.warned',
      message: expect.stringContaining('OTEL_TRACES_SAMPLER is `often`'),
    }),
  );
});

test('a collector that is away, or refuses, fails no run', { timeout: 20_000 }, async () => {
  for (const [url, words] of [
    [
      await nobody(),
      /1 message of traces could not be sent to 127.0.0.1:\d+: connect ECONNREFUSED.*; 1 message of metrics/,
    ],
    [(await receiver(() => 401)).url, /1 message of traces could not be sent .*: it answered 401 Unauthorized; /],
  ] as const) {
    const { status, events } = await run([good], { OTEL_EXPORTER_OTLP_ENDPOINT: url });
    expect(status).toBe('succeeded');
    expect(events.flatMap((event) => (event.event === 'run.warned' ? [event.message] : []))).toEqual([
      expect.stringMatching(words),
    ]);
  }
});

test('no secret of the run is in a span', async () => {
  const collector = await receiver(() => 200);
  const leak = build('core.a', `SELECT 1 AS "id", 'tok3n-place' AS "s" FROM "tok3n-place"`, {
    id: 'BIGINT',
    s: 'VARCHAR',
  });
  const target = { ...local, engine: { kind: 'duckdb', path: { secret: 'PLACE' } }, secrets: { kind: 'env' } } as const;
  await runTasks(projectFolder(), job([leak]), {
    target,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      PLACE: 'tok3n-place',
    },
  });
  expect(spansOf(collector).length).toBeGreaterThan(1);
  expect(JSON.stringify(collector.received)).not.toContain('tok3n-place');
});

test('what the variables say of where and with what', () => {
  const of = (env: Record<string, string>) => exporterOf(env, 'traces');
  expect(of({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://me:p%40ss@c.example/base/' })).toMatchObject({
    url: new URL('https://c.example/base/v1/traces'),
    headers: { Authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` },
    timeoutMs: 10_000,
  });
  expect(of({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/own', OTEL_EXPORTER_OTLP_TIMEOUT: '1500' })).toMatchObject({
    url: new URL('http://c/own'),
    timeoutMs: 1500,
  });
  expect(of({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c/own' })).toBe(null);
  expect(resourceIn({ OTEL_RESOURCE_ATTRIBUTES: 'a=b%2Cc,broken' })).toEqual({});
  expect(resourceIn({ OTEL_RESOURCE_ATTRIBUTES: 'a=b%2Cc' })).toEqual({ a: 'b,c' });
  expect(isAsked({})).toBe(false);
  expect(isAsked({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'true' })).toBe(false);
});

test('it is binary unless the variables say otherwise, and packed where they say so, each signal by its own', async () => {
  const collector = await receiver(() => 200);
  await run([good], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: '',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
  });
  const forms = collector.received.map(({ path, headers }) => [
    path,
    headers['content-type'],
    headers['content-encoding'],
  ]);
  expect(new Set(forms.map(String))).toEqual(
    new Set(['/v1/traces,application/x-protobuf,gzip', '/v1/metrics,application/json,']),
  );
  const traces = collector.received.filter(({ path }) => path === '/v1/traces');
  const texts = traces.map(({ body }) => Buffer.from(String(body), 'base64').toString('latin1')).join('');
  for (const name of ['build core.good', 'nightly', 'pipec.project']) expect(texts).toContain(name);
});

test('numbers of the protocol in binary', () => {
  const attributes = attributesOf({ int: -1, most: Number.MAX_SAFE_INTEGER, half: 0.5, no: false, text: 'ä' });
  const bytes = binary(tracesOf({ attributes }, { name: 'pipec' }, [])).toString('hex');
  for (const part of [
    '03696e74120b18ffffffffffffffffff01',
    '046d6f7374120918ffffffffffffff0f',
    '0468616c66120921000000000000e03f',
    '026e6f12021000',
    '047465787412040a02c3a4',
  ])
    expect(bytes).toContain(part);
});
