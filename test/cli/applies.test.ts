/** What was killed after its last dataset and before it could say so: given again, it has ended, and a rollback knows it as one. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';

const shop = (x: number): string => `
project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
table one in dwh.core = from values [{ x: ${x} }]
`;

test('an apply, a promotion and a rollback that were all done are noted as done by the same command', async () => {
  const folder = newFolder();
  const done = async (...words: readonly string[]): Promise<string> => {
    const { code, out, err } = await pipec(words, { folder });
    expect([words, code, err]).toEqual([words, 0, '']);
    return out;
  };
  const x = async (): Promise<unknown> => JSON.parse(await done('show', 'one', '--json'));
  /** As if its process had been killed before its last line. */
  const unended = async (kind: string): Promise<void> => {
    const applies = async () =>
      (await done('applies', '--json'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    const [last] = await applies();
    expect(last).toMatchObject({ kind, status: 'done' });
    const database = await DuckDBInstance.create(join(folder, 'shop.duckdb'));
    const connection = await database.connect();
    await connection.run(`DELETE FROM _pipec.applies WHERE id = '${last.id}' AND event = 'done'`);
    connection.closeSync();
    database.closeSync();
    expect((await applies())[0]).toMatchObject({ kind, status: 'unfinished' });
  };
  const put = async (value: number, ...words: readonly string[]): Promise<string> => {
    write(folder, { 'shop.pipe': shop(value) });
    return await done(...words);
  };
  await put(1, 'apply');
  await put(2, 'apply');
  await unended('apply');
  expect(await done('apply')).toMatch(/That the apply \S+ has come to its end is noted\./);
  expect(await done('apply')).not.toContain('noted');
  await put(3, 'apply');
  await done('rollback');
  expect(await x()).toEqual({ x: '2' });

  await done('apply');
  await put(4, 'apply', '--env', 'dev');
  await done('promote', 'dev');
  await unended('promote');
  expect(await done('promote', 'dev')).toContain('has come to its end');
  await put(5, 'apply');
  await done('rollback');
  await unended('rollback');
  expect(await done('rollback')).toContain('There is nothing to put back.');
  expect(await x()).toEqual({ x: '4' });
  expect((await pipec(['rollback'], { folder })).err).toContain('the last change is a rollback itself');
}, 60_000);
