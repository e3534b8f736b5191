/** What can be folded away: declarations, what is in brackets, stages of several lines, runs of comments. */
import { lex } from '../syntax/lexer.ts';
import { Reporter } from '../syntax/report.ts';
import type { Span } from '../syntax/source.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Lines from 0: the first stays, those after it up to and with the last go. */
export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly kind: 'code' | 'comment' | 'region';
}

export function folds(workspace: Workspace, file: string): readonly Fold[] {
  if (!workspace.has(file)) return [];
  const { source, comments } = workspace.parsed(file);
  const lineOf = (offset: number): number => source.position(offset).line - 1;
  const found = new Map<string, Fold>();
  const add = (first: number, last: number, kind: Fold['kind']): void => {
    const key = `${first} ${last}`;
    if (last > first && !found.has(key)) found.set(key, { first, last, kind });
  };
  for (const { start, end } of workspace.declared(file)) add(lineOf(start), lineOf(end), 'code');
  // The line of the closing bracket stays, so that one sees where the text goes on.
  for (const { start, end } of brackets(source.text)) add(lineOf(start), lineOf(end) - 1, 'code');
  for (const { start, end } of commentRuns(source.text, comments)) add(lineOf(start), lineOf(end), 'comment');
  for (const { start, end } of regions(source.text, comments)) add(lineOf(start), lineOf(end), 'region');
  // A declaration that ends with its closing bracket is folded as that is.
  const kept = [...found.values()].filter(({ first, last }) => !found.has(`${first} ${last - 1}`));
  return kept.sort((a, b) => a.first - b.first || b.last - a.last);
}

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** From the opening bracket to the closing one. */
function brackets(text: string): readonly Span[] {
  const open: { readonly sign: string; readonly start: number }[] = [];
  const pairs: Span[] = [];
  for (const { image, start, end } of lex(text, new Reporter('')).tokens) {
    // A name in back-ticks may look like one.
    if (end - start !== 1) continue;
    if (image === '(' || image === '[' || image === '{') open.push({ sign: image, start });
    const opened = Object.hasOwn(CLOSES, image) ? CLOSES[image] : undefined;
    if (opened === undefined) continue;
    // One that was never closed is passed over.
    const at = open.findLastIndex(({ sign }) => sign === opened);
    const [pair] = at === -1 ? [] : open.splice(at);
    if (pair !== undefined) pairs.push({ start: pair.start, end: start });
  }
  return pairs;
}

/** Comments on lines of their own that follow one another, and those in several lines. */
function commentRuns(text: string, comments: readonly Span[]): readonly Span[] {
  const runs: { start: number; end: number }[] = [];
  for (const { start, end } of comments) {
    const last = runs.at(-1);
    const stands = /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, start - 200), start));
    if (last !== undefined && stands && /^\r?\n?[ \t]*$/.test(text.slice(last.end, start))) last.end = end;
    else if (stands) runs.push({ start, end });
  }
  // A comment of a line ends with it or before it, as its kind has it.
  return runs.map(({ start, end }) => ({ start, end: text[end - 1] === '\n' ? end - 1 : end }));
}

/** Between `// #region` and `// #endregion`. */
function regions(text: string, comments: readonly Span[]): readonly Span[] {
  const open: Span[] = [];
  const found: Span[] = [];
  for (const { start, end } of comments) {
    const words = text.slice(start, end);
    if (/^\W*#region\b/.test(words)) open.push({ start, end });
    const begun = /^\W*#endregion\b/.test(words) ? open.pop() : undefined;
    if (begun !== undefined) found.push({ start: begun.start, end });
  }
  return found;
}
