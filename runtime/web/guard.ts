/**
 * Who may ask. A page of another site that a person has open, or a name of another site that is led to this machine (DNS
 * rebinding), gets nothing; who is to sign in gets nothing before; a viewer changes nothing.
 *
 * https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site, https://owasp.org/www-community/attacks/csrf
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Role } from './api.ts';

export interface Access {
  /** Hosts with their port, as browsers name this server: `127.0.0.1:4700`. */
  readonly hosts: readonly string[];
  /** Who proves to know it is an operator, or a viewer. */
  readonly tokens: Readonly<Record<Role, string | null>>;
  /** People also sign in at a provider. Where they do not, and there is no token, whoever reaches the server is an operator. */
  readonly provider: boolean;
  /** Reached by https, by way of a proxy: the cookie is for that alone. */
  readonly secure: boolean;
}

export type Answered =
  | { readonly may: Role; readonly person: string | null }
  | { readonly may: null; readonly status: 401 | 403 | 421; readonly why: string };

/** A header that no page of another site can set without asking first. */
export const ASKED_BY_PAGE = 'x-pipec';
/** What is weaker than this is guessed. */
export const LEAST_TOKEN = 16;

const HOUR = 3_600_000;
const SESSION_MS = 12 * HOUR;
const MOST_SESSIONS = 1000;
/** So many wrong tokens a minute, and nobody signs in until it is over. */
const MOST_WRONG = 10;
const MINUTE = 60_000;

interface SignedIn {
  readonly role: Role;
  readonly person: string;
  readonly until: number;
}

export class Guard {
  readonly #access: Access;
  readonly #now: () => number;
  /** By the digest of the cookie's value. */
  readonly #sessions = new Map<string, SignedIn>();
  #wrong: number[] = [];

  constructor(access: Access, now: () => number = Date.now) {
    this.#access = access;
    this.#now = now;
  }

  get isOpen(): boolean {
    return !this.#access.provider && !this.takesTokens;
  }

  get takesTokens(): boolean {
    const { operator, viewer } = this.#access.tokens;
    return operator !== null || viewer !== null;
  }

  /** Whether a request comes from where it may come from, whoever asks. Null: it does. */
  refuses({ headers, method }: IncomingMessage): Extract<Answered, { may: null }> | null {
    const { host = '', origin } = headers;
    if (!this.#access.hosts.includes(host.toLowerCase()))
      return { may: null, status: 421, why: 'this server is not called by that name' };
    const site = headers['sec-fetch-site'];
    const foreign =
      (origin !== undefined && !this.#isOwn(origin)) ||
      // A link from elsewhere may lead here; what a page elsewhere asks for by itself may not.
      (site !== undefined && site !== 'same-origin' && !(site === 'none' || headers['sec-fetch-mode'] === 'navigate'));
    if (foreign) return { may: null, status: 403, why: 'pages of other sites may not ask' };
    if (method !== 'GET' && method !== 'HEAD' && headers[ASKED_BY_PAGE] === undefined)
      return {
        may: null,
        status: 403,
        why: `a request that changes something carries the header \`${ASKED_BY_PAGE}\``,
      };
    return null;
  }

  /** Who asks. */
  who({ headers }: IncomingMessage): Answered {
    if (this.isOpen) return { may: 'operator', person: null };
    const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (bearer !== undefined) {
      const role = this.#roleOf(bearer);
      return role === null ? refused : { may: role, person: holderOf(role) };
    }
    const session = this.#session(headers.cookie);
    return session === null ? refused : { may: session.role, person: session.person };
  }

  /** The cookie of somebody who knows a token; null where it is none, `later` after too many wrong ones. */
  signIn(token: string): { readonly cookie: string } | 'wrong' | 'later' {
    const now = this.#now();
    this.#wrong = this.#wrong.filter((at) => at > now - MINUTE);
    if (this.#wrong.length >= MOST_WRONG) return 'later';
    const role = this.#roleOf(token);
    if (role === null) {
      this.#wrong.push(now);
      return 'wrong';
    }
    return { cookie: this.admit(role, holderOf(role)) };
  }

  /** The cookie of somebody of whom it is known who they are and what they may do. */
  admit(role: Role, person: string): string {
    const now = this.#now();
    const value = randomBytes(32).toString('base64url');
    for (const [key, { until }] of this.#sessions)
      if (until <= now || this.#sessions.size >= MOST_SESSIONS) this.#sessions.delete(key);
    this.#sessions.set(digest(value).toString('hex'), { role, person, until: now + SESSION_MS });
    return this.#cookie(value, SESSION_MS / 1000);
  }

  /** A cookie that ends the session. */
  signOut({ headers }: IncomingMessage): string {
    const value = cookieIn(headers.cookie);
    if (value !== null) this.#sessions.delete(digest(value).toString('hex'));
    return this.#cookie('', 0);
  }

  #isOwn(origin: string): boolean {
    const url = URL.parse(origin);
    return url !== null && url.origin === origin && this.#access.hosts.includes(url.host);
  }

  #session(cookie: string | undefined): SignedIn | null {
    const value = cookieIn(cookie);
    const session = value === null ? undefined : this.#sessions.get(digest(value).toString('hex'));
    return session === undefined || session.until <= this.#now() ? null : session;
  }

  /** Both are compared, and each takes as long whatever is right of it. */
  #roleOf(token: string): Role | null {
    const given = digest(token);
    const [operator, viewer] = (['operator', 'viewer'] as const).map((role) => {
      const known = this.#access.tokens[role];
      return timingSafeEqual(given, digest(known ?? '')) && known !== null;
    });
    return operator === true ? 'operator' : viewer === true ? 'viewer' : null;
  }

  #cookie(value: string, seconds: number): string {
    const secure = this.#access.secure ? '; Secure' : '';
    return `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}

/** Of a token nobody knows more than what it allows. */
const holderOf = (role: Role): string => `${role} token`;

const COOKIE = 'pipec_session';
const refused = { may: null, status: 401, why: 'sign in first' } as const;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function cookieIn(header: string | undefined): string | null {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    if (name === COOKIE && value !== undefined && value !== '') return value;
  }
  return null;
}
