/**
 * Signing in by OpenID Connect: the authorization code flow with PKCE, state and nonce. Who somebody is, a provider says;
 * what that somebody may do, lists of e-mail addresses, groups or subjects say.
 *
 * https://openid.net/specs/openid-connect-core-1_0.html, https://datatracker.ietf.org/doc/html/rfc9700
 */
import { randomBytes } from 'node:crypto';
import type { Configuration } from 'openid-client';
import type { Role } from './api.ts';

export interface OidcPlace {
  readonly issuer: URL;
  readonly clientId: string;
  /** Null of a public client. */
  readonly clientSecret: string | null;
  /** How people reach this server: the provider sends them back to `PATH` there. */
  readonly url: URL;
  /** Who may do what: e-mail addresses, groups or subjects; `*` is everybody whom the provider lets in. */
  readonly people: Readonly<Record<Role, readonly string[]>>;
}

/** What a person is called in the audit: a verified address, else the subject. */
function personOf({ sub, email, ...claims }: Readonly<Record<string, unknown>>): string {
  const name = claims['email_verified'] === true && typeof email === 'string' ? email : String(sub);
  return name.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 200);
}

/** Where the provider sends people back to. */
export const PATH = '/api/sign-in/return';
const COOKIE = 'pipec_sign_in';
/** Somebody who has begun to sign in has so long. */
const PATIENCE_S = 600;
const MOST_BEGUN = 1000;
const TIMEOUT_S = 10;

/** Thrown where somebody is not let in: the words are for that somebody. */
export class NotLetIn extends Error {}

interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly until: number;
}

export class Oidc {
  readonly #place: OidcPlace;
  readonly #now: () => number;
  readonly #begun = new Map<string, Begun>();
  #provider: Promise<Configuration> | null = null;

  constructor(place: OidcPlace, now: () => number = Date.now) {
    this.#place = place;
    this.#now = now;
  }

  /** Where somebody goes to sign in, and the cookie that they come back with. @throws where the provider does not answer */
  async begin(): Promise<{ readonly to: string; readonly cookie: string }> {
    const client = await import('openid-client');
    const provider = await this.#known();
    const begun: Begun = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
      until: this.#now() + PATIENCE_S * 1000,
    };
    const to = client.buildAuthorizationUrl(provider, {
      redirect_uri: new URL(PATH, this.#place.url).href,
      scope: 'openid email',
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
      state: begun.state,
      nonce: begun.nonce,
    });
    const name = randomBytes(32).toString('base64url');
    // The oldest go first.
    for (const [key, { until }] of this.#begun)
      if (until <= this.#now() || this.#begun.size >= MOST_BEGUN) this.#begun.delete(key);
    this.#begun.set(name, begun);
    return { to: to.href, cookie: this.#cookie(name, PATIENCE_S) };
  }

  /**
   * What somebody may do who comes back. @param address path and query that they came by
   * @throws NotLetIn
   */
  async end(
    address: string,
    cookies: string | undefined,
  ): Promise<{ readonly role: Role; readonly person: string; readonly cookie: string }> {
    const client = await import('openid-client');
    const [, name = ''] = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]+)`).exec(cookies ?? '') ?? [];
    const begun = this.#begun.get(name);
    // Once, whatever comes of it.
    this.#begun.delete(name);
    if (begun === undefined || begun.until <= this.#now())
      throw new NotLetIn('this browser has not begun to sign in, or too long ago');
    const answer = await client
      .authorizationCodeGrant(await this.#known(), new URL(address, this.#place.url), {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      })
      // What the provider or the library says of it may hold what is nobody's business.
      .catch(() => null);
    const claims = answer?.claims();
    if (claims === undefined) throw new NotLetIn('the provider did not let you in, or its answer does not hold');
    const role = this.#roleOf(claims);
    if (role === null) throw new NotLetIn('you are known to the provider, and on no list of those who may see this');
    return { role, person: personOf(claims), cookie: this.#cookie('', 0) };
  }

  /** An address is only somebody's where the provider has verified that. */
  #roleOf(claims: Readonly<Record<string, unknown>>): Role | null {
    const { sub, email, groups } = claims;
    const names = new Set([
      '*',
      String(sub),
      ...(claims['email_verified'] === true && typeof email === 'string' ? [email.toLowerCase()] : []),
      ...(Array.isArray(groups) ? groups.map(String) : []),
    ]);
    const has = (role: Role): boolean =>
      this.#place.people[role].some((one) => names.has(one.includes('@') ? one.toLowerCase() : one));
    return has('operator') ? 'operator' : has('viewer') ? 'viewer' : null;
  }

  /** Asked for when somebody signs in, and again where that failed: a provider that is away keeps nothing else from working. */
  async #known(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#place;
    this.#provider ??= (async () => {
      const client = await import('openid-client');
      return await client.discovery(
        issuer,
        clientId,
        clientSecret === null ? undefined : { client_secret: clientSecret },
        clientSecret === null ? client.None() : undefined,
        {
          timeout: TIMEOUT_S,
          execute: [
            // The signature counts too, beside the way that the answer came.
            client.enableNonRepudiationChecks,
            // Of this machine alone, which the caller has seen to.
            ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
          ],
        },
      );
    })();
    return await this.#provider.catch((failure: unknown) => {
      this.#provider = null;
      throw failure;
    });
  }

  /** Lax, as somebody comes back by a link from elsewhere; it lets nobody in by itself. */
  #cookie(value: string, seconds: number): string {
    const secure = this.#place.url.protocol === 'https:' ? '; Secure' : '';
    return `${COOKIE}=${value}; Path=${PATH}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  }
}
