/** What a file looks like to an editor: its outline, folds, growing selections, links and lenses. */
import { expect, test } from 'vitest';
import { folds } from '../../compiler/ide/folding.ts';
import { lenses } from '../../compiler/ide/lenses.ts';
import { links } from '../../compiler/ide/links.ts';
import { type OutlineItem, outline } from '../../compiler/ide/outline.ts';
import { selections } from '../../compiler/ide/selection.ts';
import { symbolsLike } from '../../compiler/ide/symbols.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { shownPlace, testIdeFixtures } from '../support/ide.ts';

testIdeFixtures('outline', ({ workspace, file }) => {
  const { source } = workspace.parsed(file);
  const line = (offset: number) => source.position(offset).line;
  const shown = (items: readonly OutlineItem[], indent: string): string[] =>
    items.flatMap(({ name, detail, kind, span, nameSpan, children }) => [
      `${indent}${kind} ${name}${detail === '' || detail === kind ? '' : ` : ${detail}`}  ${line(span.start)}-${line(span.end)} «${source.text.slice(nameSpan.start, nameSpan.end).split('\n')[0]}»`,
      ...shown(children, `${indent}  `),
    ]);
  return shown(outline(workspace, file), '');
});

testIdeFixtures('folding', ({ workspace, file }) => {
  const lines = workspace.text(file).split('\n');
  return folds(workspace, file).map(
    ({ first, last, kind }) => `${kind} ${first + 1}-${last + 1}  ${lines[first]?.trim()} … ${lines[last]?.trim()}`,
  );
});

testIdeFixtures('selection', ({ workspace, file, offset }) =>
  selections(workspace, file, offset).map(({ start, end }) =>
    workspace.text(file).slice(start, end).replaceAll('\n', '⏎'),
  ),
);

testIdeFixtures('links', ({ workspace, file }) =>
  links(workspace, file).map((link) => `${link.path}  ${shownPlace(workspace, link)}`),
);

testIdeFixtures('lenses', ({ workspace, file }) =>
  lenses(workspace, file).map(
    (lens) =>
      `${lens.action} ${lens.of} ${lens.name}${lens.tests > 0 ? ` (${lens.tests})` : ''}  ${shownPlace(workspace, lens)}`,
  ),
);

test('declarations are found by letters of their names, in order', () => {
  const workspace = new Workspace();
  workspace.setFile('a.pipe', 'table daily_revenue in dwh.marts = from orders\nenum day { mon, tue }\n');
  const found = (query: string, most = 10) => symbolsLike(workspace, query, most).map(({ symbol }) => symbol.name);
  expect(found('dRev')).toEqual(['dwh.marts.daily_revenue']);
  expect(found('da')).toEqual(['dwh.marts.daily_revenue', 'day']);
  expect(found('')).toEqual(['dwh.marts.daily_revenue', 'day']);
  expect(found('', 1)).toEqual(['dwh.marts.daily_revenue']);
  expect(found('vad')).toEqual([]);
});
