/** A half-open range of UTF-16 offsets. In AST nodes it is relative to the declaration (see ast.ts). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One `.pipe` file: its path relative to the project's folder (with `/`), and its text. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  #lineStarts: readonly number[] | null = null;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** Offsets at which lines begin; computed when first asked for, as most files never report anything. */
  get lineStarts(): readonly number[] {
    if (this.#lineStarts === null) {
      const starts = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }

  /** Line and column of an absolute offset, both counted from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** Text of a line (from 1) without its line end. */
  line(line: number): string {
    const starts = this.lineStarts;
    const begin = starts[line - 1];
    if (begin === undefined) return '';
    const next = starts[line];
    return this.text.slice(begin, next === undefined ? undefined : next).replace(/\r?\n$/, '');
  }
}
