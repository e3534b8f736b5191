/** Right: one task in one run, as tabs: its log, checks, intervals, quarantine, SQL and columns. */
import type { DatasetAnswer, RunAnswer } from '../../../../runtime/web/api.ts';
import { type Child, grouped, h, schemaOf, shortName } from '../../report/client/dom.ts';
import { checksOf, columns, intervalsOf, quarantined, sqlPart } from './dataset.ts';
import { type Log, runLog } from './log.ts';
import { later, stateChip } from './parts.ts';
import { linkTo } from './routes.ts';
import { ask } from './server.ts';
import { lengthText, momentText } from './words.ts';

export interface Beside {
  readonly element: HTMLElement;
  /** Something was told of the run. */
  readonly refresh: (run: RunAnswer) => void;
  /** A run has ended: what the target says may be another. */
  readonly renew: () => void;
}

interface Tab {
  readonly name: string;
  readonly fill: () => Child;
}

/** What was looked at last is shown again of the next task. */
let lastTab = 'Log';

export function taskBeside(run: RunAnswer, task: string, back: string): Beside {
  const log: Log = runLog(run.run.run, task);
  const dataset = ask.dataset(task);
  const facts = h('div');
  const content = h('div.content', { role: 'tabpanel' });
  const of = (part: (dataset: DatasetAnswer) => Child): HTMLElement => later(dataset.then(part));
  let latest = run;
  const tabs: readonly Tab[] = [
    { name: 'Log', fill: () => log.element },
    {
      name: 'Checks',
      fill: () =>
        of(({ checks }) =>
          checksOf(
            checks,
            latest.checks.filter((check) => check.task === task),
          ),
        ),
    },
    { name: 'Intervals', fill: () => later(ask.status(task).then((status) => intervalsOf(status, task))) },
    {
      name: 'Quarantine',
      fill: () =>
        of(({ kind }) => (kind === 'source' ? quarantined(task) : h('p.none', {}, 'Only what is loaded has one.'))),
    },
    { name: 'SQL', fill: () => of(sqlPart) },
    { name: 'Columns', fill: () => of(columns) },
  ];
  const buttons = tabs.map(({ name }) => h('button', { role: 'tab', click: () => open(name) }, name));
  const open = (name: string): void => {
    lastTab = name;
    for (const button of buttons) button.setAttribute('aria-selected', String(button.textContent === name));
    content.replaceChildren(h('div', {}, tabs.find((tab) => tab.name === name)?.fill() ?? null));
  };
  const refresh = (news: RunAnswer): void => {
    latest = news;
    facts.replaceChildren(h('div', {}, factsOf(news, task)));
    void log.more().catch(() => undefined);
  };
  open(lastTab);
  refresh(run);
  return {
    element: h(
      'aside',
      { 'aria-label': `Task ${task}` },
      h(
        'header',
        {},
        h('p.schema', {}, schemaOf(task)),
        h('h2', {}, h('a', { href: linkTo({ page: 'dataset', dataset: task }) }, shortName(task))),
        h('a.close', { href: back, 'aria-label': 'Close', title: 'Close (Esc)' }, '×'),
        facts,
      ),
      h('div.tabs', { role: 'tablist' }, buttons),
      content,
    ),
    refresh,
    renew: () => {
      if (lastTab !== 'Log') open(lastTab);
    },
  };
}

function factsOf({ run, tasks }: RunAnswer, name: string): Child {
  const task = tasks.find((one) => one.task === name);
  if (task === undefined) return h('p.meta', {}, `not a task of the run ${run.run}`);
  const { status, reason, ms, rows, attempt, load, error, because, startedAt, share } = task;
  const parts = [
    startedAt === null ? null : `${momentText(startedAt)} UTC`,
    ms === null ? null : lengthText(ms),
    rows === null ? null : `${grouped(rows)} rows`,
    attempt > 1 ? `attempt ${attempt}` : null,
    load === null || load.quarantined === 0 ? null : `${grouped(load.quarantined)} in quarantine`,
    status === 'running' && share !== null ? `${Math.round(share * 100)} %` : null,
  ];
  return [
    h(
      'p.meta',
      {},
      stateChip(status, reason),
      parts.map((part) => (part === null ? null : h('span', {}, part))),
    ),
    error === null ? null : h('p.problem', {}, error.message),
    because === null ? null : h('p.about', {}, because),
  ];
}
