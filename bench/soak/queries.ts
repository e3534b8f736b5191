/** Random queries, and conditions that cut rows in three: on the interpreter and the three engines. */
import fc from 'fast-check';
import { type Engine, openEngines } from '../../test/engines/engines.ts';
import { differences, partitions, RANDOM_SCHEMA, randomCases } from '../../test/engines/random.ts';

export async function soakQueries(count: number, seed: number): Promise<boolean> {
  const engines = await openEngines(RANDOM_SCHEMA);
  const agree = await holds(engines, 'random queries', differences, count, seed);
  const balance = await holds(engines, 'conditions that cut rows in three', partitions, Math.ceil(count / 10), seed);
  for (const engine of engines) await engine.close();
  return agree && balance;
}

/** Says whether the property holds; the smallest case that it does not hold for is printed. */
async function holds(
  engines: readonly Engine[],
  name: string,
  property: typeof differences,
  times: number,
  seed: number,
): Promise<boolean> {
  let done = 0;
  const result = await fc.check(
    fc.asyncProperty(randomCases, async (made) => {
      if (++done % 1000 === 0) console.log(`  ${done} ${name}`);
      const difference = await property(engines, made);
      if (difference !== null) throw new Error(difference);
    }),
    { numRuns: times, seed },
  );
  if (!result.failed) {
    console.log(`${times} ${name}: every engine agrees`);
    return true;
  }
  console.log(`${name}: a difference after ${result.numRuns}, seed ${result.seed}, path ${result.counterexamplePath}`);
  console.log(result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance));
  console.log(JSON.stringify(result.counterexample, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
  return false;
}
