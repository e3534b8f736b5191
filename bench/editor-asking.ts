/** What an editor asks of the server while one reads and renames: over its streams, on 1,000 datasets. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceEdit } from 'vscode-languageserver/node';
import { Editor, uri } from '../test/support/editor.ts';

export interface Asked {
  readonly what: string;
  readonly times: readonly number[];
  readonly aim: string;
}

/** Tables that read one column, in files of ten. */
const READERS = 200;
const RENAMES = 15;
/** Characters between two hovers. */
const STEP = 29;

export async function asking(root: string, environment: Readonly<Record<string, string>>): Promise<readonly Asked[]> {
  const hub = join(root, 'hub');
  mkdirSync(hub);
  const given = 'table hub in dwh.core = from values [{ hub_id: 1, hub_amount: 2.50 }]\n';
  writeFileSync(join(hub, 'hub.pipe'), given);
  for (let file = 0; file < READERS / 10; file++)
    writeFileSync(
      join(hub, `readers_${file}.pipe`),
      Array.from({ length: 10 }, (_, at) => reader(file * 10 + at)).join('\n'),
    );
  const editor = new Editor(environment);
  try {
    await editor.initialize([root]);
    const staging = join(root, 'staging');
    const files = readdirSync(staging)
      .slice(0, 10)
      .map((name) => join(staging, name));
    const hovers: number[] = [];
    for (const path of files) {
      const text = readFileSync(path, 'utf8');
      await editor.open(path, text);
      for (let at = 0; at < text.length; at += STEP) {
        const before = text.slice(0, at).split('\n');
        const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
        hovers.push(await timed(() => ask(editor, 'textDocument/hover', path, position)));
      }
    }
    const path = join(hub, 'hub.pipe');
    await editor.open(path, given);
    const position = { line: 0, character: given.indexOf('hub_amount') };
    const renames: number[] = [];
    for (let count = 0; count < RENAMES; count++) {
      const began = performance.now();
      const edit = await ask<WorkspaceEdit>(editor, 'textDocument/rename', path, position, {
        newName: `hub_total_${count}`,
      });
      renames.push(performance.now() - began);
      const places = Object.values(edit.changes ?? {}).flat().length;
      if (places !== 1 + 2 * READERS) throw new Error(`a rename of ${places} places`);
    }
    await editor.quit();
    return [
      { what: 'a hover', times: hovers, aim: 'p95 10 ms' },
      { what: `the rename of a column that ${READERS} tables use`, times: renames, aim: '300 ms' },
    ];
  } finally {
    editor[Symbol.dispose]();
    rmSync(hub, { recursive: true });
  }
}

const reader = (n: number): string =>
  `table hub_reader_${n} in dwh.marts =\n  from hub as h\n  |> where h.hub_amount > ${n}\n  |> select hub_id, hub_amount as amount_${n}\n`;

const ask = <T>(editor: Editor, method: string, path: string, position: object, more: object = {}): Promise<T> =>
  editor.connection.sendRequest(method, { textDocument: { uri: uri(path) }, position, ...more });

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
