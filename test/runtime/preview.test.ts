/** The process behind the previews of an editor: what it computes, what it need not compute again, what it says when it cannot. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import { workspaceOf } from '../support/check.ts';
import { PreviewProcess, planned, previewHere, previewNamed } from '../support/preview.ts';

const PROJECT = `project shop { owner: 'shop@acme.example', target: local }
target local { engine: duckdb(path: 'target.duckdb') }
store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core, marts: mart } }
type Order { id: int64 @key, customer: string?, amount: decimal(10, 2), expect amount >= 0 }
source orders : Order from file('orders.csv')
`;
const BIG = `table big in dwh.core =
  from orders
  |> where amount > 10
  |> extend amount * 2 as twice
`;
const BY = `table by_customer in dwh.marts =
  from big
  |> aggregate sum(amount) as total, count() as n group by customer
  |> order by total desc
`;

let folder: string;
let preview: PreviewProcess;
let workspace: Workspace;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipec-previews-'));
  preview = new PreviewProcess(folder);
  workspace = workspaceOf([
    { path: 'project.pipe', text: PROJECT },
    { path: 'big.pipe', text: BIG },
    { path: 'by.pipe', text: BY },
  ]);
  write('orders.csv', ['id,customer,amount', '1,ann,20', '2,ann,5', '3,bob,30.5', '4,,11'].join('\n'));
});
afterEach(async () => {
  await preview.end();
  rmSync(folder, { recursive: true, force: true });
});

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

test('rows come with their types, their nulls and what they were computed over', async () => {
  const shown = await preview.show(previewNamed(workspace, 'big'));
  expect(shown.columns.map(({ name, type, numeric, nulls }) => [name, type, numeric, nulls])).toEqual([
    ['id', 'int64', true, 0],
    ['customer', 'string?', false, 1],
    ['amount', 'decimal(10, 2)', true, 0],
    ['twice', expect.stringMatching(/^decimal/), true, 0],
  ]);
  expect(shown.rows).toEqual([
    ['1', 'ann', '20.00', '40.00'],
    ['3', 'bob', '30.50', '61.00'],
    ['4', null, '11.00', '22.00'],
  ]);
  expect(shown).toMatchObject({ count: 3, isCut: false, notes: [] });
  expect(shown.sources).toEqual([{ dataset: '_landing.orders', read: 4, isPart: false }]);
});

test('an edit computes what follows from it, and nothing else', async () => {
  const computed = async (dataset: string) => (await preview.show(previewNamed(workspace, dataset))).computed;
  expect(await computed('by_customer')).toEqual(['_landing.orders', 'dwh.core.big', 'dwh.marts.by_customer']);
  expect(await computed('by_customer')).toEqual([]);
  workspace.setFile('by.pipe', BY.replace('count() as n', 'count() as orders'));
  expect(await computed('by_customer')).toEqual(['dwh.marts.by_customer']);
  // The words around a query, and its comments, are no matter of its rows.
  workspace.setFile(
    'big.pipe',
    `/// Large orders.\n${BIG.replace('in dwh.core', 'in dwh.core { checks { rows between 1 and 2 } }')}`,
  );
  expect(await computed('by_customer')).toEqual([]);
  workspace.setFile('big.pipe', BIG.replace('> 10', '> 12'));
  expect(await computed('by_customer')).toEqual(['dwh.core.big', 'dwh.marts.by_customer']);
  // What was is still there.
  workspace.setFile('big.pipe', BIG);
  expect(await computed('by_customer')).toEqual([]);
});

test('a stage at the cursor is computed over what is there', async () => {
  await preview.show(previewNamed(workspace, 'big'));
  const shown = await preview.show(previewHere(workspace, 'by.pipe', BY.replace('count() as n', 'count()$0 as n')));
  expect(shown.computed).toEqual([]);
  expect(shown.columns.map(({ name }) => name)).toEqual(['customer', 'total', 'n']);
  expect(shown.count).toBe(3);
});

test('a file that changes is read again, and so is what follows', async () => {
  await preview.show(previewNamed(workspace, 'big'));
  write('orders.csv', 'id,customer,amount\n1,ann,20\n');
  const shown = await preview.show(previewNamed(workspace, 'big'));
  expect(shown.computed).toEqual(['_landing.orders', 'dwh.core.big']);
  expect(shown.count).toBe(1);
  expect((await preview.ask({ ask: 'forget' })).is).toBe('done');
  expect((await preview.show(previewNamed(workspace, 'big'))).computed).toEqual(['_landing.orders', 'dwh.core.big']);
});

test('rows that break the contract are told, and what a run would do about them', async () => {
  write('orders.csv', 'id,customer,amount\n1,ann,20\n2,ann,-5\nx,bob,1\n1,ann,30\n');
  const shown = await preview.show(previewNamed(workspace, 'orders'));
  expect(shown.rows).toEqual([['1', 'ann', '20.00']]);
  const [note] = shown.notes;
  expect(note).toMatchObject({ is: 'invalid', dataset: '_landing.orders', stops: true });
  expect(note?.is === 'invalid' && note.load).toMatchObject({ read: 4, accepted: 1, quarantined: 3 });
  workspace.setFile(
    'project.pipe',
    PROJECT.replace("file('orders.csv')", "file('orders.csv') { invalid: quarantine }"),
  );
  expect((await preview.show(previewNamed(workspace, 'orders'))).notes).toMatchObject([{ stops: false }]);
});

test('an assertion that does not hold is told with its rows, and rows come all the same', async () => {
  workspace.setFile('big.pipe', BIG.replace('|> where', "|> assert customer is not null, 'who is it?'\n  |> where"));
  expect((await preview.show(previewNamed(workspace, 'big'))).notes).toEqual([
    { is: 'assertion', dataset: 'dwh.core.big', message: 'who is it?', rows: 1 },
  ]);
  workspace.setFile('big.pipe', BIG.replace('|> extend', '|> extend cast(customer as int64) as number,'));
  const shown = await preview.show(previewNamed(workspace, 'by_customer'));
  expect(shown.count).toBe(3);
  expect(shown.notes).toMatchObject([{ is: 'assertion', dataset: 'dwh.core.big', rows: 2 }]);
});

test('of a large file the first rows are read', async () => {
  write(
    'orders.csv',
    `id,customer,amount\n${Array.from({ length: 5000 }, (_, i) => `${i},c${i},${i}.5`).join('\n')}\n`,
  );
  const sampled = { target: null, sample: 1000 };
  const shown = await preview.show(previewNamed(workspace, 'orders', sampled));
  expect(shown.count).toBe(1000);
  expect(shown.sources).toEqual([{ dataset: '_landing.orders', read: 1000, isPart: true }]);
  expect(shown.rows[0]).toEqual(['0', 'c0', '0.50']);
  const { result } = shown;
  const further = await preview.ask({ ask: 'rows', result, from: 998, count: 10, sort: null });
  expect(further).toMatchObject({
    is: 'rows',
    rows: [
      ['998', 'c998', '998.50'],
      ['999', 'c999', '999.50'],
    ],
  });
  const sort = { column: 'amount', order: 'desc' } as const;
  expect(await preview.ask({ ask: 'rows', result, from: 0, count: 1, sort })).toMatchObject({
    rows: [['999', 'c999', '999.50']],
  });
});

test('JSON is sampled as well, and a broken line within a sample is one row', async () => {
  write('orders.jsonl', `{"id":1,"customer":"a","amount":1}\nno\n${'{"id":2,"amount":2}\n'.repeat(50)}`);
  workspace.setFile('project.pipe', PROJECT.replace("file('orders.csv')", "file('orders.jsonl')"));
  const shown = await preview.show(previewNamed(workspace, 'orders', { target: null, sample: 10 }));
  expect(shown.sources).toMatchObject([{ read: 10, isPart: true }]);
  expect(shown.rows.toSorted()).toEqual([
    ['1', 'a', '1.00'],
    ['2', null, '2.00'],
  ]);
  expect(shown.notes).toMatchObject([{ load: { quarantined: 8 } }]);
});

test('results are in the order that the query ends with', async () => {
  const shown = await preview.show(previewNamed(workspace, 'by_customer'));
  expect(shown.rows.map(([customer]) => customer)).toEqual(['bob', 'ann', null]);
});

test('what cannot be read is said in the words of a run', async () => {
  const failure = async (dataset: string) => {
    const answer = await preview.ask({ ask: 'show', plan: planned(previewNamed(workspace, dataset)).plan, count: 10 });
    return answer.is === 'failed' ? [answer.dataset, answer.error.code] : answer.is;
  };
  rmSync(join(folder, 'orders.csv'));
  expect(await failure('big')).toEqual(['_landing.orders', 'source-missing']);
  write('orders.csv', 'id,amount\n1,2\n');
  expect(await failure('big')).toEqual(['_landing.orders', 'source-column-missing']);
  rmSync(join(folder, 'orders.csv'));
  mkdirSync(join(folder, 'orders.csv'));
  expect(await failure('big')).toEqual(['_landing.orders', 'source-missing']);
  workspace.setFile(
    'project.pipe',
    PROJECT.replace("file('orders.csv')", "postgres(url: 'postgres://nobody@127.0.0.1:1/none', table: 'orders')"),
  );
  expect(await failure('big')).toEqual(['_landing.orders', 'server-unreachable']);
  workspace.setFile(
    'project.pipe',
    PROJECT.replace("file('orders.csv')", "postgres(url: secret('NO_SUCH_URL'), table: 'orders')"),
  );
  expect(await failure('big')).toEqual(['_landing.orders', 'secret-missing']);
  // And it goes on.
  rmSync(join(folder, 'orders.csv'), { recursive: true });
  write('orders.csv', 'id,customer,amount\n1,ann,20\n');
  workspace.setFile('project.pipe', PROJECT);
  expect(await failure('big')).toBe('shown');
});

/** Ten million rows, and more in a join of each with each. */
const HUGE = `table huge in dwh.core =
  from orders as a
  |> cross join orders as b
  |> cross join orders as c
  |> aggregate count() as n, sum(a.amount * b.amount) as product group by a.id % 7 as part
`;

