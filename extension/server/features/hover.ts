/** What stands under the pointer. */
import { MarkupKind } from 'vscode-languageserver';
import { hover as hoverAt } from '../../../compiler/ide/hover.ts';
import type { Feature } from '../feature.ts';

export const hover: Feature = {
  capabilities: () => ({ hoverProvider: true }),
  register: (connection, session) => {
    connection.onHover(({ textDocument, position }) => {
      const at = session.at(textDocument.uri, position);
      const found = at === null ? null : hoverAt(at.workspace, at.path, at.offset, new Date());
      if (at === null || found === null) return null;
      return {
        contents: { kind: MarkupKind.Markdown, value: found.markdown },
        range: at.file.lines.range(found.at),
      };
    });
  },
};
