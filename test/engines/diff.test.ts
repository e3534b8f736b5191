/** The data of two targets compared, within an engine and across engines: against a plain model, over random tables. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ComparedDataset, type DatasetDiff, type DiffOptions, diffTargets } from '../../runtime/diff/diff.ts';
import type { TargetPlan, TaskPlan } from '../../runtime/plan.ts';
import { build, file, into, load, local, runTasks, view } from '../support/plans.ts';
import { random } from '../support/random.ts';
import { folderWithEngines, clickhouse as inClickhouse, postgres as inPostgres } from './targets.ts';

/** The view of one name on both sides. */
const onBoth = (name: string): ComparedDataset['views'] => [
  { schema: 'core', name },
  { schema: 'core', name },
];

/** Texts of values, those on one line equal to each other. */
const VALUES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  bool: [['true'], ['false']],
  int64: [['0'], ['1'], ['-1'], ['9223372036854775807'], ['-9223372036854775808'], ['10'], ['11']],
  'decimal(12, 2)': [['0', '0.00', '-0.00'], ['1.5', '1.50'], ['-1.5'], ['9999999999.99'], ['0.01'], ['-0.01']],
  float64: [['0.0', '-0.0', '0'], ['1.5'], ['-1.5'], ['1e300'], ['1e-300'], ['0.1'], ['0.30000000000000004'], ['0.3']],
  string: [
    ['a'],
    ['A'],
    ['a '],
    ['ä'],
    ["it's"],
    ['a|b'],
    ['1:a'],
    ['|'],
    ['\\N'],
    ['null'],
    ['🙂'],
    ['x'.repeat(300)],
  ],
  bytes: [['ab'], ['cd'], ['\\x00\\xFF']],
  date: [['1970-01-01'], ['1900-01-01'], ['2299-12-31'], ['2024-02-29']],
  timestamp: [
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z'],
    ['2024-02-29T10:00:00.000001Z'],
    ['1900-01-01T00:00:00Z'],
  ],
  uuid: [
    ['123e4567-e89b-12d3-a456-426614174000', '123E4567-E89B-12D3-A456-426614174000'],
    ['00000000-0000-0000-0000-000000000000'],
  ],
  json: [
    ['{"a": 1, "b": [1.50, null]}', '{"b":[1.5,null],"a":1}'],
    ['{"a": 1}'],
    ['{"a": "1"}'],
    ['[1e2]', '[100]'],
    ['[101]'],
  ],
};
const TYPES = Object.keys(VALUES);

interface Cell {
  readonly text: string;
  /** Equal cells, equal values. */
  readonly meaning: number;
}
type Row = readonly (Cell | null)[];

interface Table {
  readonly columns: readonly string[];
  readonly hasKey: boolean;
  readonly from: readonly Row[];
  readonly to: readonly Row[];
}

function tableOf(seed: number): Table {
  const next = random(seed);
  const upTo = (count: number): number => Math.floor(next() * count);
  const cell = (type: string): Cell | null => {
    if (next() < 0.15) return null;
    const kinds = VALUES[type] ?? [];
    const meaning = upTo(kinds.length);
    const texts = kinds[meaning] ?? [];
    return { text: texts[upTo(texts.length)] ?? '', meaning };
  };
  const columns = Array.from({ length: 1 + upTo(4) }, () => TYPES[upTo(TYPES.length)] ?? '');
  const hasKey = next() < 0.6;
  const count = upTo(60);
  const row = (id: number): Row => [
    // Without a key, rows come more than once.
    hasKey ? { text: String(id), meaning: id } : null,
    ...columns.map(cell),
  ];
  const from = Array.from({ length: count }, (_, id) => row(id));
  const to = from.flatMap((one, id) => {
    const what = next();
    if (what < 0.05) return [];
    if (what < 0.1) return hasKey ? [one, row(1000 + id)] : [one, one];
    if (what < 0.25)
      return [one.map((old, index) => (index > 0 && next() < 0.5 ? cell(columns[index - 1] ?? '') : old))];
    // The same values, written otherwise.
    return [one.map((old, index) => (old === null || index === 0 ? old : again(old, columns[index - 1] ?? '', upTo)))];
  });
  return { columns, hasKey, from, to };
}

