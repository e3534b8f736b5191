/** Messages that are posted, to servers that lie. */

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { FailedTask, Message } from '../../../runtime/notify/message.ts';
import { post } from '../../../runtime/notify/post.ts';
import { send } from '../../../runtime/notify/receivers.ts';
import { slackBody } from '../../../runtime/notify/slack.ts';
import { traceparentOf } from '../../../runtime/observe/trace.ts';

const open: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly sockets: Set<Socket> }> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret`, sockets };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}

const message: Message = {
  about: 'failure',
  project: 'shop',
  target: 'prod',
  subject: 'job nightly',
  job: 'nightly',
  dataset: null,
  at: '2026-03-01T04:20:00.000Z',
  dueAt: '2026-03-01T04:15:00.000Z',
  run: '20260301-041500-abc123',
  title: 'nightly failed',
  said: null,
  failed: [
    {
      task: 'dwh.marts.revenue',
      code: 'engine-error',
      message: 'the engine refused the statement',
      engine: 'ERROR: <!channel> & "x" ```\u001b[31mred\u001b[0m\nLINE 1: SELECT',
    },
  ],
  counts: { failed: 200, skipped: 7 },
  inARow: { times: 3, since: '2026-02-27T04:15:00.000Z' },
  next: 'pipec retry 20260301-041500-abc123 --target prod',
};

test('a webhook is given the message as data and as text, with its token', async () => {
  let got: { body: unknown; headers: IncomingMessage['headers'] } | null = null;
  const { url } = await serve(async (request, response) => {
    got = { body: await bodyOf(request), headers: request.headers };
    response.end('ok');
  });
  const to = { kind: 'webhook', url: { secret: 'URL' }, token: { secret: 'TOKEN' } } as const;
  const known = (text: unknown): string => (JSON.stringify(text).includes('TOKEN') ? 't0ken' : url);
  await send(to, known, 'failure nightly 2026', message);
  expect(got).toMatchObject({
    headers: {
      authorization: 'Bearer t0ken',
      'content-type': 'application/json',
      traceparent: traceparentOf('20260301-041500-abc123', {}),
    },
    body: { ...message, event: 'failure nightly 2026' },
  });
  expect((got as unknown as { body: { text: string } }).body.text).toBe(`nightly failed (shop, prod)
Due 2026-03-01 04:15:00 UTC, run 20260301-041500-abc123
It has failed 3 times since 2026-02-27 04:15:00 UTC

dwh.marts.revenue: the engine refused the statement [engine-error]
  ERROR: <!channel> & "x" \`\`\`red
  LINE 1: SELECT

… and 199 tasks more
200 tasks failed, 7 left out

pipec retry 20260301-041500-abc123 --target prod`);
});

test('a message to a channel calls nobody, ends no fence of its own, and is not longer than it may be', () => {
  const { text } = slackBody(message);
  expect(text).toContain('&lt;!channel&gt; &amp; "x"');
  expect(text.match(/```/g)).toHaveLength(2);
  const long = {
    ...message,
    failed: Array.from({ length: 5 }, () => ({ ...(message.failed[0] as FailedTask), engine: '<'.repeat(5000) })),
  };
  expect(slackBody(long).text.length).toBeLessThan(4000);
});

test('an answer that is none, in words without the address', async () => {
  const { url } = await serve((request, response) => {
    response.writeHead(Number(new URL(request.url ?? '', 'http://x').searchParams.get('status')), {
      location: 'http://169.254.169.254/latest/meta-data',
      'retry-after': '120',
    });
    response.end('s3cret');
  });
  for (const status of [400, 404, 500, 503])
    await expect(post(`${url}?status=${status}`, {})).rejects.toThrow(`it answered ${status}`);
  await expect(post(`${url}?status=429`, {})).rejects.toMatchObject({ message: 'it answered 429', waitMs: 120_000 });
  for (const address of ['not a url', 'ftp://x/y', 'file:///etc/passwd', 'javascript:1'])
    await expect(post(address, {})).rejects.toThrow('its address is none of `https://…`');
  await expect(post('http://127.0.0.1:1/s3cret', {})).rejects.toThrow(/^it cannot be reached/);
  const failure = (await post('http://s3cret.invalid/s3cret', {}).catch((thrown: unknown) => thrown)) as Error;
  expect(failure.message).toMatch(/^it cannot be reached/);
  expect(failure.message).not.toContain('s3cret');
});

test('a redirect is not followed', async () => {
  const asked: string[] = [];
  const inside = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const { url } = await serve((_, response) => {
      response.writeHead(status, { location: inside.url });
      response.end();
    });
    await expect(post(url, {})).rejects.toThrow(`it answered ${status}, a redirect, which is not followed`);
  }
  expect(asked).toEqual([]);
});

test('one that is slow to answer is left, and a body without an end is not read', async () => {
  const silent = await serve(() => undefined);
  await expect(post(silent.url, {}, {}, 200)).rejects.toThrow('it did not answer within 0.2 s');
  const dribbling = await serve((_, response) => {
    response.flushHeaders();
    const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.on('close', () => clearInterval(timer));
  });
  await post(dribbling.url, {});
  const closed = async (): Promise<boolean> => {
    for (let turn = 0; turn < 200 && dribbling.sockets.size > 0; turn++) await new Promise((go) => setTimeout(go, 10));
    return dribbling.sockets.size === 0;
  };
  expect(await closed()).toBe(true);
});
