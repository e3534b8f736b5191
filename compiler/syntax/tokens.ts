/**
 * The words and signs of the language, in one table. The lexer, the grammar, the TextMate grammar and keyword
 * completion come from here, so that a word is spelt once.
 */

import type { TokenType } from 'chevrotain';
import { createToken, Lexer } from 'chevrotain';
import type { IntervalUnit } from './ast.ts';

/** What a word is to the reader; editors colour and complete by it. */
export type WordCategory = 'header' | 'operator' | 'literal' | 'clause' | 'stage' | 'check' | 'kind' | 'type';

export interface Word {
  readonly text: string;
  readonly category: WordCategory;
  /** A reserved word is never a name without back-ticks; any other is a keyword only where context.ts says so. */
  readonly reserved: boolean;
}

const reservedWords: Record<string, WordCategory> = {
  of: 'header',
  for: 'header',
  on: 'header',
  from: 'header',
  in: 'header',
  and: 'operator',
  or: 'operator',
  not: 'operator',
  is: 'operator',
  like: 'operator',
  ilike: 'operator',
  between: 'operator',
  exists: 'operator',
  distinct: 'operator',
  null: 'literal',
  true: 'literal',
  false: 'literal',
  case: 'clause',
  when: 'clause',
  then: 'clause',
  else: 'clause',
  end: 'clause',
  as: 'clause',
  using: 'clause',
  select: 'stage',
  where: 'stage',
  join: 'stage',
  with: 'stage',
};

/** Stages that start with a word of their own; the reserved ones and the kinds of join come besides. */
export const stageWords = [
  'extend',
  'set',
  'drop',
  'rename',
  'aggregate',
  'order',
  'limit',
  'union',
  'intersect',
  'except',
  'pivot',
  'unpivot',
  'unnest',
  'call',
  'assert',
] as const;
export const joinWords = ['inner', 'left', 'right', 'full', 'cross', 'semi', 'anti'] as const;
/** Words of a clause that may be names elsewhere. */
export const clauseWords = [
  'by',
  'group',
  'partition',
  'asc',
  'desc',
  'nulls',
  'first',
  'last',
  'respect',
  'ignore',
  'over',
  'window',
  'filter',
  'rows',
  'range',
  'groups',
  'unbounded',
  'preceding',
  'following',
  'current',
  'row',
  'outer',
  'asof',
  'replace',
  'all',
  'offset',
  'having',
  'values',
  'interval',
  'cast',
  'try_cast',
  'safe_cast',
  'extract',
  'at',
  'time',
  'zone',
  'grouping',
  'sets',
  'rollup',
  'cube',
  'name',
] as const;
/** What an interval counts, in the singular and the plural. */
export const intervalUnits: ReadonlyMap<string, IntervalUnit> = new Map(
  (['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const).flatMap((unit) => [
    [unit, unit] as const,
    [`${unit}s`, unit] as const,
  ]),
);
/** How a length of time counts it; a quarter has no unit of its own. */
export const durationOf: ReadonlyMap<IntervalUnit, UnitWord> = new Map([
  ['millisecond', 'ms'],
  ['second', 's'],
  ['minute', 'm'],
  ['hour', 'h'],
  ['day', 'd'],
  ['week', 'w'],
  ['month', 'mo'],
  ['year', 'y'],
]);
/** Words of a body's clauses that may be names elsewhere. */
export const checkWords = ['checks', 'expect', 'fresh', 'within', 'mostly', 'warn', 'error', 'given'] as const;
/** Kinds of declaration. Any other word in a declaration's shape at column 1 makes a declaration too. */
export const kindWords = [
  'project',
  'target',
  'enum',
  'type',
  'connection',
  'source',
  'store',
  'table',
  'view',
  'exposure',
  'job',
  'pool',
  'blackout',
  'notify',
  'test',
  'fn',
  'step',
  'check',
  'grant',
  'subject',
  'entity',
  'dimension',
  'fact',
  'bridge',
  'junk',
  'hub',
  'link',
  'satellite',
  'pit',
  'hashing',
  'anchor',
  'attribute',
  'tie',
  'knot',
  'features',
  'training_set',
  'model',
  'serve',
  'monitor',
  'experiment',
] as const;
export const typeWords = [
  'bool',
  'int64',
  'float64',
  'decimal',
  'string',
  'bytes',
  'date',
  'timestamp',
  'uuid',
  'json',
  'list',
] as const;

