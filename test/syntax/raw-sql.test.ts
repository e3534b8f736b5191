/** What the lexer of each engine's SQL takes for a name: what is in a literal or a comment of that engine is none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RawEngine, rawLines, rawNames } from '../../compiler/syntax/raw-sql.ts';

const namesOf = (sql: string, engine: RawEngine): string =>
  rawNames(sql, engine)
    .map(({ parts }) => parts.map(({ text }) => text).join('.'))
    .join(' ');

const engines: readonly RawEngine[] = ['duckdb', 'postgres', 'clickhouse'];

/** The names that DuckDB and PostgreSQL find, and ClickHouse. */
const cases: readonly { readonly sql: string; readonly standard: string; readonly clickhouse?: string }[] = [
  { sql: 'a.b.c x', standard: 'a.b.c x' },
  { sql: 'a . b', standard: 'a.b' },
  { sql: 'a /* of */ . -- next\n b', standard: 'a.b' },
  { sql: 'select 1.5e3, a.1', standard: 'select a' },
  { sql: '"A"."b"".c"', standard: 'A.b".c' },
  { sql: String.raw`"a\"b" c`, standard: String.raw`a\ b  c`, clickhouse: 'a"b c' },
  { sql: '`a`.`b``c`', standard: 'a b c', clickhouse: 'a.b`c' },
  { sql: "'it''s a' b", standard: 'b' },
  { sql: String.raw`'it\'s a' b '`, standard: 's a', clickhouse: 'b' },
  { sql: String.raw`'\' b '\' c`, standard: 'b c', clickhouse: '' },
  { sql: String.raw`'\\' b '\\'`, standard: 'b' },
  { sql: String.raw`E'it\'s a' b`, standard: 'b', clickhouse: 'E b' },
  { sql: '$$ a $$ b $t$ $$ a $t$ c', standard: 'b c' },
  { sql: 'a -- b\nc /* d */ e', standard: 'a c e' },
  { sql: '/* a /* b */ c */ d', standard: 'd' },
  { sql: 'a # b\nc #! d\ne // f\ng', standard: 'a b c d e f g', clickhouse: 'a c e g' },
  { sql: '‘a’ d', standard: '‘a’ d', clickhouse: 'd' },
  { sql: "a 'never ended b", standard: 'a' },
  { sql: String.raw`a 'ends in \ `.trim(), standard: 'a' },
  { sql: 'a /* never ended b', standard: 'a' },
  { sql: '"never ended', standard: 'never ended' },
];

describe('names', () => {
  for (const { sql, standard, clickhouse = standard } of cases)
    test(sql, () => {
      expect(engines.map((engine) => namesOf(sql, engine))).toEqual([standard, standard, clickhouse]);
    });

  test('are where they say, whatever the text is', () => {
    const piece = fc.constantFrom(...'\'"`\\$.-/*#\n a é‘’“”eE𝄞'.split(/(?:)/u), '--', '/*', '*/', '$$', "E'", 'a.b');
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom(...engines), (sql, engine) => {
        let before = 0;
        for (const { parts, start, end } of rawNames(sql, engine)) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect([parts[0]?.start, parts.at(-1)?.end]).toEqual([start, end]);
          before = end;
        }
        expect(before).toBeLessThanOrEqual(sql.length);
      }),
    );
  });

  test('of a long text take no longer than its length', () => {
    for (const engine of engines)
      for (const piece of ["'", '"', '`', '/*', '$a$ ', '\\', "E'"]) rawNames(piece.repeat(50_000), engine);
  });
});

test('a line that begins inside of a literal keeps its margin, by the rules of its engine', () => {
  const sql = "  select 'it\\'\n    a',\n    b";
  const lines = (engine: RawEngine) => rawLines(sql, engine).map(({ text, inside }) => [text, inside]);
  expect(lines('clickhouse')).toEqual([
    ["select 'it\\'", false],
    ["    a',", true],
    ['b', false],
  ]);
  expect(lines('duckdb').map(([, inside]) => inside)).toEqual([false, false, true]);
});
