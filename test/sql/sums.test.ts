/** Sums of products on DuckDB, of which those that fit 64 bits are summed apart from the others: exact, whatever the mixture. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { connect } from '../support/duckdb.ts';

let connection: DuckDBConnection;
const workspace = new Workspace();

beforeAll(async () => {
  connection = await connect();
});

/** Hundredths, up to 18 digits: of two such a product has up to 36. */
const most = 10n ** 18n - 1n;
const number = fc.oneof(fc.bigInt(-100_000n, 100_000n), fc.bigInt(-most, most), fc.constantFrom(most, -most, 0n));
const rows = fc.array(fc.record({ a: fc.option(number), b: number, keep: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});

const written = (hundredths: bigint | null): string => {
  if (hundredths === null) return 'null';
  const digits = String(hundredths < 0n ? -hundredths : hundredths).padStart(3, '0');
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

async function ask(text: string): Promise<readonly unknown[]> {
  const { query, diagnostics } = workspace.adHocQuery(text);
  if (query === null) throw new Error(JSON.stringify(diagnostics));
  const sql = renderQuery(query.rel, duckdb);
  expect(sql).toContain('TRY(');
  return (await connection.runAndReadAll(sql)).getRowsJson()[0] ?? [];
}

test('each product counts once', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      // The first row gives the columns their types; it is not kept.
      const all = [{ a: most, b: most, keep: false }, ...given];
      const values = all.map(({ a, b, keep }) => `{ a: ${written(a)}, b: ${written(b)}, keep: ${keep} }`);
      const [sum, below] = await ask(
        `from values [${values.join(', ')}] |> where keep |> aggregate sum(a * b) as all, sum(a - b * 2) as below`,
      );
      const kept = given.filter(({ a, keep }) => keep && a !== null);
      const total = (of: (a: bigint, b: bigint) => bigint): bigint | null =>
        kept.length === 0 ? null : kept.reduce((so, { a, b }) => so + of(a ?? 0n, b), 0n);
      const digits = (value: unknown) => (value === null ? null : BigInt(String(value).replace('.', '')));
      expect([digits(sum), digits(below)]).toEqual([total((a, b) => a * b), total((a, b) => a - b * 2n)]);
    }),
    { numRuns: 200 },
  );
});

test('a sum of more than 38 digits is an error', async () => {
  const row = `{ a: ${written(most)}, b: ${written(most)} }`;
  const many = `from values [${row}] |> cross join (from values [${Array(101).fill('{ n: 1 }').join(', ')}]) as m`;
  await expect(ask(`${many} |> aggregate sum(a * b) as s`)).rejects.toThrow(/[Oo]verflow/);
});
