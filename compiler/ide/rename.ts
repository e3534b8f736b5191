/**
 * Rename: the new name at every place that means the same thing, over the whole project.
 *
 * The edits are proven before they are given: the project is read again with them, and nothing may be wrong that was not wrong
 * before, and exactly the edited places must mean the renamed thing. So a new name that hides another, or is hidden by one, is
 * refused with what would go wrong.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { unstorable } from '../semantics/symbols.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';
import { type Cursor, cursorAt, useAt } from './cursor.ts';
import { type FileSpan, keyOf, type Occurrence, occurrences, type Target, targetOf, unquoted } from './occurrences.ts';

export interface TextEdit extends FileSpan {
  readonly text: string;
}

export type Rename =
  | { readonly kind: 'edits'; readonly edits: readonly TextEdit[] }
  /** Why it cannot be done, in words for the person. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What can be renamed at the cursor: its place and name as written; or why it cannot. Null where there is no name. */
export function renameable(
  workspace: Workspace,
  file: string,
  offset: number,
): (FileSpan & { readonly name: string }) | { readonly refused: string } | null {
  const found = targetAt(workspace, file, offset);
  if (found === null) return null;
  const { target, at } = found;
  if (target.kind === 'builtin') return { refused: `\`${target.name}\` is a function of the language` };
  if (target.kind === 'declaration' && target.symbol.namespace === 'project')
    return { refused: 'the project is named in its declaration alone: edit it there' };
  return { ...at, name: unquoted(workspace.text(file).slice(at.start, at.end)) };
}

export function rename(workspace: Workspace, file: string, offset: number, name: string): Rename {
  const found = targetAt(workspace, file, offset);
  if (found === null) return refused('there is no name here');
  const { target } = found;
  const places = occurrences(workspace, target);
  const why = target.kind === 'builtin' ? 'a function of the language keeps its name' : wrongName(target, name);
  if (why !== null) return refused(why);
  const beyond = beyondReach(workspace, target);
  if (beyond !== null) return refused(beyond);
  const edits = places.map(({ file: path, start, end }): TextEdit => ({ file: path, start, end, text: name }));
  const sources = keptPaths(workspace, target, places);
  return proven(workspace, edits, sources, name);
}

function targetAt(
  workspace: Workspace,
  file: string,
  offset: number,
): { readonly cursor: Cursor; readonly target: Target; readonly at: FileSpan } | null {
  const cursor = cursorAt(workspace, file, offset);
  const use = cursor === null ? null : useAt(workspace, cursor);
  const target = cursor === null || use === null ? null : targetOf(workspace, cursor, use);
  if (cursor === null || use === null || target === null) return null;
  const { start } = cursor.declared;
  return { cursor, target, at: { file, start: start + use.span.start, end: start + use.span.end } };
}

const refused = (reason: string): Rename => ({ kind: 'refused', reason });

function wrongName(target: Target, name: string): string | null {
  if (name === '') return 'a name is needed';
  const isStored =
    target.kind === 'column'
      ? target.owners.size > 0
      : target.kind === 'declaration' && target.symbol.namespace === 'dataset';
  const why = isStored ? unstorable(name) : /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? null : 'characters';
  switch (why) {
    case null:
      return null;
    case 'case':
      return `\`${name}\` has capitals: engines disagree about them, so names that are stored are in lower case`;
    case 'characters':
      return `\`${name}\` is no name: letters, digits and \`_\`, and no digit first`;
    case 'length':
      return `\`${name}\` is longer than every engine keeps`;
  }
}

/** Texts that use the name and are not pipec's to read: an engine's own SQL, a function in TypeScript. */
function beyondReach(workspace: Workspace, target: Target): string | null {
  const datasets =
    target.kind === 'column'
      ? [...target.owners].flatMap((key) => (key.startsWith('dataset ') ? (key.slice(8).split('\n')[0] ?? []) : []))
      : target.kind === 'declaration' && target.symbol.namespace === 'dataset'
        ? [target.symbol.name]
        : [];
  const name = target.kind === 'column' ? target.name : '';
  for (const dataset of datasets) {
    const own = workspace.symbol('dataset', dataset);
    const readers = workspace.catalog.readers(dataset).flatMap((each) => workspace.symbol('dataset', each) ?? []);
    for (const symbol of own === null ? readers : [own, ...readers]) {
      const declared = workspace.declaration(symbol);
      const text = workspace.text(symbol.file).slice(declared.start, declared.end);
      if (isRaw(declared) && (symbol === own || name === '' || new RegExp(`\\b${name}\\b`, 'i').test(text)))
        return `\`${symbol.name}\` is written in an engine's own SQL, which names it: change it there by hand`;
      if (symbol.kind === 'step' && target.kind === 'column')
        return `\`${symbol.name}\` is a step, whose function in TypeScript names the column: change it there by hand`;
    }
  }
  return null;
}

