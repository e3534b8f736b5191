import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { functionsOf } from '../../runtime/batches.ts';
import { Connection } from '../../runtime/engines/duckdb/connect.ts';
import { Lakes } from '../../runtime/engines/duckdb/lake.ts';
import { performLoad } from '../../runtime/engines/duckdb/load.ts';
import { Publisher } from '../../runtime/engines/duckdb/publish.ts';
import type { LoadStep } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { resolveTexts } from '../../runtime/secrets.ts';
import { contract, file, into, lake, load, local, projectFolder, runTasks } from '../support/plans.ts';

async function loadFile(
  name: string,
  content: string | Buffer,
  format: 'csv' | 'json' | 'parquet',
  types: Readonly<Record<string, string>>,
  more: Partial<LoadStep> = {},
) {
  const folder = projectFolder();
  writeFileSync(join(folder, name), content);
  return await loadFrom(folder, name, format, types, more);
}

async function loadFrom(
  folder: string,
  path: string,
  format: 'csv' | 'json' | 'parquet',
  types: Readonly<Record<string, string>>,
  more: Partial<LoadStep> = {},
) {
  const summary = await runTasks(folder, [load('raw.t', file(path, format), types, more)]);
  const finished = summary.events.find((event) => event.event === 'task.finished');
  const query = (sql: string) => queryAll({ folder, target: local, sql, limit: null });
  const published = summary.status === 'succeeded';
  return {
    folder,
    error: summary.errors[0]?.error ?? null,
    load: finished?.load ?? null,
    rows: published ? (await query('SELECT * FROM raw.t')).map((row) => Object.values(row)) : [],
    quarantine: published
      ? (await query('SELECT reason, "row", line, content FROM _pipec.quarantine__raw__t')).map((row) =>
          Object.values(row),
        )
      : [],
  };
}

async function writeParquet(path: string, select: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'; COPY (${select}) TO '${path}' (FORMAT parquet)`);
  instance.closeSync();
}

async function loadParquet(select: string, types: Readonly<Record<string, string>>, more: Partial<LoadStep> = {}) {
  const folder = projectFolder();
  await writeParquet(join(folder, 't.parquet'), select);
  return await loadFrom(folder, 't.parquet', 'parquet', types, more);
}

