/** The page's script: shows what the address says. The overview is in the page already; a dataset is made when it is asked for. */
import { speaking } from './chart.ts';
import { datasetPage } from './dataset.ts';
import { h } from './dom.ts';
import { overviewGraph } from './graph.ts';
import { datasetOf, page } from './program.ts';
import { readRoute } from './routes.ts';
import { sidebar } from './sidebar.ts';

const overview = document.getElementById('overview');
const detail = h('main', { id: 'dataset', hidden: true });
const side = sidebar();
document.body.prepend(side.element);
overview?.after(detail);

let shown = '';
function show(): void {
  const route = readRoute(location.hash);
  const dataset = route.page === 'dataset' ? datasetOf(route.dataset) : undefined;
  side.show(dataset === undefined ? { page: 'overview' } : route);
  if (overview !== null) overview.hidden = dataset !== undefined;
  detail.hidden = dataset === undefined;
  document.title = `${dataset === undefined ? '' : `${dataset.name} · `}${page.project} · pipec`;
  if (dataset === undefined || route.page === 'overview') {
    shown = '';
    return;
  }
  detail.replaceChildren(h('div', {}, datasetPage(dataset, route.column)));
  // Another column of the same dataset keeps its place on the screen.
  if (shown !== dataset.name) scrollTo(0, 0);
  shown = dataset.name;
}

for (const figure of document.querySelectorAll<HTMLElement>('figure[data-chart]')) speaking(figure);
overviewGraph();
addEventListener('hashchange', show);
show();
