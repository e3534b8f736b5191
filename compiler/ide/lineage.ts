/**
 * The lineage graph as an editor draws it: datasets around one, some steps up and down, or the whole project; and the path
 * of one column, up to where its values come from and down to where they go. Schemas stand for their datasets where a
 * project is too large to be drawn box by box.
 */
import { type Column, valueName } from '../relational/types.ts';
import type { DeclarationSymbol } from '../semantics/symbols.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { testsByDataset } from './lenses.ts';
import type {
  ColumnAt,
  ColumnEdge,
  ColumnPath,
  LineageDataset,
  LineageGraph,
  LineageNode,
  LineageQuestion,
  LineageSchema,
} from './lineage-graph.ts';

/** Datasets up to which a whole project is shown one by one. */
export const MOST_DATASETS = 150;

export function lineageGraph(workspace: Workspace, question: LineageQuestion): LineageGraph {
  const { catalog } = workspace;
  const path = question.column === null ? null : columnPath(workspace, question.column);
  const shown = shownDatasets(workspace, question);
  for (const { dataset } of path?.columns ?? []) shown.add(dataset);
  const isLarge = question.around === null && shown.size > MOST_DATASETS;
  const onPath = new Set(path?.columns.map(({ dataset }) => dataset));
  const open = new Set(question.open);
  const boxOf = (name: string): string =>
    isLarge && !onPath.has(name) && !open.has(schemaOf(name)) ? schemaId(name) : name;
  const order = catalog.order.filter((name) => shown.has(name));
  const boxes = Map.groupBy(order, boxOf);
  const tests = testsByDataset(workspace);
  const errors = errorsByDataset(workspace, order);
  const nodes = [...boxes].map(([box, names]): LineageNode => {
    const [first = ''] = names;
    return box === first
      ? datasetNode(workspace, first, shown, tests.get(first) ?? 0, errors.get(first) ?? 0)
      : schemaNode(workspace, schemaOf(first), names, errors);
  });
  const edges = new Map<string, { readonly from: string; readonly to: string }>();
  for (const name of order)
    for (const read of catalog.get(name)?.reads ?? []) {
      if (!shown.has(read) || !catalog.get(read)) continue;
      const [from, to] = [nameOf(boxOf(read)), nameOf(boxOf(name))];
      if (from !== to || read === name) edges.set(JSON.stringify([from, to]), { from, to });
    }
  return { nodes, edges: [...edges.values()], path, total: workspace.datasetCount };
}

/** The path of a column through the project; null where there is no such column. */
export function columnPath(workspace: Workspace, of: ColumnAt): ColumnPath | null {
  if (columnOf(workspace, of) === undefined) return null;
  const edges = new Map<string, ColumnEdge>();
  const walk = (next: (at: ColumnAt) => readonly ColumnEdge[], end: 'from' | 'to'): void => {
    const seen = new Set([keyOf(of)]);
    const queue = [of];
    for (let at = queue.pop(); at !== undefined; at = queue.pop())
      for (const edge of next(at)) {
        // What only decides is told next to the column, and no further: in the end everything decides everything.
        if (edge.kind === 'indirect' && at !== of) continue;
        edges.set(`${keyOf(edge.from)} ${keyOf(edge.to)}`, edge);
        if (edge.kind === 'indirect' || seen.has(keyOf(edge[end]))) continue;
        seen.add(keyOf(edge[end]));
        queue.push(edge[end]);
      }
  };
  walk((at) => edgesInto(workspace, at), 'from');
  walk((at) => edgesFrom(workspace, at), 'to');
  const columns = new Map([[keyOf(of), of]]);
  for (const { from, to } of edges.values()) columns.set(keyOf(from), from).set(keyOf(to), to);
  return { of, columns: [...columns.values()], edges: [...edges.values()] };
}

function edgesInto(workspace: Workspace, to: ColumnAt): readonly ColumnEdge[] {
  const column = columnOf(workspace, to);
  return column === undefined ? [] : originEdges(column, to);
}

function edgesFrom(workspace: Workspace, from: ColumnAt): readonly ColumnEdge[] {
  return workspace.catalog
    .readers(from.dataset)
    .flatMap((dataset) =>
      (workspace.row(dataset)?.columns ?? []).flatMap((column) =>
        originEdges(column, { dataset, column: column.name }).filter((edge) => keyOf(edge.from) === keyOf(from)),
      ),
    );
}

/** What is carried and decides as well is told once, as carried. */
function originEdges({ origins }: Column, to: ColumnAt): readonly ColumnEdge[] {
  const edges = new Map<string, ColumnEdge>();
  for (const { dataset, column, kind } of origins) {
    const from = { dataset, column };
    if (kind === 'direct' || !edges.has(keyOf(from))) edges.set(keyOf(from), { from, to, kind });
  }
  return [...edges.values()];
}

