/** Mail, handed to real servers in this process. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { mail } from '../../../runtime/notify/email.ts';
import type { Message } from '../../../runtime/notify/message.ts';

const clean: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

interface Got {
  readonly user: string | null;
  readonly secure: boolean;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

async function server(options: SMTPServerOptions = {}): Promise<{ readonly port: number; readonly got: Got[] }> {
  const got: Got[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth: (auth, _session, done) =>
      auth.username === 'pipec' && auth.password === 'hunter2 %:@'
        ? done(null, { user: auth.username })
        : done(new Error('hunter2 is wrong')),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        got.push({
          user: (session.user as unknown as string | undefined) ?? null,
          secure: session.secure,
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString(),
        });
        done();
      });
    },
    ...options,
  });
  smtp.on('error', () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, '0.0.0.0', resolve));
  clean.push(() => new Promise((resolve) => void smtp.close(() => resolve(null))));
  return { port: (smtp.server.address() as AddressInfo).port, got };
}

const message: Message = {
  about: 'lateness',
  project: 'shop',
  target: 'prod',
  subject: 'job nightly',
  job: 'nightly',
  dataset: null,
  at: '2026-03-01T06:15:00.000Z',
  dueAt: '2026-03-01T04:15:00.000Z',
  run: null,
  title: 'nächtlich is late\r\nBcc: everybody@evil.example',
  said: 'it was to be done by 2026-03-01T06:15:00.000Z\n.\nQUIT',
  failed: [],
  counts: null,
  inARow: null,
  next: 'pipec runs nightly --target prod',
};
const from = 'pipec@shop.example';
const to = ['data@shop.example', 'night@shop.example'];
const password = encodeURIComponent('hunter2 %:@');

test('a mail is handed over whole, to each, and no text of it becomes a header or ends it', async () => {
  const { port, got } = await server();
  const place = `smtp://127.0.0.1:${port}`;
  await mail({ from, to, server: place }, 'lateness nightly', message);
  await mail({ from, to, server: place }, 'lateness nightly', message);
  await mail({ from, to, server: place }, 'lateness other', message);
  expect(got.map((one) => [one.from, one.to])).toEqual([
    [from, to],
    [from, to],
    [from, to],
  ]);
  const whole = got[0]?.text ?? '';
  const [headers, body] = [whole.slice(0, whole.indexOf('\r\n\r\n')), whole.slice(whole.indexOf('\r\n\r\n'))];
  expect(headers).not.toMatch(/^Bcc:/im);
  expect(headers).toMatch(/^Auto-Submitted: auto-generated$/m);
  expect(headers).toMatch(/^Subject: =\?UTF-8\?/m);
  expect(body.replaceAll('=\r\n', '')).toContain('QUIT');
  const ids = got.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('with a user and a password, which a refusal does not tell', async () => {
  const { port, got } = await server();
  await mail({ from, to, server: `smtp://pipec:${password}@127.0.0.1:${port}` }, 'x', message);
  expect(got.map(({ user }) => user)).toEqual(['pipec']);
  const refused = mail({ from, to, server: `smtp://pipec:hunter2@127.0.0.1:${port}` }, 'x', message);
  await expect(refused).rejects.toThrow(/^it does not take the user and password \(535\)$/);
});

test('a password goes over no open line, but to this machine', async () => {
  const { port, got } = await server({ onAuth: (_auth, _session, done) => done(new Error('was told a password')) });
  // 127.0.0.2 is another name of this machine that does not look like one.
  const away = mail({ from, to, server: `smtp://pipec:${password}@127.0.0.2:${port}` }, 'x', message);
  await expect(away).rejects.toThrow(/^it offers no TLS/);
  expect(got).toEqual([]);
});

test('a certificate that nobody vouches for is refused', async () => {
  const { port, got } = await server({ secure: true });
  await expect(mail({ from, to, server: `smtps://127.0.0.1:${port}` }, 'x', message)).rejects.toThrow(/^it /);
  expect(got).toEqual([]);
});

test('what a server refuses is told in our words', async () => {
  const { port } = await server({ onMailFrom: (_address, _session, done) => done(new Error('go away s3cret')) });
  const place = `smtp://127.0.0.1:${port}`;
  await expect(mail({ from, to, server: place }, 'x', message)).rejects.toThrow(
    /^it takes no mail of this sender .*\(5\d\d\)$/,
  );
  for (const address of ['nonsense', 'https://x', 'smtp:', 'smtp:///x'])
    await expect(mail({ from, to, server: address }, 'x', message)).rejects.toThrow('its address is none of');
  await expect(mail({ from, to, server: 'smtp://127.0.0.1:1' }, 'x', message)).rejects.toThrow(/^it cannot be reached/);
});

test('a server that never says a word, or says it letter by letter, is left', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  clean.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
  const place = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await expect(mail({ from, to, server: place }, 'x', message, { stepMs: 200, wholeMs: 5000 })).rejects.toThrow(/^it /);
  silent.on('connection', (socket) => {
    const timer = setInterval(() => socket.write('2'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  await expect(mail({ from, to, server: place }, 'x', message, { stepMs: 200, wholeMs: 600 })).rejects.toThrow(/^it /);
});
