/** Small words of messages. */

/** "a table", "an enum". */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** A name of the program in back-ticks; what is already words, or has them, stays as it is. */
export function quoted(name: string): string {
  return /[\s`]/.test(name) && !name.includes('(') ? name : `\`${name}\``;
}
