/** Everything that can be done where something is selected, or the cursor stands. */
import type { Span } from '../syntax/source.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Action } from './actions/action.ts';
import { actionRules } from './actions/registry.ts';
import { cursorAt } from './cursor.ts';
import { within } from './tree.ts';

export function actionsAt(workspace: Workspace, file: string, span: Span): readonly Action[] {
  const cursor = cursorAt(workspace, file, span.start);
  if (cursor === null) return [];
  const problems = workspace.problems(file).filter((each) => {
    const at = workspace.whereIs(each.place);
    return at !== null && (within(span, at) || within(at, span));
  });
  const asked = { workspace, file, span, declared: cursor.declared, offset: cursor.offset, problems };
  return actionRules.flatMap((rule) => rule(asked));
}
