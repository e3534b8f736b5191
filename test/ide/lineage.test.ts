/** The lineage graph as plain data: around a dataset, of a whole project, of a large one by its schemas, and a column's path. */
import { expect, test } from 'vitest';
import { flowAt } from '../../compiler/ide/flow.ts';
import { lineageGraph, MOST_DATASETS } from '../../compiler/ide/lineage.ts';
import type { LineageGraph, LineageNode } from '../../compiler/ide/lineage-graph.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { testIdeFixtures } from '../support/ide.ts';

/** Around the dataset at the cursor, a step each way, with the path of its first column. */
testIdeFixtures('lineage', ({ workspace, file, offset }) => {
  const name = flowAt(workspace, file, offset)?.symbol.name ?? '';
  const [first] = workspace.row(name)?.columns ?? [];
  const column = first === undefined ? null : { dataset: name, column: first.name };
  return shown(lineageGraph(workspace, { around: name, up: 1, down: 1, column, open: [] }));
});

function shown({ nodes, edges, path, total }: LineageGraph): string[] {
  const steps = (path?.edges ?? []).map(
    ({ from, to, kind }) => `${kind} ${from.dataset}.${from.column} -> ${to.dataset}.${to.column}`,
  );
  return [
    `${nodes.length} of ${total}`,
    ...nodes.flatMap(nodeLines),
    ...edges.map(({ from, to }) => `${from} -> ${to}`),
    ...(path === null ? [] : [`path of ${path.of.dataset}.${path.of.column}`, ...steps.sort()]),
  ];
}

function nodeLines(node: LineageNode): string[] {
  const counts = Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'number' && value > 0 ? `${key} ${value}` : [],
  );
  if (node.kind === 'schema') return [[`schema ${node.name}`, node.layer, ...counts].join(' · ')];
  return [
    [`${node.is} ${node.name}`, node.layer, node.doc?.trim(), ...counts].filter(Boolean).join(' · '),
    ...node.columns.map(
      ({ name, type, isKey, tags }) => `  ${[name, type, isKey ? 'key' : '', ...tags].join(' ').trim()}`,
    ),
  ];
}

const all = { around: null, up: 0, down: 0, column: null, open: [] };

/** A chain in each of some schemas, where each schema reads the one before. */
function large(schemas: number, each: number): Workspace {
  const workspace = new Workspace();
  const layers = Array.from({ length: schemas }, (_, schema) => `s${schema}: core`).join(', ');
  const tables = Array.from({ length: schemas * each }, (_, at) => {
    const [schema, place] = [Math.floor(at / each), at % each];
    const reads = at === 0 ? "values (1, 'a') as (id, name)" : `t${at - 1}`;
    return `table t${at} in dwh.s${schema} = from ${at === 0 ? 'start' : reads} |> select id, name // ${place}`;
  });
  workspace.setFile(
    'all.pipe',
    `project p { owner: 'o@acme.example', target: local }
target local { engine: duckdb(path: 'p.duckdb') }
store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { ${layers} } }
type Start { id: int64 @key, name: string }
source start : Start from file('start.csv')
${tables.join('\n')}
`,
  );
  return workspace;
}

test('a large project is shown by its schemas, and a schema that is opened by its datasets', () => {
  const workspace = large(4, 50);
  const closed = lineageGraph(workspace, all);
  expect(closed.nodes.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'schema _landing',
    'schema dwh.s0',
    'schema dwh.s1',
    'schema dwh.s2',
    'schema dwh.s3',
  ]);
  expect(closed.nodes.map((node) => (node.kind === 'schema' ? node.datasets : 0))).toEqual([1, 50, 50, 50, 50]);
  expect(closed.edges).toEqual([
    { from: '_landing', to: 'dwh.s0' },
    { from: 'dwh.s0', to: 'dwh.s1' },
    { from: 'dwh.s1', to: 'dwh.s2' },
    { from: 'dwh.s2', to: 'dwh.s3' },
  ]);
  const open = lineageGraph(workspace, { ...all, open: ['dwh.s1'] });
  expect(open.nodes.filter(({ kind }) => kind === 'dataset')).toHaveLength(50);
  expect(open.edges).toContainEqual({ from: 'dwh.s0', to: 'dwh.s1.t50' });
  expect(open.edges).toContainEqual({ from: 'dwh.s1.t99', to: 'dwh.s2' });
});

test('up to a number of datasets each is shown', () => {
  const { nodes } = lineageGraph(large(1, MOST_DATASETS - 1), all);
  expect(nodes).toHaveLength(MOST_DATASETS);
  expect(nodes.every(({ kind }) => kind === 'dataset')).toBe(true);
});

test('what a path goes through is shown whole, in a large project as well', () => {
  const workspace = large(4, 50);
  const { nodes, path } = lineageGraph(workspace, { ...all, column: { dataset: 'dwh.s0.t1', column: 'name' } });
  expect(path?.columns).toHaveLength(201);
  expect(nodes.every(({ kind }) => kind === 'dataset')).toBe(true);
});

test('steps widen what is around a dataset, and tell what is beyond', () => {
  const workspace = large(1, 10);
  const graph = (up: number, down: number) =>
    lineageGraph(workspace, { around: 'dwh.s0.t4', up, down, column: null, open: [] });
  expect(graph(0, 0).nodes).toMatchObject([{ name: 'dwh.s0.t4', moreUp: 1, moreDown: 1 }]);
  expect(graph(2, 1).nodes.map(({ name }) => name)).toEqual(['dwh.s0.t2', 'dwh.s0.t3', 'dwh.s0.t4', 'dwh.s0.t5']);
  expect(graph(99, 99).nodes).toHaveLength(11);
});

test('a circle, a dataset that is gone and an empty project have answers', () => {
  const workspace = new Workspace();
  expect(lineageGraph(workspace, all)).toEqual({ nodes: [], edges: [], path: null, total: 0 });
  workspace.setFile('a.pipe', 'table a in dwh.core = from b\ntable b in dwh.core = from a\n');
  const circle = lineageGraph(workspace, { around: 'dwh.core.a', up: 9, down: 9, column: null, open: [] });
  expect(circle.edges).toEqual([
    { from: 'dwh.core.a', to: 'dwh.core.b' },
    { from: 'dwh.core.b', to: 'dwh.core.a' },
  ]);
  const gone = { dataset: 'dwh.core.gone', column: 'x' };
  expect(lineageGraph(workspace, { around: 'dwh.core.gone', up: 1, down: 1, column: gone, open: [] })).toMatchObject({
    nodes: [],
    path: null,
  });
});
