/** What arrives in PostgreSQL and ClickHouse is what DuckDB had: every type, its edges, nulls in any pattern, texts of any length. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TargetPlan } from '../../runtime/plan.ts';
import { connect } from '../support/duckdb.ts';
import { file, load, local, runTasks } from '../support/plans.ts';
import { clickhouse, folderWithEngines, postgres, rowsOf } from './targets.ts';

/** More than two vectors of DuckDB, and no multiple of one. */
const ROWS = 5_000;

const integer = (digits: number) =>
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.integer({ min: 1, max: digits }),
      fc.constantFrom(0, 9, 1, null),
      fc.bigInt(0n, 10n ** 38n),
    )
    .map(
      ([sign, length, repeated, n]) =>
        `${sign}${repeated === null ? String(n).padStart(38, '0').slice(-length) : String(repeated).repeat(length)}`,
    );
const decimal = (precision: number, scale: number) =>
  integer(precision).map((text) => {
    const [, sign = '', digits = ''] = /^(-?)(\d+)$/.exec(text) ?? [];
    const padded = digits.padStart(scale + 1, '0');
    return `${sign}${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}`;
  });
const instant = (low: string, high: string) =>
  fc.date({ min: new Date(low), max: new Date(high), noInvalidDate: true });
const micros = fc.constantFrom('000000', '000001', '999999', '120000');
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  // Where a text is kept in place and where it is not, and where it is copied otherwise.
  fc.integer({ min: 0, max: 80 }).map((length) => 'x'.repeat(length)),
  fc.constantFrom('', '\\N', 'tab\there', 'line\r\nend', '"q"', "O'Brien", '\u0001\u007f\ufffd', '🙂'.repeat(50_000)),
);
const noNul = text.map((value) => value.replaceAll('\0', '').toWellFormed());

const columns: Readonly<Record<string, { readonly type: string; readonly value: fc.Arbitrary<string> }>> = {
  b: { type: 'bool?', value: fc.constantFrom('true', 'false') },
  n: {
    type: 'int64?',
    value: fc.oneof(
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
      fc.constantFrom('0', String(-(2n ** 63n)), String(2n ** 63n - 1n)),
    ),
  },
  f: {
    type: 'float64?',
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => String(n === 0 ? 0 : n)),
  },
  d_1_0: { type: 'decimal(1,0)?', value: decimal(1, 0) },
  d_4_3: { type: 'decimal(4,3)?', value: decimal(4, 3) },
  d_9_2: { type: 'decimal(9,2)?', value: decimal(9, 2) },
  d_12_2: { type: 'decimal(12,2)', value: decimal(12, 2) },
  d_18_7: { type: 'decimal(18,7)?', value: decimal(18, 7) },
  d_19_0: { type: 'decimal(19,0)?', value: decimal(19, 0) },
  d_38_10: { type: 'decimal(38,10)?', value: decimal(38, 10) },
  d_38_38: { type: 'decimal(38,38)?', value: decimal(38, 38) },
  s: { type: 'string', value: noNul },
  t: { type: 'string?', value: noNul },
  e: { type: 'one|two?', value: fc.constantFrom('one', 'two') },
  x: { type: 'bytes?', value: fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString('hex')) },
  day: { type: 'date?', value: instant('1900-01-01', '2299-12-31').map((day) => day.toISOString().slice(0, 10)) },
  at: {
    type: 'timestamp?',
    value: fc
      .tuple(
        fc.oneof(
          instant('1900-01-01', '2299-12-31'),
          fc.constantFrom(new Date('1900-01-01'), new Date('2299-12-31T23:59:59Z')),
        ),
        micros,
      )
      .map(([at, fraction]) => `${at.toISOString().slice(0, 19)}.${fraction}Z`),
  },
  u: {
    type: 'uuid?',
    value: fc.oneof(fc.uuid(), fc.constantFrom('0'.repeat(32), 'f'.repeat(32), `8${'0'.repeat(31)}`)),
  },
  j: { type: 'json?', value: fc.json().map((json) => json.replaceAll('\0', '')) },
};

test('what is moved is what was there', async () => {
  const folder = folderWithEngines();
  const names = Object.keys(columns);
  const row = fc.tuple(
    ...Object.values(columns).map(({ type, value }) => (type.endsWith('?') ? fc.option(value, { freq: 4 }) : value)),
  );
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  // A column in which whole vectors are null, and one in which none is.
  const rows = fc
    .sample(row, { numRuns: ROWS, seed: 4 })
    .map((values, i) =>
      [
        `"${i}"`,
        ...values.map((value, index) => (value === null || (names[index] === 't' && i < 2_500) ? '' : quoted(value))),
      ].join(','),
    );
  writeFileSync(join(folder, 'in.csv'), rows.join('\n'));
  const engine = await connect();
  const given = ['i', ...names].map((name) => `'${name}': 'VARCHAR'`).join(', ');
  const types = { i: 'int64', ...Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type])) };
  const sqlTypes: Readonly<Record<string, string>> = {
    bool: 'BOOLEAN',
    int64: 'BIGINT',
    float64: 'DOUBLE',
    date: 'DATE',
    timestamp: 'TIMESTAMPTZ',
    uuid: 'UUID',
  };
  const cells = Object.entries(types).map(([name, type]) => {
    const kind = type.replace('?', '');
    return `${kind === 'bytes' ? `unhex("${name}")` : `CAST("${name}" AS ${sqlTypes[kind] ?? (kind.startsWith('decimal') ? kind : 'VARCHAR')})`} AS "${name}"`;
  });
  await engine.run(
    `COPY (SELECT ${cells.join(', ')} FROM read_csv('${join(folder, 'in.csv')}', auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, new_line = '\\n', columns = {${given}})) TO '${join(folder, 'in.parquet')}' (FORMAT parquet)`,
  );
  const moved = async (target: TargetPlan, hex: string, json = '"j"') => {
    const ran = await runTasks(folder, [load('raw.all', file('in.parquet', 'parquet'), types)], { target });
    expect(ran.errors).toEqual([]);
    expect(ran.events).toContainEqual(
      expect.objectContaining({
        event: 'task.finished',
        rows: ROWS,
        load: expect.objectContaining({ quarantined: 0 }),
      }),
    );
    const shown = Object.keys(types).map((name) => (name === 'x' ? hex : name === 'j' ? json : `"${name}"`));
    return await rowsOf(folder, target, `SELECT ${shown.join(', ')} FROM raw."all" ORDER BY "i"`);
  };
  const expected = await moved({ ...local, engine: { kind: 'duckdb', path: '.pipec/all.duckdb' } }, 'hex("x")');
  expect(expected.length).toBe(ROWS);
  expect(await moved(postgres, `upper(encode("x", 'hex'))`)).toEqual(expected);
  expect(await moved(clickhouse, 'hex("x")')).toEqual(expected);
}, 180_000);
