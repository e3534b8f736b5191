/**
 * `npm run soak [queries] [seed]`: random queries on the interpreter and the three engines, 10,000 where no number is given;
 * then as many random programs as text, through the whole compiler.
 * A difference is shrunk to a small query and printed with its seed, which brings it back.
 */
import fc from 'fast-check';
import { openEngines } from '../test/engines/engines.ts';
import { PROGRAM_SCHEMA, runPrograms } from '../test/engines/programs.ts';
import { differences, partitions, RANDOM_SCHEMA, randomCases } from '../test/engines/random.ts';

const [count = '10000', given] = process.argv.slice(2);
const runs = Number(count);
const seed = Number(given ?? Date.now() % 1_000_000);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('npm run soak [queries] [seed]: both are whole numbers');
  process.exit(2);
}

const engines = await openEngines(RANDOM_SCHEMA);
const began = performance.now();
console.log(`${runs} random queries on ${engines.map(({ name }) => name).join(', ')}, seed ${seed}`);

let done = 0;
const failed = await run('random queries', runs, differences);
const unbalanced = await run('conditions that cut rows in three', Math.ceil(runs / 10), partitions);
const differs = await programs();
for (const engine of engines) await engine.close();
process.exitCode = failed || unbalanced || differs ? 1 : 0;

/** True where a program gives other rows on one engine than on another. */
async function programs(): Promise<boolean> {
  for (const engine of engines)
    await engine.run(`CREATE ${engine.name === 'clickhouse' ? 'DATABASE' : 'SCHEMA'} ${PROGRAM_SCHEMA}`);
  const { counts, reasons, difference } = await runPrograms(engines, PROGRAM_SCHEMA, runs, seed, (ran) => {
    if (ran % 1000 === 0) console.log(`  ${ran} random programs, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  });
  console.log(
    `random programs: ${counts.same} give the same rows (${counts['with rows']} of them some), ${counts.refused} are refused on an engine, ${counts.failed} fail by their rows`,
  );
  for (const [reason, times] of [...reasons].sort((a, b) => b[1] - a[1])) console.log(`  ${times} × ${reason}`);
  if (difference !== null) console.log(`random programs: a difference, ${difference}`);
  return difference !== null;
}

/** True where the property does not hold. */
async function run(name: string, times: number, property: typeof differences): Promise<boolean> {
  done = 0;
  const result = await fc.check(
    fc.asyncProperty(randomCases, async (made) => {
      if (++done % 1000 === 0) console.log(`  ${done} ${name}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
      const difference = await property(engines, made);
      if (difference !== null) throw new Error(difference);
    }),
    { numRuns: times, seed },
  );
  if (!result.failed) {
    console.log(`${times} ${name}: every engine agrees`);
    return false;
  }
  console.log(`${name}: a difference after ${result.numRuns}, seed ${result.seed}, path ${result.counterexamplePath}`);
  console.log(result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance));
  console.log(JSON.stringify(result.counterexample, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
  return true;
}
