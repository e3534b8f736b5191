/** Random queries over random rows: what the interpreter says they give, and what each engine gives. Used by tests and by `npm run soak`. */
import fc from 'fast-check';
import { filtered } from '../../compiler/relational/build.ts';
import { optimize } from '../../compiler/relational/optimize.ts';
import { printRel } from '../../compiler/relational/print.ts';
import type { Expr, Rel } from '../../compiler/relational/rel.ts';
import { canonicalRow } from '../support/canonical.ts';
import { interpret, type Tables, TooManyRows, type Value } from '../support/interpret.ts';
import { RANDOM_TABLES, randomQuery } from '../support/random-rel.ts';
import { columns, fn } from '../support/rel.ts';
import { answer } from './compare.ts';
import type { Engine } from './engines.ts';
import { literals, load } from './tables.ts';

/** The schema that the tables stand in. */
export const RANDOM_SCHEMA = 'c';

const small = fc.integer({ min: 0, max: 4 }).map((n) => (n === 4 ? null : BigInt(n)));
const number = fc.integer({ min: 0, max: 3 }).map(BigInt);
const word = fc.constantFrom('x', 'y', '');

export interface RandomCase {
  /** From which the query is made. */
  readonly choices: readonly number[];
  readonly tables: Tables;
}

/** Shrinks to fewer stages and fewer rows. */
export const randomCases: fc.Arbitrary<RandomCase> = fc.record({
  choices: fc.array(fc.nat({ max: 1000 }), { minLength: 20, maxLength: 60 }),
  tables: fc.record({
    'd.c.t': fc.array(fc.record({ a: small, b: number, s: fc.option(word, { nil: null }) }), { maxLength: 6 }),
    'd.c.u': fc.array(fc.record({ a: small, c: number, s: word }), { maxLength: 6 }),
  }),
});

async function loadAll(engine: Engine, tables: Tables): Promise<void> {
  for (const [name, spec] of Object.entries(RANDOM_TABLES))
    await load(
      engine,
      RANDOM_SCHEMA,
      name.slice(name.lastIndexOf('.') + 1),
      columns(spec),
      literals(tables[name] ?? []),
    );
}

/** What each engine gives for the query differs from what it means: the words for it, or null. A query that makes too many rows is left out. */
export async function differences(engines: readonly Engine[], { choices, tables }: RandomCase): Promise<string | null> {
  const { rel } = randomQuery(choices, true);
  const wanted = meant(rel, tables);
  if (wanted === null) return null;
  const expected = wanted.map((row) => canonicalRow(row, rel.columns)).sort();
  const form = optimize(rel);
  for (const engine of engines) {
    await loadAll(engine, tables);
    const { sql, rows, failure } = await answer(engine, form);
    if (rows !== null && rows.join() === expected.join()) continue;
    return `${engine.name} gives\n${rows?.join('\n') ?? failure}\nnot\n${expected.join('\n')}\nfor\n${printRel(rel)}\n${sql}`;
  }
  return null;
}

/** Rows for which the condition is true, false and null are all rows; the words for where they are not, or null. */
export async function partitions(engines: readonly Engine[], { choices, tables }: RandomCase): Promise<string | null> {
  const { rel, condition } = randomQuery(choices, true);
  if (meant(rel, tables) === null) return null;
  const where = (part: Expr): Rel => optimize(filtered(rel, [part], rel));
  const parts = [condition, fn('not', condition), fn('is_null', condition)].map(where);
  for (const engine of engines) {
    await loadAll(engine, tables);
    const whole = await answer(engine, optimize(rel));
    const answers = [];
    for (const part of parts) answers.push(await answer(engine, part));
    const failed = [whole, ...answers].find(({ rows }) => rows === null);
    const together = answers.flatMap(({ rows }) => rows ?? []).sort();
    if (failed === undefined && together.join() === whole.rows?.join()) continue;
    const texts = answers.map(({ sql, rows }) => `${sql}\n${rows?.join('\n')}`);
    return `${engine.name}: ${failed?.failure ?? 'the parts are not the whole'}\n${printRel(rel)}\n${whole.sql}\n${whole.rows?.join('\n')}\n\n${texts.join('\n\n')}`;
  }
  return null;
}

function meant(rel: Rel, tables: Tables): readonly (readonly Value[])[] | null {
  try {
    return interpret(rel, tables);
  } catch (failure) {
    if (failure instanceof TooManyRows) return null;
    throw failure;
  }
}
