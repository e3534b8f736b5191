import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { valueTypeNames } from '../../compiler/semantics/value-types.ts';
import { joinWords, stageWords } from '../../compiler/syntax/tokens.ts';
import { stageWordsTold } from '../../scripts/docs/stages.ts';
import { typesTold } from '../../scripts/docs/types.ts';
import { generatedDocs, generatedFolders } from '../../scripts/generate-docs.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = await generatedDocs();

test('the generated pages are those of the tables: else run `npm run docs`', () => {
  const there = generatedFolders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  );
  expect(there.sort()).toEqual([...docs.keys()].sort());
  const stale = [...docs].filter(([path, text]) => readFileSync(join(root, path), 'utf8') !== text);
  expect(stale.map(([path]) => path)).toEqual([]);
});

test('the page of stages has every stage, the page of types every type', () => {
  const words = ['from', 'where', 'select', 'join', 'with', 'as', 'distinct', ...stageWords, ...joinWords];
  expect(words.filter((word) => !stageWordsTold.includes(word))).toEqual([]);
  expect(valueTypeNames.filter((name) => !typesTold.includes(name))).toEqual([]);
});
