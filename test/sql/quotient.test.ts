/** `div` with a scale is exact, whatever stands in its operands: compared with whole numbers of any size. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { workspaceOf } from '../support/check.ts';
import { connect } from '../support/duckdb.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await connect();
});

/** A decimal of two digits after the point from its hundredths. */
const hundredths = (n: bigint): string =>
  `${n < 0n ? '-' : ''}${(n < 0n ? -n : n) / 100n}.${String((n < 0n ? -n : n) % 100n).padStart(2, '0')}`;

/** `a / b`, times ten to the power of `scale`, half away from zero. */
function quotient(a: bigint, b: bigint, scale: number): bigint {
  const [x, y] = [(a < 0n ? -a : a) * 10n ** BigInt(scale), b < 0n ? -b : b];
  const magnitude = (2n * x + y) / (2n * y);
  return a < 0n === b < 0n ? magnitude : -magnitude;
}

const small = fc.bigInt({ min: -99_999n, max: 99_999n });

test('sums, products and whole numbers as operands', async () => {
  await fc.assert(
    fc.asyncProperty(small, small, small, small, async (a, b, c, d) => {
      fc.pre(c + d !== 0n && c !== 0n);
      const row = Object.entries({ a, b, c, d }).map(
        ([name, value]) => `${name}: ${hundredths(value)}, ${name}_n: ${value}`,
      );
      const { query } = workspaceOf([]).adHocQuery(
        `from values [{ ${row.join(', ')} }] |> select div(a + b, c + d, 2) as decimals, div(a_n - b_n, c_n + d_n, 3) as whole, div(a_n * 2, c, 0) as mixed, div(a, c_n, 4) as other`,
      );
      if (query === null) throw new Error('the query is wrong');
      const rows = await connection.runAndReadAll(renderQuery(query.rel, duckdb));
      const digits = rows.getRowsJson()[0]?.map((value) => BigInt(String(value).replace('.', '')));
      expect(digits).toEqual([
        quotient(a + b, c + d, 2),
        quotient(a - b, c + d, 3),
        quotient(a * 200n, c, 0),
        quotient(a, c * 100n, 4),
      ]);
    }),
    { numRuns: 60 },
  );
});
