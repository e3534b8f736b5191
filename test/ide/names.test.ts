import { expect } from 'vitest';
import { cursorAt, useAt } from '../../compiler/ide/cursor.ts';
import { definitions, occurrences, targetOf } from '../../compiler/ide/occurrences.ts';
import { applied, rename, renameable } from '../../compiler/ide/rename.ts';
import { type Asked, shownPlace, testIdeFixtures } from '../support/ide.ts';

const targetAt = ({ workspace, file, offset }: Asked) => {
  const cursor = cursorAt(workspace, file, offset);
  const use = cursor === null ? null : useAt(workspace, cursor);
  return cursor === null || use === null ? null : targetOf(workspace, cursor, use);
};

testIdeFixtures('references', (asked) => {
  const target = targetAt(asked);
  if (target === null) return ['nothing'];
  return occurrences(asked.workspace, target).map(
    (each) => `${each.gives ? 'gives' : 'uses '} ${shownPlace(asked.workspace, each)}`,
  );
});

testIdeFixtures('definition', (asked) => {
  const target = targetAt(asked);
  return target === null
    ? ['nothing']
    : definitions(asked.workspace, target).map((each) => shownPlace(asked.workspace, each));
});

/** The first line of the answer is the new name: `to paid`. */
testIdeFixtures('rename', (asked) => {
  const text = asked.files.find(({ path }) => path === asked.file)?.text ?? '';
  const name = /\/\/ rename to (\S+)/.exec(text)?.[1] ?? '';
  const answer = rename(asked.workspace, asked.file, asked.offset, name);
  if (answer.kind === 'refused') return [`refused: ${answer.reason}`];
  const at = renameable(asked.workspace, asked.file, asked.offset);
  expect(at !== null && 'name' in at).toBe(true);
  const changed = [...new Set(answer.edits.map(({ file }) => file))].sort();
  return changed.flatMap((file) => {
    const before = asked.workspace.text(file).split('\n');
    const after = applied(
      asked.workspace.text(file),
      answer.edits.filter((each) => each.file === file),
    ).split('\n');
    return after.flatMap((line, at) => (line === before[at] ? [] : [`${file}:${at + 1}  ${line.trim()}`]));
  });
});
