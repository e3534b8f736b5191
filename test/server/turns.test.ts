/** Work in the background makes way for whoever asks. */
import { setImmediate as round } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Turns } from '../../extension/server/turns.ts';

test('no turn begins while messages come, and all of them come once there is peace', async () => {
  let left = 3;
  const turns = new Turns(() => --left > 0);
  turns.begin();
  // Whatever the clock says: a machine may stand still for longer than the first turn is put off.
  for (let message = 0; message < 2000; message++) {
    turns.heard();
    await round();
  }
  expect(left).toBe(3);
  await vi.waitFor(() => expect(left).toBe(0));
});

test('a change during the work is work, not a second worker', async () => {
  let depth = 0;
  let done = 0;
  const turns = new Turns(() => {
    depth += 1;
    expect(depth).toBe(1);
    if (done++ === 0) for (let change = 0; change < 5; change++) turns.begin();
    depth -= 1;
    return done < 10;
  });
  turns.begin();
  turns.begin();
  await vi.waitFor(() => expect(done).toBe(10));
  for (let rounds = 0; rounds < 50; rounds++) await round();
  expect(done).toBe(10);
});

test('what is begun after the end is begun', async () => {
  let done = 0;
  const turns = new Turns(() => {
    done += 1;
    return false;
  });
  for (const expected of [1, 2, 3]) {
    turns.begin();
    await vi.waitFor(() => expect(done).toBe(expected));
  }
});
