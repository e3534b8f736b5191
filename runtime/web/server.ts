/**
 * The server of the page: its files, the JSON API and what happens live. It reads no file for anybody: what it serves is in
 * memory, and every address is a row below.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PipecError } from '../errors.ts';
import { type Actions, actionNames, Declined, readBody } from './actions.ts';
import { Answers, type Knowledge } from './answers.ts';
import type { ActionName, Refusal, Role, Session, SignInAnswer } from './api.ts';
import { type Access, Guard } from './guard.ts';
import { Live } from './live.ts';
import { NotLetIn, Oidc, type OidcPlace, PATH } from './oidc.ts';

export interface WebOptions extends Knowledge {
  readonly actions: Actions;
  /** The page itself. Its script and its style stand at `/page.js` and `/page.css`. */
  readonly assets: { readonly html: string; readonly script: string; readonly style: string };
  /** Of this machine; 0 as port is one that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly access: Omit<Access, 'hosts' | 'provider'>;
  /** Where people sign in, beside tokens; null where they do not. */
  readonly provider: OidcPlace | null;
  /** Hosts beside those of the address that it listens on, as browsers name them. */
  readonly hosts: readonly string[];
  /** More that is served, by its path: what it answers, as text. */
  readonly texts?: Readonly<Record<string, () => Promise<string>>>;
}

export interface Web {
  readonly port: number;
  readonly close: () => Promise<void>;
}

const MOST_BODY = 16 * 1024;
const MOST_CONNECTIONS = 500;