describe('csv', () => {
  test('quoting, empty fields, unreadable lines', async () => {
    const text = 'id,name,note\n1,"a ""b"", c",\n2,,x\n3\n4,d,e,f\n5,"two\nlines",y\n,z,\n';
    const result = await loadFile('t.csv', text, 'csv', { id: 'int64', name: 'string', note: 'string?' });
    expect(result.load).toMatchObject({ read: 6, accepted: 3, quarantined: 3 });
    expect(result.rows).toEqual([
      ['1', 'a "b", c', null],
      ['2', '', 'x'],
      ['5', 'two\nlines', 'y'],
    ]);
    expect(result.quarantine).toEqual([
      ['missing id', '4', null, '{"id":null,"name":"z","note":null}'],
      ['unreadable line', null, '4', '3'],
      ['unreadable line', null, '5', '4,d,e,f'],
    ]);
  });

  test('delimiters are told from the header, or given', async () => {
    const types = { a: 'int64', b: 'decimal(5,2)' };
    expect((await loadFile('t.csv', 'a;b\r\n1;2.50\r\n', 'csv', types)).rows).toEqual([['1', '2.50']]);
    expect((await loadFile('t.csv', '\uFEFFb\ta\n2.5\t1\n', 'csv', types)).rows).toEqual([['1', '2.50']]);
    const given = file('t.csv', 'csv', { delimiter: '|', header: false });
    expect((await loadFile('t.csv', '1|2\n3|4\n', 'csv', types, { from: given })).rows).toEqual([
      ['1', '2.00'],
      ['3', '4.00'],
    ]);
  });

  test('gzip, several files, position in each file', async () => {
    const folder = projectFolder();
    mkdirSync(join(folder, 'in'));
    writeFileSync(join(folder, 'in/a.csv.gz'), gzipSync('x\n1\nbad\n'));
    writeFileSync(join(folder, 'in/b.csv.gz'), gzipSync('x\n2\n3\nworse\n'));
    const result = await loadFrom(folder, 'in/*.csv.gz', 'csv', { x: 'int64' });
    expect(result.rows).toEqual([['1'], ['2'], ['3']]);
    expect(result.quarantine.map(([reason, row]) => [reason, row])).toEqual([
      ['x is not an int64', '2'],
      ['x is not an int64', '3'],
    ]);
  });

  test('files whose columns differ: a row is shown with those of its own file', async () => {
    const folder = projectFolder();
    writeFileSync(join(folder, 'a.csv'), 'x,only_a\nbad,1\n');
    writeFileSync(join(folder, 'b.csv'), 'other,x,ONLY_A\n2,worse,3\n');
    const result = await loadFrom(folder, '?.csv', 'csv', { x: 'int64' });
    expect(result.quarantine.map((row) => row.at(-1))).toEqual([
      '{"x":"bad","only_a":"1"}',
      '{"other":"2","x":"worse","ONLY_A":"3"}',
    ]);
  });

  test('a repeated key goes after the first, in the order of the file', async () => {
    const result = await loadFile(
      't.csv',
      'k,v\n1,a\n2,b\n1,c\n1,\n',
      'csv',
      { k: 'int64', v: 'string' },
      { key: ['k'] },
    );
    // A table has no order of its own.
    expect([...result.rows].sort()).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
    expect(result.quarantine.map(([reason, row]) => [reason, row])).toEqual([
      ['repeated key', '3'],
      ['repeated key', '4'],
    ]);
  });

  test('a clean load empties the quarantine of the one before', async () => {
    const folder = projectFolder();
    writeFileSync(join(folder, 't.csv'), 'x\noops\n');
    expect((await loadFrom(folder, 't.csv', 'csv', { x: 'int64' })).quarantine).toHaveLength(1);
    writeFileSync(join(folder, 't.csv'), 'x\n1\n');
    expect((await loadFrom(folder, 't.csv', 'csv', { x: 'int64' })).quarantine).toHaveLength(0);
  });

  test('positions in each of several large files', async () => {
    const folder = projectFolder();
    for (const name of ['a', 'b', 'c']) {
      const lines = Array.from({ length: 200_000 }, (_, index) => (index === 150_000 ? `bad ${name}` : `${index}`));
      writeFileSync(join(folder, `${name}.csv`), `x\n${lines.join('\n')}\n`);
    }
    const result = await runTasks(folder, [load('raw.t', file('*.csv', 'csv'), { x: 'int64' })]);
    expect(result.status).toBe('succeeded');
    const rows = await queryAll({
      folder,
      target: local,
      sql: 'SELECT "row", right(file, 5) AS file, content FROM _pipec.quarantine__raw__t',
      limit: null,
    });
    expect(rows).toEqual(
      ['a', 'b', 'c'].map((name) => ({ row: '150001', file: `${name}.csv`, content: `{"x":"bad ${name}"}` })),
    );
  });

  test('rows keep the order of a large file', async () => {
    const lines = Array.from({ length: 300_000 }, (_, index) => `${index},some text to fill the buffer of a thread`);
    const folder = projectFolder();
    writeFileSync(join(folder, 't.csv'), `x,y\n${lines.join('\n')}\nbad,row\n`);
    const result = await runTasks(folder, [load('raw.t', file('t.csv', 'csv'), { x: 'int64', y: 'string' })]);
    expect(result.status).toBe('succeeded');
    const [row] = await queryAll({
      folder,
      target: local,
      sql: 'SELECT "row" FROM _pipec.quarantine__raw__t',
      limit: null,
    });
    expect(row).toEqual({ row: '300001' });
  });
});

