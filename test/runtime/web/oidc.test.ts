/** Signing in at a provider: who is let in, as what, and who is not, whatever they bring. */
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Role } from '../../../runtime/web/api.ts';
import { Oidc, type OidcPlace } from '../../../runtime/web/oidc.ts';
import { plan } from '../../emit/plan.ts';
import { type Provider, testProvider } from '../../support/provider.ts';
import { BY_PAGE, type TestWeb, testWeb } from '../../support/web.ts';

const CLIENT = 'pipec-of-shop';
const NAVIGATES = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' } as const;

async function served(
  people: Readonly<Record<Role, readonly string[]>>,
): Promise<{ readonly web: TestWeb; readonly provider: Provider }> {
  const provider = await testProvider(CLIENT);
  const place: OidcPlace = {
    issuer: provider.issuer,
    clientId: CLIENT,
    clientSecret: 'the-secret',
    url: new URL('http://127.0.0.1'),
    people,
  };
  return { web: await testWeb(plan, { provider: place, hosts: ['127.0.0.1'] }), provider };
}

const cookieOf = (headers: IncomingHttpHeaders, name: string): string =>
  (headers['set-cookie'] ?? []).find((one) => one.startsWith(`${name}=`))?.split(';')[0] ?? '';

/** As a browser goes there and back. */
async function signIn(web: TestWeb, change: (back: URL, cookie: string) => string = (_, cookie) => cookie) {
  const begun = await web.ask('/api/sign-in/begin', {
    headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate' },
  });
  expect(begun.status).toBe(303);
  const there = await fetch(begun.headers.location ?? '', { redirect: 'manual' });
  const back = new URL(there.headers.get('location') ?? '');
  const cookie = change(back, cookieOf(begun.headers, 'pipec_sign_in'));
  const ended = await web.ask(`${back.pathname}${back.search}`, {
    headers: { ...NAVIGATES, ...(cookie === '' ? {} : { Cookie: cookie }) },
  });
  const session = cookieOf(ended.headers, 'pipec_session');
  const role =
    session === '' ? null : JSON.parse((await web.ask('/api/session', { headers: { Cookie: session } })).text).role;
  return { begun, ended, role };
}

test.each([
  ['an operator by a verified address, in any case', { email: 'Ann@Shop.example', email_verified: true }, 'operator'],
  ['a viewer by a group', { groups: ['sales', 'finance'] }, 'viewer'],
  ['an operator by the subject', { sub: 'u-7' }, 'operator'],
  ['nobody: an address that the provider has not verified', { email: 'ann@shop.example', email_verified: false }, null],
  ['nobody: an address of which it does not say', { email: 'ann@shop.example' }, null],
  ['nobody: verified in words only', { email: 'ann@shop.example', email_verified: 'true' }, null],
  ['nobody: on no list', { email: 'eve@shop.example', email_verified: true, groups: ['*'] }, null],
])('%s', async (_, claims, role) => {
  const { web, provider } = await served({ operator: ['ann@shop.example', 'u-7'], viewer: ['finance'] });
  provider.claims = { sub: 'u-1', ...claims };
  const signed = await signIn(web);
  expect(signed.role).toBe(role);
  expect(signed.ended.status).toBe(role === null ? 403 : 303);
  if (role !== null) expect(signed.ended.headers.location).toBe('/');
  expect(provider.asked[0]?.get('code_verifier')).toMatch(/^[\w-]{43,}$/);
  expect(JSON.stringify([signed.begun, signed.ended])).not.toContain('the-secret');
});

test.each([
  ['a verified address', { sub: 'u-7', email: 'Ann@shop.example', email_verified: true }, 'Ann@shop.example'],
  ['else the subject', { sub: 'u-7', email: 'ann@shop.example' }, 'u-7'],
  ['without signs that would be no name', { sub: 'u-7\n\u001b[31m via root@db1' }, 'u-7[31m via root@db1'],
])('who acts is who has signed in: %s', async (_, claims, person) => {
  const { web, provider } = await served({ operator: ['*'], viewer: [] });
  provider.claims = claims;
  const { ended } = await signIn(web);
  const headers = { ...BY_PAGE, Cookie: cookieOf(ended.headers, 'pipec_session') };
  expect(JSON.parse((await web.ask('/api/session', { headers })).text)).toMatchObject({ person });
  await web.ask('/api/actions/pause', { method: 'POST', headers, body: '{"job":"nightly"}' });
  expect(web.acted).toEqual([['pause', { job: 'nightly' }, person]]);
});

