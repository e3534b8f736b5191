/** What holds of the checker whatever is typed: it answers, and what it says lies in the text. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lex } from '../../compiler/syntax/lexer.ts';
import { parseFile } from '../../compiler/syntax/parser.ts';
import { Reporter } from '../../compiler/syntax/report.ts';
import { shop, workspaceOf } from '../support/check.ts';
import { fixturesIn, parseFixture } from '../support/fixture.ts';

const root = join(import.meta.dirname, '../..');

/** Declarations of fixtures, each a text, to stand beside the shop. */
const declarations = ['check/stages', 'check/expressions', 'check/lineage']
  .flatMap((folder) => fixturesIn(folder))
  .flatMap(({ text }) => parseFixture(text).files)
  .flatMap((file) => parseFile(file).declarations.map(({ start, end }) => file.text.slice(start, start + end)));

const flights = readdirSync(join(root, 'examples/flights'), { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.pipe'))
  .map((path) => ({ path, text: readFileSync(join(root, 'examples/flights', path), 'utf8') }));

const language = {
  path: 'language.pipe',
  text: [...readFileSync(join(root, 'docs/language.md'), 'utf8').matchAll(/^```pipe\n(.*?)^```/gms)]
    .map((match) => match[1])
    .join('\n'),
};

/** Those of their fixture, and what they stand beside: the type and the source at its beginning, and a shop with stores. */
const dimensions = (() => {
  const fixture = readFileSync(join(root, 'test/fixtures/check/declarations/dimension.pipe'), 'utf8');
  const texts = parseFixture(fixture).files.flatMap((file) =>
    parseFile(file).declarations.map(({ start, end }) => file.text.slice(start, start + end)),
  );
  const layers = readFileSync(join(root, 'test/fixtures/check/layers.pipe'), 'utf8');
  return {
    beside: [
      { path: 'layers.pipe', text: layers },
      { path: 'clients.pipe', text: texts.slice(0, 2).join('\n') },
    ],
    declarations: texts.filter((text) => text.startsWith('dimension')),
  };
})();

const tokensOf = (text: string) =>
  lex(text, new Reporter(''))
    .tokens.slice(0, -1)
    .map(({ start, end }) => text.slice(start, end));

/** A project in which one file is typed over and over, as in an editor. */
class Typed {
  readonly #workspace;
  readonly #files = new Map<string, string>();

  constructor(files: readonly { readonly path: string; readonly text: string }[]) {
    this.#workspace = workspaceOf(files);
    for (const { path, text } of files) this.#files.set(path, text);
  }

  /** Says that all is well of the project with this text in the file. */
  answers(path: string, text: string): void {
    this.#files.set(path, text);
    this.#workspace.setFile(path, text);
    const found = this.#workspace
      .check()
      .flatMap((each) => [
        { code: each.code, place: each.place },
        ...each.related.map(({ place }) => ({ code: `${each.code}, related`, place })),
        ...each.fixes.flatMap((fix) => fix.edits.map(({ place }) => ({ code: `${each.code}, fix`, place }))),
      ]);
    for (const { code, place } of found) {
      const { start, end } = this.#workspace.absolute(place);
      const length = this.#files.get(place.file)?.length ?? -1;
      expect(
        start >= 0 && end >= start && end <= length,
        `${code}: ${start}–${end} of ${length} in ${place.file}\n${text}`,
      ).toBe(true);
    }
    for (const { symbol } of this.#workspace.declared(path)) this.#workspace.trace(symbol);
  }
}

describe('the checker answers, whatever is typed', () => {
  test('a declaration cut after every token', () => {
    const typed = new Typed([shop]);
    for (const text of declarations) {
      const { tokens } = lex(text, new Reporter(''));
      for (const { end } of tokens) typed.answers('main.pipe', text.slice(0, end));
    }
  });

  test('the programs of the examples cut at places all over', () => {
    for (const files of [flights, [language]]) {
      for (const { path, text } of files) {
        const typed = new Typed(files);
        for (let at = 0; at < text.length; at += 13) typed.answers(path, text.slice(0, at));
      }
    }
  });

  test.each([
    ['stages and expressions', [shop], declarations, 3000],
    ['dimensions', dimensions.beside, dimensions.declarations, 600],
  ] as const)('tokens taken out, doubled, swapped and put in: %s', (_what, beside, texts, numRuns) => {
    const typed = new Typed(beside);
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(
          fc.tuple(
            fc.constantFrom('delete', 'double', 'swap', 'foreign'),
            fc.nat(),
            fc.constantFrom(
              '(',
              ')',
              ',',
              '*',
              'null',
              "'x'",
              '1',
              '1.5',
              'note',
              'o',
              '.',
              'over',
              '7d',
              '[',
              ']',
              '{',
            ),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        (text, changes) => {
          const tokens = tokensOf(text);
          for (const [what, where, foreign] of changes) {
            const at = where % Math.max(1, tokens.length);
            const token = tokens[at] ?? '';
            if (what === 'delete') tokens.splice(at, 1);
            else if (what === 'double') tokens.splice(at, 0, token);
            else if (what === 'foreign') tokens.splice(at, 0, foreign);
            else tokens.splice(at, 2, tokens[at + 1] ?? '', token);
          }
          typed.answers('main.pipe', tokens.join(' '));
        },
      ),
      { numRuns },
    );
  });
});

test('the texts of the examples are there', () => {
  expect(declarations.length).toBeGreaterThan(200);
  expect(dimensions.declarations.length).toBeGreaterThan(20);
  expect(flights.length).toBeGreaterThan(3);
  expect(language.text).toContain('table daily_revenue');
});