const isRaw = ({ tree }: Declared): boolean => tree.value?.kind === 'sql' || tree.value?.kind === 'object';

/** A field of a source is found under its name in what it reads: under another it says where it comes from. */
function keptPaths(workspace: Workspace, target: Target, places: readonly Occurrence[]): readonly TextEdit[] {
  if (target.kind !== 'column') return [];
  const edits: TextEdit[] = [];
  const sources = new Set(
    workspace.symbols.flatMap((symbol) => {
      if (symbol.kind !== 'source') return [];
      return workspace.declaration(symbol).tree.type?.name.text ?? [];
    }),
  );
  for (const type of sources) {
    if (!target.owners.has(keyOf({ kind: 'type', name: type }, target.name))) continue;
    const symbol = workspace.symbol('type', type);
    if (symbol === null) continue;
    const { tree, start } = workspace.declaration(symbol);
    const field =
      tree.body?.kind === 'type-body' ? tree.body.fields.find((each) => each.name.text === target.name) : undefined;
    const isEdited = places.some(
      (each) => each.file === symbol.file && each.start === start + (field?.name.start ?? -1),
    );
    if (field === undefined || !isEdited || field.annotations.some(({ name }) => name.text === 'from')) continue;
    const at = start + Math.max(field.type.end, ...field.annotations.map(({ end }) => end));
    edits.push({ file: symbol.file, start: at, end: at, text: ` @from('${target.name}')` });
  }
  return edits;
}

function proven(
  workspace: Workspace,
  places: readonly TextEdit[],
  additions: readonly TextEdit[],
  name: string,
): Rename {
  const [first] = places;
  if (first === undefined) return refused('nothing names it');
  const edits = [...places, ...additions];
  const before = new Map([...new Set(edits.map(({ file }) => file))].map((file) => [file, workspace.text(file)]));
  const errors = countsOf(errorsOf(workspace));
  try {
    for (const [file, text] of before)
      workspace.setFile(
        file,
        applied(
          text,
          edits.filter((each) => each.file === file),
        ),
      );
    const now = errorsOf(workspace);
    const counts = countsOf(now);
    const added = now.find(({ code }) => (counts.get(code) ?? 0) > (errors.get(code) ?? 0));
    if (added !== undefined) return refused(`with \`${name}\`: ${added.message}`);
    const key = (each: FileSpan): string => `${each.file}\n${each.start}`;
    const shift = shiftOf(edits);
    const moved = (each: FileSpan): FileSpan => ({ ...each, start: each.start + shift(each) });
    const wanted = new Set(places.map((each) => key(moved(each))));
    const again = targetAt(workspace, first.file, moved(first).start);
    const meant = again === null ? [] : occurrences(workspace, again.target);
    const other = meant.find((each) => !wanted.has(key(each)));
    if (other !== undefined || meant.length < wanted.size) {
      const where = other === undefined ? '' : ` in \`${other.inside.name}\``;
      return refused(`\`${name}\` is the name of something else${where}`);
    }
    return { kind: 'edits', edits };
  } finally {
    for (const [file, text] of before) workspace.setFile(file, text);
  }
}

const errorsOf = (workspace: Workspace): readonly Diagnostic[] =>
  workspace.check().filter(({ severity }) => severity === 'error');

function countsOf(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of diagnostics) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

/** How far the edits before a place move it. */
function shiftOf(edits: readonly TextEdit[]): (place: FileSpan) => number {
  const byFile = Map.groupBy(edits, ({ file }) => file);
  const sorted = new Map(
    [...byFile].map(([file, all]) => {
      let by = 0;
      const steps = all
        .toSorted((a, b) => a.start - b.start)
        .map(({ start, end, text }) => {
          by += text.length - (end - start);
          return { start, by };
        });
      return [file, steps];
    }),
  );
  return ({ file, start }) => sorted.get(file)?.findLast((step) => step.start < start)?.by ?? 0;
}

/** A text with edits that do not overlap. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  let now = text;
  for (const edit of [...edits].sort((a, b) => b.start - a.start))
    now = now.slice(0, edit.start) + edit.text + now.slice(edit.end);
  return now;
}
