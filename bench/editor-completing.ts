/** From a keystroke to what may be written there: over the server's streams. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompletionList } from 'vscode-languageserver/node';
import { Editor, uri } from '../test/support/editor.ts';
import type { Asked } from './editor-asking.ts';

/** What is being typed when it is asked for, in a fact that reads two tables. */
const PLACES: readonly { readonly what: string; readonly at: string; readonly typed: string }[] = [
  { what: 'a column', at: '\n       i.', typed: 'd' },
  { what: 'a dataset', at: '\n  from ', typed: 'st' },
  { what: 'a stage', at: '\n  |> ', typed: 's' },
  { what: 'a function', at: 'coalesce(s.status', typed: ', c' },
];
const TIMES = 100;
/** Milliseconds between two. */
const PAUSE = 40;

/** The keystroke is on its way when completion is asked for, and is taken back before the next. */
export async function completing(
  root: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Asked[]> {
  const editor = new Editor(environment);
  const completionItem = { snippetSupport: true, insertReplaceSupport: true };
  await editor.initialize([root], { textDocument: { completion: { completionItem } } });
  const path = join(root, 'facts', 'facts_0.pipe');
  const text = readFileSync(path, 'utf8');
  await editor.open(path, text.replace('i.customer_id', 'i.nothing'));
  await editor.told(path, (found) => found.length > 0);
  const asked: Asked[] = [];
  for (const { what, at, typed } of PLACES) {
    const end = text.indexOf(at) + at.length;
    const written = text.slice(0, end) + typed + text.slice(end);
    const lines = written.slice(0, end + typed.length).split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
    const times: number[] = [];
    for (let count = 0; count < TIMES; count++) {
      await editor.change(path, text);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const began = performance.now();
      await editor.change(path, written);
      const params = { textDocument: { uri: uri(path) }, position };
      const list: CompletionList | null = await editor.connection.sendRequest('textDocument/completion', params);
      times.push(performance.now() - began);
      if (list === null || list.items.length === 0) throw new Error(`nothing is offered for ${what}`);
    }
    asked.push({ what: `completion of ${what}`, times, aim: 'p95 10 ms' });
  }
  await editor.quit();
  return asked;
}
