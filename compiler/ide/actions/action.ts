/** What can be done at a place beyond the fixes that diagnostics bring: one file an action, listed in registry.ts. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Property } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import type { Declared, Workspace } from '../../workspace/workspace.ts';
import type { TextEdit } from '../rename.ts';

export interface Action {
  /** A sentence without a full stop. */
  readonly title: string;
  readonly kind: 'quickfix' | 'extract' | 'inline' | 'rewrite';
  readonly edits: readonly TextEdit[];
}

export interface ActionAsked {
  readonly workspace: Workspace;
  readonly file: string;
  /** What is selected, in the file; empty at a cursor. */
  readonly span: Span;
  /** The declaration that the selection begins in. */
  readonly declared: Declared;
  /** Of the selection's begin, in the declaration. */
  readonly offset: number;
  /** What is wrong in the selection. */
  readonly problems: readonly Diagnostic[];
}

export type ActionRule = (asked: ActionAsked) => readonly Action[];

export const textOf = ({ workspace, file, declared }: ActionAsked, { start, end }: Span): string =>
  workspace.text(file).slice(declared.start + start, declared.start + end);

/** An edit at a span of the declaration. */
export const edit = ({ file, declared: { start } }: ActionAsked, span: Span, text: string): TextEdit => ({
  file,
  start: start + span.start,
  end: start + span.end,
  text,
});

/** A declaration of its own below this one. */
export const below = (asked: ActionAsked, text: string): TextEdit => {
  const { start, end } = asked.declared;
  return edit(asked, { start: end - start, end: end - start }, `\n\n${text}`);
};

/** A declaration of its own above this one and its documentation. */
export function above(asked: ActionAsked, text: string): TextEdit {
  const { workspace, file, declared } = asked;
  const lines = workspace.text(file).slice(0, declared.start).split('\n');
  let at = declared.start;
  // The last piece is what stands before the declaration on its own line.
  for (let line = lines.length - 2; line >= 0 && lines[line]?.trimStart().startsWith('///'); line--)
    at -= (lines[line]?.length ?? 0) + 1;
  return { file, start: at, end: at, text: `${text}\n\n` };
}

/** Where the words before the braces and the query end. */
export function headEnd({ tree }: Declared): number {
  const parts = [tree.kind, tree.name, tree.type, tree.of, tree.for, tree.on, tree.from, tree.in];
  return Math.max(...parts.flatMap((part) => part?.end ?? []));
}

/** A property more, laid out as those that are there. */
export function withProperty(asked: ActionAsked, name: string, value: string): TextEdit {
  const { declared } = asked;
  const { properties } = declared.tree;
  const last = properties.at(-1);
  const at = headEnd(declared);
  if (last === undefined) {
    const braces = /^\s*\{\s*\}/.exec(textOf(asked, { start: at, end: declared.end - declared.start }));
    return edit(asked, { start: at, end: at + (braces?.[0].length ?? 0) }, ` { ${name}: ${value} }`);
  }
  const after = { start: last.end, end: last.end };
  const before = textOf(asked, { start: at, end: last.start });
  const indent = /\n([ \t]*)$/.exec(before)?.[1];
  return edit(asked, after, indent === undefined ? `, ${name}: ${value}` : `\n${indent}${name}: ${value}`);
}

export const hasProperty = ({ declared }: ActionAsked, name: string): boolean =>
  declared.tree.properties.some((each: Property) => each.name.text === name);

/** A name that no dataset has: `wanted`, else `wanted_2`, … */
export function freeName(workspace: Workspace, wanted: string): string {
  const taken = (name: string): boolean => workspace.datasetsNamed(name).length > 0;
  if (!taken(wanted)) return wanted;
  for (let n = 2; ; n++) if (!taken(`${wanted}_${n}`)) return `${wanted}_${n}`;
}
