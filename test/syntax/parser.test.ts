import { describe, expect, test } from 'vitest';
import { syntaxCodes } from '../../compiler/diagnostics/codes/syntax.ts';
import { codes } from '../../compiler/diagnostics/codes.ts';
import { PipeParser } from '../../compiler/syntax/parser/declarations.ts';
import { parseFile, parseQuery } from '../../compiler/syntax/parser.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { walk } from '../../compiler/syntax/walk.ts';
import { applySafeFixes } from '../support/fixture.ts';
import { brief } from './ast.ts';
import { publishedQueries } from './googlesql.ts';
import { shop } from './programs.ts';

const parse = (text: string) => parseFile(new SourceFile('main.pipe', text));
const codesOf = (text: string) => parse(text).diagnostics.map((diagnostic) => diagnostic.code);
const expression = (text: string) => {
  const { query, diagnostics } = parseQuery(`from t |> where ${text}`);
  expect(diagnostics).toEqual([]);
  const stage = query.stages[1]!;
  return stage.kind === 'where' ? brief(stage.condition) : '';
};

test('the grammar has no ambiguity', () => {
  expect(() => new PipeParser('validated')).not.toThrow();
});

test('every construct parses without an error', () => {
  expect(parse(shop).diagnostics).toEqual([]);
  expect(parse(shop.replaceAll('\n', '\r\n')).diagnostics).toEqual([]);
  expect(parse(`\uFEFF${shop}`).diagnostics).toEqual([]);
});

test.each(publishedQueries)('published pipe syntax: %s', (text) => {
  expect(parseQuery(text).diagnostics).toEqual([]);
});

describe('expressions', () => {
  test.each([
    [
      'a or b and not c = d || e + f * -g',
      '(binary operator=or left=a right=(binary operator=and left=b right=(unary operator=not operand=(binary operator== left=c right=(binary operator=|| left=d right=(binary operator=+ left=e right=(binary operator=* left=f right=(unary operator=- operand=g))))))))',
    ],
    ['a - b - c', '(binary operator=- left=(binary operator=- left=a right=b) right=c)'],
    ['a is not null', '(is test=null negated left=a)'],
    ['a is distinct from b + 1', '(is test=distinct left=a right=(binary operator=+ left=b right=1))'],
    ['a not between 1 and 2 and b', '(binary operator=and left=(between negated value=a low=1 high=2) right=b)'],
    ["a != 'it''s'", '(binary operator=<> left=a right="it\'s")'],
    ['a not in (1, 2,)', '(in negated value=a items=[1 2])'],
    ['a in (from b)', '(in value=a items=(query stages=[(from tables=[(dataset name=b)])]))'],
    ["date '2026-01-31' < date", '(binary operator=< left=(date-literal type=date value=2026-01-31) right=date)'],
    [
      'count(*) filter (where a) over (partition by b)',
      '(call name=count args=[(value=(star-argument))] filter=a over=(partition=[b]))',
    ],
    ["case x when 1 then 'a' else 'b' end", '(case subject=x branches=[(when=1 then="a")] otherwise="b")'],
    ["'a\\nb\\q\\u{1F600}'", JSON.stringify('a\nb\\q😀')],
    [
      '1_000 + 1.5 + 2e3 + 15m',
      '(binary operator=+ left=(binary operator=+ left=(binary operator=+ left=1000 right=1.5) right=2e3) right=(duration count=15 unit=m))',
    ],
    [
      'order + key + source + `from` + by + date',
      '(binary operator=+ left=(binary operator=+ left=(binary operator=+ left=(binary operator=+ left=(binary operator=+ left=order right=key) right=source) right=from) right=by) right=date)',
    ],
    ['f(order: 1, from: 2)', '(call name=f args=[(name=order value=1) (name=from value=2)])'],
  ])('%s', (text, tree) => {
    expect(expression(text)).toBe(tree);
  });
});

