/** Every fix that the fixtures show mends what it stands below, and breaks nothing that could be read before. */
import { expect, test } from 'vitest';
import { parseFile } from '../../compiler/syntax/parser.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { shop, workspaceOf } from '../support/check.ts';
import { fixturesIn, parseFixture } from '../support/fixture.ts';

const fixtures = ['check/stages', 'check/expressions', 'check/names'].flatMap((folder) =>
  fixturesIn(folder).map(({ name, text }) => [`${folder}/${name}`, text] as const),
);

test.each(fixtures)('%s', (_name, text) => {
  const files = [shop, ...parseFixture(text).files];
  const before = workspaceOf(files);
  const found = before.check();
  for (const diagnostic of found) {
    for (const fix of diagnostic.fixes) {
      const changed = new Map(files.map((file) => [file.path, file.text]));
      const edits = fix.edits
        .map(({ place, text: written }) => ({ file: place.file, ...before.absolute(place), written }))
        .sort((a, b) => b.start - a.start);
      for (const { file, start, end, written } of edits) {
        const old = changed.get(file) ?? '';
        changed.set(file, old.slice(0, start) + written + old.slice(end));
      }
      const after = [...changed].map(([path, now]) => ({ path, text: now }));
      const same = (list: typeof found) =>
        list.filter((each) => each.code === diagnostic.code && each.message === diagnostic.message).length;
      const what = `${diagnostic.message}: ${fix.title}`;
      expect(same(workspaceOf(after).check()), what).toBeLessThan(same(found));
      const broken = (list: readonly { readonly path: string; readonly text: string }[]) =>
        list.flatMap(({ path, text: now }) => parseFile(new SourceFile(path, now)).diagnostics).length;
      expect(broken(after), what).toBeLessThanOrEqual(broken(files));
    }
  }
});
