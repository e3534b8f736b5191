/** What a call takes, while its arguments are written. */
import { MarkupKind, type SignatureHelp } from 'vscode-languageserver';
import { signatureAt } from '../../../compiler/ide/signatures.ts';
import type { Feature } from '../feature.ts';

const markdown = (value: string) => ({ kind: MarkupKind.Markdown, value });

export const signatures: Feature = {
  capabilities: () => ({ signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [')'] } }),
  register: (connection, session) => {
    connection.onSignatureHelp(({ textDocument, position }): SignatureHelp | null => {
      const at = session.at(textDocument.uri, position);
      const found = at === null ? null : signatureAt(at.workspace, at.path, at.offset);
      if (found === null) return null;
      return {
        activeSignature: found.active,
        activeParameter: found.signatures[found.active]?.active ?? 0,
        signatures: found.signatures.map(({ label, doc, parameters, active }) => ({
          label,
          ...(doc === null ? {} : { documentation: markdown(doc) }),
          // Where all are written already, none is marked: one beyond the last.
          activeParameter: active ?? parameters.length,
          parameters: parameters.map((each) => ({
            label: [each.start, each.end],
            ...(each.doc === null ? {} : { documentation: markdown(each.doc) }),
          })),
        })),
      };
    });
  },
};
