/** Optimised or not, as SQL or interpreted: the same rows. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { optimize, rules } from '../../compiler/relational/optimize.ts';
import { printRel } from '../../compiler/relational/print.ts';
import type { Rel } from '../../compiler/relational/rel.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { connect, rowsOf, texts } from '../support/duckdb.ts';
import { interpret, type Tables, TooManyRows, type Value } from '../support/interpret.ts';
import { randomRel } from '../support/random-rel.ts';

let connection: DuckDBConnection;

const small = fc.integer({ min: 0, max: 4 }).map((n) => (n === 4 ? null : BigInt(n)));
const number = fc.integer({ min: 0, max: 3 }).map(BigInt);
const word = fc.constantFrom('x', 'y', '');
const tables: fc.Arbitrary<Tables> = fc.record({
  'd.c.t': fc.array(fc.record({ a: small, b: number, s: fc.option(word, { nil: null }) }), { maxLength: 6 }),
  'd.c.u': fc.array(fc.record({ a: small, c: number, s: word }), { maxLength: 6 }),
});

beforeAll(async () => {
  connection = await connect();
  await connection.run(
    'CREATE SCHEMA c; CREATE TABLE c.t (a BIGINT, b BIGINT, s VARCHAR); CREATE TABLE c.u (a BIGINT, c BIGINT, s VARCHAR);',
  );
});

async function load(data: Tables): Promise<void> {
  for (const name of ['t', 'u']) {
    await connection.run(`DELETE FROM c.${name}`);
    for (const row of data[`d.c.${name}`] ?? []) {
      await connection.run(
        `INSERT INTO c.${name} VALUES (${Object.values(row)
          .map((value) => (value === null ? 'NULL' : typeof value === 'bigint' ? String(value) : `'${String(value)}'`))
          .join(', ')})`,
      );
    }
  }
}

/** The rows by the interpreter; a query that makes too many is left out. */
function meant(rel: Rel, data: Tables): readonly string[] {
  let rows: readonly (readonly Value[])[] = [];
  try {
    rows = interpret(rel, data);
  } catch (failure) {
    fc.pre(!(failure instanceof TooManyRows));
    throw failure;
  }
  return texts(rows);
}

const sql = (rel: Rel): string => renderQuery(rel, duckdb);
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 20, maxLength: 60 });
/** The same queries each time, so that a failure is a change's; more and others by hand: `PIPEC_RANDOM=4000:7 vitest …`. */
const [count = '250', seed = '1'] = (process.env['PIPEC_RANDOM'] ?? '').split(':').filter((part) => part !== '');
const runs = { numRuns: Number(count), seed: Number(seed) };

test('every rule keeps the rows and the columns of any query', () => {
  fc.assert(
    fc.property(choices, tables, (made, data) => {
      const rel = randomRel(made);
      const wanted = meant(rel, data);
      let current = rel;
      for (const { name, apply } of rules) {
        current = apply(current);
        expect(
          current.columns.map((column) => column.id),
          name,
        ).toEqual(rel.columns.map((column) => column.id));
        expect(meant(current, data), `${name} of\n${printRel(rel)}gives\n${printRel(current)}`).toEqual(wanted);
      }
    }),
    runs,
  );
});

test('SQL gives the rows of the query, optimised or not', async () => {
  await fc.assert(
    fc.asyncProperty(choices, tables, async (made, data) => {
      const rel = randomRel(made);
      await load(data);
      const wanted = meant(rel, data);
      for (const form of [rel, optimize(rel)]) {
        const text = sql(form);
        const rows = await rowsOf(connection, text).catch((failure: unknown) => `${failure}`);
        expect(rows, `${printRel(form)}\n${text}`).toEqual(wanted);
      }
    }),
    runs,
  );
}, 120_000);
