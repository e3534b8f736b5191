/** The history of a job: a column a run, a row a task. */
import type { JobAnswer } from '../../../../runtime/web/api.ts';
import { h, schemaOf, shortName } from '../../report/client/dom.ts';
import { linkTo, type Route } from './routes.ts';
import { lengthText, momentText, stateText, toneOf } from './words.ts';

/** More than these nobody looks through, and a browser would have to lay them out. */
const MOST_CELLS = 12_000;
const LEAST_RUNS = 8;
const BAR = 64;

export type Chosen = Extract<Route, { page: 'job' }>;

export function historyGrid({ job, tasks, history }: JobAnswer, chosen: Chosen, run: string | null): HTMLElement {
  const most = Math.max(LEAST_RUNS, Math.floor(MOST_CELLS / Math.max(1, tasks.length)));
  const columns = history.slice(-most);
  const longest = Math.max(1, ...columns.map((one) => one.run.ms ?? 0));
  const of = columns.map((one) => new Map(one.tasks.map((task) => [task.task, task])));
  const link = (to: string, task: string | null): string => linkTo({ page: 'job', job, run: to, task });
  const heads = columns.map(({ run: one }) => {
    const height = one.ms === null ? BAR : Math.max(3, Math.round(BAR * (one.ms / longest)));
    const bar = h(`i.${toneOf(one.status)}`);
    bar.style.height = `${height}px`;
    return h(
      `a.bar${one.run === run ? '.chosen' : ''}`,
      {
        href: link(one.run, chosen.task),
        title: `${momentText(one.startedAt)} UTC\n${one.status}${one.ms === null ? '' : ` in ${lengthText(one.ms)}`}\n${one.run}`,
        'aria-label': `run of ${momentText(one.startedAt)}, ${one.status}`,
        'aria-current': one.run === run,
      },
      bar,
    );
  });
  const scale = h('div.scale', { 'aria-hidden': 'true' }, h('span', {}, lengthText(longest)), h('span', {}, '0'));
  const rows = tasks.map(({ task }) =>
    h(
      `div.row${task === chosen.task ? '.chosen' : ''}`,
      {},
      h(
        'a.task',
        { href: run === null ? linkTo({ page: 'dataset', dataset: task }) : link(run, task), title: task },
        h('b', {}, shortName(task)),
        h('span', {}, schemaOf(task)),
      ),
      h(
        'div.cells',
        {},
        columns.map(({ run: one }, index) => {
          const cell = of[index]?.get(task);
          if (cell === undefined) return h('i.none');
          const { status, reason, ms } = cell;
          const state = stateText(status, reason);
          return h(
            `a.cell${one.run === run ? '.chosen' : ''}`,
            {
              href: link(one.run, task),
              title: `${task}\n${momentText(one.startedAt)} UTC\n${state}${ms === null ? '' : ` in ${lengthText(ms)}`}`,
              'aria-label': `${task}, run of ${momentText(one.startedAt)}: ${state}`,
            },
            h(`i.${toneOf(status, reason)}`),
          );
        }),
      ),
    ),
  );
  return h(
    'div.grid',
    { tabindex: 0, role: 'region', 'aria-label': 'Tasks by run' },
    h('div.row.heads', {}, scale, h('div.cells', {}, heads)),
    rows,
  );
}