test('everybody whom the provider lets in, where the program says so', async () => {
  const { web } = await served({ operator: [], viewer: ['*'] });
  expect((await signIn(web)).role).toBe('viewer');
  expect(JSON.parse((await web.ask('/api/sign-in')).text)).toEqual({ token: false, provider: true });
  expect((await web.ask('/api/jobs')).status).toBe(401);
});

describe('an answer that does not hold lets nobody in', () => {
  test.each([
    'refuses',
    'other-key',
    'other-nonce',
    'other-audience',
    'other-issuer',
    'expired',
    'unsigned',
    'no-id-token',
  ] as const)('%s', async (fault) => {
    const { web, provider } = await served({ operator: ['*'], viewer: [] });
    provider.fault = fault;
    const { ended, role } = await signIn(web);
    expect([ended.status, role]).toEqual([403, null]);
    expect(ended.text).toBe('You are not signed in: the provider did not let you in, or its answer does not hold.\n');
  });
});

describe('who comes back otherwise than they went is not let in', () => {
  const changes: readonly (readonly [string, (back: URL, cookie: string) => string])[] = [
    ['without the cookie: the link was sent to somebody else', () => ''],
    ['with a cookie of their own making', () => 'pipec_sign_in=AAAA'],
    [
      'with another state',
      (back, cookie) => {
        back.searchParams.set('state', 'another');
        return cookie;
      },
    ],
    [
      'with another code',
      (back, cookie) => {
        back.searchParams.set('code', 'another');
        return cookie;
      },
    ],
    [
      'with a token in the address instead',
      (back, cookie) => {
        back.search = '?id_token=a.b.c';
        return cookie;
      },
    ],
  ];
  test.each(changes)('%s', async (_, change) => {
    const { web } = await served({ operator: ['*'], viewer: [] });
    const { ended, role } = await signIn(web, change);
    expect([ended.status, role]).toEqual([403, null]);
  });

  test('twice', async () => {
    const { web } = await served({ operator: ['*'], viewer: [] });
    let [address, kept] = ['', ''];
    expect(
      (
        await signIn(web, (back, cookie) => {
          [address, kept] = [`${back.pathname}${back.search}`, cookie];
          return cookie;
        })
      ).role,
    ).toBe('operator');
    expect((await web.ask(address, { headers: { ...NAVIGATES, Cookie: kept } })).status).toBe(403);
  });

  test('too late', async () => {
    const provider = await testProvider(CLIENT);
    let now = Date.now();
    const oidc = new Oidc(
      {
        issuer: provider.issuer,
        clientId: CLIENT,
        clientSecret: null,
        url: new URL('https://p.example'),
        people: { operator: ['*'], viewer: [] },
      },
      () => now,
    );
    const { to, cookie } = await oidc.begin();
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
    expect(new URL(to).searchParams.get('redirect_uri')).toBe('https://p.example/api/sign-in/return');
    const back = new URL((await fetch(to, { redirect: 'manual' })).headers.get('location') ?? '');
    now += 601_000;
    await expect(oidc.end(`${back.pathname}${back.search}`, cookie.split(';')[0])).rejects.toThrow('too long ago');
  });
});

test('a provider that is away is told, and keeps nothing else from working', async () => {
  const place: OidcPlace = {
    issuer: new URL('http://127.0.0.1:9'),
    clientId: CLIENT,
    clientSecret: null,
    url: new URL('http://127.0.0.1'),
    people: { operator: ['*'], viewer: [] },
  };
  const token = 'a-token-that-is-long-enough';
  const web = await testWeb(plan, {
    provider: place,
    access: { tokens: { operator: token, viewer: null }, secure: false },
  });
  expect((await web.ask('/api/sign-in/begin')).status).toBe(503);
  expect((await web.ask('/api/jobs', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
  for (const path of ['/api/sign-in/return/..%2f', '/api/sign-in/other', '/api/sign-in/return/x'])
    expect([path, (await web.ask(path)).status]).toEqual([path, 404]);
  expect((await (await testWeb(plan)).ask('/api/sign-in/begin')).status).toBe(404);
});
