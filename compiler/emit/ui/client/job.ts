/** Middle: a job. Its history as a grid, its graph with the state of a run, how long its runs took. */
import type { JobAnswer, RunAnswer } from '../../../../runtime/web/api.ts';
import { type Child, h } from '../../report/client/dom.ts';
import { actionButton } from './acting.ts';
import { durationChart, type Took } from './durations.ts';
import { drawnGraph } from './graph.ts';
import { type Chosen, historyGrid } from './grid.ts';
import { section, stateChip } from './parts.ts';
import { linkTo } from './routes.ts';
import { countText, farText, lengthText, momentText } from './words.ts';

type PastRun = JobAnswer['history'][number];

/** The run that is shown: the one of the address, or the last. */
export function shownRun(answer: JobAnswer, chosen: Chosen): PastRun | null {
  return answer.history.find(({ run }) => run.run === chosen.run) ?? answer.history.at(-1) ?? null;
}

export function jobPage(answer: JobAnswer, chosen: Chosen): readonly Child[] {
  const past = shownRun(answer, chosen);
  const run = past?.run.run ?? null;
  const { job, history, tasks } = answer;
  return [
    head(answer),
    section(
      'History',
      history.length === 0
        ? 'It has not run yet.'
        : `${countText(history.length, 'run')}, ${countText(tasks.length, 'task')}`,
      historyGrid(answer, chosen, run),
    ),
    past === null ? null : runPart(past, job),
    section(
      'Graph',
      past === null ? null : `of the run of ${momentText(past.run.startedAt)} UTC`,
      graphOf(answer, past, chosen),
    ),
    section(
      chosen.task === null ? 'Durations' : `Durations of ${chosen.task}`,
      null,
      durationChart(
        took(answer, chosen.task),
        (to) => linkTo({ page: 'job', job, run: to, task: chosen.task }),
        'Durations',
      ),
    ),
  ];
}

function head({ job, doc, schedule, next, paused, queued, history }: JobAnswer): HTMLElement {
  const running = history.find(({ run }) => run.status === 'running');
  const facts = [
    schedule ?? 'started by hand',
    next === null || paused ? null : `next ${farText(next)}, ${momentText(next).slice(0, 16)} UTC`,
    queued === 0 ? null : `${countText(queued, 'run')} queued`,
  ];
  return h(
    'header.job',
    {},
    h(
      'div.acts',
      {},
      actionButton(
        'run',
        { job },
        { label: 'Run now', title: `pipec run job:${job}`, senseless: running === undefined ? null : 'it runs' },
      ),
      paused
        ? actionButton('resume', { job }, { label: 'Resume', title: `pipec resume ${job}` })
        : actionButton(
            'pause',
            { job },
            { label: 'Pause', title: `pipec pause ${job}: no scheduler begins a run of it` },
          ),
    ),
    h('h1', { tabindex: -1 }, job, paused ? h('span.chip.stopped', {}, 'paused') : null),
    doc === null ? null : h('p.doc', {}, doc),
    h(
      'p.meta',
      {},
      facts.map((fact) => (fact === null ? null : h('span', {}, fact))),
    ),
  );
}

function runPart({ run }: PastRun, job: string): HTMLElement {
  return h('div.run', {}, runFacts(run), runActions(run.run, run.status, job));
}

export function runFacts(run: RunAnswer['run']): Child {
  const { status, startedAt, ms, done, failed, skipped, checksPassed, checksWarned, checksFailed, waiting } = run;
  const parts = [
    `${momentText(startedAt)} UTC`,
    ms === null ? null : lengthText(ms),
    status === 'running' ? countText(run.tasks, 'task') : `${done} done`,
    failed === 0 ? null : `${failed} failed`,
    skipped === 0 ? null : `${skipped} skipped`,
    checksPassed + checksWarned + checksFailed === 0
      ? null
      : `${countText(checksPassed, 'check')} passed${checksWarned === 0 ? '' : `, ${checksWarned} warned`}${checksFailed === 0 ? '' : `, ${checksFailed} failed`}`,
    waiting === null ? null : `waits for ${waiting}`,
  ];
  return h(
    'p.meta',
    {},
    stateChip(status),
    h('code', {}, run.run),
    parts.map((part) => (part === null ? null : h('span', {}, part))),
  );
}

export function runActions(run: string, status: string, job: string | null): HTMLElement {
  const finished = status === 'succeeded' ? 'it succeeded: nothing is left of it' : null;
  return h(
    'div.acts',
    {},
    status === 'running'
      ? actionButton(
          'cancel',
          { run },
          {
            label: 'Cancel',
            title: `pipec cancel ${run}`,
            sure: `Cancel the run${job === null ? '' : ` of ${job}`}? What is done stays.`,
          },
        )
      : actionButton(
          'retry',
          { run },
          { label: 'Retry', title: `pipec retry ${run}: what it did not finish`, senseless: finished },
        ),
  );
}

function graphOf({ job, tasks }: JobAnswer, past: PastRun | null, chosen: Chosen): HTMLElement {
  const states = new Map((past?.tasks ?? []).map((task) => [task.task, task]));
  const flows = tasks.flatMap(({ task, after }) => after.map((from) => ({ from, to: task })));
  const drawing = drawnGraph(
    tasks.map(({ task }) => task),
    flows,
    {
      stateOf: (id) => states.get(id) ?? (past === null ? null : { status: 'waiting', reason: null, ms: null }),
      linkOf: (id) =>
        past === null
          ? linkTo({ page: 'dataset', dataset: id })
          : linkTo({ page: 'job', job, run: past.run.run, task: id }),
      chosen: chosen.task,
      label: `Tasks of ${job}`,
    },
  );
  return h('div.graph', { tabindex: 0, role: 'region', 'aria-label': 'Graph' }, drawing as unknown as HTMLElement);
}

function took({ history }: JobAnswer, task: string | null): readonly Took[] {
  return history.flatMap(({ run, tasks }): readonly Took[] => {
    const { run: name, startedAt } = run;
    if (task === null) return [{ run: name, startedAt, status: run.status, reason: null, ms: run.ms }];
    const one = tasks.find((each) => each.task === task);
    return one === undefined ? [] : [{ run: name, startedAt, status: one.status, reason: one.reason, ms: one.ms }];
  });
}
