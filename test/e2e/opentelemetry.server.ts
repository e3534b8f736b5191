/**
 * What a run tells by OpenTelemetry, judged by the protocol's own definitions: Python reads each message strictly, so that a
 * field that is unknown, misspelt or of a wrong type is an error.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { binary, type Document } from '../../runtime/observe/opentelemetry/protobuf.ts';
import { airflowPrograms } from '../support/airflow.ts';
import { newFolder, pipec, write } from '../support/command.ts';
import { receiver } from '../support/receiver.ts';

/** JSON of the protocol has ids in hex, where JSON of its definitions has base64: the one thing that differs. */
const JUDGE = `
import base64, json, sys
from google.protobuf.json_format import MessageToDict, Parse
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

def ids(value):
    if isinstance(value, list):
        return [ids(one) for one in value]
    if isinstance(value, dict):
        return {k: base64.b64encode(bytes.fromhex(v)).decode() if k in ('traceId', 'spanId', 'parentSpanId') else ids(v) for k, v in value.items()}
    return value

def unknown(message):
    found = [field.field_number for field in UnknownFieldSet(message)]
    for descriptor, value in message.ListFields():
        if descriptor.type == descriptor.TYPE_MESSAGE:
            for one in [value] if hasattr(value, 'ListFields') else value:
                found += unknown(one)
    return found

found = {'spans': [], 'metrics': [], 'whole': []}
for path, body in json.load(sys.stdin):
    kind = ExportTraceServiceRequest if path.endswith('/v1/traces') else ExportMetricsServiceRequest
    if isinstance(body, str):
        message = kind.FromString(base64.b64decode(body))
        assert unknown(message) == [], message
    else:
        message = Parse(json.dumps(ids(body)), kind(), ignore_unknown_fields=False)
    for resource in getattr(message, 'resource_spans', []):
        for scope in resource.scope_spans:
            for span in scope.spans:
                assert len(span.trace_id) == 16 and len(span.span_id) == 8, span
                assert span.start_time_unix_nano <= span.end_time_unix_nano, span
                found['spans'].append([span.name, span.kind, span.status.code])
    for resource in getattr(message, 'resource_metrics', []):
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                found['metrics'].append([metric.name, metric.WhichOneof('data')])
    found['whole'].append(MessageToDict(message))
print(json.dumps(found))
`;

const PROGRAM = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Order { id: int64 @key, amount: int64 }
source orders : Order from file('orders.csv') in dwh.raw { invalid: quarantine }
table totals in dwh.core { checks { expect total > 0 } } = from orders |> aggregate sum(amount) as total
table broken in dwh.core = from orders |> assert amount > 1000, 'too small'
job nightly { builds: [dwh.*] }
`;

const programs = airflowPrograms();
test.skipIf(programs === null)('every message is one of the protocol', async () => {
  const collector = await receiver(() => 200);
  const folder = newFolder();
  write(folder, { 'shop.pipe': PROGRAM, 'orders.csv': 'id,amount\n1,10\n2,x\n' });
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  const { code } = await pipec(['run', 'job:nightly', '--json'], { folder, env });
  expect(code).toBe(3);
  const sent = collector.received.map(({ path, body }) => [path, body] as const);
  const judged = spawnSync(join(programs ?? '', 'python'), ['-c', JUDGE], {
    input: JSON.stringify([
      ...sent,
      ...sent.map(([path, body]) => [path, binary(body as Document).toString('base64')]),
    ]),
    encoding: 'utf8',
  });
  expect(judged.stderr).toBe('');
  const { spans, metrics, whole } = JSON.parse(judged.stdout) as Record<'spans' | 'metrics' | 'whole', unknown[]>;
  // In binary it is the same message.
  expect(whole.slice(sent.length)).toEqual(whole.slice(0, sent.length));
  expect(spans).toEqual(
    expect.arrayContaining([
      ['load dwh.raw.orders', 3, 0],
      ['dwh.core.totals', 1, 0],
      ['build dwh.core.broken', 3, 2],
      ['nightly', 1, 2],
    ]),
  );
  expect(metrics).toEqual(
    expect.arrayContaining([
      ['pipec.runs', 'sum'],
      ['pipec.task.duration', 'histogram'],
      ['pipec.rows.quarantined', 'sum'],
    ]),
  );
});
