/** From a name to where it was given, to its type, to what is made of it, and to everywhere else that it stands. */
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Cursor, cursorAt, useAt } from './cursor.ts';
import { columnAt } from './hover/columns.ts';
import { definitions, type FileSpan, type Occurrence, occurrences, type Target, targetOf } from './occurrences.ts';
import { holds, isSame, pathAt } from './tree.ts';

export interface Destination {
  /** The name that was asked about. */
  readonly from: FileSpan;
  readonly to: readonly FileSpan[];
}

interface Found {
  readonly cursor: Cursor;
  readonly target: Target;
  readonly from: FileSpan;
}

function find(workspace: Workspace, file: string, offset: number): Found | null {
  const cursor = cursorAt(workspace, file, offset);
  const use = cursor === null ? null : useAt(workspace, cursor);
  const target = cursor === null || use === null ? null : targetOf(workspace, cursor, use);
  if (cursor === null || use === null || target === null) return null;
  const { start } = cursor.declared;
  return { cursor, target, from: { file, start: start + use.span.start, end: start + use.span.end } };
}

const declaredAt = (workspace: Workspace, symbol: DeclarationSymbol): FileSpan => {
  const { start } = workspace.declaration(symbol);
  return { file: symbol.file, start: start + symbol.span.start, end: start + symbol.span.end };
};

/** Of a `*`, where the columns that it stands for were given. */
export function definitionAt(workspace: Workspace, file: string, offset: number): Destination | null {
  const found = find(workspace, file, offset);
  if (found === null) return starAt(workspace, file, offset);
  const to = definitions(workspace, found.target);
  return to.length === 0 ? null : { from: found.from, to };
}

/** The datasets that `*` and `o.*` take columns of. */
function starAt(workspace: Workspace, file: string, offset: number): Destination | null {
  const cursor = cursorAt(workspace, file, offset);
  if (cursor === null) return null;
  const stage = pathAt(cursor).findLast((node) => node.kind === 'select' || node.kind === 'sql-select');
  const star = stage?.items.find((item) => item.kind === 'star' && holds(item, cursor.offset));
  if (stage === undefined || star?.kind !== 'star') return null;
  const { seen } = workspace.trace(cursor.declared.symbol);
  const before = seen.find(({ span }) => isSame(span, stage))?.before;
  const qualifier = star.qualifier?.text;
  const columns =
    qualifier === undefined ? before?.columns : before?.tables.find(({ name }) => name === qualifier)?.columns;
  const datasets = (columns ?? []).flatMap(({ origins }) =>
    origins.flatMap((each) => (each.kind === 'direct' ? each.dataset : [])),
  );
  const to = [...new Set(datasets)].flatMap((name) => {
    const symbol = workspace.symbol('dataset', name);
    return symbol === null ? [] : [declaredAt(workspace, symbol)];
  });
  const { start } = cursor.declared;
  return to.length === 0 ? null : { from: { file, start: start + star.start, end: start + star.end }, to };
}

/** The type of a dataset's rows, or the enum of a column. */
export function typeDefinitionAt(workspace: Workspace, file: string, offset: number): Destination | null {
  const found = find(workspace, file, offset);
  if (found === null) return null;
  const name = typeNameOf(workspace, found);
  const symbol = name === null ? null : workspace.symbol('type', name);
  return symbol === null ? null : { from: found.from, to: [declaredAt(workspace, symbol)] };
}

function typeNameOf(workspace: Workspace, { target, cursor }: Found): string | null {
  switch (target.kind) {
    case 'declaration': {
      const { symbol } = target;
      if (symbol.namespace === 'type') return symbol.name;
      return symbol.namespace === 'dataset' ? (workspace.declaration(symbol).tree.type?.name.text ?? null) : null;
    }
    case 'column': {
      const use = useAt(workspace, cursor);
      const type = use === null ? null : (columnAt(workspace, cursor.declared, use)?.type ?? null);
      const element = type?.kind === 'list' ? type.element : type;
      return element?.kind === 'enum' ? element.name : null;
    }
    case 'value':
      return target.enum.name;
    case 'parameter': {
      const { declared, name } = target;
      return declared.tree.parameters?.find((each) => each.name.text === name)?.type?.name.text ?? null;
    }
    default:
      return null;
  }
}

/** What is made of it: the datasets that read a dataset, or whose rows are of a type. */
export function implementationsAt(workspace: Workspace, file: string, offset: number): Destination | null {
  const found = find(workspace, file, offset);
  if (found?.target.kind !== 'declaration') return null;
  const { symbol } = found.target;
  const made =
    symbol.namespace === 'dataset'
      ? workspace.catalog.readers(symbol.name).flatMap((name) => workspace.symbol('dataset', name) ?? [])
      : symbol.kind === 'type'
        ? workspace.symbols.filter(
            (each) => each.namespace === 'dataset' && workspace.declaration(each).tree.type?.name.text === symbol.name,
          )
        : [];
  return made.length === 0 ? null : { from: found.from, to: made.map((each) => declaredAt(workspace, each)) };
}

/** Every place that means the same, in the order of files and text. */
export function referencesAt(workspace: Workspace, file: string, offset: number): readonly Occurrence[] {
  const found = find(workspace, file, offset);
  return found === null ? [] : occurrences(workspace, found.target);
}

/** Those of one file. */
export function highlightsAt(workspace: Workspace, file: string, offset: number): readonly Occurrence[] {
  const found = find(workspace, file, offset);
  return found === null ? [] : occurrences(workspace, found.target, file);
}
