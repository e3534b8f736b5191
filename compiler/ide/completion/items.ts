/** What is offered at a cursor, as plain data. */
import { reservedTypes } from '../../syntax/tokens.ts';

export type ItemKind =
  | 'keyword'
  | 'declaration'
  | 'stage'
  | 'property'
  | 'argument'
  | 'dataset'
  | 'store'
  | 'schema'
  | 'type'
  | 'enum'
  | 'value'
  | 'column'
  | 'alias'
  | 'parameter'
  | 'function'
  | 'connector'
  | 'name'
  | 'condition'
  | 'file'
  | 'folder'
  | 'check'
  | 'annotation';

/** The most fitting first. */
export const Rank = { best: 0, fits: 1, near: 2, alias: 3, own: 4, good: 5, other: 6, word: 7, far: 8 } as const;
export type Rank = (typeof Rank)[keyof typeof Rank];

export interface CompletionItem {
  readonly label: string;
  readonly kind: ItemKind;
  /** Beside the label: the type of a column, the signature of a function. */
  readonly detail: string | null;
  /** Markdown. */
  readonly doc: string | null;
  /** As a snippet of editors: `$1`, `${1:name}` and `$0` are where the cursor goes. `plainText` gives it without. */
  readonly insert: string;
  /** What is compared with the word typed so far. */
  readonly filter: string;
  readonly rank: Rank;
  /** Characters that accept it and are written after it. */
  readonly commit: readonly string[];
  /** What is asked once it is accepted: what may follow, or what the call takes. */
  readonly then: 'completion' | 'signature' | null;
  /** The dataset that it is, whose rows are told to whoever looks at it (`datasetDoc`). */
  readonly dataset: string | null;
}

export function item(
  label: string,
  kind: ItemKind,
  given: Partial<Omit<CompletionItem, 'label' | 'kind'>> = {},
): CompletionItem {
  return {
    label,
    kind,
    detail: given.detail ?? null,
    doc: given.doc ?? null,
    insert: given.insert ?? escaped(label),
    filter: given.filter ?? label,
    rank: given.rank ?? Rank.other,
    commit: given.commit ?? [],
    then: given.then ?? null,
    dataset: given.dataset ?? null,
  };
}

/** A text in a snippet that means itself. */
export const escaped = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

/** A snippet as the text that an editor without snippets writes. */
export function plainText(snippet: string): string {
  return snippet
    .replace(/(?<!\\)\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/(?<!\\)\$\d/g, '')
    .replace(/\\([\\$}])/g, '$1');
}

/** A name as it has to be written. */
export const written = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reservedTypes.has(name.toLowerCase()) ? name : `\`${name}\``;

export const words = (texts: readonly string[], rank: Rank = Rank.word): readonly CompletionItem[] =>
  texts.map((text) => item(text, 'keyword', { rank }));

/** Words after which something is to come that can be offered. */
export const leading = (texts: readonly string[], rank: Rank = Rank.word): readonly CompletionItem[] =>
  texts.map((text) => item(text, 'keyword', { insert: `${escaped(text)} $0`, rank, then: 'completion' }));

/** More than this are not looked through by anybody. */
export const MANY = 200;

/** Of many, those that fit what is typed, as editors compare: first those that begin with it. */
export function fitting<T>(all: readonly T[], typed: string, text: (each: T) => string): readonly T[] {
  if (all.length <= MANY) return all;
  const word = typed.toLowerCase();
  const begins: T[] = [];
  const holds: T[] = [];
  for (const each of all) {
    const own = text(each).toLowerCase();
    if (own.startsWith(word)) begins.push(each);
    else if (holdsInOrder(own, word)) holds.push(each);
    if (begins.length === MANY) break;
  }
  return [...begins, ...holds].slice(0, MANY);
}

function holdsInOrder(text: string, typed: string): boolean {
  let at = 0;
  for (const character of typed) {
    at = text.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
