/** What the page knows of the graph that is shown, and what follows from it for each box. */
import type { ColumnAt, LineageColumn, LineageGraph, LineageNode } from '../../server/protocol.ts';
import type { Size } from './camera.ts';

/** Columns of a box that is open; the others are counted until they are asked for. */
const MOST_COLUMNS = 14;
export const HEAD = 46;
export const ROW = 22;
const FOOT = 6;
const [NARROWEST, WIDEST] = [140, 340];

export interface Box {
  readonly node: LineageNode;
  readonly title: string;
  /** Below the title: where it is and what. */
  readonly about: string;
  readonly columns: readonly LineageColumn[];
  /** Columns that are left out; null where none is shown. */
  readonly more: number | null;
  readonly size: Size;
}

/** What a person has opened, by names of datasets. */
export interface Opened {
  readonly all: boolean;
  /** Against `all`. */
  readonly turned: ReadonlySet<string>;
  /** With all their columns. */
  readonly whole: ReadonlySet<string>;
}

export const isOpen = (name: string, { all, turned }: Opened): boolean => all !== turned.has(name);

/** How wide a text is, in pixels. */
export type Measure = (text: string, style: 'title' | 'about' | 'name' | 'type') => number;

export function boxesOf(graph: LineageGraph, opened: Opened, measure: Measure): ReadonlyMap<string, Box> {
  const onPath = Map.groupBy(graph.path?.columns ?? [], ({ dataset }) => dataset);
  return new Map(
    graph.nodes.map((node) => {
      const path = new Set(onPath.get(node.name)?.map(({ column }) => column));
      return [node.name, boxOf(node, path, opened, measure)];
    }),
  );
}

function boxOf(node: LineageNode, path: ReadonlySet<string>, opened: Opened, measure: Measure): Box {
  const title = node.kind === 'schema' ? node.name || 'no schema' : node.name.slice(node.name.lastIndexOf('.') + 1);
  const about =
    node.kind === 'schema'
      ? [`${node.datasets} datasets`, node.layer].filter(Boolean).join(' · ')
      : [node.name.slice(0, Math.max(0, node.name.lastIndexOf('.'))) || null, node.is].filter(Boolean).join(' · ');
  const all = node.kind === 'schema' ? [] : node.columns;
  const shows = isOpen(node.name, opened);
  const most = opened.whole.has(node.name) ? all.length : MOST_COLUMNS;
  const columns = all.filter(({ name }, index) => path.has(name) || (shows && index < most));
  const more = shows && all.length > columns.length ? all.length - columns.length : null;
  const rows = columns.length + (more === null ? 0 : 1);
  const badges = node.kind === 'schema' ? 0 : [node.errors, node.checks].filter((each) => each > 0).length * 30 + 26;
  const widest = Math.max(
    measure(title, 'title') + 50 + badges,
    measure(about, 'about') + 50,
    ...columns.map(
      ({ name, type, isKey, tags }) =>
        measure(name, 'name') + measure(type, 'type') + (isKey ? 34 : 0) + (tags.length > 0 ? 34 : 0) + 44,
    ),
  );
  return {
    node,
    title,
    about,
    columns,
    more,
    size: {
      width: Math.round(Math.min(WIDEST, Math.max(NARROWEST, widest))),
      height: HEAD + (rows === 0 ? 0 : rows * ROW + FOOT),
    },
  };
}

export const columnKey = ({ dataset, column }: ColumnAt): string => JSON.stringify([dataset, column]);

/** What a screen reader says of a box. */
export function spoken({ node, title }: Box, reads: number, readers: number): string {
  if (node.kind === 'schema') return `${title}, schema of ${node.datasets} datasets`;
  const parts = [node.name, node.layer === null ? node.is : `${node.is}, layer ${node.layer}`];
  if (node.errors > 0) parts.push(counted(node.errors, 'error'));
  if (node.checks > 0) parts.push(counted(node.checks, 'check'));
  parts.push(`reads ${reads + node.moreUp}`, `read by ${readers + node.moreDown}`);
  return parts.join(', ');
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
