/**
 * `npm run soak [section…] [count] [seed]`: what tests do a few hundred times, done `count` times, 10,000 where no number is
 * given. It goes on after a failure, shrinks what failed and prints it with the seed that brings it back.
 */
import { soakEditing } from './soak/editing.ts';
import { soakEnvironments } from './soak/environments.ts';
import { soakKills } from './soak/kills.ts';
import { soakPrograms } from './soak/programs.ts';
import { soakQueries } from './soak/queries.ts';

/** Each prints what it finds, and says whether everything held. */
const SECTIONS: Readonly<Record<string, (count: number, seed: number) => Promise<boolean>>> = {
  queries: soakQueries,
  programs: soakPrograms,
  kills: soakKills,
  editing: soakEditing,
  environments: soakEnvironments,
};

const words = process.argv.slice(2);
const firstNumber = words.findIndex((word) => /^\d+$/.test(word));
const names = firstNumber < 0 ? words : words.slice(0, firstNumber);
const numbers = firstNumber < 0 ? [] : words.slice(firstNumber).map(Number);
const [count = 10_000, seed = Date.now() % 1_000_000] = numbers;
if (names.some((name) => !(name in SECTIONS)) || numbers.length > 2 || !numbers.every(Number.isInteger) || count < 1) {
  console.error(`npm run soak [section…] [count] [seed]; sections: ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}

for (const [name, soak] of Object.entries(SECTIONS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const began = performance.now();
  console.log(`\n== ${name}: ${count}, seed ${seed}`);
  const holds = await soak(count, seed);
  console.log(`${name}: ${holds ? 'holds' : 'DOES NOT HOLD'}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  if (!holds) process.exitCode = 1;
}
