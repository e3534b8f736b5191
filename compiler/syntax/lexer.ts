/**
 * Text to tokens, by hand: it is twice as fast as a table of regular expressions, and every odd character gets words
 * of its own. Keywords that depend on what stands around them are told apart afterwards, in context.ts.
 */
import { EOF } from 'chevrotain';
import { isSpace, isWordPart, isWordStart, suspicious } from './characters.ts';
import { otherSigns } from './other-sql.ts';
import type { Reporter } from './report.ts';
import type { Token, UnitWord } from './tokens.ts';
import { durationUnits, idOf, reservedTypes, t, words } from './tokens.ts';

/** A comment, kept aside: the grammar never sees it, the formatter prints it back. Offsets are absolute. */
export interface Comment {
  readonly kind: 'line' | 'block' | 'doc';
  readonly start: number;
  readonly end: number;
}

export interface Lexed {
  /** Ends with a token of chevrotain's EOF type. */
  readonly tokens: Token[];
  readonly comments: Comment[];
  /** Text of the `///` lines above a token, by the token's start. */
  readonly docs: ReadonlyMap<number, string>;
}

interface Spelling {
  readonly id: number;
  readonly text: string;
  readonly word: string;
}

/** One string for all occurrences of a name, over all files: an AST is mostly names. Emptied before it could become a leak. */
const spellings = new Map<string, Spelling>();
const mostSpellings = 200_000;
const tableWords = new Set(words.map((word) => word.text));
const identifier = idOf(t.Identifier);

function spell(image: string): Spelling {
  const known = spellings.get(image);
  if (known !== undefined) return known;
  if (spellings.size >= mostSpellings) spellings.clear();
  const lower = image.toLowerCase();
  const reserved = reservedTypes.get(lower);
  const spelling = {
    id: reserved === undefined ? identifier : idOf(reserved),
    text: image,
    word: tableWords.has(lower) ? lower : '',
  };
  spellings.set(image, spelling);
  return spelling;
}

/** A word in place of a sign, apart from what stands beside it. */
function spaced(text: string, start: number, end: number, word: string): string {
  const before = start > 0 && /\S/.test(text[start - 1]!) ? ' ' : '';
  const after = end < text.length && /\S/.test(text[end]!) ? ' ' : '';
  return before + word + after;
}

const signIds: Record<string, number> = {
  '(': idOf(t.LParen),
  ')': idOf(t.RParen),
  '[': idOf(t.LBracket),
  ']': idOf(t.RBracket),
  '{': idOf(t.LBrace),
  '}': idOf(t.RBrace),
  ',': idOf(t.Comma),
  '.': idOf(t.Dot),
  ':': idOf(t.Colon),
  ';': idOf(t.Semicolon),
  '@': idOf(t.At),
  '?': idOf(t.Question),
  '|>': idOf(t.Pipe),
  '||': idOf(t.Concat),
  '=': idOf(t.Equals),
  '+': idOf(t.Sign),
  '-': idOf(t.Sign),
  '*': idOf(t.Multiply),
  '/': idOf(t.Multiply),
  '%': idOf(t.Multiply),
  '<>': idOf(t.Compare),
  '!=': idOf(t.Compare),
  '<': idOf(t.Compare),
  '<=': idOf(t.Compare),
  '>': idOf(t.Compare),
  '>=': idOf(t.Compare),
};
/** Signs of one character by code, so that the common case makes no string. */
const oneSign: (string | undefined)[] = [];
for (const sign of Object.keys(signIds)) if (sign.length === 1) oneSign[sign.charCodeAt(0)] = sign;

const otherSignStarts = new Set([...otherSigns.keys()].map((sign) => sign.charCodeAt(0)));

const smartQuotes: Record<string, string> = { '‘': '’', '“': '”', '„': '“', '«': '»', '’': '’', '”': '”' };

class Lexer {
  readonly #text: string;
  readonly #report: Reporter;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  readonly #docs = new Map<number, string>();
  #at = 0;
  #first = true;
  #lineStart = 0;
  #doc: string | null = null;

