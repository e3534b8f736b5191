/** What the server answers about rows: plans of the text as it is typed, and of the text before. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CompareHere, CompareParams, PreviewHere, PreviewParams } from '../../extension/server/protocol.ts';
import { Editor, uri } from '../support/editor.ts';

const PROJECT = `project shop { owner: 'shop@acme.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core } }
type Order { id: int64 @key, amount: int64 }
source orders : Order from file('orders.csv')
`;
const BIG = `table big in dwh.core =
  from orders
  |> where amount > 10
  |> extend amount * 2 as twice
`;

let folder: string;
let editor: Editor;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  writeFileSync(join(folder, 'project.pipe'), PROJECT);
  writeFileSync(join(folder, 'big.pipe'), BIG);
  await editor.initialize([folder]);
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

const options = { target: null, sample: 1000 };
const big = () => join(folder, 'big.pipe');
const at = (line: number, character: number) => ({ textDocument: { uri: uri(big()) }, position: { line, character } });
const preview = (of: PreviewParams['of']) =>
  editor.connection.sendRequest<PreviewHere | null>('pipec/preview', { ...options, of } satisfies PreviewParams);
const compare = (of: CompareParams['of'], before: CompareParams['before']) =>
  editor.connection.sendRequest<CompareHere | null>('pipec/compare', {
    ...options,
    of,
    before,
  } satisfies CompareParams);

test('the plan is of the text in the editor, up to the stage at the cursor', async () => {
  await editor.open(big(), BIG.replace('> 10', '> 77'));
  const here = await preview(at(2, 5));
  expect(here).toMatchObject({ root: folder, dataset: 'dwh.core.big', is: 'plan', stage: 'where amount > 77' });
  expect(here?.is === 'plan' && here.plan).toMatchObject({
    sql: expect.stringContaining('77'),
    columns: [{ name: 'id' }, { name: 'amount' }],
    steps: [{ dataset: '_landing.orders', step: { kind: 'load', sample: 1000 } }],
  });
  expect(await preview({ root: folder, dataset: 'dwh.core.big' })).toMatchObject({ is: 'plan', stage: null });
  expect(await preview({ root: folder, dataset: 'dwh.core.none' })).toBeNull();
  await editor.open(join(folder, 'project.pipe'), PROJECT);
  const elsewhere = { textDocument: { uri: uri(join(folder, 'project.pipe')) }, position: { line: 0, character: 3 } };
  expect(await preview(elsewhere)).toBeNull();
});

test('a mistake is told with its place', async () => {
  await editor.open(big(), BIG.replace('where amount', 'where amuont'));
  expect(await preview(at(3, 5))).toMatchObject({
    is: 'mistake',
    message: expect.stringContaining('amuont'),
    notes: ['did you mean `amount`?'],
    at: { uri: uri(big()), range: { start: { line: 2, character: 11 } } },
  });
});

test('both sides of an edit are planned; what has not changed goes by one name in both', async () => {
  await editor.open(big(), BIG.replace('* 2', '* 3'));
  const here = await compare(at(3, 5), { 'big.pipe': BIG });
  if (here?.is !== 'plans' || here.before === null) throw new Error(JSON.stringify(here));
  const names = ({ steps }: typeof here.after) => steps.map(({ step }) => step.into.name);
  expect(names(here.before)[0]).toBe(names(here.after)[0]);
  expect(names(here.before)[1]).not.toBe(names(here.after)[1]);
  expect(here.key).toEqual(['id']);
  expect(await compare(at(3, 5), { 'big.pipe': null })).toMatchObject({ is: 'plans', before: null });
  expect(await compare(at(3, 5), { 'big.pipe': BIG.replace('amount * 2', 'nothing') })).toMatchObject({
    is: 'mistake',
    of: 'before',
    at: null,
  });
});
