/**
 * Raw SQL as far as every engine reads it alike: quotes, comments and names. What it means is for its engine to say.
 */
import type { Span } from './source.ts';

export interface RawPart extends Span {
  readonly text: string;
}
/** `a.b.c` as written in raw SQL, quoted or not. Offsets are those of the text. */
export interface RawName extends Span {
  readonly parts: readonly RawPart[];
}

/** Line comments, block comments, dollar quotes, literals with backslashes, literals, names in quotes, words, numbers. */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$([A-Za-z_]\w*|)\$[\s\S]*?(?:\$\1\$|$)|[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|\s+|[\s\S]/gu;

/** Names with their dots, in order. A name is never looked for in a literal or a comment. */
export function rawNames(sql: string): readonly RawName[] {
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
  for (const { 0: token, index } of sql.matchAll(TOKENS)) {
    const text = nameOf(token);
    if (text !== null) {
      if (!afterDot) close();
      parts.push({ text, start: index, end: index + token.length });
      afterDot = false;
    } else if (token === '.' && parts.length > 0 && !afterDot) afterDot = true;
    else if (!/^(\s|--|\/\*)/.test(token)) close();
  }
  close();
  return names;
}

/** The name that a token is, without its quotes; null where it is none. */
function nameOf(token: string): string | null {
  if (token.startsWith('"')) return token.slice(1, token.endsWith('"') ? -1 : undefined).replaceAll('""', '"');
  if (token.startsWith('`')) return token.slice(1, token.endsWith('`') ? -1 : undefined);
  return /^[A-Za-z_\u0080-\uffff]/.test(token) && !/^[eE]'/.test(token) ? token : null;
}

/**
 * Lines without the margin that all of them share, and without empty lines around them. A line that begins inside of a
 * literal keeps its blanks, as they are part of a value: it is told by `inside`.
 */
export function rawLines(sql: string): readonly { readonly text: string; readonly inside: boolean }[] {
  const inside = new Set<number>();
  for (const { 0: token, index } of sql.matchAll(TOKENS)) {
    if (/^(\s|--)/.test(token)) continue;
    for (let at = token.indexOf('\n'); at >= 0; at = token.indexOf('\n', at + 1)) inside.add(index + at + 1);
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
