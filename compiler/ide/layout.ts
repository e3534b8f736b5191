/**
 * The formatter as an editor asks for it: small edits, so that cursors, folds and marks stay where they are. Line ends are
 * those of the file.
 */
import { isCallable } from '../semantics/functions/table.ts';
import type { Query, Stage } from '../syntax/ast.ts';
import { type FormatOptions, format, formatParsed } from '../syntax/format.ts';
import type { Span } from '../syntax/source.ts';
import { type Node, walk } from '../syntax/walk.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { lineHunks } from './line-diff.ts';
import type { TextEdit } from './rename.ts';

/** Of a whole file. A declaration that does not read is left as it is. */
export function layout(workspace: Workspace, file: string): readonly TextEdit[] {
  if (!workspace.has(file)) return [];
  const parsed = workspace.parsed(file);
  return lineEdits(file, parsed.source.text, formatParsed(parsed, options(workspace)));
}

/** Of the declarations that a part of the file touches, with the comments above and behind them. */
export function layoutPart(workspace: Workspace, file: string, part: Span): readonly TextEdit[] {
  if (!workspace.has(file)) return [];
  const { text } = workspace.parsed(file).source;
  const all = workspace.declared(file);
  const touched = all.filter(({ start, end }) => start <= part.end && part.start <= end);
  const [first, last] = [touched[0], touched.at(-1)];
  if (first === undefined || last === undefined) return [];
  const before = all[all.indexOf(first) - 1]?.end ?? 0;
  const lineEnd = text.indexOf('\n', before);
  const above = before > 0 && lineEnd !== -1 && lineEnd < first.start ? lineEnd : before;
  const start = above + (/^\s*/.exec(text.slice(above, first.start))?.[0].length ?? 0);
  const next = text.indexOf('\n', last.end);
  const end = next === -1 ? text.length : next + 1;
  const alone = text.slice(start, end);
  return lineEdits(file, alone, format(alone, options(workspace))).map((edit) => ({
    ...edit,
    start: start + edit.start,
    end: start + edit.end,
  }));
}

/** A function of the project keeps its name, in its own case. */
function options(workspace: Workspace): Partial<FormatOptions> {
  const own = new Set(workspace.names('function').map((name) => name.toLowerCase()));
  return { isBuiltin: (name) => isCallable(name) && !own.has(name) };
}

/** After a character was typed, the cursor behind it: the sign of a stage and a closing brace find their column. */
export function layoutTyped(workspace: Workspace, file: string, offset: number, typed: string): readonly TextEdit[] {
  if (!workspace.has(file)) return [];
  const { text } = workspace.parsed(file).source;
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, offset);
  const wanted =
    typed === '>' && /^[ \t]*\|>$/.test(line)
      ? stageIndent(workspace, file, offset)
      : typed === '}' && /^[ \t]*\}$/.test(line)
        ? openingIndent(text, offset - 1)
        : null;
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  return wanted === null || wanted === indent
    ? []
    : [{ file, start: lineStart, end: lineStart + indent.length, text: wanted }];
}

/** That of the stage before, where that begins a line. */
function stageIndent(workspace: Workspace, file: string, offset: number): string | null {
  const declared = workspace.declared(file).findLast(({ start }) => start < offset);
  if (declared === undefined) return null;
  const { text } = workspace.parsed(file).source;
  const queries: Query[] = [];
  walk(declared.tree, (node: Node) => {
    if (node.kind === 'query') queries.push(node as Query);
  });
  const signAt = offset - 2 - declared.start;
  const stages = queries.flatMap((query): readonly Stage[] =>
    query.start < signAt && (signAt <= query.end || isLast(query, queries)) ? query.stages : [],
  );
  const before = stages.filter((stage) => stage.end <= signAt && stage.kind !== 'missing').at(-1);
  if (before === undefined) return null;
  const at = declared.start + before.start;
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const [, indent = null] = /^([ \t]*)(?:\|>[ \t]*)?$/.exec(line) ?? [];
  return indent;
}

/** The query that goes on at the end of a declaration: the one that ends last. */
function isLast(query: Query, all: readonly Query[]): boolean {
  return all.every((other) => other.end <= query.end);
}

/** Of the line where the brace was opened that is closed here; null where none was. */
function openingIndent(text: string, close: number): string | null {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    const sign = text[at];
    if (sign === '}') depth += 1;
    else if (sign === '{') {
      depth -= 1;
      if (depth === 0) return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at) + 1, at))?.[0] ?? '';
    }
  }
  return null;
}

/** Edits of a text that make another one of it, line by line. */
function lineEdits(file: string, text: string, wanted: string): readonly TextEdit[] {
  const lines = text.split('\n');
  const hasReturns = lines.length > 1 && lines.slice(0, -1).every((line) => line.endsWith('\r'));
  const newLines = wanted.split('\n').map((line) => line.replace(/\r$/, ''));
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  const plain = lines.map((line) => line.replace(/\r$/, ''));
  const lineEnd = hasReturns ? '\r\n' : '\n';
  return lineHunks(plain, newLines).map(({ from, to, newFrom, newTo }): TextEdit => {
    const replacement = newLines.slice(newFrom, newTo);
    // The last line has no end: what goes or comes there takes the end of the line before with it.
    if (to === lines.length) {
      const start = from === 0 ? 0 : (starts[from - 1] ?? 0) + (plain[from - 1] ?? '').length;
      const added = from === 0 ? replacement.join(lineEnd) : replacement.map((line) => `${lineEnd}${line}`).join('');
      return trimmed(text, { file, start, end: text.length, text: added });
    }
    const body = replacement.map((line) => `${line}${lineEnd}`).join('');
    return trimmed(text, { file, start: starts[from] ?? text.length, end: starts[to] ?? text.length, text: body });
  });
}

/** Without what stays the same at both ends. */
function trimmed(text: string, edit: TextEdit): TextEdit {
  let [start, end, from, to] = [edit.start, edit.end, 0, edit.text.length];
  while (start < end && from < to && text[start] === edit.text[from]) {
    start += 1;
    from += 1;
  }
  if (isInside(text, start)) {
    start -= 1;
    from -= 1;
  }
  while (end > start && to > from && text[end - 1] === edit.text[to - 1]) {
    end -= 1;
    to -= 1;
  }
  if (isInside(text, end)) {
    end += 1;
    to += 1;
  }
  return { ...edit, start, end, text: edit.text.slice(from, to) };
}

/** Between the two units of one character, or of one line end. */
function isInside(text: string, offset: number): boolean {
  const [before, after] = [text.charCodeAt(offset - 1), text.charCodeAt(offset)];
  return (before === 0x0d && after === 0x0a) || (before >= 0xd800 && before < 0xdc00);
}