describe('json', () => {
  const nested = contract({ id: 'int64', city: 'string?' }).map((column) =>
    column.name === 'city' ? { ...column, path: ['address', 'city'] } : column,
  );

  test('an array, with a path into objects', async () => {
    const text = '[{"id": 1, "address": {"city": "Oslo"}}, {"id": "2"}, {"id": 2.5}, {"id": true}]';
    const result = await loadFile('t.json', text, 'json', {}, { columns: nested });
    expect(result.rows).toEqual([
      ['1', 'Oslo'],
      ['2', null],
    ]);
    expect(result.load?.reasons).toEqual([{ reason: 'id is not an int64', rows: 2 }]);
  });

  test('lines, with broken and blank ones', async () => {
    const text = '{"id": 1}\n{"id": 2\n\n[3]\n{"id": 4, "address": null}\n';
    const result = await loadFile('t.ndjson', text, 'json', {}, { columns: nested });
    expect(result.rows).toEqual([
      ['1', null],
      ['4', null],
    ]);
    expect(result.quarantine.map(([reason, row, , content]) => [reason, row, content])).toEqual([
      ['unreadable line', '2', '{"id": 2'],
      ['not an object', '4', '[3]'],
    ]);
  });

  test('a broken array fails whole', async () => {
    const { error } = await loadFile('t.json', '[{"id": 1}, {"id"', 'json', { id: 'int64' });
    expect(error?.code).toBe('source-unreadable');
    // Where it is has been said, from the project's folder on.
    expect(error?.message).not.toMatch(/[\s"']\/|Error:/);
  });

  test('a field that no row has is a vanished column', async () => {
    const result = await loadFile('t.json', '[{"ident": 1}]', 'json', { id: 'int64' });
    expect(result.error).toMatchObject({ code: 'source-column-missing', hint: 'its columns: ident' });
  });
});

describe('text that is not UTF-8', () => {
  const types = { id: 'int64', s: 'string' };
  const broken = (text: string) => Buffer.from(text.replace('§', '\xff\xfe'), 'latin1');
  const unreadable = (why: string) => ({
    code: 'source-unreadable',
    message: expect.stringContaining(why),
    hint: null,
  });

  test('a line of CSV, and a text with a NUL, go to quarantine', async () => {
    const result = await loadFile('t.csv', broken('id,s\n1,a\n2,b§\n3,c\0\n4,d\n'), 'csv', types);
    expect(result.rows).toEqual([
      ['1', 'a'],
      ['4', 'd'],
    ]);
    expect(result.quarantine.map(([reason]) => reason)).toEqual(['s is not a string', 'unreadable line']);
  });

  test('in JSON it fails the load with its line; a NUL and half of a letter go to quarantine', async () => {
    const lines = ['{"id":1,"s":"a"}', '{"id":2,"s":"b§"}'].join('\n');
    expect((await loadFile('t.json', broken(lines), 'json', types)).error).toMatchObject(
      unreadable('`t.json` cannot be read: line 2 is not UTF-8 text'),
    );
    const escaped = ['{"id":1,"s":"a"}', '{"id":2,"s":"\\u0000"}', '{"id":3,"s":"\\ud800"}'].join('\n');
    const result = await loadFile('t.json', escaped, 'json', types);
    expect(result.rows).toEqual([['1', 'a']]);
    expect(result.quarantine.map(([reason]) => reason)).toEqual(['s is not a string', 'unreadable line']);
  });

  test('in Parquet it fails the load', async () => {
    const folder = projectFolder();
    const path = join(folder, 't.parquet');
    await writeParquet(path, "SELECT 1::BIGINT AS id, 'aXXb' AS s");
    writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replaceAll('aXXb', 'a\xff\xfeb'), 'latin1'));
    expect((await loadFrom(folder, 't.parquet', 'parquet', types)).error).toMatchObject(
      unreadable('`t.parquet` cannot be read: a text in it is not UTF-8'),
    );
  });

  test.each(['', '\ufeff'])('UTF-16 is named, with its mark and without: %j', async (mark) => {
    const text = Buffer.from(`${mark}id,s\n1,a\n`, 'utf16le');
    expect((await loadFile('t.csv', text, 'csv', types)).error).toMatchObject(unreadable('it is text in UTF-16'));
  });
});

