/** At every stage of the example of flights, a preview has the rows of a program that ends there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { previewAt } from '../../compiler/ide/preview.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import type { PreviewShown } from '../../runtime/preview/messages.ts';
import { workspaceOf } from '../support/check.ts';
import { PreviewProcess, previewNamed } from '../support/preview.ts';

const example = join(import.meta.dirname, '../../examples/flights');
const data = join(import.meta.dirname, '../../node_modules/vega-datasets/data');
const options = { target: null, sample: 20_000 };

const paths = ['project.pipe', ...readdirSync(join(example, 'pipelines')).map((name) => `pipelines/${name}`)];
const files = paths.map((path) => ({
  path,
  text: readFileSync(join(example, path), 'utf8').replace('../../node_modules/vega-datasets/data', data),
}));

let folder: string;
let preview: PreviewProcess;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipec-stages-'));
  preview = new PreviewProcess(folder);
});
afterAll(async () => {
  await preview.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A query that ends in the middle says no order, and a float may differ in its last places. */
function rowsOf({ columns, rows }: PreviewShown): readonly string[] {
  const cells = (row: readonly unknown[]) =>
    row.map((value, index) =>
      columns[index]?.inexact === true && value !== null ? Number(value).toPrecision(12) : value,
    );
  return rows.map((row) => JSON.stringify(cells(row))).toSorted();
}

const whole = workspaceOf(files);
const tables = files.flatMap(({ path, text }) =>
  whole
    .declared(path)
    .flatMap(({ symbol, tree, start, end }) =>
      symbol.kind === 'table' && tree.value?.kind === 'query'
        ? [{ path, text, symbol, start, end, query: tree.value }]
        : [],
    ),
);

test.each(tables)('$symbol.name', async ({ path, text, symbol, start, end, query }) => {
  let compared = 0;
  for (const stage of query.stages) {
    const here = previewAt(whole, path, start + stage.end, options);
    const shorter = text.slice(0, start + stage.end) + text.slice(end);
    const cut = new Workspace();
    cut.setFiles(files.map((file) => (file.path === path ? { path, text: shorter } : file)));
    const there = previewNamed(cut, symbol.name, options);
    // Not everything that can be looked at can be stored: names may repeat in the middle of a query.
    if (there.is !== 'plan') continue;
    const [shown, stored] = [await preview.show(here, 100_000), await preview.show(there, 100_000)];
    expect(shown.columns.map(({ name, type }) => `${name} ${type}`)).toEqual(
      stored.columns.map(({ name, type }) => `${name} ${type}`),
    );
    expect(rowsOf(shown)).toEqual(rowsOf(stored));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(0);
});

test('there are stages', () => {
  expect(tables.reduce((sum, { query }) => sum + query.stages.length, 0)).toBeGreaterThan(60);
});
