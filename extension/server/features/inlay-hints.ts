/** What is drawn between the words. Each kind is switched by `pipec.inlayHints.<kind>`. */
import { InlayHintKind, InlayHintRefreshRequest, type InlayHint as LspHint, MarkupKind } from 'vscode-languageserver';
import { inlayHints as hintsIn, type InlayHint } from '../../../compiler/ide/inlay-hints.ts';
import type { Feature } from '../feature.ts';
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
    connection.languages.inlayHint.on(({ textDocument, range }): LspHint[] | null => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      const { lines } = found.file;
      const asked = { start: lines.offset(range.start), end: lines.offset(range.end) };
      const hints = hintsIn(found.workspace, found.path, asked, {
        rows: settings.get('inlayHints.rows', true),
        types: settings.get('inlayHints.types', false),
        parameters: settings.get('inlayHints.parameters', true),
      });
      return hints.map(({ offset, label, tooltip, kind }) => ({
        position: lines.position(offset),
        label,
        kind: KINDS[kind],
        ...(kind === 'rows' ? { paddingLeft: true } : {}),
        ...(kind === 'parameter' ? { paddingRight: true } : {}),
        ...(tooltip === null ? {} : { tooltip: { kind: MarkupKind.Markdown, value: tooltip } }),
      }));
    });
    const refresh = (): void => {
      if (session.client.workspace?.inlayHint?.refreshSupport === true)
        wish(connection.sendRequest(InlayHintRefreshRequest.type));
    };
    settings.onChange(refresh);
  },
};
