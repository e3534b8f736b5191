/** Hover, going places, renames and moved files, over a real process and its streams. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallHierarchyItem, CodeAction, WorkspaceEdit } from 'vscode-languageserver/node';
import { Editor, uri } from '../support/editor.ts';

const FILES = {
  'project.pipe': `project shop { owner: 'shop@acme.example', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'o@acme.example', retention: 1y }
`,
  'a/orders.pipe': `type Order { id: int64 @key, amount: int64 }
source orders : Order from file('data/orders.csv')
`,
  'big.pipe': `table big in dwh.core =
  from orders
  |> where amount > 10
`,
  'marts.pipe': 'table few in dwh.marts = from big |> select id, amount as paid\n',
};

let folder: string;
let editor: Editor;
const path = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  }
  await editor.initialize([folder], {
    textDocument: { rename: { prepareSupport: true } },
    workspace: { workspaceEdit: { documentChanges: true }, fileOperations: { willRename: true } },
  });
  await editor.open(path('big.pipe'), FILES['big.pipe']);
  await editor.open(path('marts.pipe'), FILES['marts.pipe']);
  await editor.waitFor(path('big.pipe'), []);
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

const ask = <T>(method: string, name: string, line: number, character: number, more: object = {}): Promise<T> =>
  editor.connection.sendRequest(method, {
    textDocument: { uri: uri(path(name)) },
    position: { line, character },
    ...more,
  });
const at = (line: number, start: number, end: number) => ({
  start: { line, character: start },
  end: { line, character: end },
});

test('a hover is Markdown with the range of the word', async () => {
  expect(await ask('textDocument/hover', 'big.pipe', 2, 12)).toEqual({
    contents: { kind: 'markdown', value: expect.stringContaining('amount: int64') },
    range: at(2, 11, 17),
  });
  expect(await ask('textDocument/hover', 'big.pipe', 3, 0)).toBeNull();
  expect(
    await editor.connection.sendRequest('textDocument/hover', {
      textDocument: { uri: 'git:/elsewhere.pipe' },
      position: { line: 0, character: 0 },
    }),
  ).toBeNull();
});

test('a name leads to where it was given, in a file that is not open too', async () => {
  const orders = uri(path('a/orders.pipe'));
  expect(await ask('textDocument/definition', 'big.pipe', 2, 12)).toEqual([{ uri: orders, range: at(0, 29, 35) }]);
  expect(await ask('textDocument/typeDefinition', 'big.pipe', 1, 8)).toEqual([{ uri: orders, range: at(0, 5, 10) }]);
  expect(await ask('textDocument/implementation', 'big.pipe', 0, 8)).toEqual([
    { uri: uri(path('marts.pipe')), range: at(0, 6, 9) },
  ]);
  expect(await ask('textDocument/definition', 'a/orders.pipe', 1, 40)).toEqual({
    uri: uri(path('data/orders.csv')),
    range: at(0, 0, 0),
  });
  const references = { context: { includeDeclaration: false } };
  expect(await ask('textDocument/references', 'big.pipe', 2, 12, references)).toEqual([
    { uri: uri(path('big.pipe')), range: at(2, 11, 17) },
    { uri: uri(path('marts.pipe')), range: at(0, 48, 54) },
  ]);
  expect(await ask('textDocument/documentHighlight', 'marts.pipe', 0, 60)).toEqual([{ range: at(0, 58, 62), kind: 3 }]);
});

test('a dataset has those that it reads, and its readers', async () => {
  const [item] = await ask<CallHierarchyItem[]>('textDocument/prepareCallHierarchy', 'big.pipe', 2, 4);
  expect(item).toMatchObject({ name: 'big', detail: 'table dwh.core.big' });
  expect(await editor.connection.sendRequest('callHierarchy/outgoingCalls', { item })).toMatchObject([
    { to: { name: 'orders' }, fromRanges: [at(1, 7, 13)] },
  ]);
  expect(await editor.connection.sendRequest('callHierarchy/incomingCalls', { item })).toMatchObject([
    { from: { name: 'few', uri: uri(path('marts.pipe')) }, fromRanges: [at(0, 30, 33)] },
  ]);
});

test('a column is renamed over files, those on disk too; what would break is refused in words', async () => {
  expect(await ask('textDocument/prepareRename', 'big.pipe', 2, 12)).toEqual({
    range: at(2, 11, 17),
    placeholder: 'amount',
  });
  const edit = await ask<WorkspaceEdit>('textDocument/rename', 'big.pipe', 2, 12, { newName: 'total' });
  const edits = edit.documentChanges?.flatMap((each) => ('edits' in each ? [each] : [])) ?? [];
  expect(
    Object.fromEntries(edits.map(({ textDocument, edits: all }) => [textDocument.uri, [textDocument.version, all]])),
  ).toEqual({
    [uri(path('a/orders.pipe'))]: [
      null,
      [
        { range: at(0, 29, 35), newText: 'total' },
        { range: at(0, 42, 42), newText: " @from('amount')" },
      ],
    ],
    [uri(path('big.pipe'))]: [1, [{ range: at(2, 11, 17), newText: 'total' }]],
    [uri(path('marts.pipe'))]: [1, [{ range: at(0, 48, 54), newText: 'total' }]],
  });
  await expect(ask('textDocument/rename', 'big.pipe', 2, 12, { newName: 'id' })).rejects.toThrow(/`id`/);
  await expect(ask('textDocument/rename', 'big.pipe', 2, 3, { newName: 'x' })).rejects.toThrow('there is no name here');
});

test('paths follow files that are moved', async () => {
  const files = [{ oldUri: uri(path('data')), newUri: uri(path('inbox/data')) }];
  expect(await editor.connection.sendRequest('workspace/willRenameFiles', { files })).toEqual({
    documentChanges: [
      {
        textDocument: { uri: uri(path('a/orders.pipe')), version: null },
        edits: [{ range: at(1, 33, 48), newText: 'inbox/data/orders.csv' }],
      },
    ],
  });
});

test('what can be done with a dataset is an edit of the texts as they are in the editor', async () => {
  const actions = await editor.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: uri(path('marts.pipe')) },
    range: at(0, 31, 31),
    context: { diagnostics: [], only: ['refactor'] },
  });
  expect(actions).toEqual([
    {
      title: 'Put `big` where it is read',
      kind: 'refactor.inline',
      edit: {
        documentChanges: [
          {
            textDocument: { uri: uri(path('marts.pipe')), version: 1 },
            edits: [{ range: at(0, 25, 33), newText: 'from orders\n  |> where amount > 10' }],
          },
          {
            textDocument: { uri: uri(path('big.pipe')), version: 1 },
            edits: [{ range: { start: { line: 0, character: 0 }, end: { line: 3, character: 0 } }, newText: '' }],
          },
        ],
      },
    },
  ]);
  expect(editor.capabilities.codeActionProvider).toMatchObject({
    codeActionKinds: ['quickfix', 'refactor.extract', 'refactor.inline', 'refactor.rewrite', 'source.fixAll'],
  });
});
