/** The extension's manifest names what is there, and its problem matcher reads what `pipec check` prints. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stageWords } from '../../compiler/syntax/tokens.ts';
import { textMateGrammar } from '../../extension/grammar.ts';
import { viewNames } from '../../extension/views/registry.ts';

const root = join(import.meta.dirname, '..', '..');
const home = join(root, 'extension');
const json = (file: string) => JSON.parse(readFileSync(join(home, file), 'utf8'));
const manifest = json('package.json');

test('commands are registered, and those of menus, keys and the walkthrough are commands', () => {
  const source = readFileSync(join(home, 'client', 'commands.ts'), 'utf8');
  const registered = Array.from(source.matchAll(/^ {2}'(pipec\.\w+)':/gm), (found) => found[1]);
  const declared: string[] = manifest.contributes.commands.map((each: { command: string }) => each.command);
  expect(registered.sort()).toEqual([...declared].sort());
  const text = JSON.stringify([
    manifest.contributes.menus,
    manifest.contributes.keybindings,
    manifest.contributes.walkthroughs,
  ]);
  const used = Array.from(text.matchAll(/(?:"command":"|command:)(pipec\.\w+)/g), (found) => found[1] ?? '');
  expect(used.filter((command) => !declared.includes(command))).toEqual([]);
});

test('files that the manifest names are there, or made by the build', () => {
  const made = ['dist/', 'syntaxes/', 'images/file.svg'];
  const named = Array.from(
    JSON.stringify(manifest).matchAll(
      /"(?:\.\/)?((?:dist|images|snippets|syntaxes|walkthrough)\/[^"]+|language-configuration\.json)"/g,
    ),
    (found) => found[1] ?? '',
  );
  expect(named.length).toBeGreaterThan(10);
  expect(
    named.filter((file) => !made.some((prefix) => file.startsWith(prefix)) && !existsSync(join(home, file))),
  ).toEqual([]);
  for (const name of viewNames)
    for (const part of ['view.ts', 'page.ts', 'page.css', 'messages.ts'])
      expect(existsSync(join(home, 'views', name, part)), `${name}/${part}`).toBe(true);
});

test('the extension has the version of the compiler', () => {
  expect(manifest.version).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

test('the problem matcher reads a mistake', () => {
  const [matcher] = manifest.contributes.problemMatchers;
  const [first, second] = matcher.pattern.map(({ regexp }: { regexp: string }) => new RegExp(regexp));
  expect(first.exec('error[unknown-column]: `a` has no column `b`')?.slice(1)).toEqual([
    'error',
    'unknown-column',
    '`a` has no column `b`',
  ]);
  for (const corner of ['┌─', '--'])
    expect(second.exec(`  ${corner} pipelines/marts.pipe:14:21`)?.slice(1)).toEqual([
      'pipelines/marts.pipe',
      '14',
      '21',
    ]);
});

test('what a stage is called comes from the table of words', () => {
  const text = JSON.stringify(textMateGrammar());
  for (const word of stageWords) expect(text).toContain(word);
});

test('Enter after a stage begins another, and on an empty one ends the query', () => {
  const rules: { beforeText: { pattern: string }; action: { appendText?: string; removeText?: number } }[] =
    json('language-configuration.json').onEnterRules;
  const after = (line: string) =>
    rules.find(({ beforeText }) => new RegExp(beforeText.pattern).test(line))?.action ?? null;
  expect(after('  |> where a = 1')).toMatchObject({ appendText: '|> ' });
  expect(after('  from orders as o')).toMatchObject({ appendText: '|> ' });
  expect(after('  |> ')).toMatchObject({ removeText: 3 });
  expect(after('  |> select a,')).toBeNull();
  expect(after('  |> aggregate sum(')).toBeNull();
  expect(after('/// What it is.')).toMatchObject({ appendText: '/// ' });
  expect(after('table a in dwh.core =')).toBeNull();
});