describe('parquet', () => {
  test('types that fit, and values that do not', async () => {
    const select = `SELECT * FROM (VALUES
      (1::SMALLINT, 1.5::DOUBLE, 12.30::DECIMAL(6,2), 'a', TIMESTAMP '2024-07-01 12:00:00', 'x'),
      (2, 'nan'::DOUBLE, 1, 'b', TIMESTAMP '2024-01-01 12:00:00', 'y'),
      (3, 1, 1, 'c', TIMESTAMP '1024-01-01 12:00:00', 'x'),
      (4, -0.0::DOUBLE, 1, 'd', TIMESTAMP '2024-01-01 12:00:00', 'z'),
      (5, 1, NULL, 'd', TIMESTAMP '2024-01-01 12:00:00', 'x')) AS t(i, f, d, s, t, e)`;
    const result = await loadParquet(
      select,
      { i: 'int64', f: 'float64', d: 'decimal(12,4)', s: 'string', t: 'timestamp', e: 'x|y' },
      { timezone: 'Europe/Berlin' },
    );
    expect(result.rows).toEqual([['1', 1.5, '12.3000', 'a', '2024-07-01T10:00:00Z', 'x']]);
    expect(result.load?.reasons).toEqual([
      { reason: 'e is not one of x, y', rows: 1 },
      { reason: 'f is not a float64', rows: 1 },
      { reason: 'missing d', rows: 1 },
      { reason: 't is not a timestamp', rows: 1 },
    ]);
  });

  test.each([
    ['a text', "'1' AS x", 'VARCHAR', 'int64'],
    ['a fraction', '1.5::DOUBLE AS x', 'DOUBLE', 'int64'],
    ['a float', '1.5::DOUBLE AS x', 'DOUBLE', 'decimal(5,2)'],
    ['more digits', '1.555::DECIMAL(6,3) AS x', 'DECIMAL(6,3)', 'decimal(6,2)'],
    ['a date', "DATE '2024-01-01' AS x", 'DATE', 'timestamp'],
    ['a list', '[1] AS x', 'INTEGER[]', 'string'],
  ])('%s fails before anything is loaded', async (_, select, found, type) => {
    const { error } = await loadParquet(`SELECT ${select}`, { x: type });
    expect(error?.code).toBe('source-column-type');
    expect(error?.message).toContain('column `x`');
    expect(error?.message).toContain(`is ${found}, the contract says`);
  });

  test('a vanished column, in any of the files', async () => {
    const folder = projectFolder();
    await writeParquet(join(folder, 'a.parquet'), 'SELECT 1::BIGINT AS x, 2::BIGINT AS y');
    await writeParquet(join(folder, 'b.parquet'), 'SELECT 1::BIGINT AS x');
    const { error } = await loadFrom(folder, '*.parquet', 'parquet', { x: 'int64', y: 'int64' });
    expect(error).toMatchObject({ code: 'source-column-missing', hint: 'its columns: x' });
    expect(error?.message).toContain('b.parquet');
  });

  test('files whose types differ but fit', async () => {
    const folder = projectFolder();
    await writeParquet(join(folder, 'a.parquet'), 'SELECT 1::INTEGER AS x');
    await writeParquet(join(folder, 'b.parquet'), "SELECT 'more' AS extra, 9007199254740993::BIGINT AS x");
    expect((await loadFrom(folder, '*.parquet', 'parquet', { x: 'int64' })).rows).toEqual([
      ['1'],
      ['9007199254740993'],
    ]);
  });

  test('columns that the contract does not name are told as they could be declared', async () => {
    const select = "SELECT 1 AS x, 2::SMALLINT AS n, 1.5 AS d, now() AS t, {'a': 1} AS s, 'z' AS z";
    expect((await loadParquet(select, { x: 'int64' })).load?.unread).toEqual([
      { name: 'n', type: 'int64?' },
      { name: 'd', type: 'decimal(2, 1)?' },
      { name: 't', type: 'timestamp?' },
      { name: 's', type: null },
      { name: 'z', type: 'string?' },
    ]);
    expect((await loadFile('t.csv', 'x,b\n1,2\n', 'csv', { x: 'int64' })).load?.unread).toEqual([
      { name: 'b', type: 'string?' },
    ]);
  });

  test('a field of a struct', async () => {
    const columns = contract({ city: 'string' }).map((column) => ({ ...column, path: ['address', 'city name'] }));
    expect((await loadParquet(`SELECT {'city name': 'Oslo', 'zip': 1} AS address`, {}, { columns })).rows).toEqual([
      ['Oslo'],
    ]);
  });

  test('expectations read the typed columns; null passes', async () => {
    const select = 'SELECT unnest([1, -1, NULL]) AS x';
    const expectations = [{ text: 'x >= 0', sql: 'typed."x" >= 0' }];
    const result = await loadParquet(select, { x: 'int64?' }, { expectations });
    expect(result.rows).toEqual([['1'], [null]]);
    expect(result.quarantine[0]).toEqual(['expect x >= 0', '2', null, '{"x":-1}']);
  });

  test('what is expected is asked of no value that is none of its type', async () => {
    // So many that the engine has tried every order of its conditions.
    const select = `SELECT CASE WHEN i % 7 = 3 THEN 'x' || chr(0) ELSE i::VARCHAR END AS x FROM range(300_000) AS r(i)`;
    const expectations = [
      { text: 'x < 200000', sql: 'CAST(typed."x" AS INTEGER) < 200_000' },
      { text: 'x <> 5', sql: 'CAST(typed."x" AS INTEGER) <> 5' },
    ];
    const { load } = await loadParquet(select, { x: 'string' }, { expectations });
    expect(load).toMatchObject({ read: 300_000, quarantined: 128_572, accepted: 171_428 });
  });

  test('invalid: reject fails the load and shows rows', async () => {
    const { error } = await loadParquet(
      'SELECT unnest([1, NULL, 3, NULL]) AS x',
      { x: 'int64' },
      { invalid: 'reject' },
    );
    expect(error).toMatchObject({
      code: 'rows-rejected',
      message: '2 rows of `raw.t` break its contract: missing x (2)',
    });
    expect(error?.sample).toHaveLength(2);
  });

  test('rejected rows are shown by column, from the project on, personal data masked', async () => {
    const person = contract({ id: 'int64', file: 'string', email: 'string?' });
    const columns = person.map((column) => (column.name === 'email' ? { ...column, personal: true as const } : column));
    const text = 'id,file,email\nx,a,me@example.com\ny,b,\n"3"z,"c,d,"\n';
    const { error } = await loadFile('t.csv', text, 'csv', {}, { columns, invalid: 'reject' });
    expect(error?.code).toBe('rows-rejected');
    expect(error?.sample.slice(0, 2)).toEqual([
      { reason: 'id is not an int64', _file: 't.csv', row: 1, id: 'x', file: 'a', email: '***' },
      { reason: 'id is not an int64', _file: 't.csv', row: 2, id: 'y', file: 'b', email: null },
    ]);
    expect(JSON.stringify(error)).not.toContain('me@example.com');
  });

  test('a lake with partitions, nulls among them', async () => {
    const select = `SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) AS t(x, p)`;
    const result = await loadParquet(
      select,
      { x: 'int64', p: 'string?' },
      { into: into('raw.t', lake('lake', ['p'])) },
    );
    expect(result.rows.toSorted()).toEqual([
      ['1', 'a'],
      ['2', null],
      ['3', 'c'],
    ]);
  });

  test('an empty lake is a lake', async () => {
    const select = 'SELECT 1 AS x, 1 AS p WHERE false';
    expect(
      (await loadParquet(select, { x: 'int64', p: 'int64' }, { into: into('raw.t', lake('lake', ['p'])) })).load,
    ).toMatchObject({ read: 0 });
  });
});

