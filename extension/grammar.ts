/**
 * The TextMate grammar, made from the table of words (compiler/syntax/tokens.ts). It colours a file before the language
 * server has read it, and wherever no server runs: on a code host, in Markdown, in a preview. Where a contextual word is
 * a keyword is said here once more, in the little that regular expressions see: the words around it on its line. What a
 * name means, a column or a dataset, is left to the server's semantic tokens.
 */
import {
  type checkWords,
  type clauseWords,
  durationUnits,
  intervalUnits,
  joinWords,
  kindWords,
  stageWords,
  typeWords,
  words,
} from '../compiler/syntax/tokens.ts';

interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly contentName?: string;
  readonly captures?: Captures;
  readonly beginCaptures?: Captures;
  readonly endCaptures?: Captures;
  readonly patterns?: readonly (Rule | Include)[];
}
interface Include {
  readonly include: string;
}
type Captures = Readonly<
  Record<string, { readonly name: string } | { readonly patterns: readonly (Rule | Include)[] }>
>;

export interface Grammar {
  readonly name: string;
  readonly scopeName: string;
  readonly patterns: readonly (Rule | Include)[];
  readonly repository: Readonly<Record<string, Rule>>;
}

const oneOf = (texts: Iterable<string>) => [...texts].join('|');
const word = '[A-Za-z_][A-Za-z0-9_]*';
const identifier = `(?:${word}|\`[^\`\\n]+\`)`;
/** `dwh.core.orders`. */
const path = `${identifier}(?:\\.${identifier})*`;
/** Built-in types, and lists of them. */
const types = oneOf(typeWords);
const joins = oneOf(joinWords);
/** A word is a name after a dot or `@`, and a property before one colon. */
const alone = (texts: string) => `(?i)(?<![.@\\w])(?:${texts})(?![\\w.]|[ \\t]*:(?!:))`;
/** What ends an operand: after it a clause may follow. */
const ended = '(?<=[\\w)\\]\'"`*?][ \\t]|^[ \\t]|^)(?<!not |and |or |where )';

/**
 * Where each contextual word of a clause is a keyword: a regular expression of the word with what stands around it, as
 * compiler/syntax/context.ts tells it from the tokens.
 */
const clauses: Readonly<Record<(typeof clauseWords)[number], string>> = {
  by: '(?<=order |group |partition |all |distinct )by(?!\\w)',
  group: 'group(?=\\s+(?:by|and\\s+order\\s+by)\\b)',
  partition: 'partition(?=\\s+by\\b)',
  asc: `${ended}asc(?=\\s*(?:$|[,)}\\]]|nulls\\b|limit\\b|rows\\b|range\\b|groups\\b|group\\b|//|--|#|/\\*|\\|>))`,
  desc: `${ended}desc(?=\\s*(?:$|[,)}\\]]|nulls\\b|limit\\b|rows\\b|range\\b|groups\\b|group\\b|//|--|#|/\\*|\\|>))`,
  nulls: 'nulls(?=\\s+(?:first|last)\\b)|(?<=respect |ignore )nulls\\b',
  first: '(?<=nulls )first\\b',
  last: '(?<=nulls )last\\b',
  respect: 'respect(?=\\s+nulls\\b)',
  ignore: 'ignore(?=\\s+nulls\\b)',
  over: '(?<=\\)|\\) |nulls )over(?=\\s*\\(|\\s+\\w)',
  window: `window(?=\\s+${word}\\s+as\\b)`,
  filter: '(?<=\\)|\\) )filter(?=\\s*\\(\\s*where\\b)',
  rows: 'rows(?=\\s+(?:between\\b|\\d|unbounded\\b|current\\b))|(?<=[{,] |^ {2}|^ {4}|^ {6})rows(?=\\s*[<>=])',
  range: 'range(?=\\s+(?:between\\b|\\d|unbounded\\b|current\\b))',
  groups: 'groups(?=\\s+(?:between\\b|\\d|unbounded\\b|current\\b))',
  unbounded: 'unbounded(?=\\s+(?:preceding|following)\\b)',
  preceding: '(?<=unbounded |[\\w)] )preceding\\b(?=\\s*(?:and\\b|\\)|$))',
  following: '(?<=unbounded |[\\w)] )following\\b(?=\\s*(?:and\\b|\\)|$))',
  current: 'current(?=\\s+row\\b)',
  row: '(?<=current )row\\b',
  outer: '(?<=left |right |full )outer\\b',
  asof: 'asof(?=\\s+join\\b)',
  replace: '(?<=\\*|\\* |\\) )replace(?=\\s*\\()',
  all: '(?<=union |intersect |except )all\\b',
  offset: `(?<=\\d )offset(?=\\s+\\d)`,
  having: `${ended}having(?=\\s+[\\w(])`,
  values: '(?<![\\w)] )values(?=\\s*[\\[(])|(?<=from |= )values(?=\\s*[\\[(])',
  interval: `interval(?=\\s*(?:['"0-9(]|-\\s*\\d|${path}\\s+(?:${oneOf(intervalUnits.keys())})\\b))`,
  cast: 'cast(?=\\s*\\()',
  try_cast: 'try_cast(?=\\s*\\()',
  safe_cast: 'safe_cast(?=\\s*\\()',
  extract: 'extract(?=\\s*\\(\\s*\\w+\\s+from\\b)',
  at: `${ended}at(?=\\s+time\\s+zone\\b)`,
  time: '(?<=at )time(?=\\s+zone\\b)',
  zone: '(?<=at time )zone\\b',
  grouping: 'grouping(?=\\s+sets\\b)',
  sets: '(?<=grouping )sets\\b',
  rollup: '(?<=by |, )rollup(?=\\s*\\()',
  cube: '(?<=by |, )cube(?=\\s*\\()',
  name: '(?<=all by |distinct by )name\\b',
};

