/** Plain data as a TypeScript literal that a person would have written: keys unquoted where they may be, one line where it fits. */

const WIDTH = 110;
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** `indent` is the column at which the literal begins on its first line's indentation. */
export function literal(value: unknown, indent = 0): string {
  const flat = inline(value);
  if (flat.length + indent <= WIDTH && !flat.includes('\n')) return flat;
  const pad = ' '.repeat(indent + 2);
  const close = ' '.repeat(indent);
  if (Array.isArray(value))
    return `[\n${value.map((item) => `${pad}${literal(item, indent + 2)},\n`).join('')}${close}]`;
  if (typeof value === 'object' && value !== null) {
    return `{\n${entries(value)
      .map(([key, item]) => `${pad}${key}: ${literal(item, indent + 2)},\n`)
      .join('')}${close}}`;
  }
  return flat;
}

function inline(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
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
