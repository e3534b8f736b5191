/**
 * Fixes. `test/fixtures/fix` has programs before and after `check --fix`, apart by a line `=== fixed`: all safe fixes are
 * applied until none is left, and then nothing is wrong. For every fix of every other fixture: it reads, and where it is safe
 * it mends what it is for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { syntaxCodes } from '../../compiler/diagnostics/codes/syntax.ts';
import type { Diagnostic, Fix } from '../../compiler/diagnostics/diagnostic.ts';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import { workspaceOf } from '../support/check.ts';
import { fixturesIn, parseFixture, updatesFixtures } from '../support/fixture.ts';

const fixtures = join(import.meta.dirname, '../fixtures/check');
const given = (name: string) => [{ path: name, text: readFileSync(join(fixtures, name), 'utf8') }];
const layers = given('layers.pipe');
const shop = given('shop.pipe');
/** What the fixtures of a folder stand beside; the queries' shop where nothing is said. */
const beside: Readonly<Record<string, typeof layers>> = { declarations: layers, lint: layers, projects: [] };

const MOST_ROUNDS = 10;
const DIVIDER = '\n=== fixed\n';

describe('before and after', () => {
  for (const { name, text, write } of fixturesIn('fix')) {
    test(name, () => {
      const [before = '', after = ''] = text.split(DIVIDER);
      const workspace = workspaceOf([...layers, { path: 'main.pipe', text: before }]);
      let fixed = before;
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const changed = workspace.applyFixes().get('main.pipe');
        if (changed === undefined) break;
        fixed = changed;
        workspace.setFile('main.pipe', fixed);
      }
      if (updatesFixtures) write(`${before.replace(/\n+$/, '')}${DIVIDER}${fixed}`);
      else expect(fixed.trim()).toBe(after.trim());
      expect(workspace.check().map((each) => each.message)).toEqual([]);
      expect(fixed).not.toBe(before);
    });
  }
});

const folders = readdirSync(fixtures, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);
describe.each(folders)('every fix of check/%s', (folder) => {
  test.each(fixturesIn(`check/${folder}`))('$name', ({ text }) => {
    const files = [...(beside[folder] ?? shop), ...parseFixture(text).files.map(({ path, text }) => ({ path, text }))];
    const before = workspaceOf(files);
    const found = before.check();
    for (const diagnostic of found) {
      for (const fix of diagnostic.fixes) {
        const after = workspaceOf(files.map((file) => ({ ...file, text: applied(fix, file, before) }))).check();
        const what = `${diagnostic.code}: ${diagnostic.message}: ${fix.title}`;
        expect(unread(after), what).toBeLessThanOrEqual(unread(found));
        if (fix.safe) expect(count(after, diagnostic), what).toBeLessThan(count(found, diagnostic));
      }
    }
  });
});

function applied(fix: Fix, file: { readonly path: string; readonly text: string }, workspace: Workspace): string {
  let { text } = file;
  const edits = fix.edits
    .filter(({ place }) => place.file === file.path)
    .map((edit) => ({ ...workspace.absolute(edit.place), text: edit.text }))
    .sort((a, b) => b.start - a.start);
  for (const edit of edits) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  return text;
}

/** Mistakes for which the text does not read. */
function unread(found: readonly Diagnostic[]): number {
  return found.filter((each) => each.code in syntaxCodes).length;
}

function count(found: readonly Diagnostic[], { code, message }: Diagnostic): number {
  return found.filter((each) => each.code === code && each.message === message).length;
}