const contextual = (texts: readonly string[], category: WordCategory): Word[] =>
  texts.map((text) => ({ text, category, reserved: false }));

export const words: readonly Word[] = [
  ...Object.entries(reservedWords).map(([text, category]) => ({ text, category, reserved: true })),
  ...contextual(stageWords, 'stage'),
  ...contextual(joinWords, 'stage'),
  ...contextual(clauseWords, 'clause'),
  ...contextual(checkWords, 'check'),
  ...contextual(kindWords, 'kind'),
  ...contextual(typeWords, 'type'),
];
export type UnitWord = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'mo' | 'y';
export const durationUnits: readonly UnitWord[] = ['ms', 's', 'm', 'h', 'd', 'w', 'mo', 'y'];

/** Makes a terminal of the grammar; `label` is how messages name it. */
function terminal(name: string, label: string): TokenType {
  return createToken({ name, label, pattern: Lexer.NA });
}
const keyword = (text: string): TokenType => terminal(text[0]!.toUpperCase() + text.slice(1), `\`${text}\``);

/** The terminals of the grammar. Words that mean several things have one terminal a meaning, chosen by context.ts. */
export const t = {
  Identifier: terminal('Identifier', 'a name'),
  /** A word before a colon, inside brackets: a property, a field, a named argument. */
  Key: terminal('Key', 'a property'),
  /** The first word of a declaration. */
  Kind: terminal('Kind', 'a declaration'),
  Number: terminal('Number', 'a number'),
  String: terminal('String', 'a string'),
  Duration: terminal('Duration', 'a duration'),
  SqlText: terminal('SqlText', 'sql"""…"""'),

  LParen: terminal('LParen', '`(`'),
  /** `(` before `from`, `with` or `select`. */
  QueryParen: terminal('QueryParen', '`(`'),
  RParen: terminal('RParen', '`)`'),
  LBracket: terminal('LBracket', '`[`'),
  RBracket: terminal('RBracket', '`]`'),
  LBrace: terminal('LBrace', '`{`'),
  TypeBrace: terminal('TypeBrace', '`{`'),
  EnumBrace: terminal('EnumBrace', '`{`'),
  ChecksBrace: terminal('ChecksBrace', '`{`'),
  TestBrace: terminal('TestBrace', '`{`'),
  RBrace: terminal('RBrace', '`}`'),
  /** `<` and `>` of `list<…>`. */
  TypeOpen: terminal('TypeOpen', '`<`'),
  TypeClose: terminal('TypeClose', '`>`'),
  Comma: terminal('Comma', '`,`'),
  Dot: terminal('Dot', '`.`'),
  Colon: terminal('Colon', '`:`'),
  Semicolon: terminal('Semicolon', '`;`'),
  At: terminal('At', '`@`'),
  Question: terminal('Question', '`?`'),
  Pipe: terminal('Pipe', '`|>`'),
  Equals: terminal('Equals', '`=`'),
  Compare: terminal('Compare', 'a comparison'),
  Concat: terminal('Concat', '`||`'),
  Sign: terminal('Sign', '`+` or `-`'),
  /** `*` as all columns. */
  Star: terminal('Star', '`*`'),
  Multiply: terminal('Multiply', '`*`, `/` or `%`'),

  Of: keyword('of'),
  For: keyword('for'),
  On: keyword('on'),
  From: keyword('from'),
  In: keyword('in'),
  And: keyword('and'),
  Or: keyword('or'),
  Not: keyword('not'),
  Is: keyword('is'),
  Like: keyword('like'),
  Ilike: keyword('ilike'),
  Between: keyword('between'),
  Exists: keyword('exists'),
  Distinct: keyword('distinct'),
  Null: keyword('null'),
  True: keyword('true'),
  False: keyword('false'),
  Case: keyword('case'),
  When: keyword('when'),
  Then: keyword('then'),
  Else: keyword('else'),
  End: keyword('end'),
  As: keyword('as'),
  Using: keyword('using'),
  Select: keyword('select'),
  Where: keyword('where'),
  Join: keyword('join'),
  With: keyword('with'),

  Extend: keyword('extend'),
  Set: keyword('set'),
  Drop: keyword('drop'),
  Rename: keyword('rename'),
  Aggregate: keyword('aggregate'),
  Limit: keyword('limit'),
  Union: keyword('union'),
  Intersect: keyword('intersect'),
  Except: keyword('except'),
  Pivot: keyword('pivot'),
  Unpivot: keyword('unpivot'),
  Unnest: keyword('unnest'),
  Call: keyword('call'),
  Assert: keyword('assert'),
  JoinKind: terminal('JoinKind', '`join`'),
  Outer: keyword('outer'),
  Asof: keyword('asof'),

  Order: keyword('order'),
  Group: keyword('group'),
  Partition: keyword('partition'),
  By: keyword('by'),
  Asc: keyword('asc'),
  Desc: keyword('desc'),
  Nulls: keyword('nulls'),
  First: keyword('first'),
  Last: keyword('last'),
  NullTreatment: terminal('NullTreatment', '`respect` or `ignore`'),
  Over: keyword('over'),
  Window: keyword('window'),
  Filter: keyword('filter'),
  FrameUnit: terminal('FrameUnit', '`rows`, `range` or `groups`'),
  Unbounded: keyword('unbounded'),
  Preceding: keyword('preceding'),
  Following: keyword('following'),
  Current: keyword('current'),
  Row: keyword('row'),
  StarExcept: terminal('StarExcept', '`except`'),
  StarReplace: terminal('StarReplace', '`replace`'),
  All: keyword('all'),
  Offset: keyword('offset'),
  Having: keyword('having'),
  Values: keyword('values'),
  DateWord: terminal('DateWord', '`date` or `timestamp`'),
  Interval: keyword('interval'),
  Cast: keyword('cast'),
  Extract: keyword('extract'),
  AtTime: terminal('AtTime', '`at time zone`'),
  Time: keyword('time'),
  Zone: keyword('zone'),
  Grouping: keyword('grouping'),
  Sets: keyword('sets'),
  Rollup: terminal('Rollup', '`rollup` or `cube`'),
  Foreign: terminal('Foreign', 'an operator'),
  ByName: terminal('ByName', '`name`'),
  Checks: keyword('checks'),
  Expect: keyword('expect'),
  RowsCheck: terminal('RowsCheck', '`rows`'),
  Fresh: keyword('fresh'),
  Within: keyword('within'),
  Mostly: keyword('mostly'),
  Severity: terminal('Severity', '`warn` or `error`'),
  Given: keyword('given'),
} as const satisfies Record<string, TokenType>;

