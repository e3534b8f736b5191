/** The small examples, checked, tested and run as they lie there. The flights have their data elsewhere, and tests of their own. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, pipec } from '../support/command.ts';

test('tickets', async () => {
  const folder = newFolder();
  const ours = (path: string): boolean => !path.includes('.pipec') && !path.includes('dist');
  cpSync(join(import.meta.dirname, '../../examples/tickets'), folder, { recursive: true, filter: ours });
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
