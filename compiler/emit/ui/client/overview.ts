/** The first page: what to look at, and what ran last. And a run that is of no job. */
import type {
  EnvironmentsAnswer,
  JobRow,
  RunAnswer,
  RunsAnswer,
  Session,
  StandingAnswer,
} from '../../../../runtime/web/api.ts';
import { type Child, grouped, h, schemaOf, shortName } from '../../report/client/dom.ts';
import { runActions, runFacts } from './job.ts';
import { later, section, stateChip, table } from './parts.ts';
import { linkTo, linkToRun } from './routes.ts';
import { environmentPart, happenedPart, poolPart, toLookAt } from './standing.ts';
import { farText, lengthText, momentText } from './words.ts';

const MOST = 60;

export interface Overview extends RunsAnswer {
  readonly jobs: readonly JobRow[];
  readonly standing: StandingAnswer;
  /** Asked of the target itself, which may take its time. */
  readonly environments: Promise<EnvironmentsAnswer>;
}

export function overviewPage(session: Session, { jobs, runs, standing, environments }: Overview): readonly Child[] {
  const failed = jobs.filter((job) => ['failed', 'died'].includes(job.last?.status ?? ''));
  const running = runs.filter(({ status }) => status === 'running');
  const coming = jobs
    .flatMap(({ job, next, paused }) => (next === null || paused ? [] : [{ job, next }]))
    .sort((a, b) => a.next.localeCompare(b.next))
    .slice(0, 8);
  return [
    h(
      'header',
      {},
      h('h1', { tabindex: -1 }, session.project),
      h('p.lede', {}, `${session.target} (${session.engine})`),
    ),
    h(
      'ul.facts',
      {},
      fact(grouped(jobs.length), jobs.length === 1 ? 'job' : 'jobs'),
      fact(grouped(running.length), 'running', running.length > 0 ? 'running' : ''),
      fact(grouped(failed.length), 'failed at the last run', failed.length > 0 ? 'bad' : ''),
      fact(grouped(jobs.reduce((sum, job) => sum + job.queued, 0)), 'queued'),
      fact(grouped(jobs.filter(({ paused }) => paused).length), 'paused'),
      standing.late.length === 0 ? null : fact(grouped(standing.late.length), 'late', 'warn'),
      standing.broken.length === 0 ? null : fact(grouped(standing.broken.length), 'checks do not hold', 'warn'),
    ),
    toLookAt(failed, standing.late, standing.broken),
    h(
      'div.beside-each-other',
      {},
      comingPart(coming),
      poolPart(standing.pools),
      later(environments.then(environmentPart)),
    ),
    happenedPart(standing.happened),
    section(
      'Runs',
      runs.length === 0 ? 'Nothing has run yet.' : 'newest first',
      runs.length === 0
        ? null
        : table(
            [
              { name: 'run' },
              { name: 'job' },
              { name: 'state' },
              { name: 'started' },
              { name: 'took', numeric: true },
              { name: 'tasks', numeric: true },
              { name: 'failed', numeric: true },
            ],
            runs
              .slice(0, MOST)
              .map((run) => [
                h('a', { href: linkToRun(run.run, run.job) }, h('code', {}, run.run)),
                run.job ?? h('i.null', {}, 'by hand'),
                stateChip(run.status),
                h('span', { title: `${momentText(run.startedAt)} UTC` }, farText(run.startedAt)),
                run.ms === null ? '' : lengthText(run.ms),
                grouped(run.tasks),
                run.failed === 0 ? '' : grouped(run.failed),
              ]),
          ),
    ),
  ];
}

function comingPart(coming: readonly { readonly job: string; readonly next: string }[]): Child {
  if (coming.length === 0) return null;
  return section(
    'Next',
    null,
    h(
      'ul.coming',
      {},
      coming.map(({ job, next }) =>
        h(
          'li',
          {},
          h('a', { href: linkTo({ page: 'job', job, run: null, task: null }) }, job),
          h('span', { title: `${momentText(next)} UTC` }, farText(next)),
        ),
      ),
    ),
  );
}

function fact(value: string, label: string, tone = ''): HTMLElement {
  return h('li', {}, h(tone === '' ? 'b' : `b.${tone}`, {}, value), h('span', {}, label));
}

/** A run by itself: of a selection, as `pipec run` by hand makes it, or longer ago than the history of its job goes. */
export function runPage({ run, tasks }: RunAnswer, chosen: string | null): readonly Child[] {
  return [
    h(
      'header.job',
      {},
      runActions(run.run, run.status, null),
      h('h1', { tabindex: -1 }, run.job === null ? 'A run by hand' : `A run of ${run.job}`),
      runFacts(run),
    ),
    section(
      'Tasks',
      null,
      table(
        [{ name: 'dataset' }, { name: 'state' }, { name: 'took', numeric: true }, { name: 'rows', numeric: true }],
        tasks.map((task) => [
          h(
            'a',
            { href: linkToRun(run.run, null, task.task), 'aria-current': task.task === chosen, title: task.task },
            h('b', {}, shortName(task.task)),
            ' ',
            h('small', {}, schemaOf(task.task)),
          ),
          stateChip(task.status, task.reason),
          task.ms === null ? '' : lengthText(task.ms),
          task.rows === null ? '' : grouped(task.rows),
        ]),
      ),
    ),
  ];
}
