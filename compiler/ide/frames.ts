/**
 * What is being written at the cursor, from the tokens before it: which brackets are open, and what stands in each so far.
 * Texts that do not parse have tokens all the same.
 */
import { declarationRuns, operandEndings } from '../syntax/context.ts';
import { lex } from '../syntax/lexer.ts';
import { Reporter } from '../syntax/report.ts';
import { idOf, type Token, t } from '../syntax/tokens.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Stands where a name is being written, so that what is around it is read as it will be. */
const PLACEHOLDER = '__cursor';

export const id = Object.fromEntries(Object.entries(t).map(([name, type]) => [name, idOf(type)])) as {
  readonly [name in keyof typeof t]: number;
};

/** What stands in one bracket before the cursor; of brackets that were closed in it, only the signs. */
export interface Frame {
  /** Null of the declaration itself. */
  readonly opener: Token | null;
  readonly tokens: readonly Token[];
}

/** Offsets of tokens are those of `text`; `base` is where it begins in the file. */
export interface Writing {
  readonly file: string;
  /** The declaration at the cursor, with what follows it up to the next, and the placeholder in place of the word. */
  readonly text: string;
  readonly base: number;
  /** Of the placeholder. */
  readonly at: number;
  /** The word or text before the cursor, as far as it is written; offsets of the file. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Where the word ends behind the cursor. */
  readonly wordEnd: number;
  /** The quote of the text that the cursor is in, and whether it is closed; null where it is in none. */
  readonly quote: { readonly sign: string; readonly closed: boolean } | null;
  /** The cursor is in a name that began with a back-tick. */
  readonly ticked: boolean;
  /** The cursor is in a number. */
  readonly number: boolean;
  /** Outermost first; at least one. */
  readonly frames: readonly Frame[];
  /** The first word of its line, apart from spaces. */
  readonly first: boolean;
  /** At the very start of its line. */
  readonly columnOne: boolean;
  /** What follows the word. */
  readonly next: Token | null;
}

const isWordPart = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;

