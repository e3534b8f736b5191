/** How what a program's author has named is set apart from the words around it: on a terminal, and in Markdown. */
import { harmless } from '../diagnostics/text-width.ts';

export interface Wording {
  /** A name in a sentence. */
  readonly quoted: (name: string) => string;
  /** A dataset, perhaps with a column, in a list of them. */
  readonly dataset: (name: string) => string;
  /** A type, or a column in a list of them. */
  readonly type: (text: string) => string;
  /** A sentence with names in it. */
  readonly said: (text: string) => string;
  readonly arrow: string;
}

export function terminalWording({ arrow }: { readonly arrow: string }): Wording {
  const quoted = (name: string): string => `\`${name}\``;
  const asIs = (text: string): string => text;
  return { quoted, dataset: asIs, type: asIs, said: harmless, arrow };
}

/**
 * Everything that is not ours is code in Markdown: there no text is markup, HTML, a link or somebody's name that would be told.
 * @param inTable a `|` would end the cell, also in code, and nothing that stands before it keeps it from that
 */
export function markdownWording(inTable: boolean): Wording {
  const code = (text: string): string => {
    const line = harmless(text.replaceAll(/\s+/g, ' ')).trim();
    if (line === '') return '``  ``';
    if (inTable && line.includes('|')) return `<code>${htmlText(line)}</code>`;
    const fence = fenceFor(line, 1);
    const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
    return `${fence}${pad}${line}${pad}${fence}`;
  };
  return { quoted: code, dataset: code, type: code, said: code, arrow: '→' };
}

/** A text in HTML in Markdown: no sign in it means anything to either. */
export const htmlText = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} -]/gu, (sign) => `&#${sign.codePointAt(0)};`);

/** More back-ticks than stand beside each other in the text. */
export function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}
