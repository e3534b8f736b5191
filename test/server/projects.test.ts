/** What the extension asks the server besides the protocol. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { changedNotification, requests, type TestInfo } from '../../extension/server/protocol.ts';
import { Editor, uri } from '../support/editor.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-projects-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = `project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: 'x.duckdb') }
target prod { engine: postgres(url: secret('URL')) }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Row { id: int64 @key }
source rows : Row from file('rows.csv')
table all_rows in dwh.core { key: id } = from rows |> select id
test one of all_rows {
  given rows = values [{ id: 1 }]
  expect = values [{ id: 1 }]
}
test of all_rows {
  expect = values []
}
`;

test('projects, their targets and tests, and the dataset at a place', async () => {
  mkdirSync(root, { recursive: true });
  const file = join(root, 'main.pipe');
  writeFileSync(file, program);
  using editor = new Editor();
  let news = 0;
  editor.connection.onNotification(changedNotification, () => {
    news += 1;
  });
  await editor.initialize([root]);
  await editor.open(file, program);
  await editor.waitFor(file, []);

  expect(await editor.connection.sendRequest(requests.projects)).toEqual([
    {
      root,
      name: 'shop',
      target: 'local',
      targets: [
        { name: 'local', engine: 'duckdb' },
        { name: 'prod', engine: 'postgres' },
      ],
    },
  ]);
  const tests: TestInfo[] = await editor.connection.sendRequest(requests.tests);
  expect(tests.map(({ name, dataset, range }) => [name, dataset, range.start.line, range.end.line])).toEqual([
    ['one', 'dwh.core.all_rows', 7, 10],
    [null, 'dwh.core.all_rows', 11, 13],
  ]);

  const at = (line: number) =>
    editor.connection.sendRequest(requests.datasetAt, {
      textDocument: { uri: uri(file) },
      position: { line, character: 3 },
    });
  expect(await at(6)).toEqual({ root, dataset: 'dwh.core.all_rows' });
  expect(await at(12)).toEqual({ root, dataset: 'dwh.core.all_rows' });
  expect(await at(5)).toEqual({ root, dataset: '_landing.rows' });
  expect(await at(1)).toBeNull();
  expect(await editor.connection.sendRequest(requests.datasetPlace, { root, dataset: 'dwh.core.all_rows' })).toEqual({
    uri: uri(file),
    range: { start: { line: 6, character: 6 }, end: { line: 6, character: 14 } },
  });
  expect(await editor.connection.sendRequest(requests.datasetPlace, { root, dataset: 'nothing' })).toBeNull();

  // A mistake elsewhere takes no test away, and what changed is told.
  await expect.poll(() => news).toBeGreaterThan(0);
  const before = news;
  await editor.change(file, program.replace('select id', 'select no_such'));
  expect(await editor.connection.sendRequest(requests.tests)).toHaveLength(2);
  await expect.poll(() => news).toBeGreaterThan(before);
  expect(await editor.quit()).toBe(0);
});
