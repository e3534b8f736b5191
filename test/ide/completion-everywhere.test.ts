/**
 * Completion answers at every place of every example, and what it offers can be written there: no accepted item makes a text
 * that does not read, but for what is still to be filled in.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { plainText } from '../../compiler/ide/completion/items.ts';
import { complete } from '../../compiler/ide/completion.ts';
import { inlayHints } from '../../compiler/ide/inlay-hints.ts';
import { semanticTokens } from '../../compiler/ide/semantic-tokens.ts';
import { signatureAt } from '../../compiler/ide/signatures.ts';
import { parseFile } from '../../compiler/syntax/parser.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';

const examples = join(import.meta.dirname, '../../examples');

const filesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesIn(path);
    return name.endsWith('.pipe') ? path : [];
  });

/** What is said of a text in which something is still to come. */
const INCOMPLETE = new Set([
  'expected-expression',
  'expected-name',
  'expected-token',
  'unexpected-token',
  'missing-comma',
  'unclosed-bracket',
  'unclosed-string',
  'missing-from',
  'expected-declaration',
]);

/** Errors in reading a text, by code. */
function syntaxOf(path: string, text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of parseFile(new SourceFile(path, text)).diagnostics)
    counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

/** Words are told one after the other, none over another. */
function drawn(workspace: Workspace, path: string): void {
  const all = { start: 0, end: workspace.text(path).length };
  const tokens = semanticTokens(workspace, path, all);
  for (const [at, token] of tokens.entries()) {
    expect(token.end).toBeGreaterThan(token.start);
    expect(token.start).toBeGreaterThanOrEqual(tokens[at - 1]?.end ?? 0);
  }
  inlayHints(workspace, path, all, { rows: true, types: true, parameters: true });
}

for (const project of readdirSync(examples)) {
  const folder = join(examples, project);
  const files = filesIn(folder).map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }));

  test(`${project}: answers everywhere, and every item once`, () => {
    const workspace = new Workspace();
    workspace.setFiles(files);
    for (const { path, text } of files)
      for (let offset = 0; offset <= text.length; offset += 3) {
        const labels = complete(workspace, path, offset)?.items.map(({ label }) => label) ?? [];
        expect(new Set(labels).size, `${path} at ${offset}`).toBe(labels.length);
      }
  });

  test(`${project}: nothing that is broken off anywhere breaks it`, () => {
    const workspace = new Workspace();
    workspace.setFiles(files);
    for (const { path, text } of files) {
      for (let end = 1; end < text.length; end += 41) {
        workspace.setFile(path, text.slice(0, end));
        complete(workspace, path, end);
        signatureAt(workspace, path, end);
        // And where the middle is gone.
        workspace.setFile(path, text.slice(0, end) + text.slice(end + 11));
        complete(workspace, path, end);
        signatureAt(workspace, path, end);
        if (end % 3 === 0) drawn(workspace, path);
      }
      workspace.setFile(path, text);
    }
  });

  test(`${project}: what is accepted reads`, () => {
    const workspace = new Workspace();
    workspace.setFiles(files);
    const wrong: string[] = [];
    for (const { path, text } of files) {
      const declared = workspace.declared(path);
      for (const { index } of [...text.matchAll(/[A-Za-z_]+/g)].filter((_, at) => at % 3 === 0)) {
        // As it is typed: the rest of the declaration is still to come.
        const end = declared.find(({ start, end }) => start <= index && index < end)?.end;
        if (end === undefined) continue;
        const begun = text.slice(0, index) + text.slice(end);
        workspace.setFile(path, begun);
        const before = syntaxOf(path, begun);
        const completion = complete(workspace, path, index);
        for (const { label, insert } of completion?.items.slice(0, 20) ?? []) {
          const accepted = begun.slice(0, index) + plainText(insert) + begun.slice(index);
          for (const [code, count] of syntaxOf(path, accepted))
            if (!INCOMPLETE.has(code) && count > (before.get(code) ?? 0))
              wrong.push(`${path}: ${label} after ${text.slice(Math.max(0, index - 40), index)}: ${code}`);
        }
      }
      workspace.setFile(path, text);
    }
    expect(wrong).toEqual([]);
  });
}
