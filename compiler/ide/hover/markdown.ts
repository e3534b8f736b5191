/** Pieces of Markdown. Texts of the program are shown as code, or as the Markdown that a documentation comment is. */

/** A block of code, fenced so that whatever stands in it stays inside. */
export function fence(language: 'pipe' | 'sql' | 'ts', code: string): string {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), (ticks) => ticks[0].length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${code}\n${ticks}`;
}

/** A word of the program in a sentence. */
export function code(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ');
  return oneLine.includes('`') ? `\`\` ${oneLine} \`\`` : `\`${oneLine}\``;
}

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** Words with the rest counted: "`a`, `b` and 7 more". */
export function some(words: readonly string[], most: number): string {
  const shown = words.slice(0, most).map(code).join(', ');
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}

/** Paragraphs, those that are there. */
export const paragraphs = (parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== '').join('\n\n');

export const count = (n: number, word: string): string => `${n.toLocaleString('en')} ${n === 1 ? word : `${word}s`}`;
