/** The layout of `pipec fmt`, in edits as small as can be. */

import { layout, layoutPart, layoutTyped } from '../../../compiler/ide/layout.ts';
import type { Feature } from '../feature.ts';
import type { Found } from '../session.ts';
import type { FileEdit } from '../to-lsp.ts';
import { toTextEdits } from '../to-lsp.ts';

export const formatting: Feature = {
  capabilities: () => ({
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentOnTypeFormattingProvider: { firstTriggerCharacter: '>', moreTriggerCharacter: ['}'] },
  }),
  register: (connection, session) => {
    const answer = (found: Found | null, edits: (found: Found) => readonly FileEdit[]) =>
      found === null ? null : toTextEdits(edits(found), found.file.lines);
    connection.onDocumentFormatting(({ textDocument }) =>
      answer(session.find(textDocument.uri), ({ workspace, path }) => layout(workspace, path)),
    );
    connection.onDocumentRangeFormatting(({ textDocument, range }) =>
      answer(session.find(textDocument.uri), ({ workspace, path, file: { lines } }) =>
        layoutPart(workspace, path, { start: lines.offset(range.start), end: lines.offset(range.end) }),
      ),
    );
    connection.onDocumentOnTypeFormatting(({ textDocument, position, ch }) =>
      answer(session.find(textDocument.uri), ({ workspace, path, file: { lines } }) =>
        layoutTyped(workspace, path, lines.offset(position), ch),
      ),
    );
  },
};
