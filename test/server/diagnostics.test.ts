/** What an editor is told to be wrong, over a real process and its streams. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Editor, uri } from '../support/editor.ts';

const PROJECT = `project shop { owner: 'shop@acme.example', target: local }

target local { engine: duckdb(path: '.pipec/shop.duckdb') }

store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core, marts: mart } }
`;
const ORDERS = `type Order {
  id: int64 @key
  amount: int64
}

source orders : Order from file('orders.csv')
`;
const BIG = `table big in dwh.core =
  from orders
  |> where amount > 10
`;

let folder: string;
let editor: Editor;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

/** Writes files below the folder; answers the absolute path of the last. */
function write(files: Readonly<Record<string, string>>): string {
  let last = folder;
  for (const [path, text] of Object.entries(files)) {
    last = join(folder, path);
    mkdirSync(dirname(last), { recursive: true });
    writeFileSync(last, text);
  }
  return last;
}
const path = (name: string) => join(folder, name);

test('every file of the project is checked, what is open as it is in the editor, and what is mended is cleared', async () => {
  write({
    'project.pipe': PROJECT,
    'a/orders.pipe': ORDERS,
    'big.pipe': BIG,
    'bad.pipe': 'table t in dwh.marts = from nowhere\n',
  });
  await editor.initialize([folder]);
  await editor.open(path('big.pipe'), BIG);
  await editor.waitFor(path('bad.pipe'), ['unknown-dataset 1']);
  await editor.waitFor(path('big.pipe'), []);

  const at = (line: number, start: number, end: number) => ({
    start: { line, character: start },
    end: { line, character: end },
  });
  await editor.change(path('big.pipe'), 'amuont', at(2, 11, 17));
  await editor.waitFor(path('big.pipe'), ['unknown-column 3']);
  const [found] = editor.diagnostics.get(uri(path('big.pipe'))) ?? [];
  expect(found).toMatchObject({
    range: at(2, 11, 17),
    severity: 1,
    source: 'pipec',
    message: expect.stringContaining('did you mean `amount`?'),
    codeDescription: { href: expect.stringMatching(/^file:.*\/docs\/errors\/unknown-column\.md$/) },
  });
  expect(editor.published.at(-1)).toMatchObject({ version: 2 });

  // A column that is renamed in a file breaks another that is not open.
  await editor.change(path('big.pipe'), 'amount', at(2, 11, 17));
  await editor.waitFor(path('big.pipe'), []);
  await editor.open(path('a/orders.pipe'), ORDERS.replace('amount', 'total'));
  await editor.waitFor(path('big.pipe'), ['unknown-column 3']);
  // Closed without saving, it is again what is on disk.
  await editor.close(path('a/orders.pipe'));
  await editor.waitFor(path('big.pipe'), []);
  expect(await editor.quit()).toBe(0);
});

test('what happens on disk: files come, change, move and go, with their folders', async () => {
  write({ 'project.pipe': PROJECT, 'a/orders.pipe': ORDERS, 'big.pipe': BIG });
  await editor.initialize([folder], { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
  await editor.open(path('big.pipe'), BIG);
  const happened = (...names: string[]) =>
    editor.notify('workspace/didChangeWatchedFiles', {
      changes: names.map((name) => ({ uri: uri(path(name)), type: 2 })),
    });
  write({ 'c.pipe': 'table t in dwh.marts = from nowhere\n' });
  await happened('c.pipe');
  await editor.waitFor(path('c.pipe'), ['unknown-dataset 1']);
  rmSync(path('c.pipe'));
  await happened('c.pipe');
  await editor.waitFor(path('c.pipe'), []);

  renameSync(path('a'), path('b'));
  await happened('a', 'b/orders.pipe');
  await editor.waitFor(path('big.pipe'), []);
  rmSync(path('b'), { recursive: true });
  await happened('b');
  await editor.waitFor(path('big.pipe'), ['unknown-dataset 2']);
  write({ 'z/orders.pipe': ORDERS });
  await happened('z/orders.pipe');
  await editor.waitFor(path('big.pipe'), []);

  // A file that cannot be read is told alone, as what it declares is missing everywhere.
  write({ 'z/orders.pipe': '' });
  writeFileSync(path('z/orders.pipe'), Buffer.from([0x74, 0xff, 0x0a]));
  await happened('z/orders.pipe');
  await editor.waitFor(path('z/orders.pipe'), ['file-not-utf8 1']);
  await editor.waitFor(path('big.pipe'), []);
});

test('several projects in one folder, files of none, and texts without a file', async () => {
  write({
    'one/project.pipe': PROJECT,
    'one/orders.pipe': ORDERS,
    'two/project.pipe': PROJECT,
    'two/big.pipe': BIG,
    'loose.pipe': BIG,
  });
  await editor.initialize([folder], { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
  await editor.waitFor(path('two/big.pipe'), ['unknown-dataset 2']);
  await editor.open(path('loose.pipe'), `${BIG}|> where (\n`);
  await editor.waitFor(path('loose.pipe'), ['no-project 1', 'expected-expression 4']);
  const untitled = {
    uri: 'untitled:Untitled-1',
    languageId: 'pipe',
    version: 1,
    text: 'table t in dwh = from x |> |>',
  };
  await editor.notify('textDocument/didOpen', { textDocument: untitled });
  const old = { ...untitled, uri: 'git:/one/orders.pipe?ref' };
  await editor.notify('textDocument/didOpen', { textDocument: old });
  await editor.close(path('loose.pipe'));
  await editor.waitFor(path('loose.pipe'), []);
  await vi.waitFor(() =>
    expect(editor.diagnostics.get(untitled.uri)?.map(({ code }) => code)).toEqual(['expected-token', 'expected-token']),
  );
  expect(editor.diagnostics.has(old.uri)).toBe(false);

  // A project goes with its folder, and comes with a file.
  const happened = (name: string) =>
    editor.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri(path(name)), type: 3 }] });
  rmSync(path('two'), { recursive: true });
  await happened('two');
  await editor.waitFor(path('two/big.pipe'), []);
  write({ 'three/project.pipe': PROJECT, 'three/big.pipe': BIG });
  await happened('three/project.pipe');
  await editor.waitFor(path('three/big.pipe'), ['unknown-dataset 2']);
});

