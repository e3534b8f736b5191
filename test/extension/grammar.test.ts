/**
 * The colours of the TextMate grammar: as annotated text for each construct, and against the lexer for every program that
 * the repository holds, so that a word is coloured as a keyword exactly where it is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { declarationRuns } from '../../compiler/syntax/context.ts';
import { lex } from '../../compiler/syntax/lexer.ts';
import { Reporter } from '../../compiler/syntax/report.ts';
import { idOf, t } from '../../compiler/syntax/tokens.ts';
import { tokenize } from './tokenize.ts';

const root = join(import.meta.dirname, '..', '..');
const fixtures = join(root, 'test', 'fixtures', 'grammar');

const programs = ['examples', 'test/fixtures/grammar'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.pipe') && !file.includes('node_modules'))
    .sort()
    .map((file) => join(folder, file)),
);

/** Each piece of a line that has a scope, below it: `^^^ keyword.control.stage`; signs are left out. */
async function annotated(text: string): Promise<string> {
  const lines = await tokenize(text);
  return lines
    .flatMap(({ line, pieces }) => [
      line,
      ...pieces
        .filter(
          ({ scope, start, end }) =>
            scope !== '' && !scope.startsWith('punctuation') && line.slice(start, end).trim() !== '',
        )
        .map(({ scope, start, end }) => `${' '.repeat(start)}${'^'.repeat(end - start)} ${scope}`),
    ])
    .join('\n');
}

describe('scopes', () => {
  for (const file of readdirSync(fixtures).filter((name) => name.endsWith('.pipe')))
    test(file, async () => {
      const text = await annotated(readFileSync(join(fixtures, file), 'utf8'));
      await expect(text).toMatchFileSnapshot(join(fixtures, file.replace(/\.pipe$/, '.scopes')));
    });
});

const names = new Set([t.Identifier, t.Key].map(idOf));
const typeOf = new Map(Object.entries(t).map(([name, type]) => [idOf(type), name]));

describe('a word is coloured as a keyword where it is one', () => {
  for (const file of programs)
    test(file, async () => {
      const text = readFileSync(join(root, file), 'utf8');
      const scopes = new Map<number, string>();
      let lineStart = 0;
      for (const { line, pieces } of await tokenize(text)) {
        for (const piece of pieces)
          for (let at = piece.start; at < piece.end; at++) scopes.set(lineStart + at, piece.scope);
        lineStart += line.length + 1;
      }
      const wrong = declarationRuns(lex(text, new Reporter(file)).tokens)
        .flat()
        .filter(({ start, end }) => /^\w+$/.test(text.slice(start, end)) && /^[A-Za-z_]/.test(text[start] ?? ''))
        .flatMap(({ start, end, tokenTypeIdx }) => {
          const scope = scopes.get(start) ?? '';
          const isKeyword = /^(?:keyword|storage|constant\.language)/.test(scope);
          const isType = scope === 'support.type.primitive';
          const shouldBe = !names.has(tokenTypeIdx);
          if (isKeyword === shouldBe || isType) return [];
          const line = text.slice(0, start).split('\n').length;
          return [`${line}: ${text.slice(start, end)} is ${typeOf.get(tokenTypeIdx)}, coloured ${scope}`];
        });
      expect(wrong).toEqual([]);
    });
});
