/**
 * The part of the lineage around one dataset: what it reads on its left, what reads it on its right, as cards with their
 * columns. A column that is clicked shows its path instead: every dataset its values pass through, from source to mart.
 */
import type { PageDataset } from '../input.ts';
import { h, schemaOf, shortName, svg } from './dom.ts';
import { type ColumnAt, columnKey, columnPath, datasetOf, readersOf } from './program.ts';
import { columnLink, datasetLink } from './routes.ts';

/** Cards in one layer; the rest is a number. */
const MOST_CARDS = 7;
/** Columns shown on a card that is not the one the page is about. */
const MOST_COLUMNS = 6;
/** Layers up and down where no column is chosen. */
const DEPTH = 2;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'direct' | 'indirect';
}

export function lineagePath(dataset: PageDataset, column: string | null): HTMLElement {
  const shown = column === null ? around(dataset) : along({ dataset: dataset.name, column });
  const canvas = svg('svg', { class: 'wires', 'aria-hidden': 'true' });
  const layers = shown.layers.map((names) => {
    const cards = names.slice(0, MOST_CARDS).map((name) => card(name, dataset, column, shown.columns));
    const left = names.length - MOST_CARDS;
    return h('div.layer', {}, cards, left > 0 ? h('p.more', {}, `and ${left} more`) : null);
  });
  const root = h('div.path', { role: 'group', 'aria-label': `Lineage of ${dataset.name}` }, canvas, layers);
  const draw = (): void => wire(root, canvas, shown.edges);
  // Once it stands in the page, and again whenever it is given another size.
  queueMicrotask(draw);
  new ResizeObserver(draw).observe(root);
  return root;
}

interface Shown {
  readonly layers: readonly (readonly string[])[];
  readonly edges: readonly Edge[];
  /** By dataset, the columns that matter here. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The datasets up to `DEPTH` steps away; each stands as far out as its longest way. */
function around(dataset: PageDataset): Shown {
  const walk = (next: (name: string) => readonly string[]): string[][] => {
    const layer = new Map<string, number>();
    const visit = (name: string, depth: number): void => {
      for (const other of depth === DEPTH ? [] : next(name)) {
        if (datasetOf(other) === undefined) continue;
        if ((layer.get(other) ?? 0) < depth + 1) layer.set(other, depth + 1);
        visit(other, depth + 1);
      }
    };
    visit(dataset.name, 0);
    return Array.from({ length: Math.max(0, ...layer.values()) }, (_, i) =>
      [...layer].filter(([, depth]) => depth === i + 1).map(([name]) => name),
    );
  };
  const up = walk((name) => datasetOf(name)?.reads ?? []);
  const down = walk(readersOf);
  const layers = [...up.reverse(), [dataset.name], ...down];
  const columns = new Map<string, Set<string>>();
  const add = (name: string, column: string): void => {
    columns.set(name, (columns.get(name) ?? new Set()).add(column));
  };
  for (const { column } of dataset.lineage)
    for (const { from, to } of columnPath({ dataset: dataset.name, column })) {
      add(from.dataset, from.column);
      add(to.dataset, to.column);
    }
  return { layers, edges: datasetEdges(layers), columns };
}

function datasetEdges(layers: readonly (readonly string[])[]): Edge[] {
  const cards = new Set(layers.flatMap((names) => names.slice(0, MOST_CARDS)));
  return [...cards].flatMap((name) =>
    (datasetOf(name)?.reads ?? [])
      .filter((read) => cards.has(read))
      .map((read) => ({ from: cardKey(read), to: cardKey(name), kind: 'direct' as const })),
  );
}

/** The datasets on the column's path, those that feed a dataset before it. */
function along(column: ColumnAt): Shown {
  const path = columnPath(column);
  const columns = new Map<string, Set<string>>([[column.dataset, new Set([column.column])]]);
  for (const at of path.flatMap(({ from, to }) => [from, to]))
    columns.set(at.dataset, (columns.get(at.dataset) ?? new Set()).add(at.column));
  const depth = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depth.get(name);
    if (known !== undefined) return known;
    const feeding = path.filter(({ to }) => to.dataset === name).map(({ from }) => from.dataset);
    const own = Math.max(0, ...feeding.map((other) => depthOf(other) + 1));
    depth.set(name, own);
    return own;
  };
  for (const name of columns.keys()) depthOf(name);
  const layers: string[][] = Array.from({ length: Math.max(...depth.values()) + 1 }, () => []);
  for (const [name, own] of depth) layers[own]?.push(name);
  const edges = path.map(({ from, to, kind }) => ({ from: columnKey(from), to: columnKey(to), kind }));
  return { layers, edges, columns };
}