test('a question is given up for the next one, and the process goes on', async () => {
  write(
    'orders.csv',
    `id,customer,amount\n${Array.from({ length: 20_000 }, (_, i) => `${i},c${i},${i}.5`).join('\n')}\n`,
  );
  workspace.setFile('huge.pipe', HUGE);
  await preview.show(previewNamed(workspace, 'orders'));
  const huge = preview.ask({ ask: 'show', plan: planned(previewNamed(workspace, 'huge')).plan, count: 10 });
  await expect.poll(() => preview.begun, { timeout: 20_000 }).toContain('dwh.core.huge');
  const next = preview.show(previewNamed(workspace, 'big'));
  expect((await huge).is).toBe('cancelled');
  expect((await next).count).toBe(19_990);
  const stopped = preview.ask({ ask: 'show', plan: planned(previewNamed(workspace, 'huge')).plan, count: 10 });
  await expect.poll(() => preview.begun.filter((name) => name === 'dwh.core.huge').length, { timeout: 20_000 }).toBe(2);
  await preview.ask({ ask: 'stop' });
  expect((await stopped).is).toBe('cancelled');
});

test('a dataset that the next question reads as well is computed once', async () => {
  write(
    'orders.csv',
    `id,customer,amount\n${Array.from({ length: 90_000 }, (_, i) => `${i},c${i},${i}.5`).join('\n')}\n`,
  );
  const first = preview.ask({ ask: 'show', plan: planned(previewNamed(workspace, 'big')).plan, count: 10 });
  await expect.poll(() => preview.begun, { interval: 1, timeout: 20_000 }).toContain('_landing.orders');
  const second = preview.show(previewNamed(workspace, 'by_customer'));
  expect((await first).is).toBe('cancelled');
  await second;
  expect(preview.begun.filter((name) => name === '_landing.orders')).toEqual(['_landing.orders']);
});

