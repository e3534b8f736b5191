/** Whole queries on every engine: those by hand, random ones against the interpreter, and conditions that cut rows in three. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { canonicalRow } from '../support/canonical.ts';
import { interpret } from '../support/interpret.ts';
import { columns } from '../support/rel.ts';
import { query, queryNames, TABLES } from '../support/rels.ts';
import { byHand, tables } from '../support/rels-rows.ts';
import { answer } from './compare.ts';
import { type Engine, openEngines } from './engines.ts';
import { differences, partitions, RANDOM_SCHEMA, type RandomCase, randomCases } from './random.ts';
import { literals, load } from './tables.ts';

let engines: readonly Engine[] = [];

beforeAll(async () => {
  engines = await openEngines('core', RANDOM_SCHEMA);
  for (const engine of engines)
    for (const [name, { spec }] of Object.entries(TABLES))
      await load(engine, 'core', name.slice(name.lastIndexOf('.') + 1), columns(spec), literals(tables[name] ?? []));
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

/** Types of columns as each engine tells them, where they are more than their names. */
const told = (type: string): string => type.replace(/^Nullable\((.*)\)$/, '$1').replace(/, /g, ',');
const NAMES: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ',
};

describe.each(queryNames)('%s', (name) => {
  test.each(['as written', 'optimised'])('%s', async (form) => {
    const rel = form === 'optimised' ? optimize(query(name)) : query(name);
    // Means are not the interpreter's to know: the engines are compared with each other.
    const known = byHand[name] ?? (name === 'aggregate-having-order' ? null : interpret(rel, tables));
    const first = engines[0] === undefined ? null : await answer(engines[0], rel);
    const wanted = known === null ? first?.rows : known.map((row) => canonicalRow(row, rel.columns)).sort();
    for (const engine of engines) {
      const { sql, rows, failure } = await answer(engine, rel);
      expect(rows ?? failure, sql).toEqual(wanted);
      // PGlite tells no digits of a numeric, and no element of a list.
      const wantedTypes = rel.columns.map((column) =>
        engine.dialect.type(column.type).replace(/^(numeric)\(.*\)$/, '$1'),
      );
      const types = (await engine.types(sql)).map((type) => NAMES[type] ?? type);
      expect(types.map(told), sql).toEqual(wantedTypes.map(told));
    }
  });
});

/** The same queries each time, so that a failure is a change's; more and others: `npm run soak`. */
const SEED = 1;

async function holds(property: (engines: readonly Engine[], made: RandomCase) => Promise<string | null>, runs: number) {
  await fc.assert(
    fc.asyncProperty(randomCases, async (made) => {
      expect(await property(engines, made)).toBeNull();
    }),
    { numRuns: runs, seed: SEED },
  );
}

test('random queries give the rows that they mean on every engine', () => holds(differences, 200), 240_000);

test(
  'a condition, its opposite and its absence add up to all rows on every engine',
  () => holds(partitions, 60),
  240_000,
);
