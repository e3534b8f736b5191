/** Rows out of a real PostgreSQL server: what is read is what is there, or an error says why not and nothing is published. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toRunError } from '../../runtime/errors.ts';
import type { LoadStep, PostgresReaderPlan, TargetPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { clickhouse, folderWithEngines } from '../engines/targets.ts';
import { job, load, local, projectFolder, runTasks } from '../support/plans.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { changes, type Item, moment, pulled, pullingPlan } from '../support/pulling.ts';
import { missing } from '../support/server-needed.ts';

const programs = postgresPrograms();
const engines = existsSync(join(import.meta.dirname, '../engines/node_modules/chdb'));

describe.skipIf(programs === null && missing('PostgreSQL'))('out of PostgreSQL', () => {
  let server: PostgresServer;
  let databases = 0;
  let url = '';
  let folder = '';
  let sql: (text: string) => string = String;
  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
  });
  afterAll(() => server.close());
  beforeEach(() => {
    databases += 1;
    server.sql(`CREATE DATABASE s${databases}`);
    url = server.url.replace(/postgres$/, `s${databases}`);
    sql = (text) => server.sqlIn(url, text);
    folder = folderWithEngines();
  });

  const from = (rows: PostgresReaderPlan['rows'], address = 'ERP'): PostgresReaderPlan => ({
    kind: 'postgres',
    url: { secret: address },
    rows,
  });
  const run = (
    reader: PostgresReaderPlan,
    types: Readonly<Record<string, string>>,
    more: Partial<LoadStep> = {},
    options: Parameters<typeof runTasks>[2] = {},
  ) => runTasks(folder, job([load('raw.rows', reader, types, more)]), { env: { ERP: url, DWH: url }, ...options });
  const ask = (text: string, target: TargetPlan = local) =>
    queryAll({ folder, target, sql: text, limit: null, env: { DWH: url } });
  const leftovers = () => readdirSync(join(folder, '.pipec')).filter((name) => name.startsWith('pulled-'));

  const TYPES = {
    id: 'int64',
    small: 'int64?',
    yes: 'bool?',
    ratio: 'float64?',
    single: 'float64?',
    money: 'decimal(12,2)?',
    wide: 'decimal(38,10)?',
    any: 'decimal(20,4)?',
    words: 'string?',
    fixed: 'string?',
    kind: 'a|b?',
    bytes: 'bytes?',
    day: 'date?',
    at: 'timestamp?',
    local: 'timestamp?',
    uuid: 'uuid?',
    doc: 'json?',
    docb: 'json?',
    clock: 'string?',
  } as const;

  const everyType = () => {
    sql(`CREATE TYPE kinds AS ENUM ('a', 'b');
CREATE SCHEMA "Sales"; CREATE TABLE "Sales"."all.rows" (id int PRIMARY KEY, small smallint, yes boolean, ratio float8, single float4, money numeric(12, 2), wide numeric(38, 10), "any" numeric,
  words text, fixed char(4), kind kinds, bytes bytea, day date, at timestamptz, "local" timestamp, uuid uuid, doc json, docb jsonb, clock time, "not read" inet);
INSERT INTO "Sales"."all.rows" VALUES
 (1, -32768, true, 1.7976931348623157e308, 0.1, -9999999999.99, -9999999999999999999999999999.9999999999, 1234567890123456.7800, E'a "b", c\\nd\\r\\n\\\\N \\t', 'ab', 'a', '\\x00ff0a22', '1900-01-01', '1900-01-01 00:00:00+00', '2024-02-29 10:00:00.000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"a" : 1e2}', '{"a": [1, null]}', '10:00:00', '::1'),
 (2, 0, false, 5e-324, -0.5, 0, 0, 0, '', '', 'b', '', '2299-12-31', '2299-12-31 23:59:59.999999+00', '1970-01-01', '00000000-0000-0000-0000-000000000000', '"x"', 'null', '00:00', null);`);
    sql(`INSERT INTO "Sales"."all.rows" (id) VALUES (3);
INSERT INTO "Sales"."all.rows" (id, words) VALUES (4, 'ß İ é 👩‍👩‍👧 ' || repeat(E'long\\n"line"', 200000));`);
  };

  test('every type, null and empty text, texts of megabytes: what is there is what is read', async () => {
    everyType();
    const ran = await run(from({ table: '"Sales"."all.rows"' }), TYPES);
    expect(ran.errors).toEqual([]);
    expect(ran.events).toContainEqual(
      expect.objectContaining({
        event: 'task.finished',
        rows: 4,
        load: expect.objectContaining({ read: 4, quarantined: 0, unread: [{ name: 'not read', type: 'string?' }] }),
      }),
    );
    const shown = (list: string) =>
      `SELECT ${list}, md5(words) AS words, length(words) AS chars FROM %s WHERE id < 9 ORDER BY id`;
    const [first, second, third, fourth] = await ask(shown('* EXCLUDE (words)').replace('%s', 'raw.rows'));
    expect(first).toMatchObject({
      small: '-32768',
      yes: true,
      ratio: 1.7976931348623157e308,
      single: 0.10000000149011612,
      money: '-9999999999.99',
      wide: '-9999999999999999999999999999.9999999999',
      any: '1234567890123456.7800',
      fixed: 'ab  ',
      kind: 'a',
      bytes: Buffer.from([0, 255, 10, 34]).toString('base64'),
      day: '1900-01-01',
      at: '1900-01-01T00:00:00Z',
      local: '2024-02-29T10:00:00.000001Z',
      uuid: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      doc: '{"a" : 1e2}',
      docb: '{"a": [1, null]}',
      clock: '10:00:00',
    });
    expect(second).toMatchObject({ ratio: 5e-324, words: 'd41d8cd98f00b204e9800998ecf8427e', bytes: '', docb: 'null' });
    const { id, ...others } = third ?? {};
    expect([id, new Set(Object.values(others))]).toEqual(['3', new Set([null])]);
    const theirs = sql(
      `SELECT md5(words) || ' ' || length(words) FROM "Sales"."all.rows" WHERE id IN (1, 4) ORDER BY id`,
    );
    expect([first, fourth].map((row) => `${row?.['words']} ${row?.['chars']}`).join('\n')).toBe(theirs);
    expect(leftovers()).toEqual([]);
  });

  test('what no type of the language holds is kept aside with its text and its place, and is no null', async () => {
    sql(`CREATE TABLE odd (id int, money numeric(12, 2), "any" numeric, day date, at timestamptz, ratio float8);
INSERT INTO odd VALUES (1, 1, 1, '2024-01-01', now(), 1), (2, 'NaN', 1, '2024-01-01', now(), 1), (3, 1, 'Infinity', '2024-01-01', now(), 1),
 (4, 1, 1.00001, '2024-01-01', now(), 1), (5, 1, 1, 'infinity', now(), 1), (6, 1, 1, '5000-01-01', now(), 1), (7, 1, 1, '1950-03-15 BC', now(), 1),
 (8, 1, 1, '2024-01-01', '-infinity', 1), (9, 1, 1, '2024-01-01', '20000-01-01', 1), (10, 1, 1, '2024-01-01', now(), 'NaN'), (11, null, null, null, null, null)`);
    const types = {
      id: 'int64',
      money: 'decimal(12,2)?',
      any: 'decimal(20,4)?',
      day: 'date?',
      at: 'timestamp?',
      ratio: 'float64?',
    };
    const ran = await run(from({ table: 'odd' }), types);
    expect(ran.errors).toEqual([]);
    expect(await ask('SELECT id FROM raw.rows ORDER BY id')).toEqual([{ id: '1' }, { id: '11' }]);
    const kept = await ask('SELECT reason, file, row, content FROM _pipec.quarantine__raw__rows ORDER BY row');
    const place = `127.0.0.1:${server.port}/s${databases} table odd`;
    expect(kept.map(({ reason, file, row }) => [reason, file, row])).toEqual([
      ['money is not a decimal(12, 2)', place, '2'],
      ['any is not a decimal(20, 4)', place, '3'],
      ['any is not a decimal(20, 4)', place, '4'],
      ['day is not a date', place, '5'],
      ['day is not a date', place, '6'],
      ['day is not a date', place, '7'],
      ['at is not a timestamp', place, '8'],
      ['at is not a timestamp', place, '9'],
      ['ratio is not a float64', place, '10'],
    ]);
    const contents = kept.map(({ content }) => String(content));
    for (const [index, text] of [
      'NaN',
      'Infinity',
      '1.00001',
      'infinity',
      '5000-01-01',
      '1950-03-15 BC',
      '-infinity',
    ].entries())
      expect(contents[index]).toContain(text);
  });

  test('a query, other names, a path into json, a key that repeats', async () => {
    sql(
      `CREATE TABLE t (a int, doc jsonb); INSERT INTO t VALUES (1, '{"in": {"x": "y"}}'), (1, '{"in": {}}'), (2, null)`,
    );
    const query = from({
      query: 'SELECT a AS "The key", doc FROM t -- a comment\n WHERE a < 9 ORDER BY doc NULLS LAST;',
    });
    const columns: LoadStep['columns'] = [
      { name: 'key', path: ['The key'], type: { kind: 'int64' }, nullable: false },
      { name: 'x', path: ['doc', 'in', 'x'], type: { kind: 'string' }, nullable: true },
    ];
    const ran = await run(query, {}, { columns, key: ['key'] });
    expect(ran.errors).toEqual([]);
    expect((await ask('SELECT key FROM raw.rows ORDER BY key')).map(({ key }) => key)).toEqual(['1', '2']);
    expect(await ask('SELECT reason, row FROM _pipec.quarantine__raw__rows')).toEqual([
      { reason: 'repeated key', row: '2' },
    ]);
  });

  test('an empty table, and rows of several slices with quotes and line ends at their cuts', async () => {
    sql('CREATE TABLE empty (id int, s text)');
    expect((await run(from({ table: 'empty' }), { id: 'int64', s: 'string?' })).errors).toEqual([]);
    expect(await ask('SELECT count(*) AS n FROM raw.rows')).toEqual([{ n: '0' }]);
    sql(
      `CREATE TABLE many AS SELECT i AS id, CASE i % 3 WHEN 0 THEN repeat(E'"\\n', i % 100) WHEN 1 THEN repeat('x', 200) END AS s FROM generate_series(1, 400000) i`,
    );
    const ran = await run(from({ table: 'public.many' }), { id: 'int64', s: 'string?' }, { key: ['id'] });
    expect(ran.errors).toEqual([]);
    const [ours] = await ask(
      `SELECT count(*) || ' ' || count(s) || ' ' || sum(id * length(s)) || ' ' || sum(CAST('0x' || left(md5(s), 8) AS BIGINT)) AS all FROM raw.rows`,
    );
    expect(ours?.['all']).toBe(
      sql(
        `SELECT count(*) || ' ' || count(s) || ' ' || sum(id * length(s)) || ' ' || sum(('x' || left(md5(s), 8))::bit(32)::bigint & 4294967295) FROM many`,
      ),
    );
  });

  test.skipIf(!engines)('into PostgreSQL, the same database and another, and into ClickHouse', async () => {
    everyType();
    const list = ['id', 'yes', 'money', 'wide', 'day', 'at', 'uuid', 'doc'];
    const types = Object.fromEntries(list.map((name) => [name, TYPES[name as keyof typeof TYPES]]));
    const reader = from({ table: '"Sales"."all.rows"' });
    const select = `SELECT ${list.map((name) => `"${name}"`).join(', ')} FROM raw."rows" ORDER BY id`;
    expect((await run(reader, types)).errors).toEqual([]);
    const expected = await ask(select);
    const target: TargetPlan = {
      ...local,
      engine: { kind: 'postgres', place: { kind: 'server', url: { secret: 'DWH' } } },
    };
    expect((await run(reader, types, {}, { target })).errors).toEqual([]);
    expect(await ask(select, target)).toEqual(expected);
    server.sql(`CREATE DATABASE other${databases}`);
    const DWH = server.url.replace(/postgres$/, `other${databases}`);
    expect((await run(reader, types, {}, { target, env: { ERP: url, DWH } })).errors).toEqual([]);
    expect(await queryAll({ folder, target, sql: select, limit: null, env: { DWH } })).toEqual(expected);
    expect((await run(reader, types, {}, { target: clickhouse })).errors).toEqual([]);
    expect(await ask(select, clickhouse)).toEqual(expected);
  });

  test('what is not there, not allowed or of another type says so, without the password, and nothing is published', async () => {
    sql(`CREATE TABLE t (id int, "Name" text, host inet); INSERT INTO t VALUES (1, 'a', '::1');
CREATE ROLE reader${databases} LOGIN PASSWORD 'hush-hush'`);
    const as = (user: string, password: string) => url.replace(/owner:[^@]+@/, `${user}:${password}@`);
    const cases: readonly (readonly [PostgresReaderPlan['rows'], string, string, Readonly<Record<string, string>>?])[] =
      [
        [{ table: 'nowhere' }, url, 'source-table-missing'],
        [{ table: 'nowhere.t' }, url, 'source-table-missing'],
        [{ query: 'SELECT * FROM nowhere' }, url, 'source-unreadable'],
        [{ query: 'SELECT 1/0 AS id' }, url, 'source-unreadable'],
        [{ query: 'DELETE FROM t RETURNING id' }, url, 'source-unreadable'],
        [{ query: 'SELECT id FROM t; DROP TABLE t' }, url, 'source-unreadable'],
        [{ table: 't' }, as(`reader${databases}`, 'hush-hush'), 'source-unreadable'],
        [{ table: 't' }, as('owner', 'hush-hush'), 'login-refused'],
        [{ table: 't' }, url.replace(/s\d+$/, 'nobody'), 'database-unknown'],
        [{ table: 't' }, 'postgres://owner:hush-hush@127.0.0.1:9/x', 'server-unreachable'],
        [{ table: 't' }, 'mysql://owner:hush-hush@127.0.0.1/x', 'wrong-url'],
        [{ table: 't' }, url, 'source-column-missing', { name: 'string' }],
        [{ table: 't' }, url, 'source-column-type', { host: 'int64' }],
        [{ table: 't' }, url, 'source-column-type', { Name: 'int64' }],
      ];
    for (const [rows, ERP, code, types = { id: 'int64' }] of cases) {
      const ran = await run(from(rows), types, {}, { env: { ERP } });
      expect([rows, ran.errors.map(({ error }) => error.code)]).toEqual([rows, [code]]);
      expect(JSON.stringify(ran)).not.toContain('hush-hush');
    }
    const failure = await ask('SELECT * FROM raw.rows').then(() => null, toRunError);
    expect([failure?.code, sql('SELECT count(*) FROM t'), leftovers()]).toEqual(['statement-failed', '1', []]);
  });

  test('a connection that is cut and a run that is cancelled in the middle leave the version before', async () => {
    sql('CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    expect((await run(from({ table: 't' }), { id: 'int64' })).errors).toEqual([]);
    const endless = from({ query: `SELECT i AS id, repeat('x', 1000) AS s FROM generate_series(1, 100000000) i` });
    const types = { id: 'int64', s: 'string' };
    const during = async (act: () => void): Promise<void> => {
      const sending = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pipec source' AND query LIKE 'COPY%' AND state = 'active'`;
      while (server.sql(sending) === '0') await sleep(20);
      await sleep(300);
      act();
    };
    const [cut] = await Promise.all([
      run(endless, types),
      during(
        () =>
          void server.sql(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pipec source'`,
          ),
      ),
    ]);
    expect(cut.errors.map(({ error }) => error.code)).toEqual(['server-unreachable']);
    const abort = new AbortController();
    const [cancelled] = await Promise.all([
      run(endless, types, {}, { signal: abort.signal }),
      during(() => abort.abort()),
    ]);
    expect(cancelled.status).toBe('cancelled');
    expect([await ask('SELECT id FROM raw.rows'), leftovers()]).toEqual([[{ id: '1' }], []]);
  });

  test('whatever comes within the look back is there, as if all had been read', { timeout: 600_000 }, async () => {
    const plan = pullingPlan("duckdb(path: '.pipec/shop.duckdb')", "postgres(url: secret('ERP'), table: 'items')");
    sql('CREATE TABLE items (id int, at timestamp(3), v smallint); CREATE INDEX ON items (at)');
    const write = (items: readonly Item[]): void => {
      const rows = items.map(({ id, at, v }) => `(${id}, '${moment(at).replace('Z', '')}', ${v ?? 'NULL'})`);
      sql(`TRUNCATE items; ${rows.length === 0 ? '' : `INSERT INTO items VALUES ${rows.join(', ')}`}`);
    };
    await fc.assert(
      fc.asyncProperty(changes, async (sequence) => {
        const own = projectFolder();
        const about = {
          folder: own,
          plan,
          env: { ERP: url },
          write,
          ask: async (text: string) =>
            (await queryAll({ folder: own, target: plan.target, sql: text, limit: null })).map((row) =>
              Object.values(row),
            ),
        };
        expect(await pulled(about, sequence)).toEqual([]);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 2) },
    );
  });

  test.each([
    ['at timestamptz', '2024-03-01 10:00:00+00', '2024-03-01 09:59:59.999999+00', 'timestamp', 0],
    ['at date', '2024-03-01', '2024-02-28', 'date', 86_400_000],
    ['at bigint', '1000', '899', 'int64', 100],
  ] as const)('asks from the cursor on: %s', async (column, last, before, type, lookback) => {
    sql(`CREATE TABLE t (id int, ${column}); INSERT INTO t VALUES (1, '${last}'), (2, '${before}'), (3, NULL)`);
    if (type !== 'int64') sql("INSERT INTO t VALUES (4, 'infinity'), (5, '-infinity')");
    const literal = { timestamp: ["TIMESTAMPTZ '", "+00'"], date: ["DATE '", "'"], int64: ['', ''] }[type];
    const again = [`"at" >= ${literal[0]}`, { bound: 'since' as const }, literal[1] ?? ''];
    const cursor = { column: 'at', type, lookback, again };
    const pull = async () => {
      const { errors, events } = await run(from({ table: 't' }), { id: 'int64', at: type }, { cursor });
      expect(errors).toEqual([]);
      return events.flatMap((event) =>
        event.event === 'task.finished' ? [event.rows, event.load?.read, event.load?.quarantined] : [],
      );
    };
    const none = type === 'int64' ? 1 : 3;
    expect(await pull()).toEqual([2, 2 + none, none]);
    expect(await pull()).toEqual([2, 1 + none, none]);
    sql(`UPDATE t SET at = '${last}' WHERE id = 3`);
    expect(await pull()).toEqual([3, 1 + none, none - 1]);
  });
});
