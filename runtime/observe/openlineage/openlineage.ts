/**
 * OpenLineage: what a run reads and writes, told as it happens to a server such as Marquez, or into a file. It is asked for by
 * the variables that every OpenLineage client knows.
 * https://openlineage.io/docs/client/python/configuration
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Environment, Observed, Observer } from '../observer.ts';
import { type Deliver, post, Refusal, Sender } from '../sender.ts';
import { Lineage, type Parent } from './events.ts';

/** A run that is over waits so long for a receiver. */
const GRACE_MS = 5000;

/** @throws Error where the variables say what cannot be */
export function openLineage({ env, ...observed }: Observed): Observer {
  const { deliver, to } = transportOf(env, observed.folder);
  const lineage = new Lineage({
    ...observed,
    namespace: text(env, 'OPENLINEAGE_NAMESPACE') ?? observed.project,
    parent: parentOf(env, 'OPENLINEAGE_PARENT_ID'),
    root: parentOf(env, 'OPENLINEAGE_ROOT_PARENT_ID'),
  });
  const sender = new Sender({ deliver });
  return {
    listen: (event) => sender.add(...lineage.of(event)),
    close: async () => {
      const lost = await sender.end(GRACE_MS);
      if (lost === null) return null;
      const events = lost.documents === 1 ? '1 OpenLineage event' : `${lost.documents} OpenLineage events`;
      return `${events} could not be sent to ${to}: ${lost.why}`;
    },
  };
}

interface Transport {
  readonly deliver: Deliver;
  /** For people; without what may be secret. */
  readonly to: string;
}

function transportOf(env: Environment, folder: string): Transport {
  const kind = text(env, 'OPENLINEAGE__TRANSPORT__TYPE') ?? 'http';
  switch (kind) {
    case 'http':
    case 'async_http':
      return httpOf(env);
    case 'file': {
      const name = text(env, 'OPENLINEAGE__TRANSPORT__LOG_FILE_PATH');
      if (name === null)
        throw new Error('no lineage is told: OPENLINEAGE__TRANSPORT__LOG_FILE_PATH does not say into which file');
      return { deliver: appendTo(resolve(folder, name)), to: name };
    }
    default:
      throw new Error(
        `no lineage is told: OPENLINEAGE__TRANSPORT__TYPE is \`${kind}\`, and lineage is told by \`http\` or into a \`file\``,
      );
  }
}

function httpOf(env: Environment): Transport {
  const either = (name: string): string | null =>
    text(env, `OPENLINEAGE__TRANSPORT__${name}`) ?? text(env, `OPENLINEAGE_${name}`);
  const url = URL.parse(either('URL') ?? '');
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error('no lineage is told: OPENLINEAGE_URL is no address of a server, such as `http://marquez:5000`');
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const endpoint = either('ENDPOINT') ?? 'api/v1/lineage';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${endpoint.replace(/^\/+/, '')}`;
  const key = keyOf(env);
  const basic = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers: Record<string, string> =
    key !== null
      ? { Authorization: `Bearer ${key}` }
      : basic === ':'
        ? {}
        : { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
  return { deliver: post(url, headers), to: url.host };
}

/** `OPENLINEAGE__TRANSPORT__AUTH` is JSON: `{ "type": "api_key", "apiKey": "…" }`. */
function keyOf(env: Environment): string | null {
  const given = text(env, 'OPENLINEAGE__TRANSPORT__AUTH');
  if (given === null) return text(env, 'OPENLINEAGE_API_KEY');
  let auth: unknown;
  try {
    auth = JSON.parse(given);
  } catch {
    // Its words would show a part of it.
  }
  const { apiKey, api_key: other } = (auth ?? {}) as Readonly<Record<string, unknown>>;
  const key = apiKey ?? other;
  if (typeof key !== 'string')
    throw new Error('no lineage is told: OPENLINEAGE__TRANSPORT__AUTH is not `{ "type": "api_key", "apiKey": "…" }`');
  return key;
}

/** A line an event. Several runs may write into one file: a line is written at once. */
function appendTo(path: string): Deliver {
  return async (document) => {
    try {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${JSON.stringify(document)}\n`);
    } catch (failure) {
      throw new Refusal(failure instanceof Error ? failure.message : String(failure));
    }
  };
}

/** `namespace/job/run`, as Airflow hands it to what it starts; the namespace may have slashes of its own. */
function parentOf(env: Environment, name: string): Parent | null {
  const given = text(env, name);
  if (given === null) return null;
  const [, namespace = '', job = '', runId = ''] = /^(.+)\/([^/]+)\/([0-9a-f-]{36})$/i.exec(given) ?? [];
  if (runId === '')
    throw new Error(`no lineage is told: ${name} is not \`namespace/job/run\`, with a UUID for the run`);
  return { run: { runId }, job: { namespace, name: job } };
}

function text(env: Environment, name: string): string | null {
  const value = (env[name] ?? '').trim();
  return value === '' ? null : value;
}