describe('declarations', () => {
  const one = (text: string) => {
    const { declarations, diagnostics } = parse(text);
    expect(diagnostics).toEqual([]);
    return brief(declarations[0]);
  };
  test('header words in any order', () => {
    expect(one('source a from f(x) : T in s.b of c for d on tag(e)')).toBe(
      '(source name=a type=(name=T) of=c for=d on=(call name=tag args=[(value=e)]) from=(call name=f args=[(value=x)]) in=s.b)',
    );
  });
  test('a type', () => {
    expect(
      one(
        "/// A doc.\ntype T {\n  /// F.\n  a: list<decimal(1, 2)>? @key @from('b')\n  expect a > 0 mostly 0.9 warn\n}",
      ),
    ).toBe(
      '(type name=T doc="A doc." body=(type-body fields=[(name=a type=(name=list element=(name=decimal args=[1 2]) nullable) annotations=[(name=key) (name=from args=[(value="b")])] doc=F.)] expectations=[(expect condition=(binary operator=> left=a right=0) mostly=0.9 severity=warn)]))',
    );
  });
  test('checks in properties', () => {
    expect(one('table t { key: [a], checks { rows > 0, unique(a) } } = from b')).toBe(
      '(table name=t properties=[(name=key value=(list items=[a])) (name=checks value=(checks-body clauses=[(rows condition=(binary operator=> left=rows right=0)) (call condition=(call name=unique args=[(value=a)]))]))] value=(query stages=[(from tables=[(dataset name=b)])]))',
    );
  });
  test('a test', () => {
    expect(one('test of a.b {\n given c = values [{ x: 1 }]\n interval: 1d\n expect = from c\n}')).toBe(
      '(test of=a.b body=(test-body givens=[(name=c query=(query stages=[(from tables=[(values rows=[(object properties=[(name=x value=1)])])])]))] expect=(query stages=[(from tables=[(dataset name=c)])]) properties=[(name=interval value=(duration count=1 unit=d))]))',
    );
  });
  test('a pipe function', () => {
    expect(one('fn top(n: int64, k) = |> order by k desc |> limit n')).toBe(
      '(fn name=top parameters=[(name=n type=(name=int64)) (name=k)] value=(query stages=[(order keys=[(value=k order=desc)]) (limit count=n)]))',
    );
  });
  test('spans are relative to the declaration', () => {
    const above = '/// doc\nproject p {}\n\n';
    const text = 'table t = from a |> where b > 1';
    expect(parse(above + text).declarations[1]).toEqual({ ...parse(text).declarations[0], start: above.length });
  });
  test('an unknown kind at column 1 is a declaration', () => {
    expect(parse('tabel x = from y').declarations.map((declaration) => declaration.kind.text)).toEqual(['tabel']);
  });
});

describe('where a declaration starts', () => {
  const following = '\ntable next in dwh.core = from z\n';
  test.each([
    'table a = from b |> where c = 1 and',
    'table a = from b |> where f(',
    'table a = from b |> select [',
    'table a {',
    'table a { key: [',
    'table a = from b |> join',
    'table a = from',
    'table a = from b |>',
    'table a = from b |> where c in (from d |> where',
    'test of x {',
    'type T {\n  a:',
    'table a = from b |> select c,',
    'table a = from b as',
    'table a = with x as (',
    "table a = from b |> where c = 'x",
    'table',
    'table a',
    'table a =',
    'check c on',
    'fn f(',
    'table a = from b |> where case when',
    'table a = from b.',
    'enum e {',
    'table a = from b |> where not',
    'job x { a: "',
  ])('%s', (text) => {
    const names = parse(text + following).declarations.map((declaration) => declaration.name?.text);
    expect(names.at(-1)).toBe('next');
    expect(parse(text + following).declarations.length).toBe(2);
  });
  test('words of kinds are names elsewhere', () => {
    const text =
      'table a =\n  from source as s, model m\n  join test t on s.key = t.type\n  |> select source, check, type from_type,\n  target\n';
    expect(parse(text).declarations.length).toBe(1);
    expect(codesOf(text)).toEqual([]);
  });
});