/** The same for the clauses that stand one a line in a body. */
const checks: Readonly<Record<(typeof checkWords)[number], string>> = {
  checks: 'checks(?=\\s*\\{)',
  expect: '(?:(?<=^|[{,;])|(?<=^\\s)|(?<=\\s))expect(?=\\s+(?![:,}=]|as\\b)\\S|\\s*=)',
  fresh: 'fresh(?=\\s+within\\b)',
  within: '(?<=fresh )within\\b',
  mostly: `${ended}mostly(?=\\s+[\\d.])`,
  warn: `${ended}warn(?=\\s*(?:$|[,}]|mostly\\b|//|--|#))`,
  error: `${ended}error(?=\\s*(?:$|[,}]|mostly\\b|//|--|#))`,
  given: `given(?=\\s+${path}\\s*=)`,
};

const contextual = (rules: Readonly<Record<string, string>>, name: string): Rule[] =>
  Object.values(rules).map((rule) => ({ name, match: `(?i)(?<![.@\\w])(?:${rule})` }));

/** Reserved words of some categories, which are keywords wherever no dot or colon makes them a name. */
const reserved = (...categories: readonly string[]) =>
  alone(oneOf(words.filter((one) => one.reserved && categories.includes(one.category)).map((one) => one.text)));

/** A quoted text whose inside `patterns` may colour; it ends with its line at the latest. */
const quoted = (quote: string, name: string): Rule => ({
  name,
  begin: quote,
  end: `${quote}${quote === "'" ? "(?!')" : ''}|$`,
  beginCaptures: { 0: { name: 'punctuation.definition.string.begin.pipe' } },
  endCaptures: { 0: { name: 'punctuation.definition.string.end.pipe' } },
  patterns: [
    { name: 'constant.character.escape.pipe', match: `\\\\(?:u\\{[0-9A-Fa-f]+\\}|.)${quote === "'" ? "|''" : ''}` },
  ],
});

const raw = (quote: string, end: string, name: string): Rule => ({
  name,
  begin: `(?<!\\w)([rR]?)(${quote})`,
  end,
  beginCaptures: { 1: { name: 'storage.type.string.pipe' }, 2: { name: 'punctuation.definition.string.begin.pipe' } },
  endCaptures: { 0: { name: 'punctuation.definition.string.end.pipe' } },
});

const lineComment = (sign: string, name: string): Rule => ({
  name,
  begin: `(${sign})`,
  end: '$',
  beginCaptures: { 1: { name: 'punctuation.definition.comment.pipe' } },
});

/** A type where one may stand, after a colon, `<` or `as`: its own words are built in, any other is the user's. */
const aType: Rule = {
  match: `(?i)(?<=[:<]|as)(\\s*)(?:(${types})|(${identifier}))(?![\\w.(])|(?<=[:<]|as)(\\s*)(decimal)(?=\\s*\\()`,
  captures: {
    2: { name: 'support.type.primitive.pipe' },
    3: { name: 'entity.name.type.pipe' },
    5: { name: 'support.type.primitive.pipe' },
  },
};

