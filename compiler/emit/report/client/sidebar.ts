/** All datasets by schema, and a search over names, columns and docs. */
import type { PageDataset } from '../input.ts';
import { type Child, grouped, h, schemaOf, shortName } from './dom.ts';
import { page } from './program.ts';
import { columnLink, datasetLink, overviewLink, type Route } from './routes.ts';

/** Hits that are listed; more are a number. */
const MOST_HITS = 60;

export interface Sidebar {
  readonly element: HTMLElement;
  /** Marks what is shown. */
  show(route: Route): void;
}

export function sidebar(): Sidebar {
  const list = h('div.list', {});
  const search = h('input', {
    type: 'search',
    placeholder: 'Search datasets and columns',
    'aria-label': 'Search datasets and columns',
    autocomplete: 'off',
    spellcheck: 'false',
  }) as HTMLInputElement;
  let route: Route = { page: 'overview' };

  const fill = (): void => {
    const words = search.value.trim().toLowerCase();
    list.replaceChildren(...(words === '' ? everything() : hits(words)));
    mark();
  };
  const mark = (): void => {
    for (const link of element.querySelectorAll('a')) {
      const href = link.getAttribute('href');
      const here = href === (route.page === 'overview' ? overviewLink : datasetLink(route.dataset));
      if (here) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  };
  search.addEventListener('input', fill);

  const element = h(
    'nav',
    { 'aria-label': 'Datasets' },
    h(
      'a.home',
      { href: overviewLink },
      h('b', {}, page.project),
      h('span', {}, `${grouped(page.datasets.length)} datasets`),
    ),
    h('div.search', {}, search, h('kbd', { 'aria-hidden': 'true' }, '/')),
    list,
  );
  addEventListener('keydown', (event) => keys(event, element, search, fill));
  fill();
  return {
    element,
    show(shown) {
      route = shown;
      mark();
      element.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
    },
  };
}

/** `/` searches, arrows go through the links, Escape clears. */
function keys(event: KeyboardEvent, nav: HTMLElement, search: HTMLInputElement, fill: () => void): void {
  const inside = nav.contains(document.activeElement);
  if (event.key === '/' && document.activeElement !== search && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === 'Escape' && inside) {
    search.value = '';
    fill();
    search.focus();
  } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && inside) {
    event.preventDefault();
    const stops: HTMLElement[] = [search, ...nav.querySelectorAll<HTMLElement>('.list a')];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    stops[Math.min(stops.length - 1, Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus();
  } else if (event.key === 'Enter' && document.activeElement === search) {
    nav.querySelector<HTMLElement>('.list a')?.click();
  }
}

function everything(): HTMLElement[] {
  const groups = new Map<string, PageDataset[]>();
  for (const dataset of page.datasets) {
    const schema = schemaOf(dataset.name);
    groups.set(schema, [...(groups.get(schema) ?? []), dataset]);
  }
  const natural = new Intl.Collator('en', { numeric: true });
  for (const datasets of groups.values()) datasets.sort((a, b) => natural.compare(a.name, b.name));
  return [...groups].map(([schema, datasets]) =>
    h(
      'div.group',
      {},
      h('h2', {}, schema, h('span', {}, grouped(datasets.length))),
      datasets.map((dataset) => entry(dataset)),
    ),
  );
}

function hits(words: string): HTMLElement[] {
  const found: { readonly rank: number; readonly element: () => HTMLElement }[] = [];
  for (const dataset of page.datasets) {
    const name = dataset.name.toLowerCase();
    const at = shortName(name).startsWith(words) ? 0 : name.includes(words) ? 1 : null;
    if (at !== null) found.push({ rank: at, element: () => entry(dataset) });
    else if (dataset.doc?.toLowerCase().includes(words)) found.push({ rank: 3, element: () => entry(dataset) });
    for (const column of dataset.columns)
      if (column.name.toLowerCase().includes(words))
        found.push({ rank: 2, element: () => columnEntry(dataset, column.name) });
  }
  if (found.length === 0) return [h('p.none', {}, 'Nothing has that in its name, its columns or its words.')];
  const shown = found.sort((a, b) => a.rank - b.rank).slice(0, MOST_HITS);
  const more = found.length - shown.length;
  return [
    ...shown.map(({ element }) => element()),
    ...(more > 0 ? [h('p.none', {}, `and ${grouped(more)} more`)] : []),
  ];
}

function entry(dataset: PageDataset): HTMLElement {
  const { task } = dataset;
  const quarantined = task?.load?.quarantined ?? 0;
  const warned = task?.checks.some((check) => !check.passed) === true;
  const note: Child =
    task === null
      ? null
      : task.status !== 'done' && task.status !== 'unchanged'
        ? h('span.bad', {}, task.status)
        : h(`span${warned || quarantined > 0 ? '.warn' : ''}`, {}, task.rows === null ? 'view' : short(task.rows));
  return h(
    'a',
    { href: datasetLink(dataset.name), 'data-layer': dataset.layer ?? 'other', title: dataset.doc ?? dataset.name },
    h('b', {}, shortName(dataset.name)),
    note,
  );
}

function columnEntry(dataset: PageDataset, column: string): HTMLElement {
  return h(
    'a',
    { href: columnLink(dataset.name, column), 'data-layer': dataset.layer ?? 'other' },
    h('b', {}, column),
    h('span', {}, shortName(dataset.name)),
  );
}

/** 2999659 → 3.0M. */
function short(count: number): string {
  if (count < 10_000) return grouped(count);
  return count < 1e6 ? `${Math.round(count / 1000)}k` : `${(count / 1e6).toFixed(1)}M`;
}
