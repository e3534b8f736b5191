/** What may be written, over the streams: as editors ask for it while somebody types. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CompletionItem, CompletionList } from 'vscode-languageserver';
import { Editor, uri } from '../support/editor.ts';

const PROJECT = `project shop { owner: 'a@shop.example', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'a@shop.example', retention: 7y }
enum order_status { placed, paid }
/// What a shop sells.
type Order { order_id: int64 @key, status: order_status, amount: decimal(12, 2) }
/// All orders.
source orders : Order from file('orders.csv')
`;

let folder: string;
let editor: Editor;
let main: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  writeFileSync(join(folder, 'project.pipe'), PROJECT);
  writeFileSync(join(folder, 'orders.csv'), 'order_id,status,amount\n');
  main = join(folder, 'main.pipe');
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

/** What is offered at `$0`. */
async function offered(text: string): Promise<CompletionList> {
  const at = text.indexOf('$0');
  const before = text.slice(0, at).split('\n');
  await editor.open(main, text.replace('$0', ''));
  return editor.connection.sendRequest('textDocument/completion', {
    textDocument: { uri: uri(main) },
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  });
}

test('an editor with snippets gets them, and what is to be replaced; the first fits best', async () => {
  const completionItem = { snippetSupport: true, insertReplaceSupport: true, commitCharactersSupport: true };
  await editor.initialize([folder], { textDocument: { completion: { completionItem } } });
  const { items, isIncomplete } = await offered('table t in dwh.core =\n  from orders |> where status = pa$0id\n');
  expect(isIncomplete).toBe(false);
  expect(
    [...items]
      .sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1))
      .map(({ label }) => label)
      .slice(0, 3),
  ).toEqual(["'placed'", "'paid'", 'status']);
  const range = (end: number) => ({ start: { line: 1, character: 32 }, end: { line: 1, character: end } });
  expect(items[1]).toMatchObject({
    filterText: 'paid',
    textEdit: { newText: "'paid'", insert: range(34), replace: range(36) },
  });
  const round = items.find(({ label }) => label === 'coalesce');
  expect(round).toMatchObject({ insertTextFormat: 2, textEdit: { newText: 'coalesce($1)$0' } });
  // Only an editor that says so is asked to do something afterwards.
  expect(round?.command).toBeUndefined();
});

test('an editor without snippets gets plain text', async () => {
  await editor.initialize([folder], {});
  const { items } = await offered('table t in dwh.core =\n  from orders |> $0\n');
  const extend = items.find(({ label }) => label === 'extend');
  expect(extend?.insertTextFormat).toBeUndefined();
  expect(extend?.textEdit).toEqual({
    newText: 'extend  as name',
    range: { start: { line: 1, character: 17 }, end: { line: 1, character: 17 } },
  });
});

test('a dataset tells its rows once it is looked at', async () => {
  await editor.initialize([folder], {});
  const { items } = await offered('table t in dwh.core = from or$0');
  const orders = items.find(({ label }) => label === 'orders');
  expect(orders?.documentation).toBeUndefined();
  const resolved: CompletionItem = await editor.connection.sendRequest('completionItem/resolve', orders);
  expect(resolved.documentation).toEqual({
    kind: 'markdown',
    value: 'All orders.\n\n```pipe\norder_id: int64\nstatus: order_status\namount: decimal(12, 2)\n```',
  });
});

test('paths are those of the project’s folder', async () => {
  await editor.initialize([folder], {});
  const { items } = await offered("source other : Order from file('$0')");
  expect(items.map(({ label }) => label)).toEqual(['orders.csv', 'project.pipe']);
});
