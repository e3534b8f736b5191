/** From a name to where it was given, to its type, to what is made of it, and to everywhere else that it stands. */
import { DocumentHighlightKind, type Location, type Position } from 'vscode-languageserver';
import { links } from '../../../compiler/ide/links.ts';
import {
  type Destination,
  definitionAt,
  highlightsAt,
  implementationsAt,
  referencesAt,
  typeDefinitionAt,
} from '../../../compiler/ide/navigation.ts';
import type { FileSpan } from '../../../compiler/ide/occurrences.ts';
import { holds } from '../../../compiler/ide/tree.ts';
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
    connection.onDefinition((asked) => destination(session, asked, definitionAt) ?? fileAt(session, asked));
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

/** The file whose path is written there. */
function fileAt(session: Session, { textDocument, position }: Asked): Location | null {
  const at = session.at(textDocument.uri, position);
  const link = at === null ? undefined : links(at.workspace, at.path).find((each) => holds(each, at.offset));
  const target = at === null || link === undefined ? null : at.project.uriOfPath(link.path);
  const start = { line: 0, character: 0 };
  return target === null ? null : { uri: target, range: { start, end: start } };
}

const locations = ({ project }: Found, places: readonly FileSpan[]): Location[] =>
  places.flatMap((place) => toLocation(place, project) ?? []);
