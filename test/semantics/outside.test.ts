/** Programs that ask an engine what their raw SQL gives, and TypeScript what their functions do: as the command asks. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Outsiders } from '../../compiler/cli/outside.ts';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import { testCheckFixtures, workspaceOf } from '../support/check.ts';

/** The functions that the fixtures name. */
const folder = join(import.meta.dirname, '../fixtures/functions');

async function askAll(workspace: Workspace): Promise<void> {
  await using outsiders = new Outsiders(folder);
  for (const question of workspace.questions()) workspace.answer(question, (await outsiders.findOut(question)).answer);
}

describe('what outsiders say', () => testCheckFixtures('check/outside', [], askAll));

const project = `
project shop { owner: 'data@shop.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }
type Order { order_id: int64 }
source orders : Order from file('orders.csv')
`;
const raw = (sql: string): string =>
  `table one : Order in dwh.core = sql"""${sql}"""\ntable two in dwh.core = from one\n`;
const codesOf = (workspace: Workspace) => workspace.check().map(({ code }) => code);

test('what nobody has found out is not reported, and what nobody can find out is said', () => {
  const workspace = workspaceOf([{ path: 'main.pipe', text: project + raw('select * from nowhere') }]);
  expect(codesOf(workspace)).toEqual([]);
  for (const question of workspace.questions())
    workspace.answer(question, { kind: 'unanswered', why: 'nobody is there' });
  expect(codesOf(workspace)).toEqual(['not-verified']);
});

test('an answer checks the one who asked, and nobody else; the same question has the same answer', async () => {
  const workspace = workspaceOf([{ path: 'main.pipe', text: project + raw('select 1 as order_id') }]);
  await askAll(workspace);
  expect(codesOf(workspace)).toEqual([]);
  const ran: string[] = [];
  workspace.onQuery((query, key) => ran.push(`${query} ${key.split('\n').at(-1)}`));
  workspace.setFile('main.pipe', `${project}\n\n${raw('select 1 as order_id')}`);
  expect(codesOf(workspace)).toEqual([]);
  expect(ran.filter((one) => one.startsWith('checked'))).toEqual([]);
  const [question] = workspace.questions();
  if (question === undefined) throw new Error('nothing is asked');
  workspace.answer(question, { kind: 'described', columns: [{ name: 'order_id', type: 'VARCHAR' }] });
  expect(codesOf(workspace)).toEqual(['differs-from-type']);
  expect(ran.filter((one) => one.startsWith('checked'))).toEqual(['checked table dwh.core.one']);
});

test('a column more in what is read is another question', () => {
  const workspace = workspaceOf([{ path: 'main.pipe', text: project + raw('select order_id from _landing.orders') }]);
  const before = workspace.questions();
  workspace.setFile(
    'main.pipe',
    (project + raw('select order_id from _landing.orders')).replace('int64 }', 'int64, n: int64 }'),
  );
  expect(workspace.questions()).not.toEqual(before);
});
