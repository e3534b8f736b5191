/** Actions as texts before and after, each of which checks as well as before. */
import { expect } from 'vitest';
import { actionsAt } from '../../compiler/ide/actions.ts';
import { applied } from '../../compiler/ide/rename.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { testIdeFixtures } from '../support/ide.ts';

/** Errors by code, as an action may move them. */
function errors(workspace: Workspace): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code, severity } of workspace.check()) if (severity === 'error') counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

testIdeFixtures('actions', ({ workspace, file, offset }) => {
  const before = errors(workspace);
  const actions = actionsAt(workspace, file, { start: offset, end: offset });
  if (actions.length === 0) return ['nothing'];
  return actions.flatMap(({ title, kind, edits }) => {
    const after = new Workspace();
    const texts = new Map(workspace.files.map((path) => [path, workspace.text(path)]));
    for (const path of new Set(edits.map((each) => each.file)))
      texts.set(
        path,
        applied(
          texts.get(path) ?? '',
          edits.filter((each) => each.file === path),
        ),
      );
    after.setFiles(Array.from(texts, ([path, text]) => ({ path, text })));
    const now = errors(after);
    for (const [code, count] of Object.entries(now))
      expect([title, code, count <= (before[code] ?? 0)]).toEqual([title, code, true]);
    const changed = [...texts].filter(([path, text]) => workspace.text(path) !== text);
    return [
      `# ${title} (${kind})`,
      ...changed.flatMap(([path, text]) => [`--- ${path}`, ...text.trimEnd().split('\n')]),
    ];
  });
});
