/** From a name to where it was given, to its type, to what is made of it, and to everywhere else that it stands. */
import { DocumentHighlightKind, type Location, type Position } from 'vscode-languageserver';
import {
  type Destination,
  definitionAt,
  highlightsAt,
  implementationsAt,
  referencesAt,
  typeDefinitionAt,
} from '../../../compiler/ide/navigation.ts';
import type { FileSpan } from '../../../compiler/ide/occurrences.ts';
import type { Workspace } from '../../../compiler/workspace/workspace.ts';
import type { Feature } from '../feature.ts';
import type { Found, Session } from '../session.ts';
import { toLocation } from '../to-lsp.ts';

interface Asked {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
}
type Ask = (workspace: Workspace, file: string, offset: number) => Destination | null;

export const navigation: Feature = {
  capabilities: () => ({
    definitionProvider: true,
    typeDefinitionProvider: true,
    implementationProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
  }),
  register: (connection, session) => {
    connection.onDefinition((asked) => destination(session, asked, definitionAt));
    connection.onTypeDefinition((asked) => destination(session, asked, typeDefinitionAt));
    connection.onImplementation((asked) => destination(session, asked, implementationsAt));
    connection.onReferences(({ textDocument, position, context }) => {
      const at = session.at(textDocument.uri, position);
      if (at === null) return null;
      const all = referencesAt(at.workspace, at.path, at.offset);
      return locations(at, context.includeDeclaration ? all : all.filter(({ gives }) => !gives));
    });
    connection.onDocumentHighlight(({ textDocument, position }) => {
      const at = session.at(textDocument.uri, position);
      if (at === null) return null;
      return highlightsAt(at.workspace, at.path, at.offset).map((each) => ({
        range: at.file.lines.range(each),
        kind: each.gives ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      }));
    });
  },
};

function destination(session: Session, { textDocument, position }: Asked, ask: Ask): Location[] | null {
  const at = session.at(textDocument.uri, position);
  const found = at === null ? null : ask(at.workspace, at.path, at.offset);
  return at === null || found === null ? null : locations(at, found.to);
}

const locations = ({ project }: Found, places: readonly FileSpan[]): Location[] =>
  places.flatMap((place) => toLocation(place, project) ?? []);