test('more rows than are looked at are cut, and said to be', async () => {
  write(
    'orders.csv',
    `id,customer,amount\n${Array.from({ length: 1100 }, (_, i) => `${i},c${i},${i}.5`).join('\n')}\n`,
  );
  const shown = await preview.show(
    previewHere(workspace, 'big.pipe', 'table big in dwh.core =\n  from orders as a\n  |> cross$0 join orders as b\n'),
  );
  expect(shown).toMatchObject({ count: 1_000_000, isCut: true });
});

test('what is not looked at goes where memory is short', async () => {
  await preview.end();
  preview = new PreviewProcess(folder, 150e6);
  write(
    'orders.csv',
    `id,customer,amount\n${Array.from({ length: 90_000 }, (_, i) => `${i},${'c'.repeat(200)}${i},${i}.5`).join('\n')}\n`,
  );
  const edit = (number: number) => workspace.setFile('big.pipe', BIG.replace('> 10', `> ${number}`));
  for (let number = 1; number < 8; number += 1) {
    edit(number);
    await preview.show(previewNamed(workspace, 'big'));
  }
  edit(1);
  expect((await preview.show(previewNamed(workspace, 'big'))).computed).toEqual(['dwh.core.big']);
});

test('the function of a step is run, and what it does wrong is said', async () => {
  write(
    'shout.ts',
    `export async function* shout(batches: AsyncIterable<{ customer: (string | null)[] }>) { for await (const { customer } of batches) yield { customer: customer.map((each) => each?.toUpperCase() ?? null) }; }\n`,
  );
  workspace.setFile(
    'loud.pipe',
    "type Loud { customer: string? }\nstep loud : Loud of big from typescript('shout.ts#shout') in dwh.marts\n",
  );
  const rows = async () => (await preview.show(previewNamed(workspace, 'loud'))).rows.flat();
  expect(await rows()).toEqual(['ANN', 'BOB', null]);
  write('shout.ts', `export function shout() { throw new Error('too loud'); }\n`);
  const answer = await preview.ask({ ask: 'show', plan: planned(previewNamed(workspace, 'loud')).plan, count: 10 });
  expect(answer).toMatchObject({
    is: 'failed',
    dataset: 'dwh.marts.loud',
    error: { message: expect.stringContaining('too loud') },
  });
});

