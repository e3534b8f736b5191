/** Rows in PostgreSQL's binary format become files that DuckDB reads as the rows that they were made of. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { type Connection, type Database, openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { type GatheredRows, type ParquetType, parquetFile } from '../../runtime/engines/duckdb/parquet.ts';
import { moveRows } from '../../runtime/engines/mover.ts';
import { binaryCopy, COPY_BEGIN, COPY_END } from '../../runtime/engines/postgres/binary.ts';
import { BinaryRows } from '../../runtime/engines/postgres/binary-rows.ts';
import { dateText, numericText, timestampText } from '../../runtime/engines/postgres/odd.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { LoadType } from '../../runtime/plan.ts';

let database: Database;
let connection: Connection;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipec-test-'));
  database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
  connection = await database.connect();
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of a row's number, so that each comes with a null and beside any other. */
const COLUMNS: Readonly<
  Record<string, readonly [type: LoadType, form: ParquetType, values: readonly string[], sql: string]>
> = {
  yes: [{ kind: 'bool' }, { kind: 'bool' }, ['true', 'false', 'NULL'], 'BOOLEAN'],
  n: [
    { kind: 'int64' },
    { kind: 'int64' },
    ['0', '-1', '9223372036854775807', '-9223372036854775808', '4294967296', 'NULL'],
    'BIGINT',
  ],
  f: [
    { kind: 'float64' },
    { kind: 'float64' },
    ["'nan'", "'-inf'", '5e-324', '-1.7976931348623157e308', '0.1', 'NULL'],
    'DOUBLE',
  ],
  day: [
    { kind: 'date' },
    { kind: 'date' },
    ["'1970-01-01'", "'0001-01-01'", "'1900-02-28'", "'9999-12-31'", 'NULL'],
    'DATE',
  ],
  at: [
    { kind: 'timestamp' },
    { kind: 'timestamp', utc: true },
    [
      "'1970-01-01 00:00:00Z'",
      "'0101-01-01 00:00:00.000001Z'",
      "'1999-12-31 23:59:59.999999Z'",
      "'3800-12-31 00:00:00Z'",
      'NULL',
    ],
    'TIMESTAMPTZ',
  ],
  id: [
    { kind: 'uuid' },
    { kind: 'uuid' },
    [
      "'00000000-0000-0000-0000-000000000000'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      "'01234567-89ab-cdef-8123-456789abcdef'",
    ],
    'UUID',
  ],
  s: [
    { kind: 'string' },
    { kind: 'text' },
    ["''", "'x'", "'äöü🙂'", "repeat('a', 31)", "repeat('b', 32)", "repeat('c', 3000)", 'NULL'],
    'VARCHAR',
  ],
  x: [{ kind: 'bytes' }, { kind: 'bytes' }, ["''", "'\\x00\\xff'", 'NULL'], 'BLOB'],
  ...Object.fromEntries(
    [
      [1, 0],
      [4, 4],
      [12, 2],
      [15, 1],
      [15, 15],
      [16, 3],
      [18, 18],
      [19, 0],
      [38, 10],
      [38, 38],
    ].map(([precision = 0, scale = 0]) => {
      const nines = `${'9'.repeat(precision - scale)}.${'9'.repeat(scale)}`.replace(/\.$/, '');
      const values = [nines, `-${nines}`, '0', scale > 0 ? `0.${'1'.padStart(scale, '0')}` : '1', 'NULL'];
      const kind = { kind: 'decimal', precision, scale } as const;
      return [
        `d_${precision}_${scale}`,
        [kind, kind, values.map((value) => `'${value}'`.replace("'NULL'", 'NULL')), `DECIMAL(${precision},${scale})`],
      ];
    }),
  ),
};

/** Where each row of the format begins and ends. */
function* rowsOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const from = at;
    const count = bytes.readInt16BE(at);
    at += 2;
    for (let field = 0; field < count; field += 1) at += 4 + Math.max(bytes.readInt32BE(at), 0);
    yield bytes.subarray(from, at);
  }
}

