/** The outline of a file, and declarations of all projects by their names. */
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import { type OutlineItem, outline } from '../../../compiler/ide/outline.ts';
import { symbolsLike } from '../../../compiler/ide/symbols.ts';
import type { Feature } from '../feature.ts';
import type { Lines } from '../to-lsp.ts';

/** More are not read: another letter is typed. */
const MOST_FOUND = 500;

/** Kinds of declarations and parts of one; every other kind is an object. */
const KINDS: Readonly<Record<string, SymbolKind>> = {
  project: SymbolKind.Package,
  store: SymbolKind.Namespace,
  type: SymbolKind.Struct,
  enum: SymbolKind.Enum,
  fn: SymbolKind.Function,
  source: SymbolKind.Interface,
  table: SymbolKind.Class,
  dimension: SymbolKind.Class,
  step: SymbolKind.Class,
  job: SymbolKind.Event,
  test: SymbolKind.Method,
  check: SymbolKind.Boolean,
  field: SymbolKind.Field,
  value: SymbolKind.EnumMember,
  stage: SymbolKind.Operator,
  given: SymbolKind.Array,
};

const kindOf = (kind: string): SymbolKind =>
  (Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined) ?? SymbolKind.Object;

export const symbols: Feature = {
  capabilities: () => ({ documentSymbolProvider: true, workspaceSymbolProvider: true }),
  register: (connection, session) => {
    connection.onDocumentSymbol(({ textDocument }) => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      return outline(found.workspace, found.path).map((item) => toSymbol(item, found.file.lines));
    });
    connection.onWorkspaceSymbol(({ query }) =>
      [...session.projects()].flatMap((project) =>
        symbolsLike(project.workspace, query, MOST_FOUND).flatMap(({ symbol, file, start, end }) => {
          const location = project.locate({ file, declaration: null, start, end });
          if (location === null) return [];
          const dot = symbol.name.lastIndexOf('.');
          const containerName = dot === -1 ? symbol.kind : symbol.name.slice(0, dot);
          return [{ name: symbol.name.slice(dot + 1), kind: kindOf(symbol.kind), location, containerName }];
        }),
      ),
    );
  },
};

function toSymbol({ name, detail, kind, span, nameSpan, children }: OutlineItem, lines: Lines): DocumentSymbol {
  return {
    name,
    detail,
    kind: kindOf(kind),
    range: lines.range(span),
    selectionRange: lines.range(nameSpan),
    children: children.map((child) => toSymbol(child, lines)),
  };
}