const columnOf = (workspace: Workspace, { dataset, column }: ColumnAt): Column | undefined =>
  workspace.row(dataset)?.columns.find(({ name }) => name === column);

const keyOf = ({ dataset, column }: ColumnAt): string => JSON.stringify([dataset, column]);

function shownDatasets(workspace: Workspace, { around, up, down }: LineageQuestion): Set<string> {
  const { catalog } = workspace;
  if (around === null) return new Set(catalog.names);
  if (catalog.get(around) === undefined) return new Set();
  const steps = (count: number, next: (name: string) => readonly string[]): readonly string[] => {
    const reached = new Set([around]);
    let edge: readonly string[] = [around];
    for (let step = 0; step < count && edge.length > 0; step++) {
      edge = edge.flatMap(next).filter((name) => catalog.get(name) !== undefined && !reached.has(name));
      for (const name of edge) reached.add(name);
    }
    return [...reached];
  };
  return new Set([
    ...steps(up, (name) => catalog.get(name)?.reads ?? []),
    ...steps(down, (name) => catalog.readers(name)),
  ]);
}

const schemaOf = (dataset: string): string => dataset.slice(0, Math.max(0, dataset.lastIndexOf('.')));

/** No dataset has such a name. */
const schemaId = (dataset: string): string => `${schemaOf(dataset)}.*`;
const nameOf = (box: string): string => (box.endsWith('.*') ? box.slice(0, -2) : box);

function datasetNode(
  workspace: Workspace,
  name: string,
  shown: ReadonlySet<string>,
  tests: number,
  errors: number,
): LineageDataset {
  const { catalog } = workspace;
  const symbol = workspace.symbol('dataset', name);
  const row = workspace.row(name);
  const key = new Set(row?.keys[0] ?? []);
  const { layer = null, checks = 0, isView = false } = symbol === null ? {} : modelFacts(workspace, symbol);
  const hidden = (names: readonly string[]): number =>
    names.filter((each) => catalog.get(each) !== undefined && !shown.has(each)).length;
  return {
    kind: 'dataset',
    name,
    is: isView ? 'view' : kindOf(symbol),
    layer,
    doc: symbol === null ? null : workspace.declaration(symbol).tree.doc,
    columns: (row?.columns ?? []).map((column) => ({
      name: column.name,
      type: column.type.kind === 'error' ? '' : valueName(column),
      isKey: key.has(column.name),
      tags: column.tags.map((tag) => `${tag.name}(${tag.value})`),
    })),
    errors,
    checks,
    tests,
    moreUp: hidden(catalog.get(name)?.reads ?? []),
    moreDown: hidden(catalog.readers(name)),
  };
}

function kindOf(symbol: DeclarationSymbol | null): LineageDataset['is'] {
  const kind = symbol?.kind;
  return kind === 'source' || kind === 'step' || kind === 'dimension' ? kind : 'table';
}

function modelFacts(
  workspace: Workspace,
  symbol: DeclarationSymbol,
): { readonly layer: string | null; readonly checks: number; readonly isView: boolean } {
  const model =
    workspace.model('table', symbol) ??
    workspace.model('source', symbol) ??
    workspace.model('step', symbol) ??
    workspace.model('dimension', symbol);
  const isView = symbol.kind === 'table' && model?.refresh.kind === 'view';
  return { layer: model?.layer ?? null, checks: model?.checks.length ?? 0, isView };
}

function schemaNode(
  workspace: Workspace,
  name: string,
  datasets: readonly string[],
  errors: ReadonlyMap<string, number>,
): LineageSchema {
  const [store = '', schema = ''] = name.split('.');
  const symbol = workspace.symbol('store', store);
  const model = symbol === null ? null : workspace.model('store', symbol);
  return {
    kind: 'schema',
    name,
    layer: model?.layers[schema] ?? null,
    datasets: datasets.length,
    errors: datasets.reduce((sum, dataset) => sum + (errors.get(dataset) ?? 0), 0),
  };
}

/** Errors that are told within the declaration of a dataset. */
function errorsByDataset(workspace: Workspace, datasets: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const symbols = datasets.flatMap((name) => workspace.symbol('dataset', name) ?? []);
  for (const [file, inside] of Map.groupBy(symbols, (symbol) => symbol.file)) {
    const found = workspace.problems(file).filter(({ severity }) => severity === 'error');
    if (found.length === 0) continue;
    for (const symbol of inside) {
      const { start, end } = workspace.declaration(symbol);
      const own = found.filter(({ place }) => {
        const at = place.file === file ? workspace.whereIs(place) : null;
        return at !== null && start <= at.start && at.start <= end;
      });
      if (own.length > 0) counts.set(symbol.name, own.length);
    }
  }
  return counts;
}
