/**
 * Raw SQL as its engine's lexer takes it apart: quotes, comments and names. What it means is for its engine to say.
 */
import type { Span } from './source.ts';

export interface RawPart extends Span {
  readonly text: string;
}
/** `a.b.c` as written in raw SQL, quoted or not. Offsets are those of the text. */
export interface RawName extends Span {
  readonly parts: readonly RawPart[];
}

/** What an engine's lexer takes for one thing. Each is a pattern that reads to the end of the text where its own end is missing. */
interface Lexis {
  readonly comments: readonly RegExp[];
  readonly texts: readonly RegExp[];
  /** Names in quotes, each with what a quote is written as inside of them. */
  readonly quoted: readonly RegExp[];
  readonly unquote: (inner: string) => string;
}

const LINE = /--[^\n]*/;
/** Its end is looked for when it is found. */
const BLOCK = /\/\*/;
/** `$$…$$`, `$tag$…$tag$`. */
const DOLLARS = /\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?(?:\$\k<tag>\$|$)/;
/** `'it''s'`. */
const DOUBLED = /'(?:[^']|'')*(?:'|$)/;
/** `'it\'s'`, `'it''s'`. */
const ESCAPED = /'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)/;

const STANDARD: Lexis = {
  comments: [LINE, BLOCK],
  texts: [DOLLARS, new RegExp(`[eE]${ESCAPED.source}`), DOUBLED],
  quoted: [/"(?:[^"]|"")*(?:"|$)/],
  unquote: (inner) => inner.replaceAll('""', '"'),
};

const LEXES = {
  duckdb: STANDARD,
  postgres: STANDARD,
  clickhouse: {
    comments: [LINE, /#[!\s][^\n]*/, /\/\/[^\n]*/, BLOCK],
    texts: [DOLLARS, ESCAPED, /‘[^’]*(?:’|$)/],
    quoted: [/"(?:[^"\\]|\\[\s\S]|"")*(?:"|\\?$)/, /`(?:[^`\\]|\\[\s\S]|``)*(?:`|\\?$)/, /“[^”]*(?:”|$)/],
    unquote: (inner) => inner.replaceAll(/\\([\s\S])|""|``/g, (both, escaped?: string) => escaped ?? both.charAt(0)),
  },
} as const satisfies Readonly<Record<string, Lexis>>;

/** An engine whose SQL can be written. */
export type RawEngine = keyof typeof LEXES;

type TokenKind = 'comment' | 'text' | 'quoted' | 'word' | 'space' | 'other';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

const either = (patterns: readonly RegExp[]): string => patterns.map(({ source }) => source).join('|');

const patterns = Object.fromEntries(
  Object.entries<Lexis>(LEXES).map(([engine, { comments, texts, quoted }]) => [
    engine,
    `(?<comment>${either(comments)})|(?<text>${either(texts)})|(?<quoted>${either(quoted)})|(?<word>[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)|(?<space>\\s+)|(?<other>\\d[\\w.]*|[\\s\\S])`,
  ]),
);

function* tokensOf(sql: string, engine: RawEngine): Generator<Token, void, void> {
  const pattern = new RegExp(patterns[engine] ?? '', 'gu');
  for (let found = pattern.exec(sql); found !== null; found = pattern.exec(sql)) {
    const groups = found.groups ?? {};
    const kind = KINDS.find((each) => groups[each] !== undefined) ?? 'other';
    if (found[0].startsWith('/*')) pattern.lastIndex = commentEnd(sql, found.index);
    yield { kind, text: sql.slice(found.index, pattern.lastIndex), start: found.index };
  }
}

const KINDS: readonly TokenKind[] = ['comment', 'text', 'quoted', 'word', 'space', 'other'];

/** Where the block comment ends that begins at `start`: all of these engines let it hold others. */
function commentEnd(sql: string, start: number): number {
  let depth = 0;
  for (const { 0: mark, index } of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return start + index + mark.length;
  }
  return sql.length;
}

/** Names with their dots, in order. A name is never looked for in a literal or a comment. */
export function rawNames(sql: string, engine: RawEngine): readonly RawName[] {
  const names: RawName[] = [];
  let parts: RawPart[] = [];
  let afterDot = false;
  const close = (): void => {
    const [first] = parts;
    const last = parts.at(-1);
    if (first !== undefined && last !== undefined) names.push({ parts, start: first.start, end: last.end });
    parts = [];
    afterDot = false;
  };
  for (const { kind, text, start } of tokensOf(sql, engine)) {
    if (kind === 'word' || kind === 'quoted') {
      if (!afterDot) close();
      parts.push({ text: kind === 'word' ? text : unquoted(text, engine), start, end: start + text.length });
      afterDot = false;
    } else if (text === '.' && parts.length > 0 && !afterDot) afterDot = true;
    else if (kind !== 'space' && kind !== 'comment') close();
  }
  close();
  return names;
}

/** A name without its quotes. */
function unquoted(text: string, engine: RawEngine): string {
  const isClosed = text.length > 1 && /["`”]$/.test(text);
  return LEXES[engine].unquote(text.slice(1, isClosed ? -1 : undefined));
}

/**
 * Lines without the margin that all of them share, and without empty lines around them. A line that begins inside of a
 * literal keeps its blanks, as they are part of a value: it is told by `inside`.
 */
export function rawLines(
  sql: string,
  engine: RawEngine,
): readonly { readonly text: string; readonly inside: boolean }[] {
  const inside = new Set<number>();
  for (const { kind, text, start } of tokensOf(sql, engine)) {
    if (kind === 'space') continue;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) inside.add(start + at + 1);
  }
  let offset = 0;
  const lines = sql.split('\n').map((text) => {
    const line = { text, inside: inside.has(offset) };
    offset += text.length + 1;
    return line;
  });
  const isBlank = (line: { readonly text: string; readonly inside: boolean } | undefined): boolean =>
    line !== undefined && !line.inside && line.text.trim() === '';
  while (lines.length > 1 && isBlank(lines[0])) lines.shift();
  while (lines.length > 1 && isBlank(lines.at(-1))) lines.pop();
  const margins = lines
    .slice(sql.startsWith('\n') ? 0 : 1)
    .flatMap((line) => (line.inside || isBlank(line) ? [] : [line.text.length - line.text.trimStart().length]));
  const margin = Math.min(...margins, Number.MAX_SAFE_INTEGER);
  const cut = (text: string): string => text.slice(Math.min(margin, text.length - text.trimStart().length)).trimEnd();
  return lines.map((line) => (line.inside ? line : { ...line, text: cut(line.text) }));
}