/** Null in comments and in texts of other languages. */
export function writingAt(workspace: Workspace, file: string, offset: number): Writing | null {
  if (!workspace.has(file)) return null;
  const whole = workspace.text(file);
  const { declarations } = workspace.parsed(file);
  const base = declarations.findLast(({ start }) => start < offset)?.start ?? 0;
  const until = declarations.find(({ start }) => start > offset)?.start ?? whole.length;
  const slice = whole.slice(base, until);
  const cursor = offset - base;
  const lexed = lex(slice, new Reporter(file));
  if (
    lexed.comments.some(({ kind, start, end }) => start < cursor && (kind === 'block' ? cursor < end : cursor <= end))
  )
    return null;
  const text = lexed.tokens.find(({ tokenTypeIdx, start, end }) => {
    if (tokenTypeIdx !== id.String && tokenTypeIdx !== id.SqlText) return false;
    return start < cursor && (cursor < end || (cursor === end && !isClosed(slice.slice(start, end))));
  });
  if (text !== undefined) return text.tokenTypeIdx === id.SqlText ? null : inText(file, base, slice, text, cursor);
  let from = cursor;
  while (from > 0 && isWordPart(slice.charCodeAt(from - 1))) from--;
  let to = cursor;
  while (to < slice.length && isWordPart(slice.charCodeAt(to))) to++;
  const ticked = slice[from - 1] === '`';
  const start = ticked ? from - 1 : from;
  const wordEnd = ticked && slice[to] === '`' ? to + 1 : to;
  return writing(file, base, slice, { start, cursor, wordEnd, shown: start }, null, ticked);
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const isClosed = (written: string): boolean => written.length > 1 && written.at(-1) === written[0];

/** Only plain texts of one line are completed. */
function inText(file: string, base: number, slice: string, { start, end }: Token, cursor: number): Writing | null {
  const written = slice.slice(start, end);
  const sign = written[0] ?? '';
  if ((sign !== "'" && sign !== '"') || written.startsWith('"""')) return null;
  const closed = isClosed(written);
  const place = { start, cursor, wordEnd: closed ? end - 1 : end, shown: start + 1 };
  return writing(file, base, slice, place, { sign, closed }, false);
}

function writing(
  file: string,
  base: number,
  slice: string,
  {
    start,
    cursor,
    wordEnd,
    shown,
  }: { readonly start: number; readonly cursor: number; readonly wordEnd: number; readonly shown: number },
  quote: Writing['quote'],
  ticked: boolean,
): Writing {
  const behind = quote?.closed === true ? wordEnd + 1 : wordEnd;
  const text = slice.slice(0, start) + PLACEHOLDER + slice.slice(behind);
  const runs = declarationRuns(lex(text, new Reporter(file)).tokens);
  const run = runs.find((tokens) => (tokens.at(-1)?.end ?? 0) > start) ?? [];
  const index = run.findIndex((token) => token.start >= start);
  const before = run.slice(0, index === -1 ? run.length : index);
  const next = index === -1 ? undefined : run[index + 1];
  const lineStart = slice.lastIndexOf('\n', start - 1) + 1;
  return {
    file,
    text,
    base,
    at: start,
    word: slice.slice(shown, cursor),
    start: base + shown,
    end: base + cursor,
    wordEnd: base + wordEnd,
    quote,
    ticked,
    number: quote === null && isDigit(slice.charCodeAt(shown)) && shown < wordEnd,
    frames: framesOf(before),
    first: slice.slice(lineStart, start).trim() === '',
    columnOne: lineStart === start,
    next: next === undefined || next.start === next.end ? null : next,
  };
}

const openers = new Set([
  id.LParen,
  id.QueryParen,
  id.LBracket,
  id.LBrace,
  id.TypeBrace,
  id.EnumBrace,
  id.ChecksBrace,
  id.TestBrace,
]);
const closerOf = (opener: number): number =>
  opener === id.LParen || opener === id.QueryParen ? id.RParen : opener === id.LBracket ? id.RBracket : id.RBrace;
const closers = new Set([id.RParen, id.RBracket, id.RBrace]);

function framesOf(tokens: readonly Token[]): readonly Frame[] {
  const frames: { readonly opener: Token | null; readonly tokens: Token[] }[] = [{ opener: null, tokens: [] }];
  for (const token of tokens) {
    const type = token.tokenTypeIdx;
    if (closers.has(type)) {
      // What was forgotten inside is closed with it; what nothing opened is nothing.
      const open = frames.findLastIndex(({ opener }) => opener !== null && closerOf(opener.tokenTypeIdx) === type);
      if (open > 0) frames.length = open;
      frames.at(-1)?.tokens.push(token);
      continue;
    }
    frames.at(-1)?.tokens.push(token);
    if (openers.has(type)) frames.push({ opener: token, tokens: [] });
  }
  return frames;
}

/** The part after the last comma. */
export function lastItem(tokens: readonly Token[]): readonly Token[] {
  return tokens.slice(tokens.findLastIndex(({ tokenTypeIdx }) => tokenTypeIdx === id.Comma) + 1);
}

/** Names with dots between them at the end of the tokens, such as `o.` or `dwh.core.`; empty where no dot is the last. */
export function pathBefore(tokens: readonly Token[]): readonly Token[] {
  const parts: Token[] = [];
  for (let at = tokens.length - 1; tokens[at]?.tokenTypeIdx === id.Dot; at -= 2) {
    const part = tokens[at - 1];
    if (part === undefined) break;
    parts.unshift(part);
  }
  return parts;
}

/** Whether an operand is complete before the cursor, so that an operator or a word may follow. */
export function isEnded(token: Token | undefined): boolean {
  return token !== undefined && operandEndings.has(token.tokenTypeIdx);
}

export const is = (token: Token | undefined, ...types: readonly number[]): boolean =>
  token !== undefined && types.includes(token.tokenTypeIdx);