describe('bad files', () => {
  test('missing', async () => {
    const { error } = await loadFrom(projectFolder(), 'nowhere/*.csv', 'csv', { x: 'int64' });
    expect(error).toMatchObject({ code: 'source-missing', retryable: false });
  });

  test('no Parquet', async () => {
    const told = async (text: string) => (await loadFile('t.parquet', text, 'parquet', { x: 'int64' })).error?.message;
    expect(await told('nonsense')).toBe('`t.parquet` cannot be read: file too small to be a Parquet file');
    expect(await told(`PAR1${'nonsense'.repeat(100)}`)).toBe(
      '`t.parquet` cannot be read: it is no Parquet file, or its end is missing',
    );
  });

  test('empty csv', async () => {
    expect((await loadFile('t.csv', '', 'csv', { x: 'int64' })).error).toMatchObject({
      code: 'source-column-missing',
      message: '`t.csv` is empty',
    });
  });

  /** What is let in, and what is not with its reason, position and content. */
  const texts: readonly [string, string | Buffer, readonly unknown[], readonly unknown[]][] = [
    ['a mark of byte order', '\uFEFFx,y\n1,a\n', [['1', 'a']], []],
    [
      'CRLF',
      'x,y\r\n1,a\r\n2,"b\r\nc"\r\n',
      [
        ['1', 'a'],
        ['2', 'b\r\nc'],
      ],
      [],
    ],
    [
      'CR',
      'x,y\r1,a\r2,b\r',
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
      [],
    ],
    [
      'no line end at the end',
      'x,y\n1,a\n2,b',
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
      [],
    ],
    ['blank lines', 'x,y\n\n1,a\n\n', [['1', 'a']], []],
    ['a header only', 'x,y\n', [], []],
    ['a header without line end', 'x,y', [], []],
    ['quoted names', '"x","y"\n"1","a"\n', [['1', 'a']], []],
    [
      'missing and extra cells',
      'x,y\n1\n2,b,c\n3,d\n',
      [['3', 'd']],
      [
        ['unreadable line', null, '2', '1'],
        ['unreadable line', null, '3', '2,b,c'],
      ],
    ],
    [
      'NUL',
      'x,y\n1\0,a\n2,a\0b\n3,c\n',
      [['3', 'c']],
      [
        ['x is not an int64', '1', null, '{"x":"1\\u0000","y":"a"}'],
        ['y is not a string', '2', null, '{"x":"2","y":"a\\u0000b"}'],
      ],
    ],
    [
      'text after a quote',
      'x,y\n1,a"b\n2,"a"b\n3,c\n',
      [
        ['1', 'a"b'],
        ['3', 'c'],
      ],
      [['unreadable line', null, '3', '2,"a"b']],
    ],
    [
      'a quote that closes too late',
      'x,y\n1,a\n2,"b\n3,c\n4,"d"\n5,"\n\n"\n',
      [
        ['1', 'a'],
        ['5', '\n\n'],
      ],
      [['unreadable line', null, '3', '2,"b\n3,c\n4,"d"']],
    ],
    [
      'not UTF-8',
      Buffer.from('x,y\n1,a\n2,\xff\xfe\n3,c\n', 'latin1'),
      [
        ['1', 'a'],
        ['3', 'c'],
      ],
      [['unreadable line', null, '3', '2,??']],
    ],
  ];
  test.each(texts)('csv with %s', async (_, content, rows, quarantine) => {
    const result = await loadFile('t.csv', content, 'csv', { x: 'int64', y: 'string' });
    expect(result).toMatchObject({ error: null, rows, quarantine });
    expect(result.load).toMatchObject({
      read: rows.length + quarantine.length,
      accepted: rows.length,
      quarantined: quarantine.length,
    });
  });

  test('a line of several megabytes goes to quarantine, those beside it do not', async () => {
    const text = `x,y\n1,a\n2,${'b'.repeat(5_000_000)}\n3,c\n`;
    const result = await loadFile('t.csv', text, 'csv', { x: 'int64', y: 'string' });
    expect(result.rows).toEqual([
      ['1', 'a'],
      ['3', 'c'],
    ]);
    expect(result.quarantine.map((row) => row.slice(0, 3))).toEqual([['unreadable line', null, '3']]);
  });

  /** No line may be lost without a word: what the engine would call one line is thousands of them. */
  test('a quote that is never closed fails the load and says where', async () => {
    const lines = Array.from({ length: 300_000 }, (_, index) => (index === 1000 ? '1000,"open' : `${index},text`));
    const { error } = await loadFile('t.csv', `x,y\n${lines.join('\n')}\n`, 'csv', { x: 'int64', y: 'string' });
    expect(error?.code).toBe('source-unreadable');
    expect(error?.message).toContain('a quote near line 1002 is never closed');
  });

  test('lines that end in several ways', async () => {
    const { error } = await loadFile('t.csv', 'x,y\r\n1,a\n2,b\r\n', 'csv', { x: 'int64', y: 'string' });
    expect(error).toMatchObject({ code: 'source-unreadable' });
    expect(error?.message).toContain('its lines do not all end alike');
  });

  test.each([
    ['csv', '', "it begins with a line of the columns' names: `x` and the others of its type"],
    ['csv', '\n\n', "it begins with a line of the columns' names: `x` and the others of its type"],
    ['csv', 'X,y\n1,a\n', "it has `X`: say so in the type with `@from('X')`, or rename the column in the file"],
    ['csv', 'a,y\n1,a\n', 'its columns: a, y'],
  ] as const)('%s whose header lacks a column: %j', async (format, content, hint) => {
    const { error } = await loadFile('t.csv', content, format, { x: 'int64', y: 'string' });
    expect(error?.code).toBe('source-column-missing');
    expect(error?.hint).toBe(hint);
  });

  test('Parquet: cut off, with columns of any type that nobody reads, without rows', async () => {
    const types = { x: 'int64' };
    const select = "SELECT 1::BIGINT AS x, {'a': 1} AS s, [1] AS l, MAP {'k': 1} AS m";
    const folder = projectFolder();
    await writeParquet(join(folder, 't.parquet'), select);
    const whole = readFileSync(join(folder, 't.parquet'));
    expect((await loadFile('t.parquet', whole, 'parquet', types)).rows).toEqual([['1']]);
    for (const length of [0, 3, whole.length >> 1, whole.length - 1]) {
      const { error } = await loadFile('t.parquet', whole.subarray(0, length), 'parquet', types);
      expect([length, error?.code]).toEqual([length, 'source-unreadable']);
    }
    expect((await loadParquet(`${select} WHERE false`, types)).load).toMatchObject({ read: 0, accepted: 0 });
  });
});