const balanced = (open: string, close: string): Rule => ({
  begin: open,
  end: close,
  patterns: [{ include: '$self' }],
});

/** The whole grammar, as plain data. */
export function textMateGrammar(): Grammar {
  const kinds = oneOf(kindWords);
  return {
    name: 'Pipe',
    scopeName: 'source.pipe',
    patterns: [
      { include: '#comments' },
      { include: '#strings' },
      { include: '#declarations' },
      { include: '#casts' },
      { include: '#stages' },
      { include: '#decorators' },
      { include: '#properties' },
      { include: '#types' },
      { include: '#keywords' },
      { include: '#numbers' },
      { include: '#functions' },
      { include: '#operators' },
      { include: '#names' },
    ],
    repository: {
      comments: {
        patterns: [
          lineComment('///(?!/)', 'comment.line.documentation.pipe'),
          lineComment('//', 'comment.line.double-slash.pipe'),
          lineComment('--', 'comment.line.double-dash.pipe'),
          lineComment('#', 'comment.line.number-sign.pipe'),
          {
            name: 'comment.block.pipe',
            begin: '/\\*',
            end: '\\*/',
            captures: { 0: { name: 'punctuation.definition.comment.pipe' } },
          },
        ],
      },
      strings: {
        patterns: [
          {
            begin: '(?<!\\w)(sql)(""")',
            end: '"""',
            contentName: 'meta.embedded.block.sql',
            beginCaptures: {
              1: { name: 'storage.type.string.pipe' },
              2: { name: 'punctuation.definition.string.begin.pipe' },
            },
            endCaptures: { 0: { name: 'punctuation.definition.string.end.pipe' } },
            patterns: [{ include: 'source.sql' }],
          },
          raw('"""', '"""', 'string.quoted.triple.pipe'),
          { ...raw("'", "'|$", 'string.quoted.single.raw.pipe'), begin: "(?<!\\w)([rR])(')" },
          { ...raw('"', '"|$', 'string.quoted.double.raw.pipe'), begin: '(?<!\\w)([rR])(")' },
          quoted("'", 'string.quoted.single.pipe'),
          quoted('"', 'string.quoted.double.pipe'),
        ],
      },
      declarations: {
        patterns: [
          // Columns of a type: what follows a colon there is a type, also one of the project's own.
          {
            begin: `^[ \\t]*(type)[ \\t]+(${identifier})[ \\t]*(?=\\{)`,
            end: '(?<=\\})',
            beginCaptures: { 1: { name: 'storage.type.kind.pipe' }, 2: { name: 'entity.name.type.pipe' } },
            patterns: [
              {
                begin: '\\{',
                end: '\\}',
                patterns: [
                  {
                    match: `(${identifier})\\s*(:)`,
                    captures: {
                      1: { name: 'variable.other.member.pipe' },
                      2: { name: 'punctuation.separator.type.pipe' },
                    },
                  },
                  aType,
                  { include: '$self' },
                ],
              },
            ],
          },
          {
            begin: `^[ \\t]*(enum)[ \\t]+(${identifier})[ \\t]*(?=\\{)`,
            end: '(?<=\\})',
            beginCaptures: { 1: { name: 'storage.type.kind.pipe' }, 2: { name: 'entity.name.type.pipe' } },
            patterns: [
              {
                begin: '\\{',
                end: '\\}',
                patterns: [
                  { include: '#comments' },
                  { include: '#strings' },
                  { name: 'variable.other.enummember.pipe', match: identifier },
                ],
              },
            ],
          },
          {
            begin: `^[ \\t]*(fn)[ \\t]+(${identifier})[ \\t]*(\\()`,
            end: '\\)',
            beginCaptures: { 1: { name: 'storage.type.kind.pipe' }, 2: { name: 'entity.name.function.pipe' } },
            patterns: [
              {
                match: `(${identifier})\\s*(:)`,
                captures: { 1: { name: 'variable.parameter.pipe' }, 2: { name: 'punctuation.separator.type.pipe' } },
              },
              aType,
              balanced('\\(', '\\)'),
              { include: '$self' },
            ],
          },
          // `source orders : Order from …`: the name, and the type that follows it.
          {
            match: `^[ \\t]*(${kinds})[ \\t]+(?!(?:of|for|on|from|in)\\b)(${identifier})[ \\t]*(:)[ \\t]*(?:(${types})\\b|(${identifier}))`,
            captures: {
              1: { name: 'storage.type.kind.pipe' },
              2: { name: 'entity.name.type.pipe' },
              3: { name: 'punctuation.separator.type.pipe' },
              4: { name: 'support.type.primitive.pipe' },
              5: { name: 'entity.name.type.pipe' },
            },
          },
          {
            match: `^[ \\t]*(${kinds})[ \\t]+(?!(?:of|for|on|from|in)\\b)(${identifier})(?=[ \\t]*(?:[={(]|(?:of|for|on|from|in)\\b|$|//|--))`,
            captures: { 1: { name: 'storage.type.kind.pipe' }, 2: { name: 'entity.name.type.pipe' } },
          },
          // `test of orders { … }` names nothing itself; `on x` and `for x` name what a declaration is about.
          {
            match: `^[ \\t]*(${kinds})(?=[ \\t]+(?:of|for|on|from|in)\\b)`,
            captures: { 1: { name: 'storage.type.kind.pipe' } },
          },
          {
            match: `(?i)(?<![.@\\w])(of|for)[ \\t]+(${path})(?=[ \\t]*(?:[{=]|in\\b|on\\b|from\\b|$))`,
            captures: { 1: { name: 'keyword.other.header.pipe' }, 2: { name: 'entity.name.type.dataset.pipe' } },
          },
        ],
      },
      /** A word after `as` is a type in a cast, and a new name anywhere else. */
      casts: {
        begin: '(?i)(?<![.@\\w])((?:try_|safe_)?cast)[ \\t]*(?=\\()',
        end: '(?<=\\))',
        beginCaptures: { 1: { name: 'keyword.other.clause.pipe' } },
        patterns: [
          {
            begin: '\\(',
            end: '\\)',
            patterns: [
              {
                match: `(?i)(?<![.@\\w])(as)[ \\t]+(${types})\\b`,
                captures: { 1: { name: 'keyword.other.clause.pipe' }, 2: { name: 'support.type.primitive.pipe' } },
              },
              balanced('\\(', '\\)'),
              { include: '$self' },
            ],
          },
        ],
      },
      stages: {
        patterns: [
          {
            match: `(?i)(\\|>)[ \\t]*(${oneOf([...stageWords, 'select', 'where', 'with', 'as', 'distinct'])})?(?![\\w.])`,
            captures: { 1: { name: 'keyword.operator.pipe.pipe' }, 2: { name: 'keyword.control.stage.pipe' } },
          },
          {
            match: `(?i)(?<![.@\\w])((?:(?:${joins}|outer|asof)[ \\t]+)*join)[ \\t]+(${path})(?![\\w.]|[ \\t]*\\()`,
            captures: { 1: { name: 'keyword.control.stage.pipe' }, 2: { name: 'entity.name.type.dataset.pipe' } },
          },
          {
            match: `(?i)(?<![.@\\w])(?:${joins}|asof)(?=[ \\t]+(?:(?:outer|asof|semi|anti)[ \\t]+)*join\\b)`,
            name: 'keyword.control.stage.pipe',
          },
          {
            match: `(?i)(?<![.@\\w])extract(?=\\s*\\(\\s*${word}\\s+from\\b)`,
            name: 'keyword.other.clause.pipe',
          },
          {
            match: `(?i)(?<=\\()(\\s*)(${oneOf([...intervalUnits.keys(), 'dow', 'doy', 'isodow', 'isoyear', 'epoch'])})\\s+(from)\\b`,
            captures: { 2: { name: 'support.constant.unit.pipe' }, 3: { name: 'keyword.other.clause.pipe' } },
          },
          {
            match: `(?i)(?<![.@\\w])(from)[ \\t]+(?!values\\b)(?<!distinct from )(${path})(?![\\w.]|[ \\t]*\\()`,
            captures: { 1: { name: 'keyword.control.stage.pipe' }, 2: { name: 'entity.name.type.dataset.pipe' } },
          },
          { match: reserved('stage'), name: 'keyword.control.stage.pipe' },
          {
            match: `(?i)(?<![.@\\w])(?:union|intersect|except)(?=\\s+(?:all|distinct|select)\\b|\\s*\\(\\s*(?:from|select|with)\\b)`,
            name: 'keyword.control.stage.pipe',
          },
          { match: '(?i)(?<=\\*|\\* |\\) )except(?=\\s*\\()', name: 'keyword.other.clause.pipe' },
          { match: `(?i)(?<![.@\\w])order(?=\\s+by\\b)`, name: 'keyword.control.stage.pipe' },
          { match: `(?i)(?<=[\\w)\\]'"] )limit(?=\\s+\\d)`, name: 'keyword.control.stage.pipe' },
        ],
      },
      decorators: {
        match: `(@)(${word})`,
        captures: {
          1: { name: 'punctuation.definition.decorator.pipe' },
          2: { name: 'entity.name.function.decorator.pipe' },
        },
      },
      properties: {
        match: `(${identifier})[ \\t]*(:)(?!:)`,
        captures: {
          1: { name: 'support.type.property-name.pipe' },
          2: { name: 'punctuation.separator.key-value.pipe' },
        },
      },
      types: {
        patterns: [
          {
            match: '(?i)(?<![.@\\w])(?:date|timestamp)(?=[ \\t]*[\'"])',
            name: 'support.type.primitive.pipe',
          },
          {
            match: `(?i)(?<=<)(${types})(?=[ \\t]*[>(?<])|(?<![.@\\w])(list)(?=<)`,
            name: 'support.type.primitive.pipe',
          },
        ],
      },
      keywords: {
        patterns: [
          { match: reserved('header'), name: 'keyword.other.header.pipe' },
          { match: reserved('operator'), name: 'keyword.operator.logical.pipe' },
          { match: reserved('literal'), name: 'constant.language.pipe' },
          { match: reserved('clause'), name: 'keyword.other.clause.pipe' },
          ...contextual(clauses, 'keyword.other.clause.pipe'),
          ...contextual(checks, 'keyword.other.check.pipe'),
        ],
      },
      numbers: {
        patterns: [
          { name: 'constant.numeric.duration.pipe', match: `\\b\\d[\\d_]*(?:${oneOf(durationUnits)})\\b` },
          {
            name: 'constant.numeric.pipe',
            match: '(?<![\\w.])(?:\\d[\\d_]*(?:\\.\\d[\\d_]*)?|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?\\b',
          },
        ],
      },
      functions: {
        match: `(?<![@\\w])(${word})(?=[ \\t]*\\()`,
        captures: { 1: { name: 'entity.name.function.call.pipe' } },
      },
      operators: {
        patterns: [
          { name: 'keyword.operator.comparison.pipe', match: '<>|!=|<=|>=|<|>' },
          { name: 'keyword.operator.assignment.pipe', match: '=' },
          { name: 'keyword.operator.arithmetic.pipe', match: '\\|\\||[-+*/%]' },
          { name: 'keyword.operator.nullable.pipe', match: '\\?' },
          { name: 'punctuation.separator.pipe', match: '[,;]' },
          { name: 'punctuation.accessor.pipe', match: '\\.' },
        ],
      },
      names: {
        patterns: [
          { name: 'variable.other.quoted.pipe', match: '`[^`\\n]*`' },
          { match: word, name: 'variable.other.pipe' },
        ],
      },
    },
  };
}

/** A fenced block in Markdown that says `pipe`. */
export const markdownGrammar = {
  scopeName: 'markdown.pipe.codeblock',
  injectionSelector: 'L:text.html.markdown',
  patterns: [{ include: '#fence' }],
  repository: {
    fence: {
      begin: '(^|\\G)(\\s*)(`{3,}|~{3,})\\s*(?i:(pipe)((\\s+|:|,|\\{|\\?)[^`]*)?$)',
      end: '(^|\\G)(\\2|\\s{0,3})(\\3)\\s*$',
      name: 'markup.fenced_code.block.markdown',
      beginCaptures: {
        3: { name: 'punctuation.definition.markdown' },
        4: { name: 'fenced_code.block.language.markdown' },
      },
      endCaptures: { 3: { name: 'punctuation.definition.markdown' } },
      patterns: [
        {
          begin: '(^|\\G)(\\s*)(.*)',
          while: '(^|\\G)(?!\\s*([`~]{3,})\\s*$)',
          contentName: 'meta.embedded.block.pipe',
          patterns: [{ include: 'source.pipe' }],
        },
      ],
    },
  },
};
