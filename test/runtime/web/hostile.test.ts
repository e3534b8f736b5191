/** Visitors that mean no good, or that do not know what they do: nothing is told to them, nothing is done for them. */
import { type ClientRequest, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Guard } from '../../../runtime/web/guard.ts';
import { plan } from '../../emit/plan.ts';
import { BY_PAGE, eventsOf, record, testWeb } from '../../support/web.ts';

const OPERATOR = 'an-operators-token-of-some-length';
const VIEWER = 'a-viewers-token-of-some-length';
const TOKENS = { access: { tokens: { operator: OPERATOR, viewer: VIEWER }, secure: false } } as const;
const [job] = plan.jobs;
if (job === undefined) throw new Error('the plan has no job');
const PAUSE = { method: 'POST', body: JSON.stringify({ job: job.name }) };

/** All that is answered to a text, until the connection is closed. */
function raw(port: number, text: string, then: (socket: Socket) => void = (socket) => socket.end()): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (part: string) => {
      answer += part;
    });
    socket.on('error', () => undefined).on('close', () => resolve(answer));
    socket.write(text);
    then(socket);
  });
}

describe('pages of other sites', () => {
  test.each([
    ['a name that was led here', { Host: 'evil.example' }, 421],
    ['that name with the port', { Host: 'evil.example:4700' }, 421],
    ['a name that begins as ours', { Host: '127.0.0.1.evil.example' }, 421],
    ['a foreign origin', { Origin: 'https://evil.example' }, 403],
    ['no origin that can be told', { Origin: 'null' }, 403],
    ['an origin that begins as ours', { Origin: 'http://127.0.0.1.evil.example' }, 403],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }, 403],
    ['a picture or a script elsewhere', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, 403],
    ['a neighbour of ours', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' }, 403],
  ])('%s gets nothing', async (_what, headers, status) => {
    const web = await testWeb(plan);
    for (const path of ['/api/jobs', '/api/session', '/', '/api/live']) {
      const answer = await web.ask(path, { headers });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.text).not.toContain(job.name);
    }
    expect((await web.ask('/api/actions/pause', { ...PAUSE, headers: { ...BY_PAGE, ...headers } })).status).toBe(
      status,
    );
    expect(web.acted).toEqual([]);
  });

  test('a form of another site cannot change anything: it sets no header of its own', async () => {
    const web = await testWeb(plan);
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
      expect((await web.ask('/api/actions/pause', { ...PAUSE, headers: { 'Content-Type': type } })).status).toBe(403);
    expect(
      (await web.ask('/api/actions/pause', { ...PAUSE, headers: { ...BY_PAGE, 'Content-Type': 'text/plain' } })).status,
    ).toBe(415);
    expect((await web.ask('/api/actions/pause', { headers: BY_PAGE })).status).toBe(405);
    expect(web.acted).toEqual([]);
    const own = { ...BY_PAGE, Origin: `http://127.0.0.1:${web.port}`, 'Sec-Fetch-Site': 'same-origin' };
    expect((await web.ask('/api/actions/pause', { ...PAUSE, headers: own })).status).toBe(200);
    expect(web.acted).toEqual([['pause', { job: job.name }]]);
  });

  test.each([
    ['no name', 'GET /api/jobs HTTP/1.0\r\n\r\n', /^HTTP\/1.1 421/],
    ['two names', 'GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n', /^HTTP\/1.1 4/],
    ['a whole address', 'GET http://evil.example/api/jobs HTTP/1.1\r\nHost: evil.example\r\n\r\n', /^HTTP\/1.1 421/],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1.1 4/,
    ],
    ['noise', '\u0000\u0001\r\n\r\n', /^HTTP\/1.1 400/],
  ])('a request with %s is refused', async (_what, text, answer) => {
    const web = await testWeb(plan);
    expect(await raw(web.port, text)).toMatch(answer);
  });

  test('a link from elsewhere leads here, as links do', async () => {
    const web = await testWeb(plan);
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    expect((await web.ask('/', { headers })).status).toBe(200);
  });

  test('every answer forbids what a page could be talked into', async () => {
    const web = await testWeb(plan);
    for (const path of ['/', '/page.js', '/api/jobs', '/api/nothing', '/nothing']) {
      const { headers } = await web.ask(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('those who are to sign in', () => {
  test('get nothing before, whatever they bring', async () => {
    const web = await testWeb(plan, TOKENS);
    const wrong = [
      {},
      { Authorization: 'Bearer wrong' },
      { Authorization: `Bearer ${OPERATOR}x` },
      { Authorization: `Basic ${OPERATOR}` },
      { Cookie: 'pipec_session=' },
      { Cookie: `pipec_session=${OPERATOR}` },
    ];
    for (const headers of wrong)
      for (const path of ['/api/jobs', '/api/live', '/api/session', '/metrics', '/api/nothing'])
        expect((await web.ask(path, { headers })).status).toBe(401);
    // The page itself says nothing of the project.
    expect((await web.ask('/')).status).toBe(200);
  });

  test('sign in by a cookie that no script can read, and out again', async () => {
    const web = await testWeb(plan, TOKENS);
    const signed = await web.ask('/api/sign-in', {
      method: 'POST',
      headers: BY_PAGE,
      body: JSON.stringify({ token: VIEWER }),
    });
    const [cookie = ''] = signed.headers['set-cookie'] ?? [];
    expect(signed.status).toBe(200);
    expect(cookie).toMatch(/^pipec_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect(signed.text + cookie).not.toContain(VIEWER);
    const headers = { Cookie: `other=1; ${cookie.split(';')[0]}` };
    expect(JSON.parse((await web.ask('/api/session', { headers })).text)).toMatchObject({
      role: 'viewer',
      person: 'viewer token',
    });
    await web.ask('/api/sign-out', { method: 'POST', headers: { ...BY_PAGE, ...headers }, body: '{}' });
    expect((await web.ask('/api/session', { headers })).status).toBe(401);
  });

  test('a viewer changes nothing, an operator does', async () => {
    const web = await testWeb(plan, TOKENS);
    const by = (token: string) => ({ ...PAUSE, headers: { ...BY_PAGE, Authorization: `Bearer ${token}` } });
    expect((await web.ask('/api/actions/pause', by(VIEWER))).status).toBe(403);
    expect(web.acted).toEqual([]);
    const session = JSON.parse((await web.ask('/api/session', { headers: by(VIEWER).headers })).text);
    expect(Object.values(session.actions)).not.toContain(null);
    expect((await web.ask('/api/actions/pause', by(OPERATOR))).status).toBe(200);
  });

  test('who guesses is kept waiting, whoever it is', () => {
    let now = 0;
    const guard = new Guard({ ...TOKENS.access, provider: false, hosts: [] }, () => now);
    for (let tries = 0; tries < 10; tries += 1) expect(guard.signIn(`guess ${tries}`)).toBe('wrong');
    expect(guard.signIn(OPERATOR)).toBe('later');
    now += 61_000;
    expect(guard.signIn(OPERATOR)).toHaveProperty('cookie');
  });

  test('a session ends by itself, and the cookie of https is for https alone', () => {
    let now = 0;
    const guard = new Guard({ ...TOKENS.access, secure: true, provider: false, hosts: [] }, () => now);
    const signed = guard.signIn(OPERATOR);
    if (typeof signed === 'string') throw new Error(signed);
    expect(signed.cookie).toMatch(/; Secure$/);
    const headers = { cookie: signed.cookie.split(';')[0] };
    const who = () => guard.who({ headers } as never);
    expect(who()).toEqual({ may: 'operator', person: 'operator token' });
    now += 13 * 3_600_000;
    expect(who()).toMatchObject({ may: null, status: 401 });
  });

  test('without a viewer’s token nobody is a viewer by bringing none', () => {
    const guard = new Guard({
      tokens: { operator: OPERATOR, viewer: null },
      secure: false,
      provider: false,
      hosts: [],
    });
    expect(guard.signIn('')).toBe('wrong');
    expect(guard.who({ headers: { authorization: 'Bearer null' } } as never)).toMatchObject({ may: null });
  });
});

describe('addresses and bodies', () => {
  test.each([
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/api/../../package.json',
    '/page.js/../../../etc/passwd',
    '//evil.example/api/jobs',
    '/api/runs/..%2f..%2fstate.sqlite',
    '/api/runs/%00',
    '/api/jobs/%E0%A4%A',
    '/api/datasets/__proto__',
    '/api/jobs/constructor',
    '/api/actions/constructor',
    '/api/jobs/a/b/c/d',
    '/api',
    '/api/',
    '/state.sqlite',
    '/.pipec/state.sqlite',
  ])('%s is nothing', async (path) => {
    const web = await testWeb(plan);
    const { status, text } = await web.ask(path);
    expect([404, 405]).toContain(status);
    expect(text).not.toMatch(/root:|sqlite|node_modules/i);
  });

  test('a body that is too large is not read to its end, and the server goes on', async () => {
    const web = await testWeb(plan);
    const body = JSON.stringify({ job: 'x'.repeat(5_000_000) });
    const answer = await web
      .ask('/api/actions/run', { method: 'POST', headers: BY_PAGE, body })
      .catch((failure: NodeJS.ErrnoException) => failure.code);
    // Where the rest is still being sent, the connection may be gone before the answer is read.
    if (typeof answer === 'object') expect(answer.status).toBe(413);
    else expect(['EPIPE', 'ECONNRESET']).toContain(answer);
    expect((await web.ask('/api/jobs')).status).toBe(200);
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"job":1}',
    '{"job":""}',
    '{"job":"a","more":1}',
    '{"__proto__":{"job":"a"}}',
  ])('the body %s is refused', async (body) => {
    const web = await testWeb(plan);
    expect((await web.ask('/api/actions/run', { method: 'POST', headers: BY_PAGE, body })).status).toBe(400);
    expect(web.acted).toEqual([]);
  });

  test('bounds of a backfill are days or moments, and nothing else', async () => {
    const web = await testWeb(plan, { actions: { backfill: () => Promise.resolve('done') } as never });
    const asked = async (from: unknown): Promise<number> => {
      const body = JSON.stringify({ dataset: 'dwh.core.orders', from, to: null });
      return (await web.ask('/api/actions/backfill', { method: 'POST', headers: BY_PAGE, body })).status;
    };
    expect(await asked('2026-01-31')).toBe(200);
    expect(await asked('2026-01-31 06:00')).toBe(200);
    for (const bad of ['--full', '2026-01-31; DROP', "2026-01-31'", 7, '', undefined, ['2026-01-31']])
      expect([bad, await asked(bad)]).toEqual([bad, 400]);
  });

  test('headers without an end, and an address of many kilobytes', async () => {
    const web = await testWeb(plan);
    expect((await web.ask(`/api/jobs/${'x'.repeat(20_000)}`)).status).toBe(431);
    expect((await web.ask('/api/jobs', { headers: { 'X-Long': 'x'.repeat(20_000) } })).status).toBe(431);
  });

  test('whoever sends a byte now and then is let go, while others are served', async () => {
    const web = await testWeb(plan);
    let drip: NodeJS.Timeout | undefined;
    const ended = raw(web.port, 'POST /api/actions/run HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', (socket) => {
      drip = setInterval(() => socket.writable && socket.write('x'), 200);
    });
    expect((await web.ask('/api/jobs')).status).toBe(200);
    expect(await ended).toMatch(/^HTTP\/1.1 408/);
    clearInterval(drip);
  });

  test('of those who listen, there is an end, and room again when they go', async () => {
    const web = await testWeb(plan);
    const listen = (): Promise<[number, ClientRequest]> =>
      new Promise((resolve) => {
        const asked = get({ host: '127.0.0.1', port: web.port, path: '/api/live', agent: false }, (response) => {
          response.resume();
          resolve([response.statusCode ?? 0, asked]);
        });
        asked.on('error', () => undefined);
      });
    const all = await Promise.all(Array.from({ length: 100 }, listen));
    expect(new Set(all.map(([status]) => status))).toEqual(new Set([200]));
    expect((await listen())[0]).toBe(503);
    expect((await web.ask('/api/jobs')).status).toBe(200);
    for (const [, asked] of all) asked.destroy();
    let status = 503;
    while (status === 503) {
      const [now, asked] = await listen();
      status = now;
      asked.destroy();
    }
    expect(status).toBe(200);
  });

  test('an action that is not to be had says why', async () => {
    const web = await testWeb(plan);
    const body = JSON.stringify({ dataset: 'dwh.core.orders', from: null, to: null });
    const answer = await web.ask('/api/actions/backfill', { method: 'POST', headers: BY_PAGE, body });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      409,
      { code: 'refused', message: 'nothing is backfilled here' },
    ]);
  });

  test('what fails inside is told without its words', async () => {
    const quarantine = () => Promise.reject(new Error('password=hunter2 at /home/me'));
    const web = await testWeb(
      { ...plan, datasets: plan.datasets.map((one) => ({ ...one, kind: 'source' as const })) },
      { quarantine },
    );
    const [dataset] = plan.datasets;
    const answer = await web.ask(`/api/datasets/${dataset?.name ?? 'raw.orders'}/quarantine`);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/hunter2|home/);
  });
});

test('runs of another target are none of this one', async () => {
  const web = await testWeb(plan);
  const elsewhere = { ...plan, target: { ...plan.target, name: 'elsewhere' } };
  await record(web, elsewhere, eventsOf(elsewhere, 'r-elsewhere', '2026-01-01T00:00:00.000Z'));
  expect((await web.ask('/api/runs/r-elsewhere')).status).toBe(404);
  expect((await web.ask('/api/runs/r-elsewhere/log')).status).toBe(404);
  expect((await web.ask('/api/runs')).text).not.toContain('r-elsewhere');
});
