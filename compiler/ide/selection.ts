/** What a growing selection takes in, step by step: a word, its expression, the stage, the query, the declaration, the file. */
import type { Span } from '../syntax/source.ts';
import { walk } from '../syntax/walk.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { cursorAt } from './cursor.ts';

/** Spans around an offset, each inside the next; the last is the file's. */
export function selections(workspace: Workspace, file: string, offset: number): readonly Span[] {
  if (!workspace.has(file)) return [];
  const { text } = workspace.parsed(file).source;
  const spans: Span[] = [wordAt(text, offset), lineAt(text, offset), { start: 0, end: text.length }];
  const cursor = cursorAt(workspace, file, offset);
  if (cursor !== null) {
    const { tree, start, end } = cursor.declared;
    spans.push({ start, end }, { start: docStart(text, start), end });
    for (const { value, ...property } of tree.properties) spans.push(at(property, start), at(value, start));
    walk(tree, (node) => {
      if (typeof node.kind !== 'string') return;
      spans.push(at(node, start));
      if (node.kind === 'string') spans.push({ start: start + node.start + 1, end: start + node.end - 1 });
    });
  }
  const around = spans.filter((span) => span.start <= offset && offset <= span.end && span.end > span.start);
  around.sort((a, b) => a.end - a.start - (b.end - b.start));
  const nested: Span[] = [];
  for (const span of around) {
    const last = nested.at(-1);
    if (
      last === undefined ||
      (span.start <= last.start && last.end <= span.end && span.end - span.start > last.end - last.start)
    )
      nested.push(span);
  }
  return nested;
}

const at = ({ start, end }: Span, base: number): Span => ({ start: base + start, end: base + end });

function wordAt(text: string, offset: number): Span {
  let [start, end] = [offset, offset];
  while (start > 0 && /[\w$]/.test(text.charAt(start - 1))) start -= 1;
  while (end < text.length && /[\w$]/.test(text.charAt(end))) end += 1;
  return { start, end };
}

/** A line without its indentation and its end. */
function lineAt(text: string, offset: number): Span {
  const begin = text.lastIndexOf('\n', offset - 1) + 1;
  const next = text.indexOf('\n', offset);
  const line = text.slice(begin, next === -1 ? text.length : next);
  return { start: begin + line.length - line.trimStart().length, end: begin + line.trimEnd().length };
}

/** Where the doc comment above a declaration begins. */
function docStart(text: string, start: number): number {
  let begin = start;
  for (let from = begin; from > 0; ) {
    const previous = text.lastIndexOf('\n', from - 2) + 1;
    if (!text.slice(previous, from).trimStart().startsWith('///')) break;
    begin = from = previous;
  }
  return begin;
}
