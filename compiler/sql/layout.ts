/** Where lines of SQL end. Only blanks between tokens change; what stands in quotes is never looked into. */

/** Lines are at most about this long. */
export const WIDTH = 100;

/** Every line two spaces to the right. No line break ever stands inside a literal (`Dialect.text`). */
export const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** `SELECT a, b`, or one item a line where that is too long. */
export function list(words: string, items: readonly string[]): string {
  const line = `${words} ${items.join(', ')}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `${words}\n${indent(items.map((item) => wrapped(item, WIDTH - 2)).join(',\n'))}`;
}

/** The second part on a line of its own where both are too long. */
export function broken(first: string, second: string): string {
  if (second === '' || first.length + second.length <= WIDTH) return `${first}${second}`;
  return `${first}\n${indent(wrapped(second.trimStart(), WIDTH - 2))}`;
}

/** An expression whose long lines end before operators where that is enough, else are opened at their longest parentheses. */
export function wrapped(sql: string, width: number): string {
  return sql
    .split('\n')
    .map((line) => (line.length <= width ? line : (chained(line, width) ?? opened(line, width))))
    .join('\n');
}

/**
 * The line broken before its loosest operators outside of parentheses; null where that is not enough. Conditions are broken
 * even so: each is then a line of its own to be broken in turn.
 */
function chained(line: string, width: number): string | null {
  const margin = line.length - line.trimStart().length;
  const outside = Array.from(tokens(line)).flatMap(({ at, depth }) => (depth === 0 && at >= margin ? [at] : []));
  const places = (word: string): readonly number[] => outside.filter((at) => line.startsWith(` ${word} `, at));
  // `x BETWEEN a AND b` is one condition.
  const inRanges = new Set(places('BETWEEN').map((between) => places('AND').find((at) => at > between)));
  for (const operators of OPERATORS) {
    const breaks = operators.flatMap(places).filter((at) => !inRanges.has(at));
    if (breaks.length === 0) continue;
    const ends = [...breaks.sort((a, b) => a - b), line.length];
    const parts = ends.map((end, i) => line.slice(ends[i - 1] ?? 0, end));
    const lines = parts.map((part, i) => (i === 0 ? part : `${' '.repeat(margin + 2)}${part.trimStart()}`));
    if (lines.every((each) => each.length <= width)) return lines.join('\n');
    return CONDITIONS.has(operators[0] ?? '') ? lines.map((each) => wrapped(each, width)).join('\n') : null;
  }
  return null;
}

/** By how tightly they bind, loosest first. */
const OPERATORS = [['OR'], ['AND'], ['||'], ['+', '-'], ['*', '/', '//', '%']];
const CONDITIONS = new Set(['OR', 'AND']);

function opened(line: string, width: number): string {
  const margin = line.length - line.trimStart().length;
  const group = longestGroup(line);
  if (group === null) return line;
  const parts = group.commas
    .map((comma, i) => line.slice(i === 0 ? group.open + 1 : (group.commas[i - 1] ?? 0) + 1, comma))
    .map((part) => wrapped(part.trim(), width - margin - 3));
  const inner = indent(parts.join(',\n')).replace(/^(?=.)/gm, ' '.repeat(margin));
  // What follows the parentheses may be long as well: its own are opened in turn.
  const rest = wrapped(`${' '.repeat(margin)}${line.slice(group.close)}`, width);
  return `${line.slice(0, group.open + 1)}\n${inner}\n${rest}`;
}

interface Parentheses {
  readonly open: number;
  readonly close: number;
  /** Offsets of the commas directly inside, then of the end. */
  readonly commas: readonly number[];
}

/** The longest parentheses of the line that stand in no others; shorter ones than a line's worth are not worth opening. */
function longestGroup(line: string): Parentheses | null {
  let longest: Parentheses | null = null;
  const stack: { open: number; commas: number[] }[] = [];
  for (const { at } of tokens(line)) {
    const character = line[at];
    if (character === '(' || character === '[') stack.push({ open: at, commas: [] });
    else if (character === ',') stack.at(-1)?.commas.push(at);
    else if (character === ')' || character === ']') {
      const group = stack.pop();
      const length = group === undefined ? 0 : at - group.open;
      // What is closed here but opened on a line before holds all that came.
      if (group === undefined) longest = null;
      else if (stack.length === 0 && length >= Math.max(SHORTEST, longest ? longest.close - longest.open : 0))
        longest = { open: group.open, close: at, commas: [...group.commas, at] };
    }
  }
  return longest;
}

/** The characters outside of quotes and comments, with how many parentheses of this line they stand in. */
function* tokens(line: string): Generator<{ readonly at: number; readonly depth: number }> {
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '-' && line[at + 1] === '-') return;
    if (character === ')' || character === ']') depth -= 1;
    yield { at, depth };
    if (character === '(' || character === '[') depth += 1;
    // A doubled quote inside ends one literal and begins the next, which comes to the same.
    if (character === "'" || character === '"') {
      const end = line.indexOf(character, at + 1);
      if (end < 0) return;
      at = end;
    }
  }
}

const SHORTEST = 24;

/** Comment lines with `-- ` before each, words kept together, as wide as lines are. */
export function comment(text: string): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(/\r\n|\r|\n/)) {
    let line = '--';
    for (const word of paragraph.split(/\s+/).filter((each) => each !== '')) {
      if (line !== '--' && line.length + 1 + word.length > WIDTH) {
        lines.push(line);
        line = '--';
      }
      line += ` ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