  constructor(text: string, report: Reporter) {
    this.#text = text;
    this.#report = report;
  }

  run(): Lexed {
    const text = this.#text;
    if (text.charCodeAt(0) === 0xfeff) this.#lineStart = this.#at = 1;
    while (this.#at < text.length) this.#next(text.charCodeAt(this.#at));
    this.#push(idOf(EOF), this.#at, '', '');
    return { tokens: this.#tokens, comments: this.#comments, docs: this.#docs };
  }

  #next(code: number): void {
    const text = this.#text;
    const at = this.#at;
    if (code === 10 || code === 13) {
      this.#at++;
      this.#first = true;
      this.#lineStart = this.#at;
    } else if (code === 32 || code === 9) this.#at++;
    else if (isWordStart(code)) this.#word(at);
    else if (code >= 48 && code <= 57) this.#number(at);
    else if (code === 39 || code === 34) this.#string(at, at);
    else if (code === 96) this.#quotedName(at);
    else {
      const next = text.charCodeAt(at + 1);
      if ((code === 47 && next === 47) || (code === 45 && next === 45) || code === 35) this.#lineComment(at);
      else if (code === 47 && next === 42) this.#blockComment(at);
      else if (code === 46 && next >= 48 && next <= 57 && !this.#afterOperand()) this.#number(at);
      else this.#sign(at, code, next);
    }
  }

  #push(id: number, end: number, image: string, word: string): void {
    const start = this.#at;
    if (this.#doc !== null) {
      this.#docs.set(start, this.#doc);
      this.#doc = null;
    }
    this.#tokens.push({
      tokenTypeIdx: id,
      start,
      end,
      image,
      word,
      first: this.#first,
      columnOne: start === this.#lineStart,
    });
    this.#first = false;
    this.#at = end;
  }

  /** Whether a dot would follow a name or a bracket, so that `xs.5` is not `xs` and `.5`. */
  #afterOperand(): boolean {
    const last = this.#tokens.at(-1);
    return (
      last !== undefined &&
      last.end === this.#at &&
      last.tokenTypeIdx !== signIds['('] &&
      last.tokenTypeIdx !== signIds[',']
    );
  }

  #word(start: number): void {
    const text = this.#text;
    let end = start + 1;
    while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
    const code = text.charCodeAt(end);
    if (code === 34 || code === 39) {
      const image = text.slice(start, end);
      if (image === 'r' || image === 'R') return this.#raw(start, end);
      if (image === 'sql' && text.startsWith('"""', end)) return this.#raw(start, end, idOf(t.SqlText));
    }
    if (code >= 128 && /\p{L}/u.test(text[end]!)) return this.#foreignWord(start, end);
    const spelling = spell(text.slice(start, end));
    this.#push(spelling.id, end, spelling.text, spelling.word);
  }

  /** A name with letters outside A–Z: understood as a name, and told that it needs back-ticks. */
  #foreignWord(start: number, from: number): void {
    let end = from;
    while (end < this.#text.length && /[\p{L}\p{M}\p{N}_]/u.test(this.#text[end]!)) end++;
    const word = this.#text.slice(start, end);
    this.#report.foreignName(word, start, end);
    this.#push(identifier, end, word, '');
  }

  #number(start: number): void {
    const text = this.#text;
    let end = start;
    const digits = () => {
      while (
        end < text.length &&
        ((text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) || text.charCodeAt(end) === 95)
      )
        end++;
    };
    digits();
    let whole = true;
    if (text[end] === '.' && /[0-9]/.test(text[end + 1] ?? '')) {
      whole = false;
      end++;
      digits();
    }
    if (/[eE]/.test(text[end] ?? '') && /^[eE][+-]?[0-9]/.test(text.slice(end, end + 3))) {
      end += 2;
      digits();
      if (!isWordPart(text.charCodeAt(end))) return this.#push(idOf(t.Number), end, text.slice(start, end), '');
    }
    if (end >= text.length || !isWordPart(text.charCodeAt(end)))
      return this.#push(idOf(t.Number), end, text.slice(start, end), '');
    const suffixStart = end;
    while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
    const suffix = text.slice(suffixStart, end);
    if (whole && durationUnits.includes(suffix as UnitWord))
      return this.#push(idOf(t.Duration), end, text.slice(start, end), '');
    this.#report.number(text.slice(start, end), text.slice(start, suffixStart), suffix, start, end);
    this.#push(idOf(t.Number), end, text.slice(start, suffixStart), '');
  }

  /** A string, or `"""…"""`; `start` is where the token starts, `quoteAt` where its quote is. */
  #string(start: number, quoteAt: number): void {
    const text = this.#text;
    if (text.startsWith('"""', quoteAt)) return this.#raw(start, quoteAt);
    const quote = text.charCodeAt(quoteAt);
    let at = quoteAt + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (at >= text.length || code === 10 || code === 13) {
        this.#report.unclosedString(start, at, text[quoteAt]!);
        return this.#push(idOf(t.String), at, text.slice(start, at), '');
      }
      if (code === 92 && text.charCodeAt(at + 1) !== 10 && text.charCodeAt(at + 1) !== 13 && at + 1 < text.length)
        at += 2;
      else if (code === quote) {
        if (quote === 39 && text.charCodeAt(at + 1) === 39) at += 2;
        else break;
      } else at++;
    }
    const image = text.slice(start, at + 1);
    if (image.includes('\0')) this.#report.nul(start + image.indexOf('\0'));
    this.#push(idOf(t.String), at + 1, image, '');
  }

  /** `r'…'`, `"""…"""`, `sql"""…"""`: no escapes. */
  #raw(start: number, quoteAt: number, id: number = idOf(t.String)): void {
    const text = this.#text;
    const triple = text.startsWith('"""', quoteAt);
    const quote = triple ? '"""' : text[quoteAt]!;
    let end = text.indexOf(quote, quoteAt + quote.length);
    if (!triple) {
      const rest = /[\r\n]/g;
      rest.lastIndex = quoteAt;
      const lineEnd = rest.exec(text)?.index ?? text.length;
      if (end === -1 || end > lineEnd) {
        this.#report.unclosedString(start, lineEnd, quote);
        return this.#push(id, lineEnd, text.slice(start, lineEnd), '');
      }
    } else if (end === -1) {
      this.#report.unclosedString(start, quoteAt + 3, quote);
      const lineEnd = text.indexOf('\n', quoteAt);
      end = lineEnd === -1 ? text.length : lineEnd;
      return this.#push(id, end, text.slice(start, end), '');
    }
    this.#push(id, end + quote.length, text.slice(start, end + quote.length), '');
  }

  #quotedName(start: number): void {
    const text = this.#text;
    let end = start + 1;
    while (end < text.length && text[end] !== '`' && text[end] !== '\n' && text[end] !== '\r') end++;
    const closed = text[end] === '`';
    if (!closed) {
      this.#report.unclosedName(start, end);
      // What follows on the line is probably not part of the name, so the name ends with its word.
      end = start + 1;
      while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
    } else if (end === start + 1) this.#report.emptyName(start, end + 1);
    this.#push(identifier, closed ? end + 1 : end, spell(text.slice(start + 1, end)).text, '');
  }

  #lineComment(start: number): void {
    const text = this.#text;
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    if (text[end - 1] === '\r') end--;
    const isDoc = this.#first && text.startsWith('///', start) && text[start + 3] !== '/';
    if (isDoc) {
      const line = text.slice(text[start + 3] === ' ' ? start + 4 : start + 3, end).trimEnd();
      this.#doc = this.#doc === null ? line : `${this.#doc}\n${line}`;
    }
    this.#comments.push({ kind: isDoc ? 'doc' : 'line', start, end });
    this.#checkHidden(start, end);
    this.#at = end;
  }

  #blockComment(start: number): void {
    const close = this.#text.indexOf('*/', start + 2);
    const end = close === -1 ? this.#text.length : close + 2;
    if (close === -1) this.#report.unclosedComment(start);
    this.#comments.push({ kind: 'block', start, end });
    this.#checkHidden(start, end);
    // A comment over several lines leaves what follows it first on its line, as a reader would say.
    if (this.#text.slice(start, end).includes('\n')) this.#first = true;
    this.#at = end;
  }

  /** Bidirectional controls can make a comment look like code; they are reported wherever they stand. */
  #checkHidden(start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const code = this.#text.charCodeAt(at);
      if (code > 0x2000 && suspicious(code) === 'bidirectional control')
        this.#report.hidden(at, at + 1, 'bidirectional control');
    }
  }

  #sign(start: number, code: number, next: number): void {
    const text = this.#text;
    const two = next < 128 ? text.slice(start, start + 2) : '';
    switch (two) {
      case '<=':
        if (text[start + 2] === '>') break;
        return this.#push(signIds[two]!, start + 2, two, '');
      case '|>':
      case '||':
      case '<>':
      case '!=':
      case '>=':
        return this.#push(signIds[two]!, start + 2, two, '');
      case '==': {
        const end = text[start + 2] === '=' ? start + 3 : start + 2;
        this.#report.operator(text.slice(start, end), '=', start, end);
        return this.#push(signIds['=']!, end, '=', '');
      }
      case '&&':
        this.#report.operator('&&', spaced(text, start, start + 2, 'and'), start, start + 2);
        return this.#push(idOf(t.And), start + 2, 'and', 'and');
      case '=>':
        this.#report.operator('=>', ':', start, start + 2);
        return this.#push(signIds[':']!, start + 2, ':', '');
    }
    const other = otherSignStarts.has(code) ? this.#otherSign(start) : null;
    if (other !== null) return this.#push(idOf(t.Foreign), start + other.length, other, '');
    const sign = oneSign[code];
    if (sign !== undefined) return this.#push(signIds[sign]!, start + 1, sign, '');
    this.#odd(start, code);
  }

  /** An operator of another SQL, reported and given as one token, so that what stands around it is read. */
  #otherSign(start: number): string | null {
    for (const [sign, use] of otherSigns) {
      if (!this.#text.startsWith(sign, start)) continue;
      this.#report.report('form-elsewhere', { form: sign, use }, start, start + sign.length);
      return sign;
    }
    return null;
  }

  #odd(start: number, code: number): void {
    const text = this.#text;
    const closing = smartQuotes[text[start]!];
    if (closing !== undefined) return this.#smartString(start, closing);
    if (isSpace(code)) {
      this.#at++;
      return;
    }
    const hidden = suspicious(code);
    if (hidden !== null) {
      this.#report.hidden(start, start + 1, hidden);
      this.#at++;
      return;
    }
    if (code >= 128 && /\p{L}/u.test(text[start]!)) return this.#foreignWord(start, start);
    // One report a run of odd characters: one for each would be noise.
    let end = start + 1;
    while (end < text.length && this.#isOdd(text.charCodeAt(end))) end++;
    this.#report.character(text.slice(start, end), start, end);
    this.#at = end;
  }

  #isOdd(code: number): boolean {
    if (code >= 128)
      return (
        !isSpace(code) &&
        suspicious(code) === null &&
        !/\p{L}/u.test(String.fromCharCode(code)) &&
        smartQuotes[String.fromCharCode(code)] === undefined
      );
    return (
      code > 32 &&
      !isWordPart(code) &&
      oneSign[code] === undefined &&
      code !== 38 &&
      code !== 39 &&
      code !== 34 &&
      code !== 96 &&
      code !== 35 &&
      code !== 124
    );
  }

  #smartString(start: number, closing: string): void {
    const text = this.#text;
    let end = start + 1;
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r' && text[end] !== closing) end++;
    const closed = text[end] === closing;
    this.#report.smartQuotes(start, closed ? end + 1 : end, text.slice(start + 1, end), closed);
    this.#push(idOf(t.String), closed ? end + 1 : end, text.slice(start, closed ? end + 1 : end), '');
  }
}

/** Splits a text into tokens and comments; never throws. */
export function lex(text: string, report: Reporter): Lexed {
  return new Lexer(text, report).run();
}
