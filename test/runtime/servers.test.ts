/** Servers that are none, are too old, do not speak TLS or go away: each is told as what it is, and nothing of a password. */
import { createServer as createWebServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { clickhouseFailure } from '../../runtime/engines/clickhouse/failures.ts';
import { openServer as openClickhouse } from '../../runtime/engines/clickhouse/server.ts';
import { postgresFailure } from '../../runtime/engines/postgres/failures.ts';
import { openServer as openPostgres } from '../../runtime/engines/postgres/server.ts';
import { type PipecError, toRunError } from '../../runtime/errors.ts';

const servers: { readonly close: () => unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Answers the first bytes of each connection. */
const socketServer = (answer: (socket: Socket) => void): Promise<number> =>
  listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }),
  );
const webServer = (answer: RequestListener): Promise<number> => listening(createWebServer(answer));

/** One message of PostgreSQL's protocol. */
function message(kind: string, ...parts: readonly (string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part);
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      return number;
    }),
  );
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
const READY = message('Z', 'I');
/** A server of version 12 up to its first answer. */
function oldPostgres(socket: Socket): void {
  socket.write(Buffer.concat([message('R', 0), READY]));
  socket.once('data', () => {
    // Its name, its table and column there, its type (text), the size of that and of this one, and that it comes as text.
    const field = ['\0\u0001server_version_num\0', 0, '\0\0', 25, '\0\u0004', -1, '\0\0'];
    const row = ['\0\u0001', 6, '120022'];
    socket.write(Buffer.concat([message('T', ...field), message('D', ...row), message('C', 'SHOW\0'), READY]));
  });
}

async function postgres(port: number, more = ''): Promise<unknown> {
  const database = openPostgres(`postgres://owner:hush-hush@127.0.0.1:${port}/shop${more}`, 'test');
  return await database.connect().catch(toRunError);
}
async function clickhouse(port: number, scheme = 'http'): Promise<unknown> {
  return await openClickhouse(`${scheme}://owner:hush-hush@127.0.0.1:${port}`, null, 'test').catch(toRunError);
}

describe('postgres', () => {
  test.each<[string, (socket: Socket) => void, string, object]>([
    ['closes at once', (socket) => socket.destroy(), '', { code: 'server-unreachable', retryable: true }],
    [
      'speaks another language',
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      '',
      { code: 'server-unreachable' },
    ],
    [
      'has no TLS, which the address wants',
      (socket) => socket.write('N'),
      '?sslmode=require',
      { code: 'tls-failed', message: expect.stringContaining('it does not speak TLS there'), retryable: false },
    ],
    [
      'has TLS only',
      (socket) =>
        socket.end(
          message('E', 'SFATAL\0C28000\0Mno pg_hba.conf entry for host "127.0.0.1", user "owner", no encryption\0\0'),
        ),
      '',
      { code: 'login-refused', hint: 'the server wants TLS: add `?sslmode=verify-full` to the address' },
    ],
    [
      'is too old',
      oldPostgres,
      '',
      { code: 'server-too-old', message: expect.stringMatching(/ is PostgreSQL 12, and PostgreSQL 13 is needed$/) },
    ],
  ])('a server that %s', async (_, answer, more, expected) => {
    const failure = await postgres(await socketServer(answer), more);
    expect(failure).toMatchObject(expected);
    expect(JSON.stringify(failure)).not.toContain('hush');
  });
});

describe('clickhouse', () => {
  const version = (text: string): RequestListener => {
    return (_, response) => response.setHeader('content-type', 'application/json').end(text);
  };
  test.each<[string, RequestListener, string, object]>([
    ['closes at once', (request) => request.socket.destroy(), 'http', { code: 'server-unreachable', retryable: true }],
    [
      'is a web server',
      (_, response) => response.end('hello'),
      'http',
      { code: 'server-unreachable', message: expect.stringMatching(/: what answers there is not ClickHouse$/) },
    ],
    [
      'is away, behind a proxy',
      (_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'),
      'http',
      { code: 'server-unreachable', retryable: true },
    ],
    [
      'dies in the middle of an answer',
      (_, response) => {
        response.write('{"meta":[],');
        setTimeout(() => response.destroy(), 20);
      },
      'http',
      { code: 'server-unreachable', retryable: true },
    ],
    [
      'has no TLS, which the address wants',
      (_, response) => response.end(),
      'https',
      { code: 'tls-failed', message: expect.stringContaining('it does not speak TLS there') },
    ],
    [
      'is too old',
      version('{"meta":[],"data":[{"version":"24.3.1.1"}],"rows":1}'),
      'http',
      { code: 'server-too-old', message: expect.stringMatching(/ is ClickHouse 24\.3\.1\.1, and .* is needed$/) },
    ],
  ])('a server that %s', async (_, answer, scheme, expected) => {
    const failure = await clickhouse(await webServer(answer), scheme);
    expect(failure).toMatchObject(expected);
    expect(JSON.stringify(failure)).not.toContain('hush');
  });
});

test.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_GET_ISSUER_CERT',
])('a certificate that is not to be trusted: %s', (code) => {
  const thrown = Object.assign(new Error('self-signed certificate; try something of Node'), { code });
  for (const failure of [postgresFailure, clickhouseFailure] satisfies ((
    ...args: [unknown, null, string]
  ) => PipecError)[])
    expect(failure(thrown, null, 'db:1')).toMatchObject({
      code: 'tls-failed',
      message: 'no secure connection to the server at db:1: self-signed certificate',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
});
