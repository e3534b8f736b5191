/** What a dataset reads, and who reads it, each with the places where it is named. */
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { cursorAt, useAt, usesIn } from './cursor.ts';
import type { FileSpan } from './occurrences.ts';

export interface FlowItem {
  readonly symbol: DeclarationSymbol;
  readonly doc: string | null;
  /** All of it, and its name. */
  readonly whole: FileSpan;
  readonly name: FileSpan;
}

export interface Flow {
  readonly item: FlowItem;
  /** Where the one that reads names the other. */
  readonly mentions: readonly FileSpan[];
}

export function flowItem(workspace: Workspace, dataset: string): FlowItem | null {
  const symbol = workspace.symbol('dataset', dataset);
  if (symbol === null) return null;
  const { tree, start, end } = workspace.declaration(symbol);
  const { file, span } = symbol;
  return {
    symbol,
    doc: tree.doc,
    whole: { file, start, end },
    name: { file, start: start + span.start, end: start + span.end },
  };
}

/** The dataset that is named at the cursor, or that its declaration is. */
export function flowAt(workspace: Workspace, file: string, offset: number): FlowItem | null {
  const cursor = cursorAt(workspace, file, offset);
  if (cursor === null) return null;
  const meaning = useAt(workspace, cursor)?.meaning;
  if (meaning?.kind === 'declaration' && meaning.namespace === 'dataset') return flowItem(workspace, meaning.name);
  const { symbol } = cursor.declared;
  return symbol.namespace === 'dataset' ? flowItem(workspace, symbol.name) : null;
}

export function upstream(workspace: Workspace, dataset: string): readonly Flow[] {
  return (workspace.catalog.get(dataset)?.reads ?? []).flatMap((name) => flow(workspace, name, dataset, name) ?? []);
}

export function downstream(workspace: Workspace, dataset: string): readonly Flow[] {
  return workspace.catalog.readers(dataset).flatMap((name) => flow(workspace, name, name, dataset) ?? []);
}

function flow(workspace: Workspace, other: string, reader: string, read: string): Flow | null {
  const item = flowItem(workspace, other);
  const from = flowItem(workspace, reader);
  if (item === null || from === null) return null;
  const declared = workspace.declaration(from.symbol);
  const mentions = usesIn(workspace, declared).flatMap(({ span, meaning }) =>
    meaning.kind === 'declaration' && meaning.namespace === 'dataset' && meaning.name === read
      ? [{ file: from.symbol.file, start: declared.start + span.start, end: declared.start + span.end }]
      : [],
  );
  // A function of the project may read it.
  return { item, mentions: mentions.length === 0 ? [from.name] : mentions };
}
