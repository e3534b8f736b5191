/** What is drawn between the words: the rows after each stage, types that follow from the query, names of parameters. */
import type { RelColumn } from '../relational/rel.ts';
import { type Column, valueName } from '../relational/types.ts';
import type { Trace } from '../semantics/trace.ts';
import type { Span } from '../syntax/source.ts';
import { walk } from '../syntax/walk.ts';
import type { Declared, Workspace } from '../workspace/workspace.ts';

export interface InlayHint {
  /** Of the file. */
  readonly offset: number;
  readonly label: string;
  /** Markdown. */
  readonly tooltip: string | null;
  readonly kind: 'rows' | 'type' | 'parameter';
}

/** Which are wanted. */
export interface InlayKinds {
  readonly rows: boolean;
  readonly types: boolean;
  readonly parameters: boolean;
}

/** In a part of a file, in the order of the text. */
export function inlayHints(workspace: Workspace, file: string, range: Span, wanted: InlayKinds): readonly InlayHint[] {
  const hints: InlayHint[] = [];
  for (const declared of workspace.declared(file)) {
    if (declared.start >= range.end || declared.end <= range.start) continue;
    const trace = workspace.trace(declared.symbol);
    if (wanted.types) hints.push(...typeHints(declared, trace));
    if (wanted.parameters) hints.push(...parameterHints(workspace, declared));
    if (wanted.rows) hints.push(...rowHints(workspace, declared, trace));
  }
  return hints.filter(({ offset }) => range.start <= offset && offset <= range.end).sort((a, b) => a.offset - b.offset);
}

/** At the end of a stage that changes the columns: what it changes, or how many there are where that is much. */
function rowHints(workspace: Workspace, { symbol, start }: Declared, { seen }: Trace): readonly InlayHint[] {
  const text = workspace.text(symbol.file);
  const hints = new Map<number, InlayHint>();
  for (const { span, before, after } of seen) {
    if (after === null || after.some(({ type }) => type.kind === 'error')) continue;
    const label = change(before.columns, after);
    if (label === null) continue;
    const offset = start + span.end;
    // In the middle of a line it would tear the words apart.
    const rest = text.slice(offset, lineEnd(text, offset)).trim();
    if (rest !== '' && !rest.startsWith('//')) continue;
    hints.set(offset, { offset, label, tooltip: columnsText(after), kind: 'rows' });
  }
  return [...hints.values()];
}

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
};

/** More changes than this are counted. */
const FEW = 3;

function change(before: readonly RelColumn[], after: readonly RelColumn[]): string | null {
  if (before.length === 0) return count(after);
  const byId = new Map(before.map((column) => [column.id, column]));
  const byName = new Map(before.map((column) => [column.name, column]));
  const names = new Map<string, number>();
  for (const { name } of after) names.set(name, (names.get(name) ?? 0) + 1);
  // Of two columns of one name, each is itself.
  const was = (column: RelColumn): RelColumn | undefined =>
    byId.get(column.id) ?? (names.get(column.name) === 1 ? byName.get(column.name) : undefined);
  const added = after.filter((column) => was(column) === undefined);
  const gone = before.filter(({ name }) => !names.has(name));
  const other = after.filter((column) => {
    const old = was(column);
    return old !== undefined && valueName(old) !== valueName(column);
  });
  const changes = [
    ...added.map((column) => `+ ${told(column)}`),
    ...other.map((column) => `~ ${told(column)}`),
    ...gone.map(({ name }) => `− ${name}`),
  ];
  if (changes.length === 0) return null;
  return changes.length <= FEW ? changes.join(', ') : count(after);
}

const told = (column: Column): string => `${column.name} ${valueName(column)}`;

const count = ({ length }: readonly RelColumn[]): string => `${length} column${length === 1 ? '' : 's'}`;

function columnsText(columns: readonly RelColumn[]): string {
  return `\`\`\`pipe\n${columns.map((column) => `${column.name}: ${valueName(column)}`).join('\n')}\n\`\`\``;
}

/** Behind the name of a column that the query makes. */
function typeHints({ start }: Declared, { uses, seen }: Trace): readonly InlayHint[] {
  const columns = new Map<number, RelColumn>();
  for (const { after } of seen) for (const column of after ?? []) columns.set(column.id, column);
  return uses.flatMap(({ span, meaning, gives }): InlayHint[] => {
    if (!gives || meaning.kind !== 'column') return [];
    const column = columns.get(meaning.id);
    if (column === undefined || column.type.kind === 'error') return [];
    return [{ offset: start + span.end, label: `: ${valueName(column)}`, tooltip: column.doc, kind: 'type' }];
  });
}

/** Before the arguments of the project's own functions, whose parameters nobody knows by heart. */
function parameterHints(workspace: Workspace, { tree, start, symbol }: Declared): readonly InlayHint[] {
  const text = workspace.text(symbol.file);
  const hints: InlayHint[] = [];
  walk(tree, (node) => {
    if (node.kind !== 'call' || !('args' in node)) return;
    const fn = workspace.symbol('function', node.name.parts[0]?.text ?? '');
    if (fn === null || node.name.parts.length > 1) return;
    const parameters = workspace.declaration(fn).tree.parameters ?? [];
    for (const [index, { value, name }] of node.args.entries()) {
      const parameter = parameters[index]?.name.text;
      const written = text.slice(start + value.start, start + value.end);
      // What is named like its parameter says it already.
      if (parameter === undefined || name !== null || value.kind === 'missing') continue;
      if (written === parameter || written.endsWith(`.${parameter}`)) continue;
      hints.push({ offset: start + value.start, label: `${parameter}:`, tooltip: null, kind: 'parameter' });
    }
  });
  return hints;
}
