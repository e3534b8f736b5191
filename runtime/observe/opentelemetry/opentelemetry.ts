/**
 * OpenTelemetry: a run as spans and numbers, told by OTLP over HTTP. It is asked for by the variables that every OpenTelemetry
 * SDK knows.
 */
import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { RunEvent } from '../../events.ts';
import { SELECTION } from '../measures.ts';
import type { Observed, Observer } from '../observer.ts';
import { type Form, post, Sender } from '../sender.ts';
import { samplerOf } from '../trace.ts';
import { RunMetrics } from './metrics.ts';
import { attributesOf, metricsOf, type Resource, type Scope, type Span, tracesOf } from './model.ts';
import { binary, type Document } from './protobuf.ts';
import { type Exporter, exporterOf, isCumulative, resourceIn, type Signal } from './settings.ts';
import { Spans } from './spans.ts';

/** A run that is over waits so long for a collector. */
const GRACE_MS = 5000;
/** Spans that go together, at most, and after so long. */
const TOGETHER = 512;
const SOON_MS = 2000;

/** A signal that the variables ask for in a way that cannot be is not told, and the other is. */
export function openTelemetry(observed: Observed): Observer {
  const { env, project, target, name, program } = observed;
  const wrong: string[] = [];
  const [traces = null, metrics = null] = (['traces', 'metrics'] as const).map((signal) => {
    try {
      return senderFor(observed, signal);
    } catch (failure) {
      wrong.push(failure instanceof Error ? failure.message : String(failure));
      return null;
    }
  });
  const resource: Resource = {
    attributes: attributesOf({
      'service.name': project,
      'host.name': hostname(),
      'process.pid': process.pid,
      'telemetry.sdk.name': 'pipec',
      'telemetry.sdk.language': 'nodejs',
      ...(program === null ? {} : { 'telemetry.sdk.version': program.pipec }),
      'pipec.project': project,
      'pipec.target': target.name,
      ...resourceIn(env),
    }),
  };
  const scope: Scope = { name: 'pipec', ...(program === null ? {} : { version: program.pipec }) };
  const spans = new Spans(observed);
  const numbers = new RunMetrics(name ?? SELECTION, isCumulative(env));
  let waiting: Span[] = [];
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length > 0) traces?.sender.add(tracesOf(resource, scope, waiting));
    waiting = [];
  };
  const tellSpans = (event: RunEvent): void => {
    waiting.push(...spans.of(event));
    if (waiting.length >= TOGETHER || event.event === 'run.finished') flush();
    else if (waiting.length > 0) timer ??= setTimeout(flush, SOON_MS).unref();
  };
  const sampler = samplerOf(env);
  if (traces !== null && sampler.wrong !== null) wrong.push(sampler.wrong);
  return {
    listen: (event) => {
      if (traces !== null) tellSpans(event);
      if (metrics === null) return;
      numbers.add(event);
      if (event.event === 'run.finished') metrics.sender.add(metricsOf(resource, scope, numbers.upTo(event.at)));
    },
    warning: wrong.length === 0 ? null : wrong.join('; '),
    close: async () => {
      flush();
      const ends = [traces, metrics].map(async (one) => {
        const lost = (await one?.sender.end(GRACE_MS)) ?? null;
        if (one === null || lost === null) return null;
        const what =
          lost.documents === 1 ? `1 message of ${one.signal}` : `${lost.documents} messages of ${one.signal}`;
        return `${what} could not be sent to ${one.to}: ${lost.why}`;
      });
      const told = (await Promise.all(ends)).filter((one) => one !== null);
      return told.length === 0 ? null : told.join('; ');
    },
  };
}

function senderFor(
  { env }: Observed,
  signal: Signal,
): { readonly signal: Signal; readonly to: string; readonly sender: Sender } | null {
  const exporter = exporterOf(env, signal);
  if (exporter === null) return null;
  const { url, headers, timeoutMs } = exporter;
  return { signal, to: url.host, sender: new Sender({ deliver: post(url, headers, formOf(exporter)), timeoutMs }) };
}

function formOf({ protocol, compression }: Exporter): Form {
  const [type, plain] =
    protocol === 'http/json'
      ? ['application/json', (document: Document) => Buffer.from(JSON.stringify(document))]
      : ['application/x-protobuf', binary];
  const packed = compression === 'gzip';
  return {
    headers: { 'Content-Type': type, ...(packed ? { 'Content-Encoding': 'gzip' } : {}) },
    write: (document) => (packed ? gzipSync(plain(document as Document)) : plain(document as Document)),
  };
}
