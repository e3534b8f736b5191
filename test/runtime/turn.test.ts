/** Who waits for a database says for whom, once each. */
import { expect, test } from 'vitest';
import { type Holder, holderText } from '../../runtime/engine.ts';
import { takeTurn } from '../../runtime/engines/turn.ts';

const unknown: Holder = { pid: null, program: null };
const first: Holder = { ...unknown, name: 'run a' };
const second: Holder = { ...unknown, name: 'run b' };

/** What is told while the database is held by each of these in turn. */
async function toldOf(holders: readonly Holder[]): Promise<readonly string[]> {
  const told: string[] = [];
  const left = [...holders];
  const waiting = { waitMs: 60_000, nameHolder: holderText, signal: new AbortController().signal };
  await takeTurn('x.duckdb', { ...waiting, waiting: (reason) => told.push(reason) }, () =>
    Promise.resolve(left.shift() ?? { taken: true }),
  );
  return told.map((reason) => /waits for (.*), which/.exec(reason)?.[1] ?? reason);
}

test.each([
  [[first, first], ['run a']],
  [
    [first, second],
    ['run a', 'run b'],
  ],
  [[first, unknown, unknown], ['run a']],
  [[unknown], []],
  [[unknown, unknown, unknown], ['another process']],
  [
    [unknown, unknown, first],
    ['another process', 'run a'],
  ],
])('held by %j', async (holders, told) => {
  expect(await toldOf(holders)).toEqual(told);
});
