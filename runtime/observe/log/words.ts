/** What happens in a run, in words for people who read a log. */
import type { RunError, RunEvent } from '../../events.ts';

export interface Words {
  /** What it is about, in one word. */
  readonly head: string;
  readonly rest: string;
}

/** Null of what is not worth a line for people. */
export function wordsOf(event: RunEvent): Words | null {
  switch (event.event) {
    case 'run.started':
      return words(
        '',
        `${event.job ?? 'selection'} on ${event.target} (${event.engine}): ${event.tasks} tasks, ${event.concurrency} at a time, run ${event.run}`,
      );
    case 'run.waiting':
      return words('', event.reason);
    case 'run.warned':
      return words('warning', event.message);
    case 'dataset.removed':
      return words('removed', event.dataset);
    case 'dataset.moved':
      return words('moved', event.dataset);
    case 'task.started':
      return words('started', event.attempt === 1 ? event.task : `${event.task}, attempt ${event.attempt}`);
    case 'task.progress':
    case 'check.passed':
      return null;
    case 'task.retrying':
      return words('retrying', `${event.task} in ${event.inMs / 1000} s: ${event.error.message}`);
    case 'task.finished': {
      const unread = (event.load?.unread ?? []).map(({ name }) => name).join(', ');
      const load =
        event.load === null || event.load.quarantined === 0
          ? ''
          : `, quarantined ${event.load.quarantined} (${event.load.reasons.map(({ reason, rows }) => `${reason} ${rows}`).join(', ')})`;
      return words(
        'finished',
        `${event.task}: ${event.rows === null ? 'view' : `${event.rows} rows`} in ${(event.ms / 1000).toFixed(2)} s${load}${unread === '' ? '' : `, not read: ${unread}`}`,
      );
    }
    case 'task.failed':
      return words('failed', `${event.task}: [${event.error.code}] ${event.error.message}`);
    case 'task.skipped':
      return words(event.reason === 'unchanged' ? 'unchanged' : 'skipped', `${event.task}: ${event.because}`);
    case 'check.failed':
      return words(
        event.severity === 'warn' ? 'warned' : 'failed',
        `${event.task}: ${event.check} (${event.file}:${event.line})`,
      );
    case 'run.finished':
      return words(
        '',
        `${event.status}: ${event.done} done, ${event.failed} failed, ${event.skipped - event.unchanged} skipped${event.unchanged === 0 ? '' : `, ${event.unchanged} unchanged`}, ${event.checksPassed} ${event.checksPassed === 1 ? 'check' : 'checks'} passed, ${event.checksWarned} warned, ${(event.ms / 1000).toFixed(2)} s`,
      );
  }
}

const words = (head: string, rest: string): Words => ({ head, rest });

/** A line of a log for people, its words in a column; of an error all that is known, in lines below. */
export function textOf(event: RunEvent): string | null {
  const said = wordsOf(event);
  if (said === null) return null;
  const line = said.head === '' ? said.rest : `${said.head.padEnd(9)} ${said.rest}`;
  return event.event === 'task.failed' ? `${line}${errorDetails(event.error)}` : line;
}

/** All that is known of an error. */
export const errorText = (error: RunError): string => `[${error.code}] ${error.message}${errorDetails(error)}\n`;

function errorDetails({ hint, engine, statement, sample }: RunError): string {
  const part = (title: string, text: string): string => `\n  ${title}:\n${text.trim().replaceAll(/^/gm, '    ')}`;
  return [
    hint === null ? '' : `\n  ${hint}`,
    engine === null ? '' : part('the engine says', engine),
    statement === null ? '' : part('the statement', statement),
    sample.length === 0 ? '' : part('rows that did it', sample.map((row) => JSON.stringify(row)).join('\n')),
  ].join('');
}
