/**
 * The canonical text of a file. It keeps every comment and the meaning; a declaration with a syntax error is left as it is
 * written, and so is what stands outside of declarations.
 */
import type { Declaration } from './ast.ts';
import { Comments } from './format/comments.ts';
import { DeclarationPrinter } from './format/declarations.ts';
import { cat, print } from './format/doc.ts';
import type { FormatOptions } from './format/printer.ts';
import type { ParsedFile } from './parser.ts';
import { parseFile } from './parser.ts';
import { SourceFile } from './source.ts';

export type { FormatOptions } from './format/printer.ts';

const defaults: FormatOptions = { width: 100, isBuiltin: () => false };

export function format(text: string, options: Partial<FormatOptions> = {}): string {
  return formatParsed(parseFile(new SourceFile('', text)), options);
}

/** The same for a file that is parsed already. */
export function formatParsed(file: ParsedFile, options: Partial<FormatOptions> = {}): string {
  const all = { ...defaults, ...options };
  let text = new FileFormatter(file, all).run();
  // A comment in a place of its own kind, as between a name and its dot, moves to the nearest line, and may settle only there.
  for (let round = 0; round < mostRounds && hasInnerComments(file); round++) {
    const again = new FileFormatter(parseFile(new SourceFile(file.source.path, text)), all).run();
    if (again === text) break;
    text = again;
  }
  return text;
}

const mostRounds = 4;

function hasInnerComments(file: ParsedFile): boolean {
  let at = 0;
  return file.declarations.some((declaration) => {
    while (at < file.comments.length && file.comments[at]!.start < declaration.start) at++;
    return at < file.comments.length && file.comments[at]!.start < declaration.start + declaration.end;
  });
}

class FileFormatter {
  readonly #file: ParsedFile;
  readonly #text: string;
  readonly #comments: Comments;
  readonly #printer: DeclarationPrinter;
  readonly #width: number;

  constructor(file: ParsedFile, options: FormatOptions) {
    this.#file = file;
    this.#text = file.source.text;
    this.#comments = new Comments(this.#text, file.comments);
    this.#printer = new DeclarationPrinter(this.#text, this.#comments, options);
    this.#width = options.width;
  }

  run(): string {
    const pieces: string[] = [];
    const bom = this.#text.charCodeAt(0) === 0xfeff ? 1 : 0;
    let end = bom;
    let wasLong = false;
    for (const declaration of this.#file.declarations) {
      const { start } = declaration;
      const gapStart = end;
      const isOdd = this.#hasErrors(gapStart, start);
      const above = isOdd ? this.#oddGap(gapStart, start) : this.#gap(start);
      const body = this.#declaration(declaration, start);
      const isLong = body.includes('\n');
      if (pieces.length > 0) {
        pieces.push(wasLong || isLong || this.#hasBlankAfter(gapStart) ? '\n\n' : '\n');
      }
      pieces.push(above, body);
      end = start + declaration.end;
      wasLong = isLong;
    }
    const rest = this.#hasErrors(end, this.#text.length)
      ? this.#oddGap(end, this.#text.length).trimEnd()
      : this.#rest();
    if (rest !== '' && pieces.length > 0) pieces.push(this.#hasBlankAfter(end) ? '\n\n' : '\n');
    pieces.push(rest);
    const out = pieces.join('').replace(/^\n+/, '');
    return out === '' ? '' : `${out.trimEnd()}\n`;
  }

  #hasErrors(start: number, end: number): boolean {
    return this.#file.diagnostics.some(({ place }) => place.start < end && place.end > start && place.start >= start);
  }

  #declaration(declaration: Declaration, start: number): string {
    const end = start + declaration.end;
    const hasErrors = this.#file.diagnostics.some(({ place }) => place.start >= start && place.start <= end);
    if (hasErrors) {
      this.#comments.skipTo(end);
      return this.#text.slice(start, end) + print(this.#comments.behind(end), this.#width);
    }
    this.#printer.base = start;
    const doc = this.#printer.declaration(declaration);
    // Comments in places that nothing prints go above the declaration; a `;` after a query is dropped.
    const inside = this.#comments.above(end);
    const behind = this.#comments.behind(end);
    return print(cat(inside, doc, behind), this.#width);
  }

  /** Comments above a declaration. */
  #gap(start: number): string {
    return endLines(print(cat(this.#comments.above(start, true), 'x'), this.#width));
  }

  #rest(): string {
    return endLines(print(cat(this.#comments.above(this.#text.length), 'x'), this.#width)).trimEnd();
  }

  /** Text outside of declarations that is not comments alone. */
  #oddGap(start: number, end: number): string {
    this.#comments.skipTo(end);
    return this.#text.slice(start, end).replace(/^\s*?\n/, '');
  }

  /** Whether an empty line follows a declaration, behind which a comment may stand. */
  #hasBlankAfter(offset: number): boolean {
    const line = this.#text.indexOf('\n', offset);
    const behind = this.#file.comments.findLast(({ start }) => start >= offset && start < line);
    let at = behind?.end ?? offset;
    const from = at;
    while (/[\s;]/.test(this.#text[at] ?? '')) at++;
    return /\n[ \t\r]*\n/.test(this.#text.slice(from, at));
  }
}

/** Drops the stand-in that was printed after the comments. */
function endLines(text: string): string {
  return text.slice(0, -1);
}