/** Number of a terminal, by which tokens and lookahead tables go. */
export const idOf = (type: TokenType): number => type.tokenTypeIdx as number;

/** Terminal of each reserved word. */
export const reservedTypes: ReadonlyMap<string, TokenType> = new Map(
  Object.keys(reservedWords).map((text) => [text, t[(text[0]!.toUpperCase() + text.slice(1)) as keyof typeof t]]),
);
/** Terminal of each contextual word that may stand after `|>`. */
export const stageTypes: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ...stageWords.map((text): [string, TokenType] => [
    text,
    t[(text[0]!.toUpperCase() + text.slice(1)) as keyof typeof t],
  ]),
  ...joinWords.map((text): [string, TokenType] => [text, t.JoinKind]),
  ['asof', t.Asof],
]);

/** One token. Chevrotain asks for `tokenTypeIdx` only; the rest is ours, and small, as a file has many. */
export interface Token {
  tokenTypeIdx: number;
  readonly start: number;
  readonly end: number;
  /** The text of a name without back-ticks, of a keyword or sign as written. */
  readonly image: string;
  /** Lower-case text where it is a word of the table (never with back-ticks), else ''. */
  readonly word: string;
  /** First on its line. */
  readonly first: boolean;
  /** At the very start of its line, where declarations are. */
  readonly columnOne: boolean;
}
