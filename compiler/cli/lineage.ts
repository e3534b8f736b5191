/** `pipec lineage`: where data comes from and goes to, by dataset or by column. */
import type { Style } from '../diagnostics/style.ts';
import { padEnd, textWidth, wrap } from '../diagnostics/text-width.ts';
import type { DatasetModel } from '../semantics/model.ts';
import { closest } from '../semantics/suggest.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import type { LineageLine } from './machine.ts';
import { checkedProgram, findDataset, openProject } from './project.ts';

export const lineage: CommandModule<{ readonly json?: boolean }> = {
  arguments: [
    { name: '[name]', help: 'a dataset, or a column: dwh.marts.daily_revenue.revenue', completes: 'dataset' },
  ],
  options: [JSON_OPTION],
  details: 'Without a name: every dataset, with what it reads.',
  examples: [
    { text: 'pipec lineage daily_revenue', does: 'what it stands on, and who reads it' },
    { text: 'pipec lineage daily_revenue.revenue', does: 'the same for one column' },
    { text: 'pipec lineage --json', does: 'every column of the project' },
  ],
  run: (io, [name], { json = false }) => {
    const { datasets } = checkedProgram(io, openProject(io));
    if (json) {
      for (const line of columnLines(datasets, name)) io.out.json(line);
      return EXIT.done;
    }
    if (name !== undefined) io.out.line(describe(datasets, name, io.out.style));
    else if (datasets.length > 0) io.out.line(overview(datasets, io.out.style));
    else io.err.line(io.err.style.paint.dim('no datasets'));
    return EXIT.done;
  },
};

/** A dataset, or a dataset and one of its columns. Raises `CommandError`: unknown-dataset, ambiguous-dataset, command-line. */
function resolve(
  datasets: readonly DatasetModel[],
  name: string,
): { readonly dataset: DatasetModel; readonly column: string | null } {
  const dot = name.lastIndexOf('.');
  const owner = name.slice(0, Math.max(0, dot));
  const isDataset = datasets.some((one) => one.name === name || one.name.endsWith(`.${name}`));
  const holds = dot > 0 && datasets.some((one) => one.name === owner || one.name.endsWith(`.${owner}`));
  if (isDataset || !holds) return { dataset: findDataset(datasets, name), column: null };
  const dataset = findDataset(datasets, owner);
  const column = name.slice(dot + 1);
  const columns = dataset.row.columns.map((one) => one.name);
  if (columns.includes(column)) return { dataset, column };
  const meant = closest(column, columns);
  throw usageError(
    `\`${dataset.name}\` has no column \`${column}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    `its columns: ${columns.join(', ')}`,
  );
}

function columnLines(datasets: readonly DatasetModel[], name: string | undefined): LineageLine[] {
  const wanted = name === undefined ? null : resolve(datasets, name);
  return datasets
    .filter((one) => wanted === null || one === wanted.dataset)
    .flatMap((one) =>
      one.row.columns
        .filter((column) => wanted === null || wanted.column === null || column.name === wanted.column)
        .map((column) => ({
          dataset: one.name,
          column: column.name,
          from: column.origins.map(({ dataset, column: parent, kind }) => ({ dataset, column: parent, kind })),
        })),
    );
}

function overview(datasets: readonly DatasetModel[], style: Style): string {
  const widest = Math.max(0, ...datasets.map((one) => textWidth(one.name)));
  return datasets
    .map((one) =>
      `${padEnd(one.name, widest)}  ${one.reads.length === 0 ? style.paint.dim(one.source === null ? '' : `from ${one.source.use.connector}`) : `${style.paint.dim('reads')} ${one.reads.join(', ')}`}`.trimEnd(),
    )
    .join('\n');
}

interface Node {
  readonly key: string;
  readonly note: string;
}

function describe(datasets: readonly DatasetModel[], name: string, style: Style): string {
  const { dataset, column } = resolve(datasets, name);
  const { paint } = style;
  const title = column === null ? dataset.name : `${dataset.name}.${column}`;
  const up = column === null ? datasetParents(datasets) : columnParents(datasets);
  const down = reversed(up);
  const rows = [
    `${paint.bold(title)}  ${paint.dim(`${dataset.kind} ${style.glyphs.dot} ${dataset.at.file}:${dataset.at.line}`)}`,
  ];
  rows.push('', ...section('comes from', title, up, style), '', ...section('goes to', title, down, style));
  if (rows.some((row) => row.includes(`(${INDIRECT}`)))
    rows.push(
      '',
      ...wrap(
        `${INDIRECT}: it decides which rows there are or how they are grouped, not what they hold`,
        style.width,
      ).map((line) => paint.dim(line)),
    );
  return rows.join('\n');
}

const INDIRECT = 'indirect';

type Graph = ReadonlyMap<string, readonly Node[]>;

function datasetParents(datasets: readonly DatasetModel[]): Graph {
  return new Map(datasets.map((one) => [one.name, one.reads.map((key) => ({ key, note: '' }))]));
}

function columnParents(datasets: readonly DatasetModel[]): Graph {
  return new Map(
    datasets.flatMap((one) =>
      one.row.columns.map((column): [string, readonly Node[]] => {
        // A column that carries the value and decides on it too is told once, by the stronger.
        const direct = column.origins
          .filter((origin) => origin.kind === 'direct')
          .map((origin) => `${origin.dataset}.${origin.column}`);
        const indirect = column.origins
          .filter((origin) => origin.kind === 'indirect')
          .map((origin) => `${origin.dataset}.${origin.column}`);
        return [
          `${one.name}.${column.name}`,
          [
            ...direct.map((key) => ({ key, note: '' })),
            ...indirect.filter((key) => !direct.includes(key)).map((key) => ({ key, note: INDIRECT })),
          ],
        ];
      }),
    ),
  );
}

function reversed(graph: Graph): Graph {
  const children = new Map<string, Node[]>();
  for (const [key, parents] of graph) {
    for (const parent of parents)
      children.set(parent.key, [...(children.get(parent.key) ?? []), { key, note: parent.note }]);
  }
  return children;
}

function section(title: string, root: string, graph: Graph, style: Style): string[] {
  const lines = tree(root, graph, style);
  return [style.paint.dim(title), ...(lines.length === 0 ? [style.paint.dim('  nothing')] : lines)];
}

/** A tree of a graph: what was shown with its own branches already is only named again. */
function tree(root: string, graph: Graph, style: Style): string[] {
  const { glyphs, paint } = style;
  const seen = new Set<string>();
  const rows: string[] = [];
  const visit = (key: string, lead: string) => {
    const nodes = graph.get(key) ?? [];
    for (const [index, node] of nodes.entries()) {
      const last = index === nodes.length - 1;
      const again = seen.has(node.key) && (graph.get(node.key) ?? []).length > 0;
      const notes = [node.note, again ? 'as above' : ''].filter((note) => note !== '').join(', ');
      rows.push(
        `${paint.dim(`${lead}${last ? glyphs.lastBranch : glyphs.branch} `)}${node.key}${notes === '' ? '' : paint.dim(`  (${notes})`)}`,
      );
      if (again) continue;
      seen.add(node.key);
      visit(node.key, `${lead}${last ? ' ' : glyphs.bar}  `);
    }
  };
  visit(root, '  ');
  return rows;
}
