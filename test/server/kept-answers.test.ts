/** What the last `pipec check` found out from engines and from TypeScript is shown in the editor, which asks nobody. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';
import { Editor } from '../support/editor.ts';

const PROGRAM = `project shop { owner: 'a@shop.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
store dwh : warehouse { owner: 'a@shop.example', retention: 1y }
type Row { id: int64 @key }
source rows : Row from file('rows.csv')
table whole in dwh.core { key: id } = from rows
table raw : Row in dwh.core { key: id } = sql"""select idd as id from dwh.core.whole"""
step cleaned : Row of whole from typescript('clean.ts#clean') in dwh.core { key: id }
`;
const clean = (type: string) =>
  `export function clean(rows: { id: bigint }[]): { id: ${type} }[] { return rows.map(() => ({ id: null as never })); }\n`;

test('raw SQL and steps are as the last check found them, until their texts change', async () => {
  const folder = realpathSync(newFolder());
  const env = { XDG_CACHE_HOME: join(folder, 'cache') };
  const file = join(folder, 'shop.pipe');
  write(folder, { 'shop.pipe': PROGRAM, 'clean.ts': clean('string'), 'rows.csv': 'id\n1\n' });

  using before = new Editor(env);
  await before.initialize([folder]);
  await before.open(file, PROGRAM);
  await before.waitFor(file, []);

  const { out } = await pipec(['check', '--json'], { folder, env });
  const told = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code: string; file: string; start: { line: number } })
    .map(({ code, start }) => `${code} ${start.line}`);
  expect(told).toEqual(expect.arrayContaining([expect.stringMatching(/^sql-refused 7$/)]));
  expect(told.length).toBeGreaterThan(1);

  // One that is there hears of it with the next edit, another at once.
  await before.change(file, `${PROGRAM}\n`);
  await before.waitFor(file, told);
  using after = new Editor(env);
  await after.initialize([folder]);
  await after.open(file, PROGRAM);
  await after.waitFor(file, told);

  // Of another function nothing is known, nor of another SQL.
  write(folder, { 'clean.ts': clean('bigint') });
  await after.change(file, PROGRAM.replace('idd', 'id'));
  await after.waitFor(file, []);
  expect(after.log).toBe('');
}, 60_000);
