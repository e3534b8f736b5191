import { expect, test } from 'vitest';
import { type CompletionItem, Rank } from '../../compiler/ide/completion/items.ts';
import { complete } from '../../compiler/ide/completion.ts';
import { connectorsFor } from '../../compiler/semantics/connectors/registry.ts';
import { workspaceOf } from '../support/check.ts';
import { testIdeFixtures } from '../support/ide.ts';

/** Files of the project in the fixtures. */
const folders: Readonly<Record<string, readonly string[]>> = {
  '': ['data/', 'orders.csv', 'README.md'],
  'data/': ['eu/', 'events.parquet', 'orders-1.csv'],
};

/** The items that fit best one a line, the others by their kinds: the list is exact, and in its order. */
testIdeFixtures('completion', ({ workspace, file, offset }) => {
  const completion = complete(workspace, file, offset, (folder) => folders[folder] ?? []);
  if (completion === null) return ['nothing'];
  const { start, end, wordEnd, items } = completion;
  const text = workspace.text(file);
  const near = items.filter(({ rank, kind }) => rank <= Rank.own || kind !== 'function');
  const far = items.filter((each) => !near.includes(each));
  const word = `${text.slice(start, end)}|${text.slice(end, wordEnd)}`;
  return [
    ...(word === '|' ? [] : [`in place of ${word}`]),
    ...(items.length === 0 ? ['nothing'] : near.map(shown)),
    ...(far.length === 0 ? [] : [`functions: ${far.map(({ label }) => label).join(' ')}`]),
  ];
});

function shown({ label, kind, detail, insert, rank, doc }: CompletionItem): string {
  const written = insert === label ? '' : ` → ${insert.replaceAll('\n', '⏎')}`;
  const told =
    doc === null || kind === 'keyword' || kind === 'stage' || kind === 'declaration' || kind === 'function'
      ? ''
      : `  // ${doc.replaceAll('\n', ' ')}`;
  return `${rank} ${kind} ${label}${detail === null ? '' : `  ${detail}`}${written}${told}`;
}

test('after `from` of a source stand all connectors of sources, those that this version runs first', () => {
  const text = 'source a : Order from ';
  const items = complete(workspaceOf([{ path: 'main.pipe', text }]), 'main.pipe', text.length)?.items ?? [];
  expect(items.map(({ label }) => label).sort()).toEqual([...connectorsFor('source')].sort());
  expect(items[0]?.rank).toBe(Rank.fits);
  expect(items.find(({ label }) => label === 'file')).toMatchObject({ insert: "file('$1')$0", then: 'signature' });
});
