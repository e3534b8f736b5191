/** The small examples, checked, tested and run as they lie there. The flights have their data elsewhere, and tests of their own. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, pipec } from '../support/command.ts';

/** What a run here has left is not the example's. */
const isOurs = (path: string): boolean => !path.includes('.pipec') && !path.includes('dist');

test('customers', async () => {
  const folder = newFolder();
  cpSync(join(import.meta.dirname, '../../examples/customers'), folder, { recursive: true, filter: isOurs });
  const run = (...words: readonly string[]) => pipec(words, { folder, env: { XDG_CACHE_HOME: join(folder, 'cache') } });
  expect(await run('check')).toMatchObject({ code: 0, out: expect.stringContaining('no errors (') });
  expect(await run('fmt', '--check')).toMatchObject({ code: 0 });
  expect(await run('test')).toMatchObject({ code: 0, out: expect.stringContaining('2 tests passed') });
  expect(await run('run')).toMatchObject({ code: 0, out: expect.stringContaining('5 done') });
  expect((await run('query', 'from revenue |> order by month, country', '--json')).out).toBe(
    [
      '{"month":"2026-01-01T00:00:00Z","country":"DE","revenue":"20.00","orders":"1"}',
      '{"month":"2026-01-01T00:00:00Z","country":"NL","revenue":"12.00","orders":"1"}',
      '{"month":"2026-02-01T00:00:00Z","country":"PL","revenue":"99.90","orders":"1"}',
      '{"month":"2026-03-01T00:00:00Z","country":"FR","revenue":"35.50","orders":"1"}',
      '{"month":"2026-03-01T00:00:00Z","country":"NL","revenue":"8.00","orders":"1"}',
      '{"month":"2026-03-01T00:00:00Z","country":"unknown","revenue":"55.00","orders":"2"}',
      '',
    ].join('\n'),
  );
  expect((await run('lineage', 'dim_customer')).out).toContain('_landing.orders');
  // Its SQL is read by the names of its steps.
  const { out } = await run('sql', 'dim_customer');
  const steps = Array.from(out.matchAll(/^(?:WITH )?(\w+) AS (?:MATERIALIZED )?\(/gm), ([, step]) => step);
  expect(steps).toEqual(['log', 'changes', 'history', 'opened', 'versions', 'orders']);
});

test('tickets', async () => {
  const folder = newFolder();
  cpSync(join(import.meta.dirname, '../../examples/tickets'), folder, { recursive: true, filter: isOurs });
  const run = (...words: readonly string[]) => pipec(words, { folder, env: { XDG_CACHE_HOME: join(folder, 'cache') } });
  expect(await run('check')).toMatchObject({ code: 0, out: expect.stringContaining('no errors (') });
  expect(await run('fmt', '--check')).toMatchObject({ code: 0 });
  expect(await run('test')).toMatchObject({ code: 0, out: expect.stringContaining('2 tests passed') });
  expect(await run('run')).toMatchObject({ code: 0, out: expect.stringContaining('3 done') });
  expect((await run('query', 'from months |> order by month', '--json')).out).toBe(
    [
      '{"month":"2026-01-01","tickets":"3","orders":"4","usual_mood":"cross","median_words":12,"longest_ticket":"3"}',
      '{"month":"2026-02-01","tickets":"3","orders":"1","usual_mood":"plain","median_words":5,"longest_ticket":"6"}',
      '',
    ].join('\n'),
  );
});
