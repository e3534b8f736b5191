/** What no editor should send, and files that are no programs: an answer or none, and the server goes on. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancellationTokenSource, type DocumentSymbol, type TextEdit } from 'vscode-languageserver/node';
import { Editor, uri } from '../support/editor.ts';

const PROJECT = `project shop { owner: 'shop@acme.example', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core } }
`;

let folder: string;
let editor: Editor;
const path = (name: string) => join(folder, name);
const symbols = (name: string) =>
  editor.connection.sendRequest<DocumentSymbol[] | null>('textDocument/documentSymbol', {
    textDocument: { uri: uri(path(name)) },
  });

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  writeFileSync(path('project.pipe'), PROJECT);
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  await editor.initialize([folder]);
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

test('line ends of Windows, a byte order mark, characters of two units: places are where the editor sees them', async () => {
  await editor.open(path('a.pipe'), '\ufeff// 🛩\r\nenum a { x, y }\r\ntable t in dwh.core = from n🛩\r\n');
  await editor.waitFor(path('a.pipe'), ['unexpected-character 3']);
  const places = (editor.diagnostics.get(uri(path('a.pipe'))) ?? []).map(({ code, range: { start, end } }) => [
    code,
    start.character,
    end.character,
  ]);
  expect(places).toEqual([['unexpected-character', 28, 30]]);
  const options = { tabSize: 2, insertSpaces: true };
  const edits = await editor.connection.sendRequest<TextEdit[]>('textDocument/formatting', {
    textDocument: { uri: uri(path('a.pipe')) },
    options,
  });
  expect(edits.map(({ newText }) => newText)).toEqual(['', '\r\n']);
});

test('a change of a file that was never opened, an old version, a closed file, places far outside', async () => {
  await editor.change(path('never.pipe'), 'x', { start: { line: 9, character: 9 }, end: { line: 9, character: 9 } });
  await editor.close(path('never.pipe'));
  await editor.open(path('a.pipe'), 'enum a { x }\n');
  const far = { line: 1_000_000, character: 1_000_000 };
  const textDocument = { uri: uri(path('a.pipe')), version: 1 };
  await editor.notify('textDocument/didChange', {
    textDocument,
    contentChanges: [{ range: { start: far, end: far }, text: 'enum b { y }\n' }],
  });
  expect((await symbols('a.pipe'))?.map(({ name }) => name)).toEqual(['a', 'b']);
  for (const position of [far, { line: -1, character: -1 }, { line: 0, character: 5000 }])
    for (const method of ['hover', 'completion', 'definition', 'references', 'documentHighlight'])
      await editor.connection.sendRequest(`textDocument/${method}`, {
        textDocument,
        position,
        context: { includeDeclaration: true },
      });
  await editor.close(path('a.pipe'));
  expect(await symbols('a.pipe')).toBeNull();
});

test('a request that is taken back is answered as such, and one that nobody knows too', async () => {
  await editor.open(path('a.pipe'), 'enum a { x }\n');
  const cancel = new CancellationTokenSource();
  const params = { textDocument: { uri: uri(path('a.pipe')) } };
  const answer = editor.connection.sendRequest('textDocument/documentSymbol', params, cancel.token);
  cancel.cancel();
  // Whichever came first; afterwards it goes on.
  await answer.catch((error: { code: number }) => expect(error.code).toBe(-32800));
  await expect(editor.connection.sendRequest('pipec/nothing', {})).rejects.toThrow(/Unhandled method/);
  expect((await symbols('a.pipe'))?.length).toBe(1);
});

test('a file of ten megabytes, and one that is larger than a program may be', async () => {
  const line = 'enum e { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p }\n';
  const large = line.repeat(Math.ceil((10 * 2 ** 20 + 1) / line.length));
  await editor.open(path('large.pipe'), large);
  await editor.waitFor(path('large.pipe'), ['file-too-large 1']);
  expect(await symbols('large.pipe')).toEqual([]);
  // Made smaller it is a program again.
  await editor.change(path('large.pipe'), line);
  await editor.waitFor(path('large.pipe'), []);
  const folding = await editor.connection.sendRequest('textDocument/foldingRange', {
    textDocument: { uri: uri(path('large.pipe')) },
  });
  expect(folding).toEqual([]);
}, 120_000);

test('an editor that refuses whatever the server asks of it', async () => {
  using refusing = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') }, true);
  await refusing.initialize(
    [folder],
    {
      workspace: {
        configuration: true,
        didChangeConfiguration: { dynamicRegistration: true },
        didChangeWatchedFiles: { dynamicRegistration: true },
        codeLens: { refreshSupport: true },
        inlayHint: { refreshSupport: true },
        diagnostics: { refreshSupport: true },
      },
    },
    { diagnostics: 'pull' },
  );
  await refusing.open(path('a.pipe'), 'enum a { x, x }\n');
  await refusing.notify('workspace/didChangeConfiguration', { settings: { pipec: { lens: { enabled: false } } } });
  const report = await refusing.connection.sendRequest<{ items: readonly unknown[] }>('textDocument/diagnostic', {
    textDocument: { uri: uri(path('a.pipe')) },
  });
  expect(report.items).toHaveLength(1);
  expect(await refusing.quit()).toBe(0);
});