function again({ meaning }: Cell, type: string, upTo: (count: number) => number): Cell {
  const texts = VALUES[type]?.[meaning] ?? [];
  return { text: texts[upTo(texts.length)] ?? '', meaning };
}

/** What a person would count. */
function expected({ columns, hasKey, from, to }: Table): Partial<DatasetDiff> {
  const meaning = (row: Row): string => JSON.stringify(row.map((cell) => cell?.meaning ?? null));
  const rows = { from: from.length, to: to.length };
  const differs = (changed: number, onlyFrom: number, onlyTo: number): DatasetDiff['status'] =>
    changed + onlyFrom + onlyTo === 0 ? 'equal' : 'different';
  if (!hasKey) {
    const counts = new Map<string, number>();
    for (const row of from) counts.set(meaning(row), (counts.get(meaning(row)) ?? 0) + 1);
    for (const row of to) counts.set(meaning(row), (counts.get(meaning(row)) ?? 0) - 1);
    const left = [...counts.values()];
    const onlyFrom = left.reduce((sum, one) => sum + Math.max(0, one), 0);
    const onlyTo = left.reduce((sum, one) => sum + Math.max(0, -one), 0);
    return { status: differs(0, onlyFrom, onlyTo), rows, changed: 0, onlyFrom, onlyTo, columns: [] };
  }
  const before = new Map(from.map((row) => [row[0]?.meaning, row]));
  const after = new Map(to.map((row) => [row[0]?.meaning, row]));
  const both = [...before].flatMap(([key, row]) => {
    const other = after.get(key);
    return other === undefined ? [] : [[row, other] as const];
  });
  const changed = both.filter(([one, other]) => meaning(one) !== meaning(other));
  const onlyFrom = from.length - both.length;
  const onlyTo = to.length - both.length;
  return {
    status: differs(changed.length, onlyFrom, onlyTo),
    rows,
    changed: changed.length,
    onlyFrom,
    onlyTo,
    columns: columns.flatMap((_, index) => {
      const count = changed.filter(([one, other]) => one[index + 1]?.meaning !== other[index + 1]?.meaning).length;
      return count === 0 ? [] : [{ column: `c${index}`, changed: count, share: count / both.length }];
    }),
  };
}

const tables = Array.from({ length: 40 }, (_, seed) => tableOf(seed + 1));

const datasets = tables.map(
  ({ columns, hasKey }, index): ComparedDataset => ({
    name: `core.t${index}`,
    views: onBoth(`t${index}`),
    key: hasKey ? ['id'] : [],
    columns: [
      { name: 'id', type: 'int64?', inexact: false, personal: false },
      ...columns.map((type, at) => ({ name: `c${at}`, type: `${type}?`, inexact: false, personal: false })),
    ],
  }),
);

const csv = (columns: readonly string[], rows: readonly Row[]): string =>
  [
    ['id', ...columns.map((_, at) => `c${at}`)].join(','),
    ...rows.map((row) => row.map((cell) => (cell === null ? '' : `"${cell.text.replaceAll('"', '""')}"`)).join(',')),
    '',
  ].join('\n');

function tasksOf(folder: string, side: 'from' | 'to'): readonly TaskPlan[] {
  return tables.map((table, index) => {
    const path = `${side}-${index}.csv`;
    writeFileSync(join(folder, path), csv(table.columns, table[side]));
    const types = Object.fromEntries(table.columns.map((type, at) => [`c${at}`, `${type.replace(' ', '')}?`] as const));
    return load(`core.t${index}`, file(path, 'csv'), { id: 'int64?', ...types });
  });
}

const engines = { duckdb: local, postgres: inPostgres, clickhouse: inClickhouse } as const;
type Name = keyof typeof engines;

let folder = '';
const loaded = new Map<string, Promise<TargetPlan>>();

