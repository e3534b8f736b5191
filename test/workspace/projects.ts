/** Random projects, and random edits of them: names from a small pool, so that they meet, miss, repeat and go in circles. */
import fc from 'fast-check';
import { Workspace } from '../../compiler/workspace/workspace.ts';

export type Files = ReadonlyMap<string, string>;
export type EditOf = (files: Files) => Files;

const FIXED = `project shop { owner: 'shop@acme.example', target: local }

target local { engine: duckdb(path: '.pipec/shop.duckdb') }
`;

/** Nothing is wrong in it: edits begin where most projects are. */
export const WHOLE: Files = new Map([
  ['project.pipe', FIXED],
  [
    'a.pipe',
    `store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core, marts: mart } }

enum states { lit, dark }

type R_a {
  id: int64 @key
  v: int64
  w: states
}

type R_b {
  id: int64 @key
  v: int64
  w: string?
}

fn twice(x: int64) = x * 2
`,
  ],
  [
    'b.pipe',
    `source s_a : R_a from file('a.csv')

source s_b : R_b from file('b.csv')

// Core.

table t_a in dwh.core { key: [id] } =
  from s_a
  |> where v is not null

table t_b in dwh.core =
  from t_a
  |> join s_b as o using (id)
  |> select id, o.v, twice(id) as doubled
`,
  ],
  [
    'sub/c.pipe',
    `/// What people read.
table t_c in dwh.marts { tags: [daily] } =
  from core.t_b
  |> aggregate count() as n, sum(v) as v group by id

table t_d in dwh.marts =
  from t_c
  |> where n > 1

test of t_d {
  given t_c = values [{ id: 1, n: 2, v: 3 }]
  expect = values [{ id: 1, n: 2, v: 3 }]
}
`,
  ],
  ['e.pipe', "job nightly { schedule: cron('0 3 * * *'), builds: [dwh.core.*, dwh.marts.*] }\n"],
]);

const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const paths = fc.constantFrom('a.pipe', 'b.pipe', 'sub/c.pipe', 'sub/d.pipe', 'e.pipe');
const column = fc.constantFrom('id', 'v', 'w', 'state');
const type = fc.constantFrom('int64', 'string', 'string?', 'decimal(12, 2)', 'states', 'nowhere');
const schema = fc.constantFrom('dwh.core', 'dwh.marts', 'lake', 'other.core', 'dwh');

/** A name as it may be written: in part, in whole, or wrong. */
const dataset = fc.oneof(
  { weight: 6, arbitrary: letter.map((name) => `t_${name}`) },
  { weight: 2, arbitrary: letter.map((name) => `core.t_${name}`) },
  { weight: 2, arbitrary: letter.map((name) => `s_${name}`) },
  fc.constantFrom('dwh.core.t_a', 'dwh.marts.t_b', 'unknown', 't_z'),
);

const stage = fc.oneof(
  fc
    .tuple(column, fc.constantFrom('is not null', '= 1', "= 'x'", '> 0'))
    .map(([name, test]) => `where ${name} ${test}`),
  column.map((name) => `extend ${name} as copy`),
  fc.tuple(column, column).map(([a, b]) => `select ${a}, ${b}`),
  column.map((name) => `aggregate count() as n group by ${name}`),
  fc.tuple(dataset, column).map(([other, key]) => `join ${other} as o using (${key})`),
  dataset.map((other) => `where id in (from ${other} |> select id)`),
  fc.constantFrom('limit 10', 'distinct', 'extend twice(id) as doubled', 'extend 1 as one', 'drop v'),
);

const table = fc
  .record({
    name: letter,
    home: schema,
    promise: fc.option(letter, { freq: 4 }),
    properties: fc.constantFrom(
      '',
      ' { key: [id] }',
      ' { tags: [daily] }',
      " { checks { expect id > 0, 'positive' } }",
    ),
    from: dataset,
    stages: fc.array(stage, { maxLength: 3 }),
  })
  .map(
    ({ name, home, promise, properties, from, stages }) =>
      `table t_${name}${promise === null ? '' : ` : R_${promise}`} in ${home}${properties} =\n  from ${from}${stages.map((each) => `\n  |> ${each}`).join('')}`,
  );

const declaration = fc.oneof(
  { weight: 8, arbitrary: table },
  {
    weight: 4,
    arbitrary: fc
      .tuple(letter, type, type)
      .map(([name, v, w]) => `type R_${name} {\n  id: int64 @key\n  v: ${v}\n  w: ${w}\n}`),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(letter, letter).map(([name, row]) => `source s_${name} : R_${row} from file('${name}.csv')`),
  },
  fc.constantFrom('enum states { lit, dark }', 'enum states { lit, dark, gone }', 'fn twice(x: int64) = x * 2'),
  fc.constantFrom(
    "store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core, marts: mart } }",
    "store other : warehouse { owner: 'o@acme.example', retention: 1y }",
    "store lake : lake { path: '.pipec/lake', owner: 'o@acme.example', retention: 1y }",
  ),
  fc.constantFrom(
    "job nightly { schedule: cron('0 3 * * *'), builds: [dwh.core.*] }",
    "job daily { schedule: cron('0 4 * * *'), builds: [tag(daily), upstream(t_b)] }",
  ),
  fc.constantFrom('/// A comment alone.', 'tabel t_x = from t_a', 'table', '}', "fn twice(x: string) = x || 'x'"),
  fc
    .tuple(dataset, letter)
    .map(
      ([of, row]) => `test of ${of} {\n  given s_${row} = values [{ id: 1, v: 2 }]\n  expect = values [{ id: 1 }]\n}`,
    ),
);

