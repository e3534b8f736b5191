/**
 * What the editor is told, as annotated text. A fixture of test/fixtures/ide/<feature> is a program with a cursor `$0` (format
 * of fixture.ts), and below `=== answer` what the feature says there. `UPDATE_FIXTURES=1` writes the answers anew.
 */
import { expect, test } from 'vitest';
import type { FileSpan } from '../../compiler/ide/occurrences.ts';
import type { SourceFile } from '../../compiler/syntax/source.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { shop } from './check.ts';
import { fixturesIn, parseFixture, updatesFixtures } from './fixture.ts';

export interface Asked {
  readonly workspace: Workspace;
  readonly files: readonly SourceFile[];
  readonly file: string;
  readonly offset: number;
}

/** One test for each fixture of a feature; `shop.pipe` stands beside them, unless a fixture has a file of that name. */
export function testIdeFixtures(feature: string, answer: (asked: Asked) => readonly string[]): void {
  for (const { name, text, write } of fixturesIn(`ide/${feature}`)) {
    test(`${feature}: ${name}`, () => {
      const [program = ''] = text.split('\n=== answer\n');
      const { files, cursor } = parseFixture(program);
      const workspace = new Workspace();
      const own = files.some((file) => file.path === shop.path);
      workspace.setFiles([...(own ? [] : [shop]), ...files]);
      const lines = answer({ workspace, files, file: cursor?.file ?? 'main.pipe', offset: cursor?.offset ?? 0 });
      const now = `${program}\n=== answer\n${lines.join('\n')}\n`;
      if (updatesFixtures) write(now);
      else expect(now).toBe(text);
    });
  }
}

/** `main.pipe:3  |> select «delay»`. */
export function shownPlace(workspace: Workspace, { file, start, end }: FileSpan): string {
  const { source } = workspace.parsed(file);
  const { line, column } = source.position(start);
  const text = source.line(line);
  const marked = `${text.slice(0, column - 1)}«${text.slice(column - 1, column - 1 + end - start)}»${text.slice(column - 1 + end - start)}`;
  return `${file}:${line}  ${marked.trim()}`;
}
