/** Servers that are sent things: real ones, within the test, which answer as they are told to. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked; what is no JSON in base64. */
  readonly body: unknown;
}
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
}

/** @param answer each request, once its body is there; default: 201 */
export async function receiver(
  answer?: (received: readonly Received[]) => RequestListener | number,
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, url: path = '' } = request;
      const sent = Buffer.concat(chunks);
      const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      const isJson = headers['content-type'] === 'application/json';
      received.push({ path, headers, body: isJson ? JSON.parse(bytes.toString('utf8')) : bytes.toString('base64') });
      const how = answer?.(received) ?? 201;
      if (typeof how === 'number') response.writeHead(how).end();
      else how(request, response);
    });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** An address where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** Says nothing, ever. */
export const silent: RequestListener = () => undefined;

/** Answers, and never stops answering. */
export const endless: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const more = setInterval(() => response.write('x'.repeat(10_000)), 5);
  response.on('close', () => clearInterval(more));
};
