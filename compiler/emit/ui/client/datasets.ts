/** All datasets: what reads what, with how each ended last, and a list to search in. */
import type { DatasetRow } from '../../../../runtime/web/api.ts';
import { type Child, grouped, h, schemaOf, shortName } from '../../report/client/dom.ts';
import { drawnGraph } from './graph.ts';
import { section, stateChip, table } from './parts.ts';
import { linkTo, linkToRun } from './routes.ts';
import { countText, farText, lengthText, momentText } from './words.ts';

/** A picture of more tells nothing. */
const MOST_BOXES = 400;
/** Rows that are listed at a time. */
const MOST_ROWS = 500;

/** What was searched for is there when the page is shown anew. */
let words = '';

export function datasetsPage(datasets: readonly DatasetRow[]): readonly Child[] {
  const list = h('div');
  const pictured = h('div');
  const search = h('input', {
    type: 'search',
    placeholder: 'Search datasets',
    'aria-label': 'Search datasets',
    autocomplete: 'off',
    spellcheck: 'false',
    value: words,
    input: () => {
      words = search.value.trim().toLowerCase();
      fill();
    },
  }) as HTMLInputElement;
  const fill = (): void => {
    const found = datasets.filter(({ dataset, job }) => `${dataset} ${job ?? ''}`.toLowerCase().includes(words));
    list.replaceChildren(listOf(found));
    pictured.replaceChildren(picture(found));
  };
  fill();
  return [
    h('header', {}, h('h1', { tabindex: -1 }, 'Datasets'), h('p.lede', {}, countText(datasets.length, 'dataset'))),
    h('div.find', {}, search),
    section('Lineage', 'with how each ended when it was tried last', pictured),
    section('All of them', null, list),
  ];
}

function picture(datasets: readonly DatasetRow[]): HTMLElement {
  if (datasets.length > MOST_BOXES)
    return h(
      'p.none',
      {},
      `A picture of ${grouped(datasets.length)} tells nothing: search for those that matter, by name or by job.`,
    );
  const rows = new Map(datasets.map((row) => [row.dataset, row]));
  const drawing = drawnGraph(
    datasets.map(({ dataset }) => dataset),
    datasets.flatMap(({ dataset: to, reads }) => reads.map((from) => ({ from, to }))),
    {
      stateOf: (id) => rows.get(id)?.last ?? null,
      linkOf: (id) => linkTo({ page: 'dataset', dataset: id }),
      chosen: null,
      label: 'Which dataset reads which',
    },
  );
  return h('div.graph', { tabindex: 0, role: 'region', 'aria-label': 'Lineage' }, drawing as unknown as HTMLElement);
}

function listOf(datasets: readonly DatasetRow[]): HTMLElement {
  const rows = datasets
    .slice(0, MOST_ROWS)
    .map(({ dataset, job, last }) => [
      h(
        'a',
        { href: linkTo({ page: 'dataset', dataset }), title: dataset },
        h('b', {}, shortName(dataset)),
        ' ',
        h('small', {}, schemaOf(dataset)),
      ),
      job === null
        ? h('i.null', {}, 'none')
        : h('a', { href: linkTo({ page: 'job', job, run: null, task: null }) }, job),
      last === null
        ? h('span.chip.waiting', {}, 'never tried')
        : h('a', { href: linkToRun(last.run, null, dataset) }, stateChip(last.status, last.reason)),
      last?.finishedAt == null
        ? ''
        : h('span', { title: `${momentText(last.finishedAt)} UTC` }, farText(last.finishedAt)),
      last?.ms == null ? '' : lengthText(last.ms),
      last?.rows == null ? '' : grouped(last.rows),
    ]);
  const more = datasets.length - rows.length;
  return h(
    'div',
    {},
    table(
      [
        { name: 'dataset' },
        { name: 'job' },
        { name: 'last try' },
        { name: 'when' },
        { name: 'took', numeric: true },
        { name: 'rows', numeric: true },
      ],
      rows,
    ),
    more > 0 ? h('p.about', {}, `and ${grouped(more)} more`) : null,
  );
}
