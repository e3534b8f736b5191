/** A random editing session; `npm run soak -- editing 10000` does it on a large project. */
import { expect, test } from 'vitest';
import { editingSession } from '../support/editing.ts';

test('whatever one types, moves and undoes, the server says what a fresh check says, and answers every question', async () => {
  const { compared, requests } = await editingSession({ datasets: 60, steps: 300, seed: 11, every: 10 });
  expect(compared).toBe(30);
  expect(requests).toBeGreaterThan(200);
}, 120_000);
