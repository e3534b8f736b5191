/** What the printing of expressions, queries and declarations shares: the source, names, and lists with their comments. */
import type { Name, QualifiedName } from '../ast.ts';
import { words } from '../tokens.ts';
import type { Comments } from './comments.ts';
import type { Doc } from './doc.ts';
import { blankLine, breaks, cat, either, group, indent, join, line, newline, soft } from './doc.ts';

export interface FormatOptions {
  readonly width: number;
  /** Whether a lower-case word is a built-in function, whose name is written in lower case. */
  readonly isBuiltin: (name: string) => boolean;
}

export interface Located {
  readonly start: number;
  readonly end: number;
}

const allWords = new Set(words.map((word) => word.text));

export class Printer {
  readonly text: string;
  readonly comments: Comments;
  readonly options: FormatOptions;
  /** Start of the declaration at hand: spans are relative to it. */
  base = 0;

  constructor(text: string, comments: Comments, options: FormatOptions) {
    this.text = text;
    this.comments = comments;
    this.options = options;
  }

  slice(node: Located): string {
    return this.text.slice(this.base + node.start, this.base + node.end);
  }

  /** A name keeps its back-ticks where it could be read as something else without them. */
  name(name: Name): string {
    const first = this.text[this.base + name.start];
    const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name.text);
    if (isPlain && (first === name.text[0] || !allWords.has(name.text.toLowerCase()))) return name.text;
    return `\`${name.text}\``;
  }

  qualified(name: QualifiedName): string {
    return name.parts.map((part) => this.name(part)).join('.') + (name.wildcard ? '.*' : '');
  }

  /**
   * One item with the comments that belong to it. The last item of a list that no bracket closes leaves what is behind it
   * to the construct that ends there too, or a comment behind a stage would break its list. Comments go above the `prefix`.
   */
  item(node: Located, build: () => Doc, takesDoc = false, takesBehind = true, prefix = ''): Doc {
    const above = this.comments.above(this.base + node.start, takesDoc);
    const doc = build();
    // Comments inside that nothing printed go above.
    const inside = this.comments.above(this.base + node.end);
    const behind = takesBehind ? this.comments.behind(this.base + node.end) : '';
    return above === '' && inside === '' && behind === '' && prefix === ''
      ? doc
      : cat(above, inside, prefix, doc, behind);
  }

  items<Item extends Located>(items: readonly Item[], build: (item: Item) => Doc): Doc[] {
    return items.map((item) => this.item(item, () => build(item)));
  }

  /** Items of a list that no bracket closes. */
  openItems<Item extends Located>(items: readonly Item[], build: (item: Item) => Doc): Doc[] {
    return items.map((item, at) => this.item(item, () => build(item), false, at < items.length - 1));
  }

  /** `open a, b close` on one line, or one item a line. `end` is where the closing bracket's construct ends. */
  bracketed<Item extends Located>(
    open: string,
    items: readonly Item[],
    close: string,
    end: number,
    build: (item: Item) => Doc,
  ): Doc {
    const docs = this.items(items, build);
    return this.between(open, docs, close, end);
  }

  between(open: string, docs: readonly Doc[], close: string, end: number): Doc {
    const left = this.comments.above(this.base + end - close.length);
    if (docs.length === 0 && left === '') return open + close;
    const list = separated(docs);
    // Comments that stand after the last item bring the break before the closing bracket themselves.
    if (left !== '')
      return cat(
        open,
        indent(2, newline, list, docs.length === 0 ? '' : cat(open === '[' ? ',' : '', newline), withoutBreak(left)),
        newline,
        close,
      );
    return group(open, indent(2, soft, list, open === '[' ? either(',', '') : ''), soft, close);
  }

  /**
   * Braces with one thing a line, or all on one line where that fits and the author did not break the line after the brace.
   * `end` is where the closing brace stands.
   */
  braces(items: readonly Located[], docs: readonly Doc[], opened: boolean, end: number): Doc {
    const left = this.comments.above(this.base + end);
    if (docs.length === 0 && left === '') return '{}';
    const isBroken = opened || left !== '' || docs.some(breaks);
    const all: Doc[] = [];
    docs.forEach((doc, at) => {
      if (at === 0) all.push(isBroken ? newline : line, doc);
      else if (isBroken) all.push(this.isBlankBetween(items[at - 1]!, items[at]!) ? blankLine : newline, doc);
      else all.push(either('', ','), line, doc);
    });
    return group(
      '{',
      indent(2, ...all, left === '' ? '' : cat(newline, withoutBreak(left))),
      isBroken ? newline : line,
      '}',
    );
  }

  /** Where the bracket that closes after an offset (absolute) stands. */
  closingAfter(offset: number): number {
    return this.comments.nextToken(offset);
  }

  /** Whether there is a line break between an opening brace and what comes next in it. */
  isOpened(first: Located | undefined): boolean {
    if (first === undefined) return false;
    const next = this.comments.nextBefore(this.base + first.start);
    return /\n\s*$/.test(this.text.slice(Math.max(0, next - 200), next));
  }

  isBlankBetween(before: Located, after: Located): boolean {
    // The line after the one on which the first ends; what stands between comments is for the comments to say.
    return /^[^\n]*\n[ \t\r]*\n/.test(this.text.slice(this.base + before.end, this.base + after.start));
  }
}

/** Items with commas between; the comma stands before the comment behind an item, as comments wait for the line's end. */
export function separated(docs: readonly Doc[], space: Doc = line): Doc {
  return join(cat(',', space), docs);
}

/** Items in brackets that have no end of their own in the tree. */
export function inParentheses(docs: readonly Doc[]): Doc {
  return group('(', indent(2, soft, separated(docs)), soft, ')');
}

/** Items that no bracket closes, such as the keys of a window. */
export function inARow(docs: readonly Doc[]): Doc {
  return group(indent(2, separated(docs)));
}

/** Comments above a closing bracket, without the break after the last of them. */
function withoutBreak(doc: Doc): Doc {
  if (typeof doc === 'string' || doc.kind !== 'cat') return doc;
  return cat(...doc.docs.slice(0, -1));
}

/** Spaces that bring values under one another, as wide as the longest key; none where lengths differ too much to read well. */
export function columnWidth(lengths: readonly number[]): number {
  const longest = Math.max(0, ...lengths);
  return lengths.length > 1 && longest <= 24 ? longest : 0;
}