describe('limits', () => {
  const nested = (open: string, inner: string, close: string, count: number) =>
    `table t = from a |> where ${open.repeat(count)}${inner}${close.repeat(count)}\n\ntable u = from b`;
  test.each([
    ['(', '1', ')'],
    ['[', '1', ']'],
    ['{ a: ', '1', ' }'],
    ['case when ', '1', ' then 1 end'],
    ['not ', 'a', ''],
    ['- ', 'a', ''],
    ['exists (from b |> where ', 'c', ')'],
    ['f(', '1', ')'],
    ['a[', '1', ']'],
    ['(select 1 from b where ', 'c', ')'],
    ['cast(', '1', ' as int64)'],
    ['x in (', '1', ')'],
    ['(from ', 'a', ')'],
  ])('2,000 nested %s', (open, inner, close) => {
    const { declarations, diagnostics } = parse(nested(open, inner, close, 2000));
    expect(declarations.length).toBe(2);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain('nesting-too-deep');
    expect(diagnostics.length).toBeLessThan(5);
    expect(codesOf(nested(open, inner, close, 40))).toEqual([]);
  });
  test('2,000 nested subqueries and types', () => {
    expect(codesOf(`table t = ${'from ('.repeat(2000)}from a${')'.repeat(2000)}`)).toContain('nesting-too-deep');
    expect(codesOf(`type T { a: ${'list<'.repeat(2000)}int64${'>'.repeat(2000)} }`)).toContain('nesting-too-deep');
  });
  test('long chains are bounded', () => {
    expect(codesOf(`table t = from a |> where ${'a + '.repeat(900)}a`)).toEqual([]);
    expect(codesOf(`table t = from a |> where ${'a + '.repeat(100_000)}a`)).toEqual(['expression-too-long']);
    expect(codesOf(`table t = from a |> where x${'[1]'.repeat(100_000)}`).length).toBeGreaterThan(0);
  });
  test('many stages and items are not', () => {
    const { declarations, diagnostics } = parse(`table t = from a${'\n|> where a in (1, 2)'.repeat(100_000)}`);
    expect(diagnostics).toEqual([]);
    let nodes = 0;
    walk(declarations[0]!, () => nodes++);
    expect(nodes).toBeGreaterThan(400_000);
    expect(codesOf(`table t = from a |> where a in (${'1, '.repeat(100_000)}2)`)).toEqual([]);
  });
});

test('every row of the code table gives its code, and its mend does not', () => {
  for (const [name, row] of Object.entries(syntaxCodes)) {
    expect(codesOf(row.example.wrong), name).toContain(name);
    if (row.example.right !== null) expect(codesOf(row.example.right), `${name}, mended`).toEqual([]);
  }
  expect(Object.keys(codes)).toEqual(expect.arrayContaining(Object.keys(syntaxCodes)));
});

test('fixes mend what they say', () => {
  const file = new SourceFile(
    'main.pipe',
    'table a =\n  from b\n  where c == 1 && d != 2\n  |> select ‘x’ as x,, größe, b as end\n',
  );
  const fixed = applySafeFixes(file, parseFile(file).diagnostics);
  expect(fixed).toBe("table a =\n  from b\n  |> where c = 1 and d != 2\n  |> select 'x' as x, `größe`, b as `end`\n");
  expect(codesOf(fixed)).toEqual([]);
});

test('odd characters are reported and passed over', () => {
  expect(codesOf('table a = from b\u200B')).toEqual(['invisible-character']);
  expect(codesOf('table a = from b // \u202E evil')).toEqual(['invisible-character']);
  expect(codesOf('table a = from b |> where c = \0 1')).toEqual(['invisible-character']);
  expect(codesOf("table a = from b |> where c = '\uD800'")).toEqual(['invisible-character']);
  expect(codesOf('table\u00A0a = from b')).toEqual([]);
});