const grown: fc.Arbitrary<Files> = fc
  .array(fc.tuple(paths, fc.array(declaration, { minLength: 1, maxLength: 6 })), { minLength: 1, maxLength: 5 })
  .map((files) => new Map([['project.pipe', FIXED], ...files.map(([path, all]) => [path, joined(all)] as const)]));

export const project: fc.Arbitrary<Files> = fc.oneof({ weight: 3, arbitrary: fc.constant(WHOLE) }, grown);

/** Edits as people and programs make them. Each takes what is there; where it does not fit, it does nothing. */
export const edit: fc.Arbitrary<EditOf> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(paths, fc.nat(9), declaration)
      .map(([path, at, text]) => changed(path, (all) => all.with(at % all.length, text))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(paths, fc.nat(9), declaration)
      .map(([path, at, text]) => changed(path, (all) => all.toSpliced(at % (all.length + 1), 0, text))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(paths, fc.nat(9))
      .map(([path, at]) => changed(path, (all) => all.toSpliced(at % all.length, 1))),
  },
  // Half a keystroke's worth of text goes, or comes.
  fc
    .tuple(paths, fc.nat(2000), fc.nat(12))
    .map(([path, at, count]) =>
      textChanged(path, (text) => text.slice(0, at % text.length) + text.slice((at % text.length) + count)),
    ),
  fc
    .tuple(paths, fc.nat(2000), fc.constantFrom(' ', '\n', '\n\n', '(', '}', '|> ', '// ', 'x'))
    .map(([path, at, more]) =>
      textChanged(path, (text) => text.slice(0, at % text.length) + more + text.slice(at % text.length)),
    ),
  fc.tuple(paths, fc.nat(5), fc.nat(5), paths).map(
    ([from, at, to, path]): EditOf =>
      (files) => {
        const moved = split(files.get(from) ?? '')[at];
        if (moved === undefined) return files;
        const without = changed(from, (all) => all.toSpliced(at, 1))(files);
        return changed(path, (all) => all.toSpliced(to % (all.length + 1), 0, moved))(without);
      },
  ),
  fc.tuple(paths, fc.array(declaration, { minLength: 1, maxLength: 4 })).map(
    ([path, all]): EditOf =>
      (files) =>
        new Map([...files, [path, joined(all)]]),
  ),
  paths.map(
    (path): EditOf =>
      (files) =>
        new Map([...files].filter(([other]) => other !== path)),
  ),
  // The project's own file goes, and comes back.
  fc.boolean().map(
    (there): EditOf =>
      (files) => {
        const others = [...files].filter(([path]) => path !== 'project.pipe');
        return new Map(there ? [...others, ['project.pipe', FIXED]] : others);
      },
  ),
);

const GAP = '\n\n';

function joined(declarations: readonly string[]): string {
  return `${declarations.join(GAP)}\n`;
}

function split(text: string): string[] {
  return text.trimEnd().split(GAP);
}

function changed(path: string, change: (declarations: string[]) => string[]): EditOf {
  return textChanged(path, (text) => joined(change(split(text))));
}

function textChanged(path: string, change: (text: string) => string): EditOf {
  return (files) => {
    const text = files.get(path);
    return text === undefined || text === '' ? files : new Map([...files, [path, change(text)]]);
  };
}

/** Gives a workspace what differs between two states of a folder. */
export function bring(workspace: Workspace, before: Files, after: Files): void {
  for (const path of before.keys()) if (!after.has(path)) workspace.removeFile(path);
  for (const [path, text] of after) if (before.get(path) !== text) workspace.setFile(path, text);
}

export function workspaceOf(files: Files): Workspace {
  const workspace = new Workspace();
  bring(workspace, new Map(), files);
  return workspace;
}

/** All that a workspace answers, as plain data. */
export function answers(workspace: Workspace): unknown {
  return {
    diagnostics: workspace.check().map((each) => ({
      ...each,
      at: workspace.absolute(each.place),
      related: each.related.map((other) => ({ ...other, at: workspace.absolute(other.place) })),
      fixes: each.fixes.map((fix) => ({ ...fix, at: fix.edits.map(({ place }) => workspace.absolute(place)) })),
    })),
    datasets: workspace.datasets(),
    program: workspace.program(),
    fixed: [...workspace.applyFixes()],
  };
}
