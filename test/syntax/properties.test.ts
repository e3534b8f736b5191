/** What holds for any text: nothing throws, nothing is lost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { format } from '../../compiler/syntax/format.ts';
import { lex } from '../../compiler/syntax/lexer.ts';
import { parseFile, parseQuery } from '../../compiler/syntax/parser.ts';
import { Reporter } from '../../compiler/syntax/report.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { withoutSpans } from './ast.ts';
import { publishedQueries } from './googlesql.ts';
import { shop } from './programs.ts';

const parse = (text: string) => parseFile(new SourceFile('main.pipe', text));
const tokensOf = (text: string) =>
  lex(text, new Reporter(''))
    .tokens.slice(0, -1)
    .map((token) => text.slice(token.start, token.end));
const following = '\n\ntable the_next in dwh.core = from z\n';
const declarationTexts = parse(shop).declarations.map((declaration) =>
  shop.slice(declaration.start, declaration.start + declaration.end),
);

/** What must hold of a text whatever it is. */
function holds(text: string): void {
  const { diagnostics, declarations } = parse(text);
  for (const { place } of diagnostics) {
    expect(place.start).toBeGreaterThanOrEqual(0);
    expect(place.end).toBeGreaterThanOrEqual(place.start);
    expect(place.end).toBeLessThanOrEqual(text.length);
  }
  const places = diagnostics.map(({ place }) => place.start);
  expect(new Set(places).size).toBe(places.length);
  for (const declaration of declarations) expect(declaration.start + declaration.end).toBeLessThanOrEqual(text.length);
}

function keepsTheNext(text: string): void {
  // An open raw string or comment reaches into what follows; it is the one thing that may.
  if ((text.split('"""').length - 1) % 2 === 1 || text.includes('/*')) return;
  holds(text + following);
  expect(
    parse(text + following).declarations.map((declaration) => declaration.name?.text),
    text,
  ).toContain('the_next');
}

describe('a mutated text never throws and never loses the next declaration', () => {
  test('cut at every offset', () => {
    for (const text of declarationTexts) for (let at = 0; at <= text.length; at++) keepsTheNext(text.slice(0, at));
  });
  test('tokens deleted, doubled and swapped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...declarationTexts),
        fc.array(
          fc.tuple(
            fc.constantFrom('delete', 'double', 'swap', 'foreign'),
            fc.nat(),
            fc.constantFrom(
              '(',
              ')',
              ']',
              '{',
              '}',
              ',',
              '|>',
              'select',
              'from',
              'as',
              '=',
              "'",
              'order',
              'by',
              '\n',
              ';',
              '.',
              'not',
              'case',
            ),
          ),
          { minLength: 1, maxLength: 4 },
        ),
        (text, mutations) => {
          const tokens = tokensOf(text);
          for (const [what, at, foreign] of mutations) {
            const index = at % tokens.length;
            const token = tokens[index] ?? '';
            if (what === 'delete') tokens.splice(index, 1);
            else if (what === 'double') tokens.splice(index, 0, token);
            else if (what === 'foreign') tokens.splice(index, 0, foreign);
            else if (index > 0) [tokens[index - 1], tokens[index]] = [token, tokens[index - 1] ?? ''];
          }
          keepsTheNext(tokens.join(' '));
        },
      ),
      { numRuns: 5000 },
    );
  });
  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => holds(text)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...tokensOf(shop), '\n', ' ', '///', '/*', '`', "'", '"'), { maxLength: 60 }),
        (tokens) => holds(tokens.join(' ')),
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...tokensOf(shop)), { maxLength: 40 }),
        (tokens) => void parseQuery(tokens.join(' ')),
      ),
      { numRuns: 500 },
    );
  });
});

/** Trees of a text without places; doc comments included. */
const trees = (text: string) => withoutSpans(parse(text).declarations);
const commentsOf = (text: string) =>
  parse(text)
    .comments.map((comment) =>
      text.slice(comment.start, comment.end).replace(/^\/+/, '//').trimEnd().replaceAll('\r\n', '\n'),
    )
    .sort();

function formats(text: string): void {
  const once = format(text);
  expect(parse(once).diagnostics, once).toEqual([]);
  expect(trees(once)).toEqual(trees(text));
  expect(commentsOf(once)).toEqual(commentsOf(text));
  expect(format(once)).toBe(once);
}

describe('formatting keeps the tree and every comment, and does nothing the second time', () => {
  test('programs', () => {
    formats(shop);
    // The alternate spellings of a type or a field of `extract` are made lower-case, so the published queries are compared in lower case.
    publishedQueries.forEach((query, at) =>
      formats(`table t${at} =\n${query}\n`.toLowerCase().replace(/\bsafe_cast/g, 'try_cast')),
    );
  });
  test('an empty line after a declaration stays, also where a comment stands behind it', () => {
    const text = 'enum a { x }  // c\n\nenum b { y }\nenum d { z }  // e\nenum f { g }  // h\n\n// the end\n';
    expect(format(text)).toBe(text);
  });
  test('with comments and line breaks anywhere', () => {
    const pieces = [
      '\n',
      '\n\n',
      ' ',
      ' -- a note\n',
      ' # hash\n',
      ' /* block */ ',
      '\n// own line\n',
      '\n/* two\n   lines */\n',
      '\n/// doc\n',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...declarationTexts),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...pieces)), { maxLength: 5 }),
        (text, insertions) => {
          const tokens = tokensOf(text);
          const gaps = tokens.map(() => '');
          for (const [at, piece] of insertions) gaps[at % gaps.length] += piece;
          // Put back what stood between tokens, with the insertions.
          let out = '';
          let at = 0;
          tokens.forEach((token, index) => {
            const found = text.indexOf(token, at);
            out += (index === 0 ? '' : gaps[index]) + text.slice(at, found) + token;
            at = found + token.length;
          });
          if (parse(out).diagnostics.length > 0 || parse(out).declarations.length !== 1) return;
          formats(out);
        },
      ),
      { numRuns: 2000 },
    );
  });
  test('at any width', () => {
    for (const width of [20, 40, 60, 80, 200]) {
      const once = format(shop, { width });
      expect(trees(once)).toEqual(trees(shop));
      expect(format(once, { width })).toBe(once);
    }
  });
  test('a declaration with a mistake is left as it is', () => {
    const wrong = 'table a in dwh.core   =\n from b\n   |>   where c ==  1  -- note\n';
    const right = 'table   b = from   c\n';
    expect(format(`${right}\n${wrong}\n${right}`)).toBe(`table b =\n  from c\n\n${wrong}\ntable b =\n  from c\n`);
    expect(format(`stray   text\n\n${right}`)).toBe('stray   text\n\ntable b =\n  from c\n');
  });
});

test('ten megabytes are read and written', { timeout: 60_000 }, () => {
  const text = `${shop}\n`.repeat(Math.ceil(10_000_000 / shop.length));
  const { diagnostics, declarations } = parse(text);
  expect(diagnostics).toEqual([]);
  expect(declarations.length % declarationTexts.length).toBe(0);
  const wide = `table t = from a |> where ${'a + '.repeat(999)}a and b in (${'1, '.repeat(50_000)}2)${'\n|> where x'.repeat(20_000)}`;
  expect(format(format(wide))).toBe(format(wide));
});
