/** What leaves a run holds no password, wherever it was written and whoever repeats it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { placeOf } from '../../runtime/engines/server-url.ts';
import { PipecError, redacted, runError } from '../../runtime/errors.ts';
import type { Text } from '../../runtime/plan.ts';
import { resolveTexts } from '../../runtime/secrets.ts';

const redactorOf = async (text: Text, env: Readonly<Record<string, string>> = {}) =>
  (await resolveTexts([text], { kind: 'env' }, '.', env)).redact;

describe('the password of an address', () => {
  test.each([
    ['postgres://u:hush%40hush@db:5432/shop', 'password of u is hush@hush', 'password of u is ***'],
    ['postgres://u:hush%40hush@db:5432/shop', 'getaddrinfo ENOTFOUND hush%40hush', 'getaddrinfo ENOTFOUND ***'],
    ['postgres://u:hu sh@db/shop', 'postgres://u:hu sh@db/shop is wrong', 'postgres://u:***@db/shop is wrong'],
    ['postgres://u@db/shop?password=hushhush', 'what is hushhush?', 'what is ***?'],
    ['https://u:hush@ch:8443', 'Basic u:hush', 'Basic u:***'],
    // It is a word that stands everywhere: only the address loses it.
    [
      'postgres://postgres:postgres@localhost/postgres',
      'postgres://postgres:postgres@localhost',
      'postgres://postgres***localhost',
    ],
    ['postgres://postgres:postgres@localhost/postgres', 'engine postgres', 'engine postgres'],
    ['postgres://u@db/shop', 'u has no password on db', 'u has no password on db'],
    ['.pipec/a:b@c.duckdb', '.pipec/a:b@c.duckdb', '.pipec/a:b@c.duckdb'],
  ])('%s: %s', async (url, told, shown) => {
    expect((await redactorOf(url))(told)).toBe(shown);
    expect((await redactorOf({ env: 'URL', fallback: null }, { URL: url }))(told)).toBe(shown);
    const { redact } = await resolveTexts([{ secret: 'URL' }], { kind: 'env' }, '.', { URL: url });
    expect(redact({ told: [told] }).told[0]).toMatch(told === url ? '***' : /^/);
    if (shown.includes('***')) expect(redact(told)).toBe(told.includes(url) ? told.replace(url, '***') : shown);
  });
});

test('what is thrown holds none either', async () => {
  const redact = await redactorOf('postgres://u:hush-hush@db/shop');
  const extras = { engine: 'no hush-hush', statement: "SELECT 'hush-hush'", sample: [{ 'hush-hush': 'hush-hush' }] };
  const failure = redacted(runError('server-unreachable', { place: 'db', why: 'hush-hush' }, extras), redact);
  expect(failure).toBeInstanceOf(PipecError);
  expect(failure).toMatchObject({ code: 'server-unreachable', retryable: true, sample: [{ '***': '***' }] });
  expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain('hush-hush');
  const other = redacted(new TypeError('Invalid URL postgres://u:hush-hush@db/shop'), redact);
  expect(other).toMatchObject({ code: 'internal' });
  expect(String((other as Error).stack)).not.toContain('hush-hush');
  const harmless = new TypeError('x');
  expect(redacted(harmless, redact)).toBe(harmless);
});

test.each(['postgres://u:12#34@db/shop', 'postgres://u:12/34@db/shop', 'postgres://u:12?34@db/shop'])(
  'a password that ends the address is none of its parts: %s',
  (url) => {
    expect(() => placeOf(url, ['postgres'], '5432')).toThrow(expect.objectContaining({ code: 'wrong-url' }));
  },
);

test('the place of an address', () => {
  expect(placeOf('postgres://u:p@db.example/shop', ['postgres'], '5432')).toBe('db.example:5432/shop');
  expect(placeOf('postgres://db/shop?options=a@b', ['postgres'], '5432')).toBe('db:5432/shop');
});

test('secrets of one name in two places are two, and neither leaves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'URL'), 'of-the-file\n');
  const own = { secret: 'URL' } as const;
  const others = { secret: 'URL', found: { kind: 'file', directory: '.' } } as const;
  const texts = await resolveTexts([own, others], { kind: 'env' }, folder, { URL: 'of-the-shell' });
  expect([texts.valueOf(own), texts.valueOf(others)]).toEqual(['of-the-shell', 'of-the-file']);
  expect(texts.redact('of-the-shell, of-the-file')).toBe('***, ***');
});
