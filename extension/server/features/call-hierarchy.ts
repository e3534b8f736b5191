/** What a dataset reads, and who reads it, as the tree that editors have for callers and callees. */
import { type CallHierarchyItem, type Range, SymbolKind } from 'vscode-languageserver';
import { downstream, type Flow, type FlowItem, flowAt, upstream } from '../../../compiler/ide/flow.ts';
import { lastPart } from '../../../compiler/semantics/symbols.ts';
import type { Feature } from '../feature.ts';
import type { Found, Session } from '../session.ts';
import { toLocation } from '../to-lsp.ts';

export const callHierarchy: Feature = {
  capabilities: () => ({ callHierarchyProvider: true }),
  register: (connection, session) => {
    connection.languages.callHierarchy.onPrepare(({ textDocument, position }) => {
      const at = session.at(textDocument.uri, position);
      const item = at === null ? null : flowAt(at.workspace, at.path, at.offset);
      const shown = at === null || item === null ? null : toItem(at, item);
      return shown === null ? null : [shown];
    });
    connection.languages.callHierarchy.onOutgoingCalls(({ item }) =>
      flows(session, item, upstream).map(([to, fromRanges]) => ({ to, fromRanges })),
    );
    connection.languages.callHierarchy.onIncomingCalls(({ item }) =>
      flows(session, item, downstream).map(([from, fromRanges]) => ({ from, fromRanges })),
    );
  },
};

function flows(
  session: Session,
  item: CallHierarchyItem,
  ask: (workspace: Found['workspace'], dataset: string) => readonly Flow[],
): [CallHierarchyItem, Range[]][] {
  const at = session.find(item.uri);
  if (at === null || typeof item.data !== 'string') return [];
  return ask(at.workspace, item.data).flatMap((flow): [CallHierarchyItem, Range[]][] => {
    const shown = toItem(at, flow.item);
    const ranges = flow.mentions.flatMap((each) => toLocation(each, at.project)?.range ?? []);
    return shown === null ? [] : [[shown, ranges]];
  });
}

function toItem({ project }: Found, { symbol, whole, name }: FlowItem): CallHierarchyItem | null {
  const [all, own] = [whole, name].map((place) => toLocation(place, project));
  if (!all || !own) return null;
  return {
    name: lastPart(symbol.name),
    kind: symbol.kind === 'source' ? SymbolKind.Interface : SymbolKind.Class,
    detail: `${symbol.kind} ${symbol.name}`,
    uri: all.uri,
    range: all.range,
    selectionRange: own.range,
    data: symbol.name,
  };
}