describe('a file that changes while it is read', () => {
  /** Changes the file when the rows are about to be written. */
  class Meddling extends Connection {
    readonly #change: () => void;
    constructor(raw: DuckDBConnection, change: () => void) {
      super(raw);
      this.#change = change;
    }
    override async create(sql: string): Promise<number> {
      if (sql.startsWith('CREATE TABLE')) this.#change();
      return await super.create(sql);
    }
  }

  test.each([
    ['grows', (path: string) => appendFileSync(path, '4\n')],
    [
      'is replaced by one of its size',
      (path: string) => {
        writeFileSync(`${path}.new`, 'x\n7\n8\n9\n');
        renameSync(`${path}.new`, path);
      },
    ],
    ['goes', (path: string) => rmSync(path)],
  ])('it %s: nothing is published, and trying again is worth it', async (_, change) => {
    const folder = projectFolder();
    writeFileSync(join(folder, 't.csv'), 'x\n1\n2\n3\n');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = new Meddling(await instance.connect(), () => change(join(folder, 't.csv')));
    const { step } = load('raw.t', file('t.csv', 'csv'), { x: 'int64' });
    const texts = await resolveTexts([], { kind: 'env' }, folder);
    const publisher = new Publisher();
    await publisher.open(connection, { steps: [step], warned: () => undefined });
    const context = {
      run: 'r',
      inputs: [],
      texts,
      signal: new AbortController().signal,
      functions: functionsOf({}),
      traceparent: '',
      checked: () => undefined,
      began: new Date().toISOString(),
      again: null,
      full: false,
      warned: () => undefined,
    };
    const loaded = performLoad(connection, step as LoadStep, context, publisher, new Lakes(folder, texts), folder);
    await expect(loaded).rejects.toMatchObject({ code: 'source-changed', retryable: true });
    expect(await connection.rows('SELECT table_name FROM duckdb_tables()')).toEqual([]);
    instance.closeSync();
  });
});
