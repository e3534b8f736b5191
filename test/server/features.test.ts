/** Features of files as an editor asks for them: over the streams, in its positions. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CodeAction, CodeLens, DocumentSymbol, SymbolInformation, TextEdit } from 'vscode-languageserver';
import { applied } from '../../compiler/ide/rename.ts';
import { Lines } from '../../extension/server/to-lsp.ts';
import { Editor, uri } from '../support/editor.ts';

const PROJECT = readFileSync(join(import.meta.dirname, '../../examples/flights/project.pipe'), 'utf8');
const MAIN = `// « a line with 🛩 two units »
type Row {
  id: int64 @key
  amount: int64
}
source rows : Row from file('rows.csv')

table wide in dwh.core =
  from rows
  |>   where  amuont == 1 and amuont > 0
test of wide {
  given rows = values []
  expect = values []
}
job j { builds: [wide] }
`;

let folder: string;
let editor: Editor;
let main: string;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  writeFileSync(join(folder, 'project.pipe'), PROJECT.slice(0, PROJECT.indexOf('/// Every night')));
  main = join(folder, 'main.pipe');
  await editor.initialize([folder], { workspace: { workspaceEdit: { documentChanges: true } } });
  await editor.open(main, MAIN);
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

const ask = <Answer>(method: string, params: object = {}, of = uri(main)): Promise<Answer> =>
  editor.connection.sendRequest(method, { textDocument: { uri: of }, ...params });
const at = (line: number, character: number) => ({ line, character });
const applyTo = (text: string, edits: readonly TextEdit[]): string => {
  const lines = new Lines(text);
  return applied(
    text,
    edits.map(({ range, newText }) => {
      return { file: '', start: lines.offset(range.start), end: lines.offset(range.end), text: newText };
    }),
  );
};

test('what is wrong is mended one by one, all of a kind, or all that needs no choice', async () => {
  await editor.waitFor(main, ['wrong-operator 10']);
  const range = { start: at(9, 22), end: at(9, 22) };
  const actions = await ask<CodeAction[]>('textDocument/codeAction', { range, context: { diagnostics: [] } });
  expect(actions.map(({ title, kind, isPreferred }) => ({ title, kind, isPreferred }))).toEqual([
    { title: 'Replace `==` by `=`', kind: 'quickfix', isPreferred: true },
    { title: 'Fix what needs no choice in this file', kind: 'source.fixAll.pipec', isPreferred: undefined },
  ]);
  const [fix] = actions;
  expect(fix?.diagnostics?.[0]).toMatchObject({ code: 'wrong-operator', source: 'pipec' });
  const [change] = fix?.edit?.documentChanges ?? [];
  if (change === undefined || !('edits' in change)) throw new Error('no edit');
  expect(change.textDocument).toEqual({ uri: uri(main), version: 1 });
  const mended = applyTo(MAIN, change.edits as TextEdit[]);
  expect(mended).toBe(MAIN.replace('==', '='));
  await editor.change(main, mended);
  await editor.waitFor(main, ['unknown-column 10', 'unknown-column 10']);
  const only = { diagnostics: [], only: ['source.fixAll'] };
  expect(
    await ask('textDocument/codeAction', { range: { start: at(0, 0), end: at(0, 0) }, context: only }),
  ).toMatchObject([{ kind: 'source.fixAll.pipec' }]);
  const here = await ask<CodeAction[]>('textDocument/codeAction', {
    range: { start: at(9, 16), end: at(9, 16) },
    context: { diagnostics: [], only: ['quickfix'] },
  });
  expect(here.map(({ title }) => title)).toEqual([
    'Replace `amuont` by `amount`',
    'Fix all 2 of `unknown-column` in this file',
  ]);
});

test('layout, whole and in part; positions count UTF-16 units', async () => {
  const options = { tabSize: 2, insertSpaces: true };
  const edits = await ask<TextEdit[]>('textDocument/formatting', { options });
  expect(applyTo(MAIN, edits)).toContain('  id:     int64 @key\n');
  const range = { start: at(14, 0), end: at(14, 1) };
  expect(await ask('textDocument/rangeFormatting', { options, range })).toEqual([]);
  const typed = { options, ch: '>', position: at(9, 4) };
  expect(await ask('textDocument/onTypeFormatting', typed)).toEqual([]);
});

test('outline, symbols of the project, folds, selections, links and lenses', async () => {
  const symbols = await ask<DocumentSymbol[]>('textDocument/documentSymbol');
  expect(symbols.map(({ name, kind, children }) => [name, kind, children?.length])).toEqual([
    ['Row', 23, 2],
    ['rows', 11, 0],
    ['wide', 5, 2],
    ['wide', 6, 2],
    ['j', 24, 0],
  ]);
  const found = await editor.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query: 'vega' });
  expect(found).toMatchObject([{ name: 'vega', location: { uri: uri(join(folder, 'project.pipe')) } }]);
  expect(await ask('textDocument/foldingRange')).toContainEqual({ startLine: 1, endLine: 3 });
  expect(await ask('textDocument/selectionRange', { positions: [at(5, 9)] })).toMatchObject([
    { range: { start: at(5, 7), end: at(5, 11) }, parent: { range: { start: at(5, 0), end: at(5, 39) } } },
  ]);
  expect(await ask('textDocument/documentLink')).toEqual([
    { range: { start: at(5, 29), end: at(5, 37) }, target: uri(join(folder, 'rows.csv')) },
  ]);
  const lenses = await ask<CodeLens[]>('textDocument/codeLens');
  expect(lenses.filter(({ range }) => range.start.line === 7).map(({ command }) => command)).toEqual(
    [
      ['▶ run', 'run'],
      ['1 test', 'test'],
      ['preview', 'preview'],
      ['lineage', 'lineage'],
      ['SQL', 'sql'],
    ].map(([title, action]) => ({
      title,
      command: `pipec.${action}`,
      arguments: [{ root: folder, dataset: 'dwh.core.wide' }],
    })),
  );
  await editor.notify('workspace/didChangeConfiguration', { settings: { pipec: { lens: { enabled: false } } } });
  expect(await ask('textDocument/codeLens')).toBeNull();
});

test('of what is no program of ours, nothing', async () => {
  const range = { start: at(0, 0), end: at(0, 0) };
  for (const of of [
    'git:/main.pipe?ref',
    'untitled:never-opened',
    'file:///nowhere/a.pipe',
    'file://elsewhere/a.pipe',
    'not a uri',
  ]) {
    const options = { tabSize: 2, insertSpaces: true };
    expect(await ask('textDocument/codeAction', { range, context: { diagnostics: [] } }, of)).toBeNull();
    expect(await ask('textDocument/formatting', { options }, of)).toBeNull();
    expect(await ask('textDocument/documentSymbol', {}, of)).toBeNull();
    expect(await ask('textDocument/foldingRange', {}, of)).toBeNull();
    expect(await ask('textDocument/codeLens', {}, of)).toBeNull();
    expect(await ask('textDocument/documentLink', {}, of)).toBeNull();
    expect(await ask('textDocument/selectionRange', { positions: [at(0, 0)] }, of)).toBeNull();
  }
});
