/** An OpenID Connect provider of this process, which says of somebody what a test wants it to say. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Provider {
  readonly issuer: URL;
  /** Of the next one who signs in. */
  claims: Record<string, unknown>;
  /** What goes wrong, in the name of attackers and of bad days. */
  fault:
    | 'none'
    | 'refuses'
    | 'other-key'
    | 'other-nonce'
    | 'other-audience'
    | 'other-issuer'
    | 'expired'
    | 'unsigned'
    | 'no-id-token';
  /** The token requests that came. */
  readonly asked: URLSearchParams[];
}

export async function testProvider(clientId: string): Promise<Provider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: otherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, URLSearchParams>();
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', provider.issuer);
    const json = (value: object, status = 200): void =>
      void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: issuerOf(server),
          authorization_endpoint: `${issuerOf(server)}/authorize`,
          token_endpoint: `${issuerOf(server)}/token`,
          jwks_uri: `${issuerOf(server)}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          code_challenge_methods_supported: ['S256'],
        });
      case '/keys':
        return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] });
      case '/authorize': {
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        const state = searchParams.get('state') ?? '';
        if (provider.fault === 'refuses')
          back.search = new URLSearchParams({ error: 'access_denied', state }).toString();
        else {
          const code = randomUUID();
          codes.set(code, searchParams);
          back.search = new URLSearchParams({ code, state }).toString();
        }
        return void response.writeHead(302, { Location: back.href }).end();
      }
      case '/token':
        return void textOf(request).then((text) => {
          const form = new URLSearchParams(text);
          asked.push(form);
          const begun = codes.get(form.get('code') ?? '');
          codes.delete(form.get('code') ?? '');
          const challenge = createHash('sha256')
            .update(form.get('code_verifier') ?? '')
            .digest('base64url');
          if (begun === undefined || begun.get('code_challenge') !== challenge)
            return json({ error: 'invalid_grant' }, 400);
          const { fault } = provider;
          const now = Math.floor(Date.now() / 1000) - (fault === 'expired' ? 7200 : 0);
          const claims = {
            iss: fault === 'other-issuer' ? 'https://elsewhere.example' : issuerOf(server),
            aud: fault === 'other-audience' ? 'another' : clientId,
            iat: now,
            exp: now + 300,
            nonce: fault === 'other-nonce' ? 'another' : begun.get('nonce'),
            ...provider.claims,
          };
          const key = fault === 'unsigned' ? null : fault === 'other-key' ? otherKey : privateKey;
          const token = fault === 'no-id-token' ? {} : { id_token: jwt(claims, key) };
          return json({ access_token: 'at', token_type: 'Bearer', expires_in: 300, ...token });
        });
      default:
        return json({}, 404);
    }
  });
  const provider: Provider = { issuer: new URL('http://127.0.0.1'), claims: { sub: 'u1' }, fault: 'none', asked };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(provider, { issuer: new URL(issuerOf(server)) });
}

const issuerOf = (server: { address: () => AddressInfo | string | null }): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

/** @param key null signs with nothing */
function jwt(claims: object, key: KeyObject | null): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(key === null ? { alg: 'none' } : { alg: 'RS256', kid: 'k1' })}.${part(claims)}`;
  return `${text}.${key === null ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