test('an upsert is previewed as its first load has it', async () => {
  workspace.setFile(
    'last.pipe',
    `table last in dwh.core { key: customer, refresh: upsert(order: id) } =
  from orders
  |> select coalesce(customer, '?') as customer, id, amount
`,
  );
  // Its driver keeps positions, where one that was looked at alone has none.
  await preview.show(previewNamed(workspace, 'orders'));
  expect((await preview.show(previewNamed(workspace, 'last'))).rows.toSorted()).toEqual([
    ['?', '4', '11.00'],
    ['ann', '2', '5.00'],
    ['bob', '3', '30.50'],
  ]);
});

test('the target is not opened', async () => {
  const { existsSync, readdirSync } = await import('node:fs');
  await preview.show(previewNamed(workspace, 'by_customer'));
  expect(existsSync(join(folder, 'target.duckdb'))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('.duckdb') || name === '.tmp')).toEqual([]);
});

async function compared(then: string | null, now: string, key: readonly string[] = ['id']) {
  const at = (text: string) => {
    workspace.setFile('big.pipe', text);
    return planned(previewNamed(workspace, 'big')).plan;
  };
  const before = then === null ? null : at(then);
  const answer = await preview.ask({ ask: 'compare', before, after: at(now), key, count: 100 });
  if (answer.is !== 'compared') throw new Error(JSON.stringify(answer));
  return answer;
}

test('an edit is compared by key: rows that come, go and change', async () => {
  const { counts, rows, columns } = await compared(BIG, BIG.replace('> 10', '< 20.5').replace('* 2', '* 3'));
  expect(counts).toEqual({ added: 1, removed: 1, changed: 2, same: 0 });
  expect(columns.map(({ name, is, changed }) => [name, is, changed])).toEqual([
    ['id', 'same', 0],
    ['customer', 'same', 0],
    ['amount', 'same', 0],
    ['twice', 'same', 2],
  ]);
  // In the order of the rows as they are now; one that is gone stands where it stood.
  expect(rows).toEqual([
    { is: 'changed', before: ['1', 'ann', '20.00', '40.00'], after: ['1', 'ann', '20.00', '60.00'], changed: [3] },
    { is: 'removed', before: ['3', 'bob', '30.50', '61.00'], after: null, changed: [] },
    { is: 'added', before: null, after: ['2', 'ann', '5.00', '15.00'], changed: [] },
    { is: 'changed', before: ['4', null, '11.00', '22.00'], after: ['4', null, '11.00', '33.00'], changed: [3] },
  ]);
});

test('columns that come and go are marked and make no row differ', async () => {
  const { counts, columns } = await compared(BIG, BIG.replace('amount * 2 as twice', "'x' as mark"));
  expect(counts).toEqual({ added: 0, removed: 0, changed: 0, same: 3 });
  expect(columns.map(({ name, is }) => [name, is])).toEqual([
    ['id', 'same'],
    ['customer', 'same'],
    ['amount', 'same'],
    ['mark', 'added'],
    ['twice', 'removed'],
  ]);
});

test('without a key rows are told apart by all of their values, equal ones by how many there are', async () => {
  const bag = (limit: string) =>
    `table big in dwh.core =\n  from orders\n  |> where ${limit}\n  |> select coalesce(customer, '?') as who\n`;
  const { counts, key, rows } = await compared(bag('true'), bag('id <> 2'), []);
  expect(key).toEqual([]);
  expect(counts).toEqual({ added: 0, removed: 1, changed: 0, same: 3 });
  expect(rows).toMatchObject([{ is: 'removed', before: ['ann'] }]);
});

test('a dataset that was not there is all added, and one with another type is compared by its text', async () => {
  expect((await compared(null, BIG)).counts).toEqual({ added: 3, removed: 0, changed: 0, same: 0 });
  const { counts, columns } = await compared(BIG, BIG.replace('amount * 2 as twice', 'to_text(amount * 2) as twice'));
  expect(columns.at(-1)).toMatchObject({ name: 'twice', is: 'retyped' });
  expect(counts.same).toBe(3);
});
