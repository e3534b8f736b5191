/** Rows out of ClickHouse through its real client over HTTP: what is read is what is there, or an error says why not. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClickhouseReaderPlan, LoadStep } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { type ClickhouseFront, startClickhouse } from '../support/clickhouse-front.ts';
import { load, local, projectFolder, runTasks } from '../support/plans.ts';
import { changes, type Item, moment, pulled, pullingPlan } from '../support/pulling.ts';
import { missing } from '../support/server-needed.ts';

const there = existsSync(join(import.meta.dirname, '../engines/node_modules/chdb'));

describe.skipIf(!there && missing('chDB'))('out of ClickHouse', () => {
  let server: ClickhouseFront;
  let folder = '';
  beforeAll(async () => {
    server = await startClickhouse();
    await server.sql('CREATE DATABASE web');
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = projectFolder();
  });
  const from = (
    rows: ClickhouseReaderPlan['rows'],
    more: Partial<ClickhouseReaderPlan> = {},
  ): ClickhouseReaderPlan => ({
    kind: 'clickhouse',
    url: { secret: 'CH' },
    database: null,
    rows,
    ...more,
  });
  const run = (
    reader: ClickhouseReaderPlan,
    types: Readonly<Record<string, string>>,
    more: Partial<LoadStep> = {},
    env: Readonly<Record<string, string>> = { CH: server.url },
  ) => runTasks(folder, [load('raw.rows', reader, types, more)], { env });
  const ask = async (sql: string) => await queryAll({ folder, target: local, sql, limit: null });
  const leftovers = () => readdirSync(join(folder, '.pipec')).filter((name) => name.startsWith('pulled-'));

  const TYPES = {
    id: 'int64',
    u: 'int64?',
    wide: 'int64?',
    money: 'decimal(12,2)?',
    huge: 'decimal(38,0)?',
    ratio: 'float64?',
    yes: 'bool?',
    words: 'string?',
    low: 'a|b?',
    kind: 'a|b?',
    fixed: 'string?',
    bytes: 'bytes?',
    day: 'date?',
    day16: 'date?',
    at: 'timestamp?',
    seconds: 'timestamp?',
    nano: 'timestamp?',
    uuid: 'uuid?',
    pair: 'json?',
    ip: 'string?',
  } as const;

  test('every type, and values that are none of the language', async () => {
    await server.sql(
      'DROP TABLE IF EXISTS web.hits',
      `CREATE TABLE web.hits (id UInt32, u Nullable(UInt64), wide Nullable(Int256), money Nullable(Decimal(12, 2)), huge Nullable(Decimal(76, 0)), ratio Nullable(Float64), yes Nullable(Bool), words Nullable(String), low LowCardinality(Nullable(String)), kind Nullable(Enum8('a' = 1, 'b' = 2)), fixed Nullable(FixedString(4)), bytes Nullable(String), day Nullable(Date32), day16 Nullable(Date), at Nullable(DateTime64(6, 'Asia/Tokyo')), seconds Nullable(DateTime('Europe/Berlin')), nano Nullable(DateTime64(9)), uuid Nullable(UUID), pair Tuple(a Int64, b Array(String)), ip Nullable(IPv4), other UInt8) ENGINE = MergeTree ORDER BY id`,
      `INSERT INTO web.hits VALUES (1, 9223372036854775807, 42, -9999999999.99, 99999999999999999999999999999999999999, 1e300, true, 'a "b", c\\nd', 'a', 'b', 'ab', unhex('00FF0A22'), '1900-01-01', '2024-02-29', toDateTime64('2024-02-29 10:00:00.000001', 6, 'UTC'), toDateTime('2024-02-29 10:00:00', 'UTC'), toDateTime64('2024-02-29 10:00:00.000001', 9, 'UTC'), 'ffffffff-ffff-ffff-ffff-ffffffffffff', (1, ['x']), '127.0.0.1', 1)`,
      `INSERT INTO web.hits (id, pair) VALUES (2, (0, []))`,
      ...[
        "(3, (0, []), 18446744073709551615, NULL, NULL, '', NULL)",
        "(4, (0, []), NULL, toInt256('170141183460469231731687303715884105727'), NULL, NULL, NULL)",
        '(5, (0, []), NULL, NULL, nan, NULL, NULL)',
        "(6, (0, []), NULL, NULL, NULL, unhex('FF'), NULL)",
        "(7, (0, []), NULL, NULL, NULL, NULL, toDateTime64('2024-02-29 10:00:00.000000001', 9, 'UTC'))",
      ].map((values) => `INSERT INTO web.hits (id, pair, u, wide, ratio, words, nano) VALUES ${values}`),
    );
    const ran = await run(from({ table: 'web.hits' }), TYPES);
    expect(ran.errors).toEqual([]);
    expect(ran.events).toContainEqual(
      expect.objectContaining({
        load: expect.objectContaining({ read: 7, quarantined: 5, unread: [{ name: 'other', type: 'int64?' }] }),
      }),
    );
    const [first, second] = await ask('SELECT * FROM raw.rows ORDER BY id');
    expect(first).toEqual({
      id: '1',
      u: '9223372036854775807',
      wide: '42',
      money: '-9999999999.99',
      huge: '99999999999999999999999999999999999999',
      ratio: 1e300,
      yes: true,
      words: 'a "b", c\nd',
      low: 'a',
      kind: 'b',
      fixed: 'ab',
      bytes: Buffer.from([0, 255, 10, 34]).toString('base64'),
      day: '1900-01-01',
      day16: '2024-02-29',
      at: '2024-02-29T10:00:00.000001Z',
      seconds: '2024-02-29T10:00:00Z',
      nano: '2024-02-29T10:00:00.000001Z',
      uuid: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      pair: expect.stringMatching(/^\{"a": ?"?1"?, ?"b": ?\["x"\]\}$/),
      ip: '127.0.0.1',
    });
    const { id, pair, ...others } = second ?? {};
    expect([id, new Set(Object.values(others))]).toEqual(['2', new Set([null])]);
    expect(await ask("SELECT content ->> '$.id' AS id, reason FROM _pipec.quarantine__raw__rows ORDER BY id")).toEqual([
      { id: '3', reason: 'u is not an int64' },
      { id: '4', reason: 'wide is not an int64' },
      { id: '5', reason: 'ratio is not a float64' },
      { id: '6', reason: 'words is not a string' },
      { id: '7', reason: 'nano is not a timestamp' },
    ]);
    expect(leftovers()).toEqual([]);
    const columns: LoadStep['columns'] = [{ name: 'x', path: ['pair', 'a'], type: { kind: 'int64' }, nullable: true }];
    expect(
      (await run(from({ query: 'SELECT pair FROM hits WHERE id = 1; ' }, { database: 'web' }), {}, { columns })).errors,
    ).toEqual([]);
    expect(await ask('SELECT x FROM raw.rows')).toEqual([{ x: '1' }]);
    expect((await run(from({ query: 'SELECT 1 AS id WHERE 0' }), { id: 'int64' })).errors).toEqual([]);
    expect(await ask('SELECT count(*) AS n FROM raw.rows')).toEqual([{ n: '0' }]);
  });

  test('what is not there, or is refused, says so, and nothing of a password', async () => {
    await server.sql('CREATE OR REPLACE TABLE web.t (id Int64, name String) ENGINE = Memory');
    const cases: readonly (readonly [ClickhouseReaderPlan, string, Readonly<Record<string, string>>?])[] = [
      [from({ table: 'web.nothing' }), 'source-table-missing'],
      [from({ table: 'nowhere.t' }), 'source-table-missing'],
      [from({ query: 'SELECT * FROM web.nothing' }), 'source-unreadable'],
      [from({ query: 'DROP TABLE web.t' }), 'source-unreadable'],
      [from({ query: 'SELECT 1 AS id; DROP TABLE web.t' }), 'source-unreadable'],
      [from({ query: "SELECT throwIf(number = 5, 'five') AS id FROM numbers(10)" }), 'source-unreadable'],
      [from({ table: 'web.t' }), 'source-column-missing', { nothing: 'int64' }],
      [from({ table: 'web.t' }), 'source-column-type', { name: 'int64' }],
      [from({ table: 'web.t' }, { url: 'http://owner:hush-hush@127.0.0.1:1' }), 'server-unreachable'],
      [from({ table: 'web.t' }, { url: server.url.replace('correct-horse', 'hush-hush') }), 'login-refused'],
    ];
    for (const [reader, code, types = { id: 'int64' }] of cases) {
      const { errors } = await run(reader, types);
      expect([reader.rows, errors.map(({ error }) => error.code)]).toEqual([reader.rows, [code]]);
      expect(JSON.stringify(errors)).not.toMatch(/hush-hush|correct-horse/);
    }
    expect(leftovers()).toEqual([]);
    expect((await run(from({ table: 'web.t' }), { id: 'int64' })).errors).toEqual([]);
  });

  test('a server that goes away while it sends: nothing is published', async () => {
    const reading = run(from({ query: 'SELECT number AS id FROM numbers(30000000)' }), { id: 'int64' });
    setTimeout(() => server.cut(), 300);
    const { errors } = await reading;
    expect(errors).toMatchObject([{ error: { code: 'server-unreachable', retryable: true } }]);
    expect(leftovers()).toEqual([]);
  });

  test('whatever comes within the look back is there, as if all had been read', { timeout: 600_000 }, async () => {
    const plan = pullingPlan("duckdb(path: '.pipec/shop.duckdb')", "clickhouse(url: secret('CH'), table: 'web.items')");
    const write = async (items: readonly Item[]): Promise<void> => {
      const rows = items.map(
        ({ id, at, v }) => `(${id}, parseDateTime64BestEffort('${moment(at)}', 3, 'UTC'), ${v ?? 'NULL'})`,
      );
      await server.sql(
        "CREATE OR REPLACE TABLE web.items (id Int32, at DateTime64(3, 'Asia/Tokyo'), v Nullable(Int16)) ENGINE = MergeTree ORDER BY id",
        ...(rows.length === 0 ? [] : [`INSERT INTO web.items VALUES ${rows.join(', ')}`]),
      );
    };
    await fc.assert(
      fc.asyncProperty(changes, async (sequence) => {
        const own = projectFolder();
        const about = {
          folder: own,
          plan,
          env: { CH: server.url },
          write,
          ask: async (sql: string) =>
            (await queryAll({ folder: own, target: plan.target, sql, limit: null })).map((row) => Object.values(row)),
        };
        expect(await pulled(about, sequence)).toEqual([]);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 2) },
    );
  });
});
