/**
 * What can be done with a dataset, a job, a target or a test, above its declaration. The commands are the editor's: each is called with
 * `{ root, dataset }`, `{ root, job }` or `{ root, target }`, the absolute path of the project's folder and the full name.
 */
import { CodeLensRefreshRequest } from 'vscode-languageserver';
import { type Lens, lenses } from '../../../compiler/ide/lenses.ts';
import type { Feature } from '../feature.ts';
import { keepShown } from '../shown.ts';
import { wish } from '../wish.ts';

export const codeLenses: Feature = {
  capabilities: () => ({ codeLensProvider: {} }),
  register: (connection, session) => {
    connection.onCodeLens(({ textDocument }) => {
      const found = session.find(textDocument.uri);
      const root = found?.project.root ?? null;
      if (found === null || root === null || !session.settings.get('lens.enabled', true)) return null;
      return lenses(found.workspace, found.path).flatMap((lens) => {
        const command = `pipec.${lens.action}`;
        if (session.options.commands?.has(command) === false) return [];
        const given = { root, [lens.of]: lens.name };
        return [
          { range: found.file.lines.range(lens), command: { title: titleOf(lens), command, arguments: [given] } },
        ];
      });
    });
    const canRefresh = () => session.client.workspace?.codeLens?.refreshSupport === true;
    const refresh = () => connection.sendRequest(CodeLensRefreshRequest.type);
    session.settings.onChange(() => {
      if (canRefresh()) wish(refresh());
    });
    keepShown(session, { canRefresh, refresh, of: ({ workspace, path }) => lenses(workspace, path) });
  },
};

function titleOf({ action, tests }: Lens): string {
  switch (action) {
    case 'run':
      return '▶ run';
    case 'test':
      return tests === 0 ? '▶ run test' : tests === 1 ? '1 test' : `${tests} tests`;
    case 'preview':
      return 'preview';
    case 'lineage':
      return 'lineage';
    case 'sql':
      return 'SQL';
    case 'plan':
      return 'plan';
  }
}
