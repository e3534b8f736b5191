/** The program that the page is about: its datasets by name, who reads whom, and the paths of columns. */
import type { PageData, PageDataset } from '../input.ts';

const text = document.getElementById('data')?.textContent ?? '{}';
export const page = JSON.parse(text) as PageData;

const byName = new Map(page.datasets.map((dataset) => [dataset.name, dataset]));

export const datasetOf = (name: string): PageDataset | undefined => byName.get(name);

const readersByName = new Map<string, string[]>(page.datasets.map(({ name }) => [name, []]));
for (const dataset of page.datasets) for (const read of dataset.reads) readersByName.get(read)?.push(dataset.name);

export const readersOf = (name: string): readonly string[] => readersByName.get(name) ?? [];

export interface ColumnEdge {
  readonly from: ColumnAt;
  readonly to: ColumnAt;
  readonly kind: 'direct' | 'indirect';
}

export interface ColumnAt {
  readonly dataset: string;
  readonly column: string;
}

export const columnKey = ({ dataset, column }: ColumnAt): string => JSON.stringify([dataset, column]);

const parents = new Map<string, ColumnEdge[]>();
const children = new Map<string, ColumnEdge[]>();
for (const dataset of page.datasets) {
  for (const { column, from } of dataset.lineage) {
    const to = { dataset: dataset.name, column };
    for (const { kind, ...origin } of from) {
      const edge = { from: origin, to, kind };
      const [up, down] = [columnKey(to), columnKey(origin)];
      parents.set(up, [...(parents.get(up) ?? []), edge]);
      children.set(down, [...(children.get(down) ?? []), edge]);
    }
  }
}

export const parentsOf = (column: ColumnAt): readonly ColumnEdge[] => parents.get(columnKey(column)) ?? [];
export const childrenOf = (column: ColumnAt): readonly ColumnEdge[] => children.get(columnKey(column)) ?? [];

/** Where the column's values come from and where they go, all the way; and what only decides, next to the column. */
export function columnPath(column: ColumnAt): readonly ColumnEdge[] {
  const found = new Set<ColumnEdge>();
  const walk = (next: (at: ColumnAt) => readonly ColumnEdge[], end: 'from' | 'to'): void => {
    const seen = new Set([columnKey(column)]);
    const queue = [column];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const edge of next(at)) {
        if (edge.kind === 'indirect' && at !== column) continue;
        found.add(edge);
        const other = edge[end];
        if (edge.kind === 'indirect' || seen.has(columnKey(other))) continue;
        seen.add(columnKey(other));
        queue.push(other);
      }
    }
  };
  walk(parentsOf, 'from');
  walk(childrenOf, 'to');
  return [...found];
}
