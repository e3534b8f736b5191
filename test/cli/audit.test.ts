/** The audit from the command line: what is done is in it, and what is done to it is found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { AuditLine } from '../../compiler/cli/machine.ts';
import { newFolder, pipec, write } from '../support/command.ts';

const program = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
table one in dwh.core = from values [{ x: 1 }] |> extend now() as at
job nightly { schedule: cron('0 0 1 1 *'), builds: [dwh.core.*] }
`;
const valid = (name: string) =>
  new Ajv({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(join(import.meta.dirname, `../../docs/schemas/${name}.schema.json`), 'utf8')),
  );

test('what is done is in the audit, and an entry that is changed or taken out is found', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': program });
  const audit = async (...words: string[]) => await pipec(['audit', ...words], { folder });
  expect(await audit()).toMatchObject({ code: 0, out: 'There is no entry yet.\n' });
  expect(await audit('--verify')).toMatchObject({ code: 0, out: 'There is no entry yet.\n' });
  for (const words of [['run', 'one'], ['run', 'job:nightly'], ['pause', 'nightly'], ['resume', 'nightly'], ['retry']])
    expect(await pipec(words, { folder })).toMatchObject({ code: 0 });
  const { out } = await audit('--json');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditLine);
  const isLine = valid('audit');
  for (const line of lines) expect([isLine(line), isLine.errors]).toEqual([true, null]);
  // A retry that has nothing to do does nothing.
  expect(lines.map(({ number, by, action, subject }) => [number, by, action, subject])).toEqual([
    [4, 'command', 'resume', 'nightly'],
    [3, 'command', 'pause', 'nightly'],
    [2, 'command', 'run', 'nightly'],
    [1, 'command', 'run', 'dwh.core.one'],
  ]);
  expect(lines[3]).toMatchObject({ program: expect.stringMatching(/^[0-9a-f]{12}$/), run: expect.any(String) });
  expect((await audit('--last', '1')).out).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {3}\S+@\S+ {3}resume {3}local {3}nightly\n$/,
  );

  const verdict = JSON.parse((await audit('--verify', '--json')).out) as object;
  expect([valid('audit-verdict')(verdict), verdict]).toEqual([true, { entries: 4, last: lines[0]?.hash }]);
  expect(await audit('--verify', '--has', lines[3]?.hash ?? '')).toMatchObject({ code: 0 });
  expect(await audit('--verify', '--has', 'f00d')).toMatchObject({
    code: 3,
    err: expect.stringContaining('error[audit-broken]: no entry has the hash f00d'),
  });
  expect(await audit('--has', 'f00d')).toMatchObject({ code: 2 });

  const change = (sql: string): void => {
    const database = new DatabaseSync(join(folder, '.pipec/state.db'));
    database.exec(sql);
    database.close();
  };
  change("UPDATE audit SET who = 'nobody@nowhere' WHERE number = 2");
  expect(await audit('--verify')).toMatchObject({
    code: 3,
    err: expect.stringContaining('error[audit-broken]: the audit is broken: entry 2 is not what was written'),
  });
  change('DELETE FROM audit WHERE number > 1');
  expect((await audit('--verify')).err).toContain('entries 2 to 4 have been taken out');
}, 60_000);
