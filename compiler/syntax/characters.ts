/** Classes of characters, and what strings mean. */

/** 1 starts a word, 2 may stand in one. */
const wordClass = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
  if (isLetter) wordClass[code] = 1;
  else if (code >= 48 && code <= 57) wordClass[code] = 2;
}

export const isWordStart = (code: number): boolean => code < 128 && wordClass[code] === 1;
export const isWordPart = (code: number): boolean => code < 128 && wordClass[code] !== 0;

/** Spaces that editors and web pages put in: read as a space, without words. */
export function isSpace(code: number): boolean {
  return (
    code === 11 ||
    code === 12 ||
    code === 0xa0 ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x3000 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x202f ||
    code === 0x205f
  );
}

/** What an invisible character is, in words; null for a visible one. */
export function suspicious(code: number): string | null {
  if (code === 0) return 'NUL';
  if (code < 32 || code === 127) return 'control character';
  if (
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    code === 0x200e ||
    code === 0x200f ||
    code === 0x061c
  )
    return 'bidirectional control';
  if (code === 0xfeff || (code >= 0x200b && code <= 0x200d) || code === 0x2060 || code === 0xad)
    return 'zero-width character';
  return null;
}

/** The half of a surrogate pair that stands alone, or -1. */
export function loneSurrogate(text: string): number {
  if (text.isWellFormed()) return -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = text.charCodeAt(at + 1);
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return at;
    at++;
  }
  return -1;
}

/** Meaning of a string token, escapes resolved. An escape that is not of the table is kept as written. */
export function stringValue(image: string): string {
  const first = image[0]!;
  if (first === 'r' || first === 'R') return withoutQuotes(image.slice(1));
  if (image.startsWith('"""')) return withoutQuotes(image);
  const inner = withoutQuotes(image);
  if (!inner.includes('\\') && !inner.includes("''")) return inner;
  const pattern = first === "'" ? /\\u\{([0-9A-Fa-f]{1,6})\}|\\([\s\S])|''/g : /\\u\{([0-9A-Fa-f]{1,6})\}|\\([\s\S])/g;
  return inner.replace(pattern, (whole, unicode: string | undefined, escaped: string | undefined) => {
    if (unicode !== undefined)
      return Number.parseInt(unicode, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(unicode, 16)) : whole;
    switch (escaped) {
      case undefined:
        return "'";
      case "'":
      case '"':
      case '\\':
        return escaped;
      case 'n':
        return '\n';
      case 't':
        return '\t';
      default:
        return whole;
    }
  });
}

function withoutQuotes(image: string): string {
  if (image.startsWith('"""')) return image.length >= 6 && image.endsWith('"""') ? image.slice(3, -3) : image.slice(3);
  const quote = image[0]!;
  const closing = ({ '‘': '’', '“': '”', '„': '“', '«': '»' } as Record<string, string>)[quote] ?? quote;
  return image.length >= 2 && image.endsWith(closing) ? image.slice(1, -1) : image.slice(1);
}
