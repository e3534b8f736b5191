/** ClickHouse as far as it needs none: questions, errors, values. Runs on it are in test/engines and test/servers. */
import { describe, expect, test } from 'vitest';
import { expectVersion, oneQuestion } from '../../runtime/engines/clickhouse/connect.ts';
import { clickhouseFailure } from '../../runtime/engines/clickhouse/failures.ts';
import { converter } from '../../runtime/engines/clickhouse/values.ts';

describe('a question', () => {
  test.each([
    ['SELECT 1', 'SELECT 1'],
    ['  (SELECT 1)\n;\n', '(SELECT 1)'],
    ["-- what\nSELECT ';', 'it\\'s; DROP' -- ;", "-- what\nSELECT ';', 'it\\'s; DROP' -- ;"],
    ['WITH x AS (SELECT 1) SELECT * FROM x', 'WITH x AS (SELECT 1) SELECT * FROM x'],
    ['SELECT `into outfile` FROM "into outfile"', 'SELECT `into outfile` FROM "into outfile"'],
  ])('%s', (sql, question) => expect(oneQuestion(sql)).toBe(question));

  test.each([
    'SELECT 1; SELECT 2',
    "SELECT ''; DROP TABLE x",
    'INSERT INTO x VALUES (1)',
    '/* SELECT */ DROP TABLE x',
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    'SELECT 1 INTO /* */ OUTFILE x',
    'SET readonly = 0',
    '',
  ])('that is none: %s', (sql) =>
    expect(() => oneQuestion(sql)).toThrow(expect.objectContaining({ code: 'query-refused' })),
  );
});

test.each([
  ['516', 'login-refused', false],
  ['497', 'not-permitted', false],
  ['394', 'cancelled', false],
  ['202', 'server-unreachable', true],
  ['236', 'server-unreachable', true],
  ['241', 'out-of-memory', true],
  ['243', 'disk-full', false],
  ['407', 'overflow', false],
  ['6', 'value-unreadable', false],
  ['41', 'value-unreadable', false],
  ['395', 'statement-failed', false],
  ['164', 'query-refused', false],
  ['81', 'statement-failed', false],
  ['62', 'statement-failed', false],
  ['ECONNREFUSED', 'server-unreachable', true],
])('%s is %s', (number, code, retryable) => {
  const failure = clickhouseFailure(Object.assign(new Error('so it is'), { code: number }), 'SELECT 1', 'ch:8123');
  expect(failure).toMatchObject({ code, retryable, statement: 'SELECT 1' });
});

test('a disk that is full is that of the server, though it asked for room and got it', () => {
  const told =
    'Code: 76. DB::ErrnoException: Cannot write to file /var/lib/clickhouse/store/x.bin: , errno: 28, strerror: No space left on device. (CANNOT_WRITE_TO_FILE_DESCRIPTOR)';
  expect(clickhouseFailure(new Error(told), 'INSERT', 'ch:8123')).toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(/^the disk of ch:8123 is full: .*No space left on device/),
  });
});

test('inside this process the number is in the words', () => {
  const told = new Error('Query failed: Code: 407. DB::Exception: Decimal math overflow. (DECIMAL_OVERFLOW)');
  expect(clickhouseFailure(told, null, '.pipec/ch')).toMatchObject({
    code: 'overflow',
    message: 'a value is out of range: Decimal math overflow.',
  });
});

test.each([
  [
    "Code: 395. DB::Exception: a value does not fit decimal(38, 0): while executing 'FUNCTION throwIf(…)'. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)",
    'overflow',
    'a value is out of range: a value does not fit decimal(38, 0)',
  ],
  [
    'Code: 153. DB::Exception: Division of minimal signed number by minus one. (ILLEGAL_DIVISION)',
    'overflow',
    'a value is out of range: Division of minimal signed number by minus one.',
  ],
  [
    'Code: 153. DB::Exception: Division by zero: In scope SELECT intDiv(1, 0). (ILLEGAL_DIVISION)',
    'division-by-zero',
    'a number is divided by zero',
  ],
])('%s', (text, code, message) => {
  expect(clickhouseFailure(new Error(text), 'SELECT 1', '.pipec/ch')).toMatchObject({ code, message, engine: text });
});

test('a database that the address names and the server does not have', () => {
  const told = Object.assign(new Error('Database shop does not exist'), { code: '81', type: 'UNKNOWN_DATABASE' });
  expect(clickhouseFailure(told, null, 'ch:8123')).toMatchObject({ code: 'database-unknown' });
});

test('a server that is too old', () => {
  expect(() => expectVersion('25.3.2.39', 'ch:8123')).toThrow(expect.objectContaining({ code: 'server-too-old' }));
  for (const version of ['25.8.1.1', '26.1.1']) expectVersion(version, 'ch:8123');
});

test.each([
  ['Int64', '9223372036854775807', '9223372036854775807'],
  ['Nullable(Int32)', 7, 7],
  ['Float64', 0.1, 0.1],
  ['Float64', '-inf', '-Infinity'],
  ['Nullable(Float64)', 'nan', 'NaN'],
  ['Decimal(10, 2)', '12.50', '12.50'],
  ['Bool', true, true],
  ["DateTime64(6, 'UTC')", '2026-01-31 10:00:00.000000', '2026-01-31T10:00:00Z'],
  ["Nullable(DateTime64(6, 'UTC'))", '2026-01-31 10:00:00.500000', '2026-01-31T10:00:00.500000Z'],
  ["DateTime('UTC')", '2026-01-31 10:00:00', '2026-01-31T10:00:00Z'],
  ['Array(Nullable(Float64))', [1, 'nan', null], [1, 'NaN', null]],
  ['LowCardinality(Nullable(String))', null, null],
])('type %s: %j', (type, json, value) => {
  expect(converter(type)(json)).toEqual(value);
});
