/**
 * What the variables say that every OpenTelemetry exporter knows.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter, …/configuration/sdk-environment-variables
 */
import type { Environment } from '../observer.ts';

export type Signal = 'traces' | 'metrics';

export interface Exporter {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly protocol: Protocol;
  readonly compression: Compression;
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
type Protocol = (typeof PROTOCOLS)[number];
const COMPRESSIONS = ['none', 'gzip'] as const;
type Compression = (typeof COMPRESSIONS)[number];

/** Whether anybody is to be told. */
export const isAsked = (env: Environment): boolean =>
  !/^true$/i.test(text(env, 'OTEL_SDK_DISABLED') ?? '') &&
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'].some(
    (name) => text(env, name) !== null,
  );

/** Null where nobody is told by it. @throws Error with what is wrong in the environment, in words */
export function exporterOf(env: Environment, signal: Signal): Exporter | null {
  const own = (name: string): [string, string | null] => {
    const special = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`;
    const value = text(env, special);
    return value === null ? [`OTEL_EXPORTER_OTLP_${name}`, text(env, `OTEL_EXPORTER_OTLP_${name}`)] : [special, value];
  };
  const none = `no ${signal} are told`;
  const [endpointName, endpoint] = own('ENDPOINT');
  const chosen = text(env, `OTEL_${signal.toUpperCase()}_EXPORTER`) ?? 'otlp';
  if (endpoint === null || chosen === 'none') return null;
  if (!chosen.split(',').some((one) => one.trim() === 'otlp'))
    throw new Error(`${none}: OTEL_${signal.toUpperCase()}_EXPORTER is \`${chosen}\`, and they are told by \`otlp\``);
  const [protocolName, protocol] = own('PROTOCOL');
  const said = PROTOCOLS.find((one) => one === (protocol ?? 'http/protobuf'));
  if (said === undefined) {
    const instead = protocol === 'grpc' ? ', which collectors take at another port: 4318 where gRPC is at 4317' : '';
    throw new Error(
      `${none}: ${protocolName} is \`${protocol}\`, and they are told by \`http/protobuf\` or \`http/json\`${instead}`,
    );
  }
  const [compressionName, compression] = own('COMPRESSION');
  const packed = COMPRESSIONS.find((one) => one === (compression ?? 'none'));
  if (packed === undefined)
    throw new Error(`${none}: ${compressionName} is \`${compression}\`, and there is \`gzip\` or \`none\``);
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error(`${none}: ${endpointName} is no address of a collector, such as \`http://collector:4318\``);
  // The address of one signal is whole; of all of them, it is where their paths begin.
  if (endpointName === 'OTEL_EXPORTER_OTLP_ENDPOINT') url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  const [headersName, headers] = own('HEADERS');
  const given = pairsOf(headers ?? '');
  if (given === null) throw new Error(`${none}: ${headersName} is not \`name=value,other=value\``);
  const [, timeout] = own('TIMEOUT');
  const timeoutMs = Number(timeout ?? 10_000);
  return {
    url: withoutUser(url),
    headers: { ...authorization(url), ...given },
    timeoutMs: Number.isFinite(timeoutMs) && timeoutMs > 0 ? timeoutMs : 10_000,
    protocol: said,
    compression: packed,
  };
}

/** Whether sums go on from the last message of the same process; where nobody says so, each message has its own. */
export const isCumulative = (env: Environment): boolean =>
  /^cumulative$/i.test(text(env, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE') ?? '');

/** Of `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`; what cannot be read is as if it were not there. */
export function resourceIn(env: Environment): Readonly<Record<string, string>> {
  const service = text(env, 'OTEL_SERVICE_NAME');
  return {
    ...pairsOf(text(env, 'OTEL_RESOURCE_ATTRIBUTES') ?? ''),
    ...(service === null ? {} : { 'service.name': service }),
  };
}

/** `a=1,b=2`, values as in a URL; null where it is none. */
function pairsOf(given: string): Readonly<Record<string, string>> | null {
  const pairs: [string, string][] = [];
  for (const part of given.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, name = '', value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(part) ?? [];
    if (name === '' || /[^\x21-\x7e]/.test(name)) return null;
    try {
      pairs.push([decodeURIComponent(name), decodeURIComponent(value)]);
    } catch {
      return null;
    }
  }
  return Object.fromEntries(pairs);
}

/** A user in the address is one of HTTP. */
function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const basic = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
}

function withoutUser(given: URL): URL {
  const url = new URL(given);
  url.username = '';
  url.password = '';
  return url;
}

function text(env: Environment, name: string): string | null {
  const value = (env[name] ?? '').trim();
  return value === '' ? null : value;
}