const cardKey = (name: string): string => JSON.stringify([name]);

function card(name: string, of: PageDataset, chosen: string | null, columns: Shown['columns']): HTMLElement {
  const dataset = datasetOf(name);
  if (dataset === undefined) return h('div');
  const self = name === of.name;
  const relevant = columns.get(name) ?? new Set();
  const listed = dataset.columns.filter((column) => self || relevant.has(column.name));
  const most = self ? 40 : MOST_COLUMNS;
  const rest = dataset.columns.length - Math.min(listed.length, most);
  return h(
    `div.card.${self ? 'self' : 'other'}`,
    { 'data-key': cardKey(name), 'data-layer': dataset.layer ?? 'other' },
    h('a.title', { href: datasetLink(name) }, h('b', {}, shortName(name)), h('span', {}, schemaOf(name))),
    h(
      'ul',
      {},
      listed.slice(0, most).map((column) => {
        const at = { dataset: name, column: column.name };
        const on = chosen !== null && relevant.has(column.name);
        const picked = self && column.name === chosen;
        return h(
          `li${picked ? '.picked' : on ? '.on' : ''}`,
          { 'data-key': columnKey(at) },
          h(
            'a',
            {
              href: picked ? datasetLink(name) : columnLink(name, column.name),
              title: picked ? 'back to the datasets around' : `the path of ${column.name}, up and down`,
              'aria-current': picked,
            },
            h('span', {}, column.name),
            h('i', {}, `${column.type}${column.nullable ? '?' : ''}`),
          ),
        );
      }),
      rest > 0
        ? h(
            'li.rest',
            {},
            h(
              'a',
              { href: datasetLink(name) },
              `${listed.length === 0 ? '' : '+ '}${rest} column${rest === 1 ? '' : 's'}`,
            ),
          )
        : null,
    ),
  );
}

/** Curves between what carries the keys, as the browser has laid it out. */
function wire(root: HTMLElement, canvas: SVGElement, edges: readonly Edge[]): void {
  canvas.replaceChildren();
  const origin = root.getBoundingClientRect();
  canvas.setAttribute('width', String(root.scrollWidth));
  canvas.setAttribute('height', String(root.scrollHeight));
  const places = new Map<string, DOMRect>();
  for (const element of root.querySelectorAll<HTMLElement>('[data-key]')) {
    const { key } = element.dataset;
    // Of a column on a card, the height is its own and the sides are the card's.
    const side = element.closest('.card')?.getBoundingClientRect();
    const own = element.matches('.card')
      ? element.querySelector('.title')?.getBoundingClientRect()
      : element.getBoundingClientRect();
    if (key === undefined || side === undefined || own === undefined) continue;
    places.set(key, new DOMRect(side.left, own.top, side.width, own.height));
  }
  for (const { from, to, kind } of edges) {
    const [a, b] = [places.get(from), places.get(to)];
    if (a === undefined || b === undefined) continue;
    const x1 = a.right - origin.left + root.scrollLeft;
    const x2 = b.left - origin.left + root.scrollLeft;
    const y1 = a.top + a.height / 2 - origin.top + root.scrollTop;
    const y2 = b.top + b.height / 2 - origin.top + root.scrollTop;
    const bend = Math.max(24, (x2 - x1) / 2);
    canvas.append(svg('path', { class: kind, d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }));
  }
}