test('a project whose declaration is gone is told of as before, until its files are gone too', async () => {
  write({ 'project.pipe': PROJECT, 'big.pipe': BIG });
  await editor.initialize([folder], { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
  await editor.waitFor(path('big.pipe'), ['unknown-dataset 2']);
  const happened = (name: string) =>
    editor.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri(path(name)), type: 2 }] });
  write({ 'project.pipe': PROJECT.replace('project ', 'projcet ') });
  await happened('project.pipe');
  await editor.waitFor(path('project.pipe'), ['unknown-kind 1']);
  await editor.waitFor(path('big.pipe'), ['no-project 1', 'unknown-dataset 2']);
  write({ 'project.pipe': PROJECT });
  await happened('project.pipe');
  await editor.waitFor(path('project.pipe'), []);
  await editor.waitFor(path('big.pipe'), ['unknown-dataset 2']);
  rmSync(path('project.pipe'));
  await happened('project.pipe');
  await editor.waitFor(path('big.pipe'), ['no-project 1', 'unknown-dataset 2', 'unknown-name 1']);
  rmSync(path('big.pipe'));
  await happened('big.pipe');
  await editor.waitFor(path('big.pipe'), []);
});

test('an editor that asks: of open files it is told when to ask again, and of others what is wrong', async () => {
  write({
    'project.pipe': PROJECT,
    'orders.pipe': ORDERS,
    'big.pipe': BIG,
    'bad.pipe': 'table t in dwh.core = from no\n',
  });
  await editor.initialize([folder], {}, { diagnostics: 'pull' });
  expect(editor.capabilities.diagnosticProvider).toMatchObject({ interFileDependencies: true });
  const pulled = async (name: string) => {
    const textDocument = { uri: uri(path(name)) };
    const { items } = await editor.connection.sendRequest<{ items: { code: string }[] }>('textDocument/diagnostic', {
      textDocument,
    });
    return items.map(({ code }) => code);
  };
  await editor.waitFor(path('bad.pipe'), ['unknown-dataset 1']);
  await editor.open(path('bad.pipe'), 'table t in dwh.core = from no\n');
  // What it was told while the file was closed is taken back: it asks now.
  await editor.waitFor(path('bad.pipe'), []);
  expect(await pulled('bad.pipe')).toEqual(['unknown-dataset']);
  await editor.open(path('big.pipe'), BIG);
  await editor.open(path('orders.pipe'), ORDERS);
  expect(await pulled('big.pipe')).toEqual([]);
  const before = editor.refreshes;
  await editor.change(path('orders.pipe'), ORDERS.replace('amount', 'total'));
  await vi.waitFor(() => expect(editor.refreshes).toBeGreaterThan(before), { timeout: 10_000 });
  expect(await pulled('big.pipe')).toEqual(['unknown-column']);
  expect(await pulled('nowhere.pipe')).toEqual([]);
  await editor.close(path('bad.pipe'));
  await editor.waitFor(path('bad.pipe'), ['unknown-dataset 1']);
});

test('an editor that does not tell what happens on disk: it is looked at when something is saved', async () => {
  write({ 'project.pipe': PROJECT, 'orders.pipe': ORDERS, 'big.pipe': BIG });
  await editor.initialize([folder]);
  await editor.open(path('big.pipe'), BIG);
  rmSync(path('orders.pipe'));
  await editor.notify('textDocument/didSave', { textDocument: { uri: uri(path('big.pipe')) } });
  await editor.waitFor(path('big.pipe'), ['unknown-dataset 2']);
});

test('it ends when the editor is gone', async () => {
  await editor.initialize([folder]);
  const ended = new Promise((resolve) => editor.process.on('exit', resolve));
  editor.process.stdin?.end();
  expect(await ended).toBe(1);
});
