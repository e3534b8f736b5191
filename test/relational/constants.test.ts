/** What is written out is computed as DuckDB computes it, and what DuckDB refuses is left to it. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { foldConstants } from '../../compiler/relational/rules/constants.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { connect, rowsOf } from '../support/duckdb.ts';

let connection: DuckDBConnection;
const workspace = new Workspace();

beforeAll(async () => {
  connection = await connect();
});

const whole = fc.oneof(
  fc.integer({ min: -30, max: 30 }).map(String),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
);
const exact = fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.integer({ min: 1, max: 12 })).map(([units, scale]) => {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
});
const number = fc.oneof(whole, exact).map((text) => (text.startsWith('-') ? `(${text})` : text));
const { sum } = fc.letrec<{ sum: string }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 2 },
    number,
    fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum')).map(([a, op, b]) => `(${a} ${op} ${b})`),
  ),
}));
const day = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2299-12-31T00:00:00Z'), noInvalidDate: true })
  .map((at) => `date '${at.toISOString().slice(0, 10)}'`);
const moved = fc
  .tuple(
    fc.constantFrom('date_add', 'date_sub'),
    day,
    fc.integer({ min: -200, max: 200 }),
    fc.constantFrom('day', 'week', 'month', 'quarter', 'year'),
  )
  .map(([name, from, count, unit]) => `${name}(${from}, ${count}, ${unit})`);

test('it gives the value or leaves the error', async () => {
  let folded = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(sum, moved), async (text) => {
      const { query } = workspace.adHocQuery(`select ${text} as x`);
      if (query === null) return;
      const rel = foldConstants(query.rel);
      const [plain, made] = [renderQuery(query.rel, duckdb), renderQuery(rel, duckdb)];
      if (plain !== made) folded += 1;
      const ask = (sql: string): Promise<unknown> => rowsOf(connection, sql).catch(() => 'an error');
      expect(await ask(made), made).toEqual(await ask(plain));
    }),
    { numRuns: 500 },
  );
  expect(folded).toBeGreaterThan(100);
});
