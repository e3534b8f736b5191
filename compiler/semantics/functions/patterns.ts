/**
 * The part of regular expressions that engines share: RE2 (DuckDB, ClickHouse) and PostgreSQL's own. What they read
 * differently is refused; what they only write differently is rewritten here.
 */

/** PostgreSQL counts to 255. */
const MOST_REPEATS = 255;

/** Classes by a letter, which PostgreSQL reads by its locale and RE2 by ASCII; inside of brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'A-Za-z0-9_',
  s: ' \\t\\n\\f\\r',
};
/** Characters that `\` makes literal, and those that have a letter. */
const ESCAPES = /^[\^$\\.*+?()[\]{}|/\-tnfr]$/;

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'class'; readonly letter: string; readonly inBrackets: boolean };

/** What of the pattern is not the same on every engine, or null. */
export function refusedPattern(pattern: string): string | null {
  const tokens = readPattern(pattern);
  if (typeof tokens === 'string') return tokens;
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'it is no regular expression';
  }
  for (const [, least, most] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    if (Number(least) > MOST_REPEATS || Number(most ?? 0) > MOST_REPEATS)
      return `a repeat above ${MOST_REPEATS} is more than engines take`;
  }
  return null;
}

/** What of the pattern, over that, does not find the same text on every engine when matches are taken out, or null. */
export function refusedSearch(pattern: string): string | null {
  if (/[*+?}]\?/.test(pattern)) return 'a lazy repeat finds other texts on other engines';
  if (outsideBrackets(pattern).includes('|'))
    return 'of alternatives with `|` one engine takes the first, another the longest';
  if (new RegExp(pattern, 'su').test('')) return 'it may match nothing at all, which engines replace differently';
  return null;
}

/** What of a replacement is not the same on every engine, or null: `\1` to `\9` are groups, `\\` is a backslash. */
export function refusedReplacement(text: string): string | null {
  return /^([^\\]|\\[1-9\\])*$/s.test(text)
    ? null
    : 'after a `\\` stands the number of a group, 1 to 9, or another `\\`';
}

/** The pattern in PostgreSQL's words, with `.` for any character and ASCII classes. */
export function postgresPattern(pattern: string): string {
  const tokens = readPattern(pattern);
  if (typeof tokens === 'string') throw new Error(`a pattern was not checked: ${tokens}`);
  return tokens
    .map((token) => {
      if (token.kind === 'text') return token.text;
      const members = CLASSES[token.letter.toLowerCase()] ?? '';
      if (token.inBrackets) return members;
      return `[${token.letter === token.letter.toLowerCase() ? '' : '^'}${members}]`;
    })
    .join('');
}

/** Tokens, or why there are none. */
function readPattern(pattern: string): readonly Token[] | string {
  const tokens: Token[] = [];
  let inBrackets = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === '\\') {
      const escaped = pattern.charAt(++i);
      if (CLASSES[escaped.toLowerCase()] !== undefined) {
        if (inBrackets && escaped !== escaped.toLowerCase())
          return `\`\\${escaped}\` inside of brackets is not the same on every engine`;
        tokens.push({ kind: 'class', letter: escaped, inBrackets });
      } else if (ESCAPES.test(escaped)) tokens.push({ kind: 'text', text: `\\${escaped}` });
      else return `\`\\${escaped}\` is not the same on every engine`;
      continue;
    }
    if (inBrackets && character === '[' && /[:.=]/.test(pattern.charAt(i + 1)))
      return `\`[${pattern.charAt(i + 1)}\` inside of brackets is not the same on every engine`;
    if (!inBrackets && character === '(' && pattern.charAt(i + 1) === '?' && pattern.charAt(i + 2) !== ':')
      return `\`(?${pattern.charAt(i + 2)}\` is not the same on every engine`;
    if (character === '[') inBrackets = true;
    if (character === ']') inBrackets = false;
    tokens.push({ kind: 'text', text: character });
  }
  return tokens;
}

const outsideBrackets = (pattern: string): string => pattern.replace(/\\./gs, '').replace(/\[[^\]]*\]/g, '');
