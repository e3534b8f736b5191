/** Left: all jobs with their last runs, and a search. */
import type { JobRow, Session } from '../../../../runtime/web/api.ts';
import { grouped, h } from '../../report/client/dom.ts';
import { runBars } from './bars.ts';
import { linkTo, type Route } from './routes.ts';
import { farText, stateText } from './words.ts';

export interface JobList {
  readonly element: HTMLElement;
  /** Takes over what is new of some. */
  readonly update: (rows: readonly JobRow[]) => void;
  readonly show: (route: Route) => void;
  readonly line: (there: boolean) => void;
}

export function jobList(session: Session, rows: readonly JobRow[], signOut: () => void): JobList {
  const byName = new Map(rows.map((row) => [row.job, row]));
  const elements = new Map<string, HTMLElement>();
  let shown: Route = { page: 'overview' };
  const list = h('div.list');
  const count = h('span');
  const away = h('p.away', { role: 'status', hidden: true }, 'No line to the server: what is shown may be old.');
  const search = h('input', {
    type: 'search',
    placeholder: 'Search jobs',
    'aria-label': 'Search jobs',
    autocomplete: 'off',
    spellcheck: 'false',
    input: () => fill(),
  }) as HTMLInputElement;

  const entry = (row: JobRow): HTMLElement => {
    const { last } = row;
    const note = row.paused
      ? 'paused'
      : last?.status === 'running'
        ? 'running'
        : row.queued > 0
          ? 'queued'
          : last === null
            ? row.next === null
              ? ''
              : `first ${farText(row.next)}`
            : farText(last.startedAt);
    const said = last === null ? 'no run yet' : `last run ${stateText(last.status)}`;
    return h(
      `a.job${row.paused ? '.paused' : ''}`,
      {
        href: linkTo({ page: 'job', job: row.job, run: null, task: null }),
        title: `${row.job}: ${row.schedule ?? 'started by hand'}, ${said}`,
        'aria-current': shown.page === 'job' && shown.job === row.job ? 'page' : null,
      },
      h('b', {}, row.job),
      h('span', {}, note),
      runBars(row.runs),
    );
  };

  const fill = (): void => {
    const words = search.value.trim().toLowerCase();
    const meant = [...byName.values()].filter(({ job }) => job.toLowerCase().includes(words));
    elements.clear();
    for (const row of meant) elements.set(row.job, entry(row));
    list.replaceChildren(...elements.values());
    if (meant.length === 0)
      list.append(h('p.none', {}, byName.size === 0 ? 'The project has no job.' : 'No job has that in its name.'));
    count.textContent = `${grouped(meant.length)} job${meant.length === 1 ? '' : 's'}`;
  };
  fill();

  const element = h(
    'nav',
    { 'aria-label': 'Jobs' },
    h('a.home', { href: linkTo({ page: 'overview' }) }, h('b', {}, session.project), h('span', {}, session.target)),
    h('div.search', {}, search, h('kbd', { 'aria-hidden': 'true' }, '/')),
    h(
      'p.places',
      {},
      h('a', { href: linkTo({ page: 'overview' }) }, 'Runs'),
      h('a', { href: linkTo({ page: 'datasets' }) }, 'Datasets'),
    ),
    away,
    h('h2', {}, count),
    list,
    h(
      'p.who',
      {},
      h('span', {}, `pipec ${session.pipec}`),
      session.person === null
        ? null
        : h('span.person', { title: `${session.person}, ${session.role}` }, session.person),
      session.person !== null ? h('button.quiet', { click: signOut }, 'Sign out') : null,
    ),
  );
  addEventListener('keydown', (event) => {
    const { activeElement } = document;
    if (event.key === '/' && !(activeElement instanceof HTMLInputElement) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === 'Escape' && activeElement === search) {
      search.value = '';
      fill();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && element.contains(activeElement)) {
      event.preventDefault();
      const stops: HTMLElement[] = [search, ...elements.values()];
      const at = stops.indexOf(activeElement as HTMLElement);
      stops[Math.min(stops.length - 1, Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus();
    } else if (event.key === 'Enter' && activeElement === search) list.querySelector('a')?.click();
  });
  return {
    element,
    update: (news) => {
      for (const row of news) {
        byName.set(row.job, row);
        const old = elements.get(row.job);
        if (old === undefined) continue;
        const fresh = entry(row);
        const focused = old === document.activeElement;
        old.replaceWith(fresh);
        elements.set(row.job, fresh);
        if (focused) fresh.focus();
      }
    },
    show: (route) => {
      shown = route;
      for (const [job, link] of elements) {
        if (route.page === 'job' && route.job === job) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      }
      list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
    },
    line: (there) => {
      away.hidden = there;
    },
  };
}
