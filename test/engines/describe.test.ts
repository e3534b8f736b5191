/** Raw SQL of PostgreSQL and ClickHouse, as the command asks the engines inside this process of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Outsiders } from '../../compiler/cli/outside.ts';
import { type RawEngine, rawNames } from '../../compiler/syntax/raw-sql.ts';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import { Describers } from '../../runtime/engines/describers.ts';
import { testCheckFixtures } from '../support/check.ts';
import { folderWithEngines } from './targets.ts';

async function askAll(workspace: Workspace): Promise<void> {
  await using outsiders = new Outsiders(folderWithEngines());
  for (const question of workspace.questions()) workspace.answer(question, (await outsiders.findOut(question)).answer);
}

describe('what engines say', () => testCheckFixtures('check/engines', [], askAll));

describe('the lexer', () => {
  let describers: Describers;
  let folder = '';
  beforeAll(() => {
    folder = folderWithEngines();
    describers = new Describers(folder);
  });
  afterAll(() => describers.close());
  const columnsOf = async (engine: RawEngine, sql: string) =>
    (await describers.describe(engine, { sql, tables: [], reads: [] })) as { readonly columns?: readonly unknown[] };

  /** Each is a query of one column without any table, as its engine reads it: `lost.name` is in a literal or a comment. */
  const hidden: Readonly<Record<RawEngine, readonly string[]>> = {
    duckdb: [
      "select 'it''s lost.name' as x",
      String.raw`select '\' as x -- lost.name '`,
      String.raw`select E'it\'s lost.name' as x`,
      "select $$ ' lost.name $$ as x",
      "select $t$ $$ ' lost.name $t$ as x",
      'select 1 as "lost.name"',
      "select 1 as x /* lost.name ' */",
    ],
    postgres: [
      "select 'it''s lost.name' as x",
      String.raw`select '\' as x -- lost.name '`,
      String.raw`select E'it\'s lost.name' as x`,
      "select $$ ' lost.name $$ as x",
      "select $t$ $$ ' lost.name $t$ as x",
      'select 1 as "lost.name"',
      'select 1 /* /* inner */ lost.name */ as x',
    ],
    clickhouse: [
      "select 'it''s lost.name' as x",
      String.raw`select 'it\'s lost.name' as x`,
      String.raw`select '\\' as x -- lost.name '`,
      "select $$ ' lost.name $$ as x",
      "select $t$ ' lost.name $t$ as x",
      String.raw`select 1 as "a\" lost.name"`,
      'select 1 as `a\\` lost.name`',
      "select 1 as x # lost.name '",
      "select 1 as x #! lost.name '",
      "select 1 as x // lost.name '",
      'select ‘lost.name’ as x',
      "select 1 as x /* /* ' */ lost.name */",
    ],
  };
  for (const [engine, texts] of Object.entries(hidden) as [RawEngine, readonly string[]][])
    test(`${engine}: finds no name where the engine has a literal or a comment`, async () => {
      for (const sql of texts) {
        expect([sql, await columnsOf(engine, sql)]).toEqual([sql, { kind: 'described', columns: [expect.anything()] }]);
        const names = rawNames(sql, engine).map(({ parts }) => parts.map(({ text }) => text).join(' . '));
        expect([sql, names.filter((name) => name.includes('lost . name'))]).toEqual([sql, []]);
      }
    }, 60_000);

  test('nothing but one statement is asked of an engine: of several, none is run', async () => {
    const file = join(folder, 'out.txt');
    const more = `select 1); select 2 into outfile '${file}'; select (3`;
    expect(await columnsOf('clickhouse', more)).toMatchObject({
      kind: 'refused',
      why: 'it is not one statement',
      at: 9,
    });
    expect(await columnsOf('postgres', `select 1) as raw; copy (select 1) to '${file}'; select (2`)).toMatchObject({
      kind: 'refused',
    });
    expect(existsSync(file)).toBe(false);
  }, 60_000);
});
