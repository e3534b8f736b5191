import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comment, wrapped } from '../../compiler/sql/layout.ts';

test('a long expression ends its lines before operators, else inside its longest parentheses', () => {
  expect(wrapped('round(CAST((CAST(a * 100 AS HUGEINT) * 100) // b AS DECIMAL(21, 0)) * 0.01, 1) AS "p"', 61)).toBe(
    [
      'round(',
      '  CAST(',
      '    (CAST(a * 100 AS HUGEINT) * 100) // b AS DECIMAL(21, 0)',
      '  ) * 0.01,',
      '  1',
      ') AS "p"',
    ].join('\n'),
  );
  expect(wrapped("a = 'x OR (y, z)' OR b = 'it''s (a long, long) text' OR c", 40)).toBe(
    ["a = 'x OR (y, z)'", "  OR b = 'it''s (a long, long) text'", '  OR c'].join('\n'),
  );
  expect(wrapped(`'${'('.repeat(200)}'`, 40)).toBe(`'${'('.repeat(200)}'`);
});

test('only blanks between tokens change, so that the query stays what it was', () => {
  const name = fc.constantFrom(
    'a',
    'count(*)',
    '"it (is), OR"',
    "'a, (b) -- ''c'",
    '123456789',
    'CASE WHEN x THEN 1 END',
  );
  const { expr } = fc.letrec<{ expr: string }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 6 },
      name,
      fc
        .tuple(fc.constantFrom('f', 'round', 'CAST'), fc.array(tie('expr'), { minLength: 1, maxLength: 4 }))
        .map(([f, args]) => `${f}(${args.join(', ')})`),
      fc
        .tuple(tie('expr'), fc.constantFrom('+', 'AND', 'OR', '//', '||'), tie('expr'))
        .map(([a, op, b]) => `(${a}) ${op} ${b}`),
    ),
  }));
  fc.assert(
    fc.property(expr, fc.integer({ min: 30, max: 100 }), (sql, width) => {
      const lines = wrapped(sql, width);
      const bare = (text: string): string =>
        text.replace(/('[^']*'|"[^"]*")|\s+/g, (_, quoted?: string) => quoted ?? '');
      expect(bare(lines)).toBe(bare(sql));
      expect(lines).not.toMatch(/[ \t]$/m);
    }),
  );
});

test('comments keep their words together and never leave their lines', () => {
  const text = `${'word '.repeat(40)}\n\n  ; DROP TABLE t`;
  expect(comment(text).every((line) => /^--( |$)/.test(line) && line.length <= 100)).toBe(true);
  expect(comment(text).at(-1)).toBe('-- ; DROP TABLE t');
  expect(comment('a\r-- b\u2028c')).toEqual(['-- a', '-- -- b c']);
});
