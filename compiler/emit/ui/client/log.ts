/** What a run told, a line each; while it goes on, what comes is added at the end. */
import type { RunEvent } from '../../../../runtime/events.ts';
import { type Child, grouped, h } from '../../report/client/dom.ts';
import { rowTable } from './parts.ts';
import { ask } from './server.ts';
import { countText, lengthText, momentText } from './words.ts';

/** Lines that are kept on the page. */
const MOST_LINES = 5000;

export interface Log {
  readonly element: HTMLElement;
  /** Asks for what was told since. */
  readonly more: () => Promise<void>;
}

export function runLog(run: string, task: string | null): Log {
  const lines = h('ol.log', { tabindex: 0, role: 'log', 'aria-label': 'Log' });
  const empty = h('p.none', {}, 'Nothing has been told yet.');
  const element = h('div', {}, empty, lines);
  let after: number | null = null;
  let asking: Promise<void> | null = null;
  const next = async (): Promise<void> => {
    for (;;) {
      const follows = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
      const answer = await ask.log(run, task, after);
      after = answer.after;
      if (answer.cut) lines.append(h('li.warn', {}, h('p', {}, `What was told before is left out: pipec logs ${run}`)));
      lines.append(...answer.events.map((event) => lineOf(event, task !== null)));
      while (lines.childElementCount > MOST_LINES) lines.firstElementChild?.remove();
      empty.hidden = lines.childElementCount > 0;
      if (follows) lines.scrollTop = lines.scrollHeight;
      if (!answer.more) return;
    }
  };
  return {
    element,
    more: async () => {
      asking ??= next().finally(() => {
        asking = null;
      });
      await asking;
    },
  };
}

function lineOf(event: RunEvent, ofTask: boolean): HTMLElement {
  const { tone, text, more = [] } = told(event);
  const who = ofTask || !('task' in event) ? null : h('b', {}, `${event.task} `);
  return h(
    `li${tone === null ? '' : `.${tone}`}`,
    {},
    h('time', { title: `${momentText(event.at)} UTC` }, event.at.slice(11, 19)),
    h('p', {}, who, text, more),
  );
}

interface Told {
  readonly tone: 'good' | 'bad' | 'warn' | 'running' | null;
  readonly text: string;
  readonly more?: readonly Child[];
}

function told(event: RunEvent): Told {
  switch (event.event) {
    case 'run.started':
      return { tone: null, text: `run of ${countText(event.tasks, 'task')} on ${event.target}, process ${event.pid}` };
    case 'run.warned':
      return { tone: 'warn', text: event.message };
    case 'run.waiting':
      return { tone: 'warn', text: `waits for ${event.reason}` };
    case 'dataset.removed':
      return { tone: null, text: `${event.dataset} is removed` };
    case 'dataset.moved':
      return { tone: null, text: `${event.dataset} shows another version` };
    case 'task.started':
      return { tone: 'running', text: event.attempt > 1 ? `starts, attempt ${event.attempt}` : 'starts' };
    case 'task.progress':
      return { tone: null, text: event.share === null ? 'goes on' : `${Math.round(event.share * 100)} %` };
    case 'task.retrying':
      return {
        tone: 'warn',
        text: `attempt ${event.attempt} failed, again in ${lengthText(event.inMs)}: ${event.error.message}`,
        more: failure(event.error),
      };
    case 'task.finished': {
      const { load, rows, ms, compute, intervals, checksPassed, checksWarned } = event;
      const parts = [
        rows === null ? null : countText(rows, 'row'),
        lengthText(ms),
        compute,
        intervals,
        load === null ? null : `accepted ${grouped(load.accepted)}, in quarantine ${grouped(load.quarantined)}`,
        checksPassed === 0 ? null : `${countText(checksPassed, 'check')} passed`,
        checksWarned === 0 ? null : `${checksWarned} warned`,
      ];
      return { tone: 'good', text: `done: ${parts.filter((part) => part !== null).join(' · ')}` };
    }
    case 'task.failed':
      return {
        tone: 'bad',
        text: `failed after ${lengthText(event.ms)}: ${event.error.message}`,
        more: failure(event.error),
      };
    case 'task.skipped':
      return {
        tone: event.reason === 'unchanged' ? null : 'warn',
        text: `${event.reason === 'unchanged' ? 'unchanged' : 'left out'}: ${event.because}`,
      };
    case 'check.passed':
      return { tone: 'good', text: `check holds: ${event.check}` };
    case 'check.failed': {
      const on =
        event.failing === null
          ? ''
          : ` on ${grouped(event.failing)}${event.rows === null ? '' : ` of ${countText(event.rows, 'row')}`}`;
      const warns = event.severity === 'warn';
      return { tone: warns ? 'warn' : 'bad', text: `check ${warns ? 'warns' : 'fails'}${on}: ${event.check}` };
    }
    case 'run.finished': {
      const { done, failed, skipped, ms, status } = event;
      return {
        tone: status === 'succeeded' ? 'good' : 'bad',
        text: `run ${status} in ${lengthText(ms)}: ${done} done, ${failed} failed, ${skipped} skipped`,
      };
    }
  }
}

/** The engine's own words, the statement, what may help. */
function failure({
  engine,
  statement,
  hint,
  sample,
}: Extract<RunEvent, { event: 'task.failed' }>['error']): readonly Child[] {
  const columns = Object.keys(sample[0] ?? {});
  const rows = sample.map((row) => columns.map((column) => row[column]));
  return [
    hint === null ? null : h('em', {}, hint),
    engine === null ? null : h('pre', {}, engine),
    columns.length === 0 ? null : rowTable(columns, rows),
    statement === null ? null : h('details', {}, h('summary', {}, 'the statement'), h('pre', {}, statement)),
  ];
}
