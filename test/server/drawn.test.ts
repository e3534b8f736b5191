/** What is drawn over the text, over the streams: signatures, colours with what has changed in them, hints by the settings. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { InlayHint, SemanticTokens, SemanticTokensDelta, SignatureHelp } from 'vscode-languageserver';
import { Editor, uri } from '../support/editor.ts';

const PROJECT = `project shop { owner: 'a@shop.example', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'a@shop.example', retention: 7y }
type Order { order_id: int64 @key, amount: decimal(12, 2) }
source orders : Order from file('orders.csv')
`;
const MAIN = `table t in dwh.core =
  from orders
  /* two
     lines */
  |> extend round(amount, 1) as whole
`;

let folder: string;
let editor: Editor;
let main: string;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-server-')));
  editor = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  writeFileSync(join(folder, 'project.pipe'), PROJECT);
  main = join(folder, 'main.pipe');
  await editor.initialize([folder], {});
  await editor.open(main, MAIN);
});
afterEach(() => {
  editor[Symbol.dispose]();
  expect(editor.log).toBe('');
  rmSync(folder, { recursive: true, force: true });
});

const ask = <Answer>(method: string, params: object = {}): Promise<Answer> =>
  editor.connection.sendRequest(method, { textDocument: { uri: uri(main) }, ...params });
const at = (line: number, character: number) => ({ line, character });

/** `line:character text type.modifier`, decoded as an editor does. */
function decoded(data: readonly number[], text: string): readonly string[] {
  const legend = editor.capabilities.semanticTokensProvider?.legend;
  const lines = text.split('\n');
  let line = 0;
  let character = 0;
  const found: string[] = [];
  for (let index = 0; index < data.length; index += 5) {
    const [down = 0, right = 0, length = 0, type = 0, bits = 0] = data.slice(index, index + 5);
    character = down === 0 ? character + right : right;
    line += down;
    const modifiers = (legend?.tokenModifiers ?? []).filter((_, bit) => (bits & (1 << bit)) !== 0);
    const shown = [legend?.tokenTypes[type], ...modifiers].join('.');
    found.push(`${line}:${character} ${lines[line]?.slice(character, character + length)} ${shown}`);
  }
  return found;
}

test('a call tells what it takes, and where in it the cursor is', async () => {
  const help: SignatureHelp = await ask('textDocument/signatureHelp', { position: at(4, 26) });
  expect(help).toMatchObject({
    activeSignature: 0,
    activeParameter: 1,
    signatures: [{ label: 'round(value: decimal, digits?: int64) -> decimal', activeParameter: 1 }, {}],
  });
  expect(help.signatures[0]?.parameters?.[1]?.label).toEqual([22, 36]);
  expect(await ask('textDocument/signatureHelp', { position: at(1, 4) })).toBe(null);
});

test('colours: all, a part, and what has changed', async () => {
  const all: SemanticTokens = await ask('textDocument/semanticTokens/full');
  expect(decoded(all.data, MAIN)).toEqual([
    '0:0 table keyword.kind',
    '0:6 t class.declaration',
    '0:8 in keyword',
    '0:11 dwh namespace',
    '0:15 core namespace',
    '0:20 = operator',
    '1:2 from keyword',
    '1:7 orders class',
    '2:2 /* two comment',
    '3:0      lines */ comment',
    '4:2 |> operator',
    '4:5 extend keyword.stage',
    '4:12 round function.defaultLibrary',
    '4:18 amount property.column',
    '4:26 1 number',
    '4:29 as keyword',
    '4:32 whole property.declaration.column',
  ]);
  const part: SemanticTokens = await ask('textDocument/semanticTokens/range', {
    range: { start: at(1, 0), end: at(2, 0) },
  });
  expect(decoded(part.data, MAIN)).toEqual(['1:2 from keyword', '1:7 orders class']);
  await editor.change(main, MAIN.replace('amount, 1', 'amount, 12'));
  const delta: SemanticTokensDelta = await ask('textDocument/semanticTokens/full/delta', {
    previousResultId: all.resultId,
  });
  const data = [...all.data];
  for (const { start, deleteCount, data: added } of [...delta.edits].reverse())
    data.splice(start, deleteCount, ...(added ?? []));
  expect(delta.edits.length).toBeGreaterThan(0);
  await editor.notify('workspace/didChangeConfiguration', { settings: {} });
  const fresh: SemanticTokens = await ask('textDocument/semanticTokens/full');
  expect(data).toEqual(fresh.data);
});

test('hints are those that are wanted', async () => {
  const range = { start: at(0, 0), end: at(9, 0) };
  const hints = async (): Promise<readonly string[]> =>
    (await ask<InlayHint[]>('textDocument/inlayHint', { range })).map(
      ({ position, label }) => `${position.line}:${position.character} ${label}`,
    );
  expect(await hints()).toEqual(['1:13 2 columns', '4:37 + whole decimal(12, 1)']);
  await editor.notify('workspace/didChangeConfiguration', {
    settings: { pipec: { inlayHints: { rows: false, types: true } } },
  });
  expect(await hints()).toEqual(['4:37 : decimal(12, 1)']);
});

test('what an edit changes in other open files is asked for anew, and nothing else', async () => {
  const redraws = { refreshSupport: true };
  const other = new Editor({ XDG_CACHE_HOME: join(folder, '.cache') });
  try {
    const workspace = { codeLens: redraws, inlayHint: redraws, semanticTokens: redraws };
    await other.initialize([folder], { workspace });
    const below = join(folder, 'below.pipe');
    await other.open(main, MAIN);
    await other.open(below, 'table u in dwh.core =\n  from t\n  |> where whole > 1\n');
    // What it has is what is there.
    await sleep(1500);
    other.outdated.length = 0;
    // The rows of `t` stay as they are: nothing beside its own text is drawn otherwise.
    await other.change(main, MAIN.replace('two', 'many'));
    await sleep(1000);
    expect(other.outdated).toEqual([]);
    // One column more is told behind `from t`.
    await other.change(main, MAIN.replace('as whole', 'as whole, 1 as one'));
    await vi.waitFor(() => expect(other.outdated).toEqual(['inlayHint']), { timeout: 10_000 });
    // A test of it is counted above `u`, from another file.
    await other.change(
      main,
      `${MAIN.replace('as whole', 'as whole, 1 as one')}test of u { given t = values [{ whole: 2 }] expect = values [{ whole: 2 }] }\n`,
    );
    await vi.waitFor(() => expect(other.outdated).toEqual(['inlayHint', 'codeLens']), { timeout: 10_000 });
    // A name that is not there has another colour.
    await other.change(main, MAIN.replace('table t', 'table v'));
    await vi.waitFor(() => expect(other.outdated).toContain('semanticTokens'), { timeout: 10_000 });
    expect(other.log).toBe('');
  } finally {
    other[Symbol.dispose]();
  }
});
