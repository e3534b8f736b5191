/** Collects what the lexer and the parser find. One error a place: what follows from an error is not reported again. */

import type { syntaxCodes } from '../diagnostics/codes/syntax.ts';
import type { DiagnosticExtras } from '../diagnostics/codes.ts';
import { diagnostic } from '../diagnostics/codes.ts';
import type { CodeRow, Diagnostic, Edit, Fix, Place } from '../diagnostics/diagnostic.ts';

type SyntaxCodes = typeof syntaxCodes;
type SyntaxCode = keyof SyntaxCodes;
type Params<C extends SyntaxCode> = SyntaxCodes[C] extends CodeRow<infer P> ? P : never;

export class Reporter {
  readonly #file: string;
  readonly diagnostics: Diagnostic[] = [];
  #reported = new Set<number>();
  readonly #muted: { readonly start: number; readonly end: number }[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  place(start: number, end: number): Place {
    return { file: this.#file, declaration: null, start, end };
  }

  edit(start: number, end: number, text: string): Edit {
    return { place: this.place(start, end), text };
  }

  fix(title: string, ...edits: Edit[]): Fix {
    return { title, safe: true, edits };
  }

  report<C extends SyntaxCode>(
    code: C,
    params: Params<C>,
    start: number,
    end: number,
    extras: DiagnosticExtras = {},
  ): void {
    if (this.#reported.has(start) || this.#muted.some((range) => range.start <= start && start <= range.end)) return;
    this.#reported.add(start);
    // The table's row types are joined over all areas, so the compiler cannot see that this code takes these parameters.
    this.diagnostics.push(
      (diagnostic as (code: string, params: unknown, place: Place, extras: DiagnosticExtras) => Diagnostic)(
        code,
        params,
        this.place(start, end),
        extras,
      ),
    );
  }

  /** What is found in a range that is told as a whole only follows from that. */
  mute(start: number, end: number): void {
    this.#muted.push({ start, end });
  }

  // ------------------------------------------------------------------------------------------ what the lexer finds

  number(image: string, digits: string, suffix: string, start: number, end: number): void {
    const unit = nearUnit(suffix);
    const fixed = unit === null || digits.includes('.') ? null : digits + unit;
    this.report('invalid-number', { text: image }, start, end, {
      label: fixed === null ? 'not a number, and not a duration' : `did you mean \`${fixed}\`?`,
      fixes:
        fixed === null
          ? []
          : [{ title: `replace by \`${fixed}\``, safe: false, edits: [this.edit(start, end, fixed)] }],
    });
  }

  unclosedString(start: number, end: number, quote: string): void {
    this.report('unclosed-string', { quote }, start, end, {
      fixes: [{ title: `close it with \`${quote}\``, safe: false, edits: [this.edit(end, end, quote)] }],
    });
  }

  unclosedName(start: number, end: number): void {
    this.report('unclosed-name', {}, start, end);
  }

  emptyName(start: number, end: number): void {
    this.report('empty-name', {}, start, end);
  }

  unclosedComment(start: number): void {
    this.report('unclosed-comment', {}, start, start + 2);
  }

  nul(at: number): void {
    this.report('invisible-character', { what: 'NUL' }, at, at + 1);
  }

  hidden(start: number, end: number, what: string): void {
    this.report('invisible-character', { what }, start, end, {
      fixes: [this.fix('remove it', this.edit(start, end, ''))],
    });
  }

  character(text: string, start: number, end: number): void {
    this.report('unexpected-character', { text }, start, end);
  }

  foreignName(text: string, start: number, end: number): void {
    this.report('foreign-name', { text }, start, end, {
      fixes: [this.fix('put it in back-ticks', this.edit(start, end, `\`${text}\``))],
    });
  }

  /** `meant` with the spaces that it needs where `written` stands. */
  operator(written: string, meant: string, start: number, end: number): void {
    this.report('wrong-operator', { written, meant: meant.trim() }, start, end, {
      fixes: [this.fix(`replace \`${written}\` by \`${meant.trim()}\``, this.edit(start, end, meant))],
    });
  }

  smartQuotes(start: number, end: number, inner: string, closed: boolean): void {
    const quote = inner.includes("'") ? '"' : "'";
    this.report('smart-quotes', {}, start, end, {
      fixes: closed ? [this.fix('write plain quotes', this.edit(start, end, quote + inner + quote))] : [],
    });
  }
}

/** The unit that a suffix such as `min`, `days` or `H` was meant to be. */
function nearUnit(suffix: string): string | null {
  switch (suffix.toLowerCase()) {
    case 'ms':
    case 'millis':
    case 'millisecond':
    case 'milliseconds':
      return 'ms';
    case 's':
    case 'sec':
    case 'secs':
    case 'second':
    case 'seconds':
      return 's';
    case 'min':
    case 'mins':
    case 'minute':
    case 'minutes':
      return 'm';
    case 'h':
    case 'hr':
    case 'hrs':
    case 'hour':
    case 'hours':
      return 'h';
    case 'd':
    case 'day':
    case 'days':
      return 'd';
    case 'w':
    case 'week':
    case 'weeks':
      return 'w';
    case 'mon':
    case 'mth':
    case 'mo':
    case 'month':
    case 'months':
      return 'mo';
    case 'y':
    case 'yr':
    case 'year':
    case 'years':
      return 'y';
    default:
      return null;
  }
}