/** The side of all tables in an engine, loaded once. */
function targetOf(name: Name, side: 'from' | 'to'): Promise<TargetPlan> {
  const key = `${name}-${side}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const { engine } = engines[name];
  const path = `.pipec/${key}`;
  const target: TargetPlan = {
    ...engines[name],
    name: key,
    state: { kind: 'sqlite', path: `.pipec/${key}.db` },
    engine: engine.kind === 'duckdb' ? { ...engine, path } : { ...engine, place: { kind: 'embedded', path } },
  };
  const done = runTasks(folder, tasksOf(folder, side), { target }).then(({ errors }) => {
    expect(errors).toEqual([]);
    return target;
  });
  loaded.set(key, done);
  return done;
}

async function compared(
  from: TargetPlan,
  to: TargetPlan,
  some: readonly ComparedDataset[],
  more: Partial<DiffOptions> = {},
): Promise<DatasetDiff[]> {
  const found: DatasetDiff[] = [];
  const options = { from: { folder, target: from }, to: { folder, target: to }, datasets: some, samples: 2, ...more };
  for await (const one of diffTargets(options)) found.push(one);
  return found;
}

beforeAll(() => {
  folder = folderWithEngines();
});

/** ClickHouse inside the process has one database open at a time. */
const PAIRS: readonly (readonly [Name, Name])[] = [
  ['duckdb', 'duckdb'],
  ['postgres', 'postgres'],
  ['duckdb', 'postgres'],
  ['postgres', 'clickhouse'],
  ['clickhouse', 'duckdb'],
];

describe('random tables give what a person would count', () => {
  test.each(PAIRS)('%s and %s', { timeout: 300_000 }, async (one, other) => {
    const [from, to] = [await targetOf(one, 'from'), await targetOf(other, 'to')];
    const found = await compared(from, to, datasets);
    expect(found.filter(({ status }) => status === 'different').length).toBeGreaterThan(20);
    for (const [index, table] of tables.entries()) expect(found[index], `t${index}`).toMatchObject(expected(table));
  });

  test('ClickHouse with itself', { timeout: 120_000 }, async () => {
    const target = await targetOf('clickhouse', 'from');
    const found = await compared(target, target, datasets);
    expect(found.map(({ status }) => status)).toEqual(tables.map(() => 'equal'));
  });
});

describe('on DuckDB', { timeout: 60_000 }, () => {
  const column = (name: string, type: string, more: Partial<ComparedDataset['columns'][number]> = {}) => ({
    name,
    type,
    inexact: false,
    personal: false,
    ...more,
  });
  const dataset = (columns: ComparedDataset['columns'], key: readonly string[] = []): ComparedDataset => ({
    name: 'core.t',
    views: onBoth('t'),
    key,
    columns,
  });
  const target = (name: string): TargetPlan => ({
    ...local,
    name,
    state: { kind: 'sqlite', path: `.pipec/${name}.db` },
    engine: { kind: 'duckdb', path: `.pipec/${name}.duckdb` },
  });
  let count = 0;
  /** Two queries, each of a target of its own. */
  async function queries(
    [one, other]: readonly [string, string],
    types: Readonly<Record<string, string>>,
    compare: ComparedDataset,
    options: Partial<DiffOptions> = {},
    step: typeof build = build,
  ): Promise<DatasetDiff> {
    count += 1;
    const [from, to] = [target(`from${count}`), target(`to${count}`)];
    for (const [place, sql, columns] of [
      [from, one, types],
      [to, other, types],
    ] as const)
      expect((await runTasks(folder, [step('core.t', sql, columns)], { target: place })).errors).toEqual([]);
    const [found] = await compared(from, to, [compare], options);
    if (found === undefined) throw new Error('nothing was compared');
    return found;
  }

  test('rows of many buckets: only those that differ are read', async () => {
    const rows = 300_000;
    const sql = (change: string) =>
      `SELECT i AS id, CASE WHEN ${change} THEN 'other' ELSE 'name ' || i END AS name FROM range(${rows}) AS r(i)`;
    const types = { id: 'BIGINT', name: 'VARCHAR?' };
    let read = 0;
    const [from, to] = [target('many-from'), target('many-to')];
    await runTasks(folder, [build('core.t', sql('false'), types)], { target: from });
    await runTasks(folder, [build('core.t', sql('i IN (7, 77777)'), types)], { target: to });
    const options = { datasets: [dataset([column('id', 'int64'), column('name', 'string?')], ['id'])], samples: 5 };
    const told = (_: string, count: number): void => {
      read = count;
    };
    for await (const one of diffTargets({
      from: { folder, target: from },
      to: { folder, target: to },
      ...options,
      told,
    }))
      expect(one).toMatchObject({
        status: 'different',
        rows: { from: rows, to: rows },
        changed: 2,
        onlyFrom: 0,
        onlyTo: 0,
        columns: [{ column: 'name', changed: 2 }],
      });
    expect(read).toBeLessThan(10_000);
  });

  test('all rows differ, in more than one answer', async () => {
    const rows = 20_000;
    const sql = (add: number) => `SELECT i AS id, i + ${add} AS x FROM range(${rows}) AS r(i)`;
    const compare = dataset([column('id', 'int64'), column('x', 'int64')], ['id']);
    const few = { atATime: 10_000 };
    const found = await queries([sql(0), sql(1)], { id: 'BIGINT', x: 'BIGINT' }, compare, few);
    expect(found).toMatchObject({ rows: { from: rows, to: rows }, changed: rows, onlyFrom: 0, onlyTo: 0 });
  });

  test('lists, two zeros, and last places', async () => {
    const types = { id: 'INTEGER', xs: 'VARCHAR[]', f: 'DOUBLE', g: 'DOUBLE' };
    const compare = dataset(
      [
        column('id', 'int64'),
        column('xs', 'list<string>'),
        column('f', 'float64'),
        column('g', 'float64', { inexact: true }),
      ],
      ['id'],
    );
    const found = await queries(
      [
        "SELECT * FROM (VALUES (1, ['a, b'], 0.0::DOUBLE, 0.1::DOUBLE + 0.2), (2, ['a', NULL], -0e0, 1e0), (3, [], 0.3, 1e20)) AS t(id, xs, f, g)",
        "SELECT * FROM (VALUES (1, ['a', 'b'], -0e0, 0.3::DOUBLE), (2, ['a', NULL], 0.0, 1.0000001), (3, [], 0.30000000000000004, 1e20)) AS t(id, xs, f, g)",
      ],
      types,
      compare,
    );
    expect(found.columns.map(({ column: name, changed }) => [name, changed])).toEqual([
      ['xs', 1],
      ['f', 1],
      ['g', 1],
    ]);
    const whole = await queries(
      ['SELECT 1e0 AS g UNION ALL SELECT 0.1 + 0.2::DOUBLE', 'SELECT 0.3::DOUBLE AS g UNION ALL SELECT 2e0'],
      { g: 'DOUBLE' },
      dataset([column('g', 'float64', { inexact: true })]),
    );
    expect(whole).toMatchObject({ by: null, onlyFrom: 1, onlyTo: 1 });
  });

  test('a value that is no number is equal to itself', async () => {
    const sql = (one: string, other: string) =>
      `SELECT unnest([1, 2]) AS id, unnest(['${one}', '${other}'])::DOUBLE AS f`;
    const found = await queries(
      [sql('nan', 'inf'), sql('nan', '-inf')],
      { id: 'INTEGER', f: 'DOUBLE' },
      dataset([column('id', 'int64'), column('f', 'float64')], ['id']),
      {},
      (name, query) => view(name, query),
    );
    expect(found).toMatchObject({ changed: 1, columns: [{ column: 'f', changed: 1 }] });
  });

  test('a key that comes more than once is said, and its rows are compared as they are', async () => {
    const found = await queries(
      [
        'SELECT unnest([1, 1, 1, 2]) AS id, unnest([5, 6, 6, 7]) AS x',
        'SELECT unnest([1, 1, 2]) AS id, unnest([6, 8, 7]) AS x',
      ],
      { id: 'INTEGER', x: 'INTEGER' },
      dataset([column('id', 'int64'), column('x', 'int64')], ['id']),
    );
    expect(found).toMatchObject({ repeatedKeys: 1, changed: 1, onlyFrom: 1, onlyTo: 0 });
  });

  test('columns that are not on both sides, and numbers of another width', async () => {
    const [from, to] = [target('schema-from'), target('schema-to')];
    const sides = [
      [
        from,
        "SELECT 1 AS id, 1.50::DECIMAL(12,2) AS d, 5::BIGINT AS n, true AS b, 'x' AS gone",
        { id: 'int64', d: 'decimal(12, 2)', n: 'int64', b: 'bool', gone: 'string?' },
        { id: 'INTEGER', d: 'DECIMAL(12,2)', n: 'BIGINT', b: 'BOOLEAN', gone: 'VARCHAR' },
      ],
      [
        to,
        "SELECT 1 AS id, 1.500::DECIMAL(14,3) AS d, 6.0::DECIMAL(20,1) AS n, 'true' AS b, 'y' AS come",
        { id: 'int64', d: 'decimal(14, 3)', n: 'decimal(20, 1)', b: 'string', come: 'status' },
        { id: 'INTEGER', d: 'DECIMAL(14,3)', n: 'DECIMAL(20,1)', b: 'VARCHAR', come: 'VARCHAR' },
      ],
    ] as const;
    for (const [place, sql, recorded, types] of sides) {
      const columns = Object.entries(recorded).map(([name, type]) => [name, type, null] as const);
      const record = { project: 'test', reads: [], columns };
      const tasks = [build('core.t', sql, types, { into: { ...into('core.t'), record } })];
      expect((await runTasks(folder, tasks, { target: place })).errors).toEqual([]);
    }
    const [found] = await compared(from, to, [dataset([column('id', 'int64')], ['id'])]);
    expect(found).toMatchObject({ status: 'different', changed: 1, columns: [{ column: 'n', changed: 1, share: 1 }] });
    expect(found?.schema).toEqual([
      { column: 'd', from: 'decimal(12, 2)', to: 'decimal(14, 3)', compared: true },
      { column: 'n', from: 'int64', to: 'decimal(20, 1)', compared: true },
      { column: 'b', from: 'bool', to: 'string', compared: false },
      { column: 'come', from: null, to: 'status', compared: false },
      { column: 'gone', from: 'string?', to: null, compared: false },
    ]);
    // Of columns that the program does not know, nobody knows what they hold.
    expect(found?.samples).toMatchObject([{ from: { id: '1', n: '***' }, differs: ['n'] }]);
  });

  test('samples show a row of each kind, personal data apart', async () => {
    const found = await queries(
      [
        "SELECT * FROM (VALUES (1, 'a@x', 'one'), (2, 'b@x', 'two'), (3, 'c@x', 'three')) AS t(id, email, name)",
        "SELECT * FROM (VALUES (1, 'z@x', 'one'), (2, 'b@x', 'zwei'), (4, NULL, 'four')) AS t(id, email, name)",
      ],
      { id: 'INTEGER', email: 'VARCHAR?', name: 'VARCHAR' },
      dataset(
        [column('id', 'int64'), column('email', 'string?', { personal: true }), column('name', 'string')],
        ['id'],
      ),
    );
    expect(found).toMatchObject({ changed: 2, onlyFrom: 1, onlyTo: 1 });
    expect(JSON.stringify(found.samples)).not.toContain('@x');
    expect(found.samples).toContainEqual({
      from: { id: '1', email: '***', name: 'one' },
      to: { id: '1', email: '***', name: 'one' },
      differs: ['email'],
    });
    expect(found.samples).toContainEqual({ from: null, to: { id: '4', email: null, name: 'four' }, differs: [] });
  });

  test('what is built on one side only, or on neither', async () => {
    const [from, to] = [target('empty-from'), target('empty-to')];
    await runTasks(folder, [build('core.t', 'SELECT 1 AS id', { id: 'INTEGER' })], { target: from });
    const t = dataset([column('id', 'int64')]);
    const both = [t, { ...t, name: 'core.u', views: onBoth('u') }];
    const statuses = async (one: TargetPlan, other: TargetPlan) =>
      (await compared(one, other, both)).map(({ status }) => status);
    expect(await statuses(from, to)).toEqual(['only-from', 'in-neither']);
    expect(await statuses(to, from)).toEqual(['only-to', 'in-neither']);
  });

  test('what is built anew meanwhile is told of', async () => {
    const [from, to] = [target('moved-from'), target('moved-to')];
    const tasks = [build('core.t', 'SELECT 1 AS id', { id: 'INTEGER' })];
    await runTasks(folder, tasks, { target: from });
    const options = { datasets: [dataset([column('id', 'int64')])], samples: 0 };
    const found = diffTargets({ from: { folder, target: from }, to: { folder, target: to }, ...options });
    expect((await found.next()).value).toMatchObject({ status: 'only-from' });
    await runTasks(folder, tasks, { target: to });
    await expect(found.next()).rejects.toMatchObject({ code: 'changed-meanwhile' });
  });
});
