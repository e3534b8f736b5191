/** After any edits a workspace answers as one that never saw another text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answers, bring, edit, project, workspaceOf } from './projects.ts';

test('after any edits, the answers of a fresh workspace', () => {
  fc.assert(
    fc.property(project, fc.array(edit, { minLength: 1, maxLength: 8 }), (start, edits) => {
      let files = start;
      const workspace = workspaceOf(files);
      answers(workspace);
      for (const each of edits) {
        const after = each(files);
        bring(workspace, files, after);
        files = after;
        expect(answers(workspace)).toEqual(answers(workspaceOf(files)));
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);
