/** Which queries run after an edit: the promise that the editor's speed stands on. */
import { expect, test } from 'vitest';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import { WHOLE, workspaceOf } from './projects.ts';

/** What is costly; lookups of names and the like run freely. */
const COSTLY = new Set(['parse', 'shape', 'checked']);

/** `shape dwh.core.t_b`, each once, for what the workspace does to answer. */
function ranFor(workspace: Workspace, change: () => void): string[] {
  const ran = new Set<string>();
  workspace.onQuery((query, key) => {
    if (COSTLY.has(query)) ran.add(`${query} ${key.slice(key.lastIndexOf('\n') + 1)}`);
  });
  change();
  workspace.check();
  return [...ran].sort();
}

function ranAfter(path: string, edit: (text: string) => string): string[] {
  const workspace = workspaceOf(WHOLE);
  workspace.check();
  const text = WHOLE.get(path) ?? '';
  const edited = edit(text);
  if (edited === text) throw new Error('the edit changes nothing');
  return ranFor(workspace, () => workspace.setFile(path, edited));
}

test('nothing where nothing changed', () => {
  const workspace = workspaceOf(WHOLE);
  workspace.check();
  expect(ranFor(workspace, () => workspace.setFile('a.pipe', WHOLE.get('a.pipe') ?? ''))).toEqual([]);
});

test('a body whose rows stay as they were: its own declaration alone', () => {
  expect(ranAfter('b.pipe', (text) => text.replace('v is not null', 'v > 0'))).toEqual([
    'checked table dwh.core.t_a',
    'parse b.pipe',
    'shape table dwh.core.t_a',
  ]);
});

test('a body whose rows change: its readers too, but not theirs where their own rows stay', () => {
  expect(ranAfter('sub/c.pipe', (text) => text.replace('count() as n,', 'count() as n, min(v) as least,'))).toEqual([
    'checked table dwh.marts.t_c',
    'checked table dwh.marts.t_d',
    'checked test of t_d',
    'parse sub/c.pipe',
    'shape table dwh.marts.t_c',
    'shape table dwh.marts.t_d',
  ]);
  expect(
    ranAfter('b.pipe', (text) =>
      text.replace('|> where v is not null', '|> where v is not null\n  |> extend 1 as one'),
    ),
  ).toEqual([
    'checked table dwh.core.t_a',
    'checked table dwh.core.t_b',
    'parse b.pipe',
    'shape table dwh.core.t_a',
    'shape table dwh.core.t_b',
  ]);
});

test('an edit above a declaration moves it, and no more', () => {
  expect(ranAfter('b.pipe', (text) => `// A note.\n\n${text}`)).toEqual(['parse b.pipe']);
  const workspace = workspaceOf(WHOLE);
  workspace.setFile('sub/c.pipe', (WHOLE.get('sub/c.pipe') ?? '').replace('where n', 'where m'));
  const before = workspace.check().map(({ place }) => workspace.absolute(place).start);
  workspace.setFile('sub/c.pipe', `\n\n${(WHOLE.get('sub/c.pipe') ?? '').replace('where n', 'where m')}`);
  expect(workspace.check().map(({ place }) => workspace.absolute(place).start)).toEqual(before.map((at) => at + 2));
});

test('a column of a type: those who have it, as far as their rows change', () => {
  expect(ranAfter('a.pipe', (text) => text.replace('w: string?', 'w: bool?'))).toEqual([
    'checked source _landing.s_b',
    'checked table dwh.core.t_b',
    'checked type R_b',
    'parse a.pipe',
    'shape source _landing.s_b',
    'shape table dwh.core.t_b',
  ]);
});

test('a value of an enum: the enum, the type, and who carries the column', () => {
  expect(ranAfter('a.pipe', (text) => text.replace('lit, dark', 'lit, dark, dim'))).toEqual([
    'checked enum states',
    'checked source _landing.s_a',
    'checked table dwh.core.t_a',
    'checked table dwh.core.t_b',
    'checked type R_a',
    'parse a.pipe',
    'shape source _landing.s_a',
    'shape table dwh.core.t_a',
    'shape table dwh.core.t_b',
  ]);
});

test('the body of a function: those who call it', () => {
  expect(ranAfter('a.pipe', (text) => text.replace('x * 2', 'x + x'))).toEqual([
    'checked fn twice',
    'checked table dwh.core.t_b',
    'parse a.pipe',
    'shape table dwh.core.t_b',
  ]);
});

