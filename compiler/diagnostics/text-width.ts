/** How wide text is on a terminal, and text cut to a width. Widths are in cells: 0 (combining), 1, or 2 (CJK, emoji). */

/** One character as people see it, with the cells it takes. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  /** UTF-16 offset in the text it comes from. */
  readonly at: number;
}

/** Ranges of East Asian wide and full-width characters (Unicode 16, EastAsianWidth.txt, W and F), merged where close. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2fb],
  [0x20000, 0x3fffd],
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
/** Of a cell each, whatever stands beside them: ASCII, Latin letters, punctuation, arrows, lines, marks. Most text is nothing else. */
const PLAIN =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u2193\u2500-\u25fc\u2713-\u2718\u2800-\u28ff]*$/;
const ZERO_WIDTH = /^[\p{Mark}\p{Cf}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
/** Made when first needed: it takes longer than most of what a short command does, and most text is plain. */
let made: Intl.Segmenter | null = null;
function segmenter(): Intl.Segmenter {
  made ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return made;
}

/**
 * Text that may be written to a terminal: control characters (escape sequences, bidirectional overrides) become `�`,
 * so that nobody's data can move the cursor or reorder what is shown. Tabs and line ends too: expand them before.
 */
export function harmless(text: string): string {
  return PLAIN.test(text) ? text : text.replace(CONTROL, '\ufffd');
}

function graphemeWidth(grapheme: string): number {
  if (ZERO_WIDTH.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  const point = grapheme.codePointAt(0) ?? 0;
  return point >= 0x1100 && WIDE.some(([low, high]) => low <= point && point <= high) ? 2 : 1;
}

/** The characters of a text, tabs expanded to the next multiple of `tab` cells, control characters made harmless. */
export function cells(text: string, tab = 4): Cell[] {
  const found: Cell[] = [];
  let column = 0;
  const push = (character: string, width: number, at: number) => {
    found.push({ text: character, width, at });
    column += width;
  };
  if (PLAIN.test(text)) {
    for (let at = 0; at < text.length; at++) found.push({ text: text[at] ?? '', width: 1, at });
    return found;
  }
  for (const { segment, index } of segmenter().segment(text)) {
    if (segment === '\t') {
      const width = tab - (column % tab);
      push(' '.repeat(width), width, index);
    } else {
      const shown = harmless(segment);
      push(shown, graphemeWidth(shown), index);
    }
  }
  return found;
}

export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return cells(text).reduce((sum, cell) => sum + cell.width, 0);
}

/** At most `width` cells of a text; what is cut off is told by `ellipsis`. */
export function clip(text: string, width: number, ellipsis = '…'): string {
  if (text.length <= width && PLAIN.test(text)) return text;
  const all = cells(text);
  const total = all.reduce((sum, cell) => sum + cell.width, 0);
  if (total <= width) return all.map((cell) => cell.text).join('');
  const room = width - textWidth(ellipsis);
  let used = 0;
  let kept = '';
  for (const cell of all) {
    if (used + cell.width > room) break;
    kept += cell.text;
    used += cell.width;
  }
  return room < 0 ? ellipsis.slice(0, Math.max(0, width)) : kept + ellipsis;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/**
 * Breaks a text into lines of at most `width` cells at spaces; a longer word stands on a line of its own. A line that fits
 * is left as it is, its indentation too.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    if (textWidth(paragraph) <= width) {
      lines.push(paragraph);
      continue;
    }
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
        lines.push(line.trimEnd());
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}
