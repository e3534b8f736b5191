/**
 * Comments find their place by order: before a construct is printed, the comments up to its start are printed above it, and
 * after it, those behind it on its line. What stands inside a construct that has no place for it goes above the construct.
 */
import type { Comment } from '../lexer.ts';
import type { Doc } from './doc.ts';
import { blankLine, cat, newline, suffix } from './doc.ts';

export class Comments {
  readonly #text: string;
  readonly #all: readonly Comment[];
  #at = 0;

  constructor(text: string, all: readonly Comment[]) {
    this.#text = text;
    this.#all = all;
  }

  /** Whether comments that are not yet printed stand before an offset. */
  pendingBefore(offset: number): boolean {
    const next = this.#all[this.#at];
    return next !== undefined && next.start < offset;
  }

  /** Forgets the comments before an offset: they are printed with the text around them. */
  skipTo(offset: number): void {
    while (this.pendingBefore(offset)) this.#at++;
  }

  /** Offset of the first comment before `offset` that is not yet printed, else `offset`. */
  nextBefore(offset: number): number {
    return this.pendingBefore(offset) ? this.#all[this.#at]!.start : offset;
  }

  /**
   * Comments before what starts at `offset`, each on its line; a block comment on the same line stays on it.
   * `takesDoc` says that a `///` there is a doc comment; elsewhere it is printed as `//`, or it might become one.
   */
  above(offset: number, takesDoc = false): Doc {
    if (!this.pendingBefore(offset)) return '';
    const docs: Doc[] = [];
    while (this.pendingBefore(offset)) {
      const comment = this.#all[this.#at++]!;
      docs.push(this.#spelling(comment, takesDoc && this.#isBlank(comment.end, offset)));
      const next = this.nextBefore(offset);
      const between = this.#text.slice(comment.end, next);
      if (
        comment.kind === 'block' &&
        !between.includes('\n') &&
        !this.#text.slice(comment.start, comment.end).includes('\n')
      )
        docs.push(' ');
      else docs.push(/\n[ \t\r]*\n/.test(between) ? blankLine : newline);
    }
    return cat(...docs);
  }

  /** Comments on the same line behind what ends at `offset`, with nothing but a comma between. */
  behind(offset: number): Doc {
    const docs: Doc[] = [];
    let end = offset;
    for (;;) {
      const comment = this.#all[this.#at];
      if (comment === undefined || comment.start < end || !/^[ \t,;]*$/.test(this.#text.slice(end, comment.start)))
        break;
      const rest = /[^\n]*/.exec(this.#text.slice(comment.end, comment.end + 200))![0];
      if (
        comment.kind === 'block' &&
        (rest.trim() !== '' || this.#text.slice(comment.start, comment.end).includes('\n'))
      )
        break;
      this.#at++;
      docs.push(suffix(this.#spelling(comment, false)));
      end = comment.end;
    }
    return docs.length === 0 ? '' : cat(...docs);
  }

  /** The offset of the next token, past space, commas and comments that are not yet printed. */
  nextToken(offset: number): number {
    let at = offset;
    for (let index = this.#at; ; index++) {
      while (/[\s,]/.test(this.#text[at] ?? '')) at++;
      while (index < this.#all.length && this.#all[index]!.start < at) index++;
      if (this.#all[index]?.start !== at) return at;
      at = this.#all[index]!.end;
    }
  }

  /** Whether the author left a blank line between two things. */
  blankBetween(end: number, start: number): boolean {
    return /\n[ \t\r]*\n/.test(this.#text.slice(end, this.nextBefore(start)));
  }

  #spelling(comment: Comment, isDoc: boolean): string {
    const text = this.#text.slice(comment.start, comment.end).trimEnd();
    if (comment.kind === 'block') return text.replaceAll('\r\n', '\n');
    if (comment.kind === 'doc') return isDoc ? text : text.slice(1);
    // `///` behind something is a plain comment, and must stay one when it comes to stand on a line of its own.
    return text.startsWith('///') && !text.startsWith('////') ? text.slice(1) : text;
  }

  /** Whether there is nothing but space and comments between two offsets. */
  #isBlank(start: number, end: number): boolean {
    let at = start;
    for (let index = this.#at; index < this.#all.length && this.#all[index]!.start < end; index++) {
      const comment = this.#all[index]!;
      if (this.#text.slice(at, comment.start).trim() !== '') return false;
      at = comment.end;
    }
    return this.#text.slice(at, end).trim() === '';
  }
}