/** @throws what `listen` says, such as EADDRINUSE */
export async function serveWeb(options: WebOptions): Promise<Web> {
  // Whoever sends slowly, or nothing, is let go.
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = MOST_CONNECTIONS;
  const { host, port: wanted } = options.listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const site = new Site(options, [...namesOf(host, port), ...options.hosts]);
  server.on('request', (request, response) => void site.answer(request, response));
  return {
    port,
    close: async () => {
      site.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** How a browser names an address: as `Host` and `Origin` have it. */
function namesOf(host: string, port: number): readonly string[] {
  const loopback = ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'].includes(host);
  const hosts = loopback ? ['127.0.0.1', 'localhost', '[::1]'] : [host.includes(':') ? `[${host}]` : host];
  return hosts.flatMap((one) => (port === 80 ? [one, `${one}:80`] : [`${one}:${port}`]));
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
} as const;

/** What a request asks for, once it is known that it may. */
interface Asked {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly role: Role;
  readonly person: string | null;
}

/** Thrown where a request is not answered. */
class Refused extends Error {
  readonly status: number;
  readonly code: Refusal['code'];
  constructor(status: number, code: Refusal['code'], message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

class Site {
  readonly #options: WebOptions;
  readonly #guard: Guard;
  readonly #answers: Answers;
  readonly #live: Live;
  readonly #provider: Oidc | null;
  readonly #files: ReadonlyMap<string, { readonly type: string; readonly text: string }>;

  constructor(options: WebOptions, hosts: readonly string[]) {
    const { html, script, style } = options.assets;
    this.#options = options;
    this.#provider = options.provider === null ? null : new Oidc(options.provider, options.now);
    this.#guard = new Guard({ ...options.access, hosts, provider: this.#provider !== null }, options.now);
    this.#answers = new Answers(options);
    this.#live = new Live(options.history, this.#answers);
    this.#files = new Map([
      ['/', { type: 'text/html', text: html }],
      ['/page.js', { type: 'text/javascript', text: script }],
      ['/page.css', { type: 'text/css', text: style }],
    ]);
  }

  close(): void {
    this.#live.close();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    // A browser that goes away in the middle is nobody's fault.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      await this.#route(request, response);
    } catch (failure) {
      refuse(request, response, refusalOf(failure));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = this.#guard.refuses(request);
    if (refused !== null) throw new Refused(refused.status, 'not-permitted', refused.why);
    // Put together, not resolved: what begins with two slashes is no other server.
    const url = URL.parse(`http://page${request.url ?? ''}`);
    if (url?.host !== 'page') throw notFound();
    // The page itself says nothing of the project, so that whoever is to sign in can.
    const file = this.#files.get(url.pathname);
    if (file !== undefined) {
      only(request, 'GET');
      send(response, 200, file.type, file.text);
      return;
    }
    const parts = partsOf(url.pathname);
    if (parts[0] === 'api' && parts[1] === 'sign-in') return await this.#signIn(parts[2] ?? '', request, response);
    const who = this.#guard.who(request);
    if (who.may === null) throw new Refused(401, 'not-signed-in', who.why);
    const text = this.#options.texts?.[url.pathname];
    if (text !== undefined) {
      only(request, 'GET');
      send(response, 200, 'text/plain', await text());
      return;
    }
    if (parts[0] !== 'api') throw notFound();
    const asked = { parts: parts.slice(1), query: url.searchParams, request, response, role: who.may };
    await this.#api({ ...asked, person: who.person });
  }

  async #api(asked: Asked): Promise<void> {
    const { parts, request, response } = asked;
    const [what = '', name = ''] = parts;
    if (what === 'actions' && parts.length === 2) return await this.#act(name, asked);
    if (what === 'sign-out' && parts.length === 1) {
      only(request, 'POST');
      response.setHeader('Set-Cookie', this.#guard.signOut(request));
      json(response, 200, {});
      return;
    }
    only(request, 'GET');
    if (what === 'live' && parts.length === 1) {
      if (!this.#live.add(response)) throw new Refused(503, 'failed', 'too many pages are open already');
      return;
    }
    const found = await this.#found(asked);
    if (found === null) throw notFound();
    json(response, 200, found);
  }

  /** Null where there is no such thing. */
  async #found({ parts, query, role, person }: Asked): Promise<object | null> {
    const answers = this.#answers;
    const [what = '', name = '', part = null] = parts;
    switch (`${what}/${parts.length}${part === null ? '' : `/${part}`}`) {
      case 'session/1':
        return this.#session(role, person);
      case 'jobs/1':
        return await answers.jobs();
      case 'datasets/1':
        return await answers.datasets();
      case 'runs/1':
        return await answers.runs();
      case 'standing/1':
        return await answers.standing();
      case 'environments/1':
        return await answers.environments();
      case 'jobs/2':
        return await answers.job(name);
      case 'runs/2':
        return await answers.run(name);
      case 'runs/3/log':
        return await answers.log(name, query.get('task'), positionOf(query.get('after')));
      case 'datasets/2':
        return await answers.dataset(name);
      case 'datasets/3/status':
        return await answers.status(name);
      case 'datasets/3/quarantine':
        return await answers.quarantine(name);
      default:
        return null;
    }
  }

  #session(role: Role, person: string | null): Session {
    const { plan, actions } = this.#options;
    const without = (name: ActionName): string | null => {
      if (role === 'viewer') return 'a viewer looks, and changes nothing';
      const action = actions[name];
      return 'without' in action ? action.without : null;
    };
    return {
      project: plan.project,
      target: plan.target.name,
      engine: plan.target.engine.kind,
      pipec: plan.pipec,
      role,
      person,
      actions: Object.fromEntries(actionNames.map((name) => [name, without(name)])) as Session['actions'],
    };
  }

  /** How one signs in here, by a token, or by way of the provider. */
  async #signIn(way: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (way === '' && request.method === 'GET') {
      json(response, 200, { token: this.#guard.takesTokens, provider: this.#provider !== null } satisfies SignInAnswer);
      return;
    }
    if (way === '') return await this.#byToken(request, response);
    only(request, 'GET');
    const provider = this.#provider;
    if (provider === null) throw notFound();
    if (way === 'begin') {
      const { to, cookie } = await provider.begin().catch(() => {
        throw new Refused(503, 'failed', 'the provider that people sign in at does not answer');
      });
      response.writeHead(303, { Location: to, 'Set-Cookie': cookie }).end();
      return;
    }
    if (request.url?.split('?')[0] !== PATH) throw notFound();
    try {
      const { role, person, cookie } = await provider.end(request.url, request.headers.cookie);
      response.writeHead(303, { Location: '/', 'Set-Cookie': [cookie, this.#guard.admit(role, person)] }).end();
    } catch (failure) {
      if (!(failure instanceof NotLetIn)) throw failure;
      send(response, 403, 'text/plain', `You are not signed in: ${failure.message}.\n`);
    }
  }

  async #byToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    only(request, 'POST');
    const body = (await bodyOf(request)) as { readonly token?: unknown } | null;
    const signed = this.#guard.signIn(typeof body?.token === 'string' ? body.token : '');
    if (signed === 'later') throw new Refused(429, 'not-permitted', 'too many wrong tokens: try again in a minute');
    if (signed === 'wrong') throw new Refused(401, 'not-signed-in', 'that is no token of this server');
    response.setHeader('Set-Cookie', signed.cookie);
    json(response, 200, {});
  }

  async #act(name: string, { request, response, role, person }: Asked): Promise<void> {
    only(request, 'POST');
    const known = actionNames.find((one) => one === name);
    if (known === undefined) throw notFound();
    if (role !== 'operator') throw new Refused(403, 'not-permitted', 'a viewer looks, and changes nothing');
    json(response, 200, { told: await this.#perform(known, await bodyOf(request), person) });
  }

  async #perform<Name extends ActionName>(name: Name, given: unknown, person: string | null): Promise<string> {
    const body = readBody(name, given);
    if (body === null) throw new Refused(400, 'refused', `that is not what \`${name}\` takes`);
    const action = this.#options.actions[name];
    if ('without' in action) throw new Refused(409, 'refused', action.without);
    return await action(body, person);
  }
}

const notFound = (): Refused => new Refused(404, 'not-found', 'there is nothing of that name');

function only({ method }: IncomingMessage, wanted: 'GET' | 'POST'): void {
  if (method !== wanted && !(wanted === 'GET' && method === 'HEAD'))
    throw new Refused(405, 'refused', `this is asked for with ${wanted}`);
}

/** The parts of a path, decoded one by one: what is encoded in a name stays in that name. */
function partsOf(path: string): readonly string[] {
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    throw notFound();
  }
}

function positionOf(text: string | null): number | null {
  if (text === null) return null;
  const position = Number(text);
  if (!Number.isSafeInteger(position) || position < 0) throw new Refused(400, 'refused', '`after` is a position');
  return position;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new Refused(415, 'refused', 'a body is JSON');
  const chunks: Buffer[] = [];
  let size = 0;
  // Kept open where it is too large, so that the answer arrives.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY) throw new Refused(413, 'refused', 'the body is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refused(400, 'refused', 'the body is no JSON');
  }
}

/** What is no fault of who asked is told in the words of the runtime, which hold no secret; the rest without its words. */
function refusalOf(failure: unknown): Refused {
  if (failure instanceof Refused) return failure;
  if (failure instanceof Declined) return new Refused(409, 'refused', failure.message);
  if (failure instanceof PipecError) return new Refused(503, 'failed', failure.message);
  return new Refused(500, 'failed', 'that did not work; the log of the server may tell why');
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, code, message }: Refused): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What is left of a body is not waited for.
  if (!request.complete) response.setHeader('Connection', 'close');
  json(response, status, { code, message } satisfies Refusal);
}

const json = (response: ServerResponse, status: number, value: object): void =>
  send(response, status, 'application/json', JSON.stringify(value));

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