test('a new file: itself, and what selects among all datasets', () => {
  const workspace = workspaceOf(WHOLE);
  workspace.check();
  const ran = ranFor(workspace, () => workspace.setFile('new.pipe', 'table t_new in dwh.marts =\n  from t_a\n'));
  expect(ran).toEqual([
    'checked job nightly',
    'checked table dwh.marts.t_new',
    'parse new.pipe',
    'shape table dwh.marts.t_new',
  ]);
  expect(ranFor(workspace, () => workspace.removeFile('new.pipe'))).toEqual(['checked job nightly']);
  expect(workspace.check()).toEqual([]);
});

test('a new name that an unknown one may have meant: only those who asked', () => {
  const workspace = workspaceOf(new Map([...WHOLE, ['x.pipe', 'table t_x in dwh.marts =\n  from t_later\n']]));
  expect(workspace.check().map(({ code }) => code)).toEqual(['unknown-dataset']);
  const ran = ranFor(workspace, () => workspace.setFile('y.pipe', 'table t_later in dwh.core =\n  from s_a\n'));
  expect(ran).toEqual([
    'checked job nightly',
    'checked table dwh.core.t_later',
    'checked table dwh.marts.t_x',
    'parse y.pipe',
    'shape table dwh.core.t_later',
    'shape table dwh.marts.t_x',
  ]);
  expect(workspace.check()).toEqual([]);
});

test('a renamed dataset: it, and those who read it', () => {
  expect(ranAfter('b.pipe', (text) => text.replace('table t_b', 'table t_bb'))).toEqual([
    'checked job nightly',
    'checked table dwh.core.t_bb',
    'checked table dwh.marts.t_c',
    'checked table dwh.marts.t_d',
    'checked test of t_d',
    'parse b.pipe',
    'shape table dwh.core.t_bb',
    'shape table dwh.marts.t_c',
    'shape table dwh.marts.t_d',
  ]);
});

test('a mistake in one file silences none in another', () => {
  const workspace = workspaceOf(WHOLE);
  workspace.setFile('sub/c.pipe', (WHOLE.get('sub/c.pipe') ?? '').replace('where n', 'where m'));
  const alone = workspace.check();
  expect(alone.map(({ code }) => code)).toEqual(['unknown-column']);
  workspace.setFile('z.pipe', 'table');
  workspace.setFile('y.pipe', "source s_y from file('y.csv'");
  expect(workspace.check()).toEqual(expect.arrayContaining([...alone]));
});

test('a circle says so once, whoever is asked first, and ends with the edit that breaks it', () => {
  const circle = new Map([
    ...WHOLE,
    ['x.pipe', 'table t_x in dwh.core =\n  from t_y\n  |> select id\n'],
    ['y.pipe', 'table t_y in dwh.core =\n  from t_x\n  |> select id\n'],
  ]);
  const workspace = workspaceOf(circle);
  expect(workspace.check().map(({ code }) => code)).toEqual(['dataset-cycle']);
  expect(workspaceOf(new Map([...circle].reverse())).check()).toEqual(workspace.check());
  workspace.setFile('y.pipe', 'table t_y in dwh.core =\n  from t_a\n  |> select id\n');
  expect(workspace.check()).toEqual([]);
});

test('a chain of ten thousand tables is checked from its start', () => {
  const tables = Array.from(
    { length: 10_000 },
    (_, n) => `table t_${n} in dwh.core =\n  from ${n === 0 ? 's_a' : `t_${n - 1}`}\n`,
  );
  const workspace = workspaceOf(
    new Map([
      ...WHOLE,
      ['e.pipe', ''],
      ['b.pipe', "source s_a : R_a from file('a.csv')\n"],
      ['sub/c.pipe', tables.reverse().join('\n')],
    ]),
  );
  expect(workspace.check().map(({ code }) => code)).toEqual([]);
  const edited = tables.join('\n').replace('from s_a', 'from s_a |> extend 1 as one');
  workspace.setFile('sub/c.pipe', edited);
  expect(workspace.check()).toEqual([]);
});

test('a file that is open keeps its trees while findings alone are kept of the others: only what was edited runs', () => {
  const workspace = workspaceOf(WHOLE);
  const check = (first: readonly string[]): string[] => {
    const told: string[] = [];
    const steps = workspace.checking(new Set(['b.pipe']), first);
    for (let step = steps.next(); step.done !== true; step = steps.next())
      if (step.value !== null) told.push(step.value);
    return told;
  };
  check([]);
  const ran = new Set<string>();
  workspace.onQuery((query, key) => {
    if (COSTLY.has(query)) ran.add(`${query} ${key.slice(key.lastIndexOf('\n') + 1)}`);
  });
  workspace.setFile('b.pipe', (WHOLE.get('b.pipe') ?? '').replace('v is not null', 'v > 0'));
  expect(check(['b.pipe'])).toEqual(['b.pipe']);
  expect([...ran].sort()).toEqual(['checked table dwh.core.t_a', 'parse b.pipe', 'shape table dwh.core.t_a']);
});