test('every type and its edges, with nulls anywhere, whatever rows come together', async () => {
  const names = Object.keys(COLUMNS);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('(hash(i, 7) % 1000)::BIGINT', 'i', '0', '2'),
      async (count, most, together, pick) => {
        const cells = Object.entries(COLUMNS).map(([name, [, , values, sql]], index) => {
          const list = `[${values.map((value) => `CAST(${value} AS ${sql})`).join(', ')}]`;
          return `${list}[1 + (${pick} + ${index}) % ${values.length}] AS "${name}"`;
        });
        await connection.run(
          `CREATE OR REPLACE TABLE given AS SELECT ${cells.join(', ')} FROM range(${count}) AS r(i)`,
        );
        const pieces: Uint8Array[] = [];
        const columns = Object.entries(COLUMNS).map(([name, [type]]) => ({ name, type, nullable: true }));
        await moveRows(connection, { sql: 'SELECT * FROM given', columns, wire: binaryCopy }, async (all) => {
          for await (const piece of all) pieces.push(piece.slice());
          return count;
        });
        const gathering = new BinaryRows(
          Object.entries(COLUMNS).map(([name, [, type]]) => ({
            name,
            type,
            odd: ['date', 'timestamp', 'decimal'].includes(type.kind),
          })),
          { rows: most, bytes: 1 << 20 },
        );
        const slices: GatheredRows[] = [];
        const rows = [...rowsOf(Buffer.concat(pieces))];
        const first = Buffer.concat([COPY_BEGIN, rows[0] ?? COPY_END]);
        const sent = rows.length === 0 ? [first] : [first, ...rows.slice(1), COPY_END];
        for (let at = 0, turn = 0; at < sent.length; turn += 1) {
          const group = sent.slice(at, at + (together[turn % together.length] as number));
          const bytes = Buffer.concat([Buffer.from('before'), ...group]);
          let place = 6;
          for (const row of group) {
            gathering.add(bytes, place, place + row.length);
            place += row.length;
            if (gathering.isFull) slices.push(gathering.end());
          }
          gathering.settle();
          bytes.fill(0xee);
          at += group.length;
        }
        slices.push(gathering.end());
        const files = slices.map(({ columns: made, rows: n }, index) => {
          const path = join(folder, `${index}.parquet`);
          writeFileSync(path, Buffer.concat(parquetFile(made, n)));
          return path;
        });
        const scan = `read_parquet([${files.map((path) => `'${path}'`).join(', ')}])`;
        const found = await connection.describe(`SELECT ${names.map((name) => `"${name}"`).join(', ')} FROM ${scan}`);
        expect(found).toEqual(await connection.describe('SELECT * FROM given'));
        const odd = names.filter((name) => /^(d_|day|at)/.test(name)).map((name) => `"_pipec_odd_${name}" IS NOT NULL`);
        const { differ, oddities } = await connection.numbers(
          `SELECT (SELECT count(*) FROM (SELECT *, row_number() OVER () AS i FROM given EXCEPT ALL SELECT ${names.map((name) => `"${name}"`).join(', ')}, row_number() OVER () AS i FROM ${scan})) AS differ,
           (SELECT count(*) FROM ${scan} WHERE ${odd.join(' OR ')}) AS oddities`,
        );
        expect([differ, oddities, slices.reduce((sum, slice) => sum + slice.rows, 0)]).toEqual([0, 0, count]);
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);

test('what a type does not hold is shown as the server shows it', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const text = date.toISOString();
      const micros = BigInt(date.getTime()) * 1000n;
      expect(dateText(Math.floor(date.getTime() / 86_400_000))).toBe(text.slice(0, 10));
      const fraction = text.slice(19, 23).replace(/\.?0+$/, '');
      expect(timestampText(micros, true)).toBe(`${text.slice(0, 19).replace('T', ' ')}${fraction}+00`);
    }),
  );
  expect([-719_163, -1_000_000, 2_932_897].map(dateText)).toEqual(['0001-12-31 BC', '0769-02-04 BC', '10000-01-01']);
  expect(timestampText(-62_135_596_800_000_001n, false)).toBe('0001-12-31 23:59:59.999999 BC');
  const numeric = (...words: readonly number[]): string => {
    const view = new DataView(new ArrayBuffer(words.length * 2));
    for (const [index, word] of words.entries()) view.setInt16(index * 2, word);
    return numericText(view, 0);
  };
  expect([
    numeric(0, 0, 0xc000, 0),
    numeric(0, 0, 0xf000, 0),
    numeric(0, 0, 0, 2),
    numeric(2, 1, 0x4000, 0, 12, 3),
    numeric(1, -2, 0, 6, 1200),
    numeric(1, 2, 0, 1, 7),
  ]).toEqual(['NaN', '-Infinity', '0.00', '-120003', '0.000012', '700000000.0']);
});
