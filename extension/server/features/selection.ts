/** How a selection grows. */
import type { SelectionRange } from 'vscode-languageserver';
import { selections } from '../../../compiler/ide/selection.ts';
import type { Feature } from '../feature.ts';

export const selection: Feature = {
  capabilities: () => ({ selectionRangeProvider: true }),
  register: (connection, session) => {
    connection.onSelectionRanges(({ textDocument, positions }): SelectionRange[] | null => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      const { workspace, path, file } = found;
      return positions.map((position) => {
        const spans = selections(workspace, path, file.lines.offset(position));
        const outermost: SelectionRange = { range: { start: position, end: position } };
        return (
          spans.reduceRight<SelectionRange | null>(
            (parent, span) => ({ range: file.lines.range(span), ...(parent === null ? {} : { parent }) }),
            null,
          ) ?? outermost
        );
      });
    });
  },
};
