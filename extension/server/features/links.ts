/** Files that a program names, to click on. */
import { links } from '../../../compiler/ide/links.ts';
import type { Feature } from '../feature.ts';

export const documentLinks: Feature = {
  capabilities: () => ({ documentLinkProvider: {} }),
  register: (connection, session) => {
    connection.onDocumentLinks(({ textDocument }) => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      return links(found.workspace, found.path).flatMap(({ path, ...span }) => {
        const target = found.project.uriOfPath(path);
        return target === null ? [] : [{ range: found.file.lines.range(span), target }];
      });
    });
  },
};
