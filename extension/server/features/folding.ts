/** What can be folded away, and how a selection grows. */
import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import { type Fold, folds } from '../../../compiler/ide/folding.ts';
import type { Feature } from '../feature.ts';

const KINDS: Readonly<Record<Fold['kind'], FoldingRangeKind | null>> = {
  code: null,
  comment: FoldingRangeKind.Comment,
  region: FoldingRangeKind.Region,
};

export const folding: Feature = {
  capabilities: () => ({ foldingRangeProvider: true }),
  register: (connection, session) => {
    connection.onFoldingRanges(({ textDocument }): FoldingRange[] | null => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      return folds(found.workspace, found.path).map(({ first, last, kind: of }) => {
        const kind = KINDS[of];
        return { startLine: first, endLine: last, ...(kind === null ? {} : { kind }) };
      });
    });
  },
};
