import { expect } from 'vitest';
import { cursorAt, useAt } from '../../compiler/ide/cursor.ts';
import { downstream, type Flow, flowAt, upstream } from '../../compiler/ide/flow.ts';
import { movedPaths } from '../../compiler/ide/moves.ts';
import { definitionAt, highlightsAt, implementationsAt, typeDefinitionAt } from '../../compiler/ide/navigation.ts';
import { occurrences, targetOf } from '../../compiler/ide/occurrences.ts';
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

const destination =
  (ask: typeof definitionAt) =>
  ({ workspace, file, offset }: Asked) => {
    const found = ask(workspace, file, offset);
    if (found === null) return ['nothing'];
    return [`from ${shownPlace(workspace, found.from)}`, ...found.to.map((each) => shownPlace(workspace, each))];
  };
testIdeFixtures('definition', destination(definitionAt));
testIdeFixtures('type-definition', destination(typeDefinitionAt));
testIdeFixtures('implementation', destination(implementationsAt));

testIdeFixtures('highlight', ({ workspace, file, offset }) =>
  highlightsAt(workspace, file, offset).map(
    (each) => `${each.gives ? 'write' : 'read '} ${shownPlace(workspace, each)}`,
  ),
);

/** What a dataset reads, and who reads it. */
testIdeFixtures('flow', ({ workspace, file, offset }) => {
  const item = flowAt(workspace, file, offset);
  if (item === null) return ['nothing'];
  const told = (sign: string, flows: readonly Flow[]) =>
    flows.flatMap(({ item: { symbol }, mentions }) => [
      `${sign} ${symbol.kind} ${symbol.name}`,
      ...mentions.map((each) => `     ${shownPlace(workspace, each)}`),
    ]);
  const { name } = item.symbol;
  return [
    `${item.symbol.kind} ${name}`,
    ...told('<-', upstream(workspace, name)),
    ...told('->', downstream(workspace, name)),
  ];
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

/** `// move from to` in the program says what is moved. */
testIdeFixtures('move', ({ workspace, files }) => {
  const moves = files.flatMap(({ text }) =>
    Array.from(text.matchAll(/\/\/ move (\S+) (\S+)/g), ([, from = '', to = '']) => ({ from, to })),
  );
  return movedPaths(workspace, moves).map((edit) => `${shownPlace(workspace, edit)}  ${edit.text}`);
});
