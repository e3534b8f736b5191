/** What is drawn between the words. Each kind is switched by `pipec.inlayHints.<kind>`. */
import { InlayHintKind, InlayHintRefreshRequest, type InlayHint as LspHint, MarkupKind } from 'vscode-languageserver';
import { inlayHints as hintsIn, type InlayHint } from '../../../compiler/ide/inlay-hints.ts';
import type { Feature } from '../feature.ts';
import type { Found } from '../session.ts';
import { keepShown } from '../shown.ts';
import { wish } from '../wish.ts';

const KINDS: Readonly<Record<InlayHint['kind'], InlayHintKind>> = {
  rows: InlayHintKind.Type,
  type: InlayHintKind.Type,
  parameter: InlayHintKind.Parameter,
};

export const inlayHints: Feature = {
  capabilities: () => ({ inlayHintProvider: true }),
  register: (connection, session) => {
    const { settings } = session;
    const hintsOf = ({ workspace, path }: Found, range: { readonly start: number; readonly end: number }) =>
      hintsIn(workspace, path, range, {
        rows: settings.get('inlayHints.rows', true),
        types: settings.get('inlayHints.types', false),
        parameters: settings.get('inlayHints.parameters', true),
      });
    connection.languages.inlayHint.on(({ textDocument, range }): LspHint[] | null => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      const { lines } = found.file;
      const hints = hintsOf(found, { start: lines.offset(range.start), end: lines.offset(range.end) });
      return hints.map(({ offset, label, tooltip, kind }) => ({
        position: lines.position(offset),
        label,
        kind: KINDS[kind],
        ...(kind === 'rows' ? { paddingLeft: true } : {}),
        ...(kind === 'parameter' ? { paddingRight: true } : {}),
        ...(tooltip === null ? {} : { tooltip: { kind: MarkupKind.Markdown, value: tooltip } }),
      }));
    });
    const canRefresh = () => session.client.workspace?.inlayHint?.refreshSupport === true;
    const refresh = () => connection.sendRequest(InlayHintRefreshRequest.type);
    settings.onChange(() => {
      if (canRefresh()) wish(refresh());
    });
    keepShown(session, { canRefresh, refresh, of: (found) => hintsOf(found, wholeOf(found)) });
  },
};

const wholeOf = ({ file }: Found) => ({ start: 0, end: file.text.length });
