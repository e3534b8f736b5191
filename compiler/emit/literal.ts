/** Plain data as a TypeScript literal that a person would have written: keys unquoted where they may be, one line where it fits. */

/** Columns of a generated line. */
export const WIDTH = 110;
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** A value that stands in the text as it is: the name of a constant. */
export class Code {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** `indent` is the column at which the literal's lines begin; what fits in `width` columns stands on one line. */
export function literal(value: unknown, indent = 0, width = WIDTH): string {
  const flat = inline(value);
  if (flat.length + indent <= width) return flat;
  const pad = ' '.repeat(indent + 2);
  const close = ' '.repeat(indent);
  const lines = (items: readonly string[]): string => items.map((item) => `${pad}${item},\n`).join('');
  if (Array.isArray(value)) return `[\n${lines(value.map((item) => literal(item, indent + 2)))}${close}]`;
  if (typeof value === 'object' && value !== null && !(value instanceof Code))
    return `{\n${lines(entries(value).map(([key, item]) => `${key}: ${literal(item, indent + 2)}`))}${close}}`;
  return flat;
}

function inline(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (value instanceof Code) return value.source;
  if (typeof value === 'object' && value !== null) {
    const inside = entries(value).map(([key, item]) => `${key}: ${inline(item)}`);
    return inside.length === 0 ? '{}' : `{ ${inside.join(', ')} }`;
  }
  return String(value);
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [propertyName(key), item]);
}

/** A key as it stands in an object literal. `__proto__` would set the prototype, so it is quoted and computed. */
export function propertyName(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return IDENTIFIER.test(key) ? key : text(key);
}

/** A string literal in single quotes; U+2028 and U+2029 are escaped as they end lines in older readers. */
export function text(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

/** A template literal whose holes are names of constants. */
export function template(tag: string, parts: readonly (string | { readonly hole: string })[]): string {
  const shown = parts.map((part) =>
    typeof part === 'string'
      ? part.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
      : `\${${part.hole}}`,
  );
  return `${tag}\`${shown.join('')}\``;
}

/** Words in lines of at most `width` columns; a longer word has a line of its own. */
export function wrapped(words: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
