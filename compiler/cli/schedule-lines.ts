/** What a scheduler says of itself, in lines for people and as lines of a log. */
import type { LogLine, Severity } from '../../runtime/observe/log/lines.ts';
import type { ScheduleEvent } from '../../runtime/schedule/events.ts';
import { plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { harmless } from '../diagnostics/text-width.ts';

/** How it is taken. `quiet`: people who watch need not be told. */
type Kind = 'start' | 'done' | 'failed' | 'warning' | 'note' | 'plain' | 'quiet';

interface Said {
  readonly kind: Kind;
  readonly words: string;
}

/** Null of what people need not be told. */
export function lineOf(event: ScheduleEvent, { paint, glyphs }: Style): string | null {
  const { kind, words } = saidOf(event);
  const text = `${harmless(words)}${kind === 'failed' && 'run' in event && event.run !== null ? `   pipec logs ${event.run}` : ''}`;
  switch (kind) {
    case 'start':
      return `${paint.blue(glyphs.arrow)} ${text}`;
    case 'done':
      return `${paint.green(glyphs.done)} ${text}`;
    case 'failed':
      return `${paint.red(glyphs.failed)} ${text}`;
    case 'warning':
      return `${paint.yellow('!')} ${text}`;
    case 'note':
      return paint.dim(text);
    case 'plain':
      return text;
    case 'quiet':
      return null;
  }
}

export function logLineOf(event: ScheduleEvent, target: string): LogLine {
  const { kind, words } = saidOf(event);
  const { event: what, at, ...rest } = event;
  const fields = Object.entries(rest).map(([name, value]) => [LOG_NAMES[name] ?? name, value] as const);
  return { at, level: LEVELS[kind], message: words, fields: { event: what, target, ...Object.fromEntries(fields) } };
}

const LEVELS: Readonly<Record<Kind, Severity>> = {
  start: 'info',
  done: 'info',
  failed: 'error',
  warning: 'warn',
  note: 'info',
  plain: 'info',
  quiet: 'debug',
};
const LOG_NAMES: Readonly<Record<string, string>> = {
  dueAt: 'due_at',
  notBefore: 'not_before',
  ms: 'duration_ms',
};

function saidOf(event: ScheduleEvent): Said {
  switch (event.event) {
    case 'schedule.waiting':
      return said('plain', `waits: ${event.leader} leads`);
    case 'schedule.leading':
      return said('plain', 'leads');
    case 'schedule.page':
      return said('quiet', `the page: ${event.url}`);
    case 'schedule.queued':
      return said('quiet', `${event.job} is queued, due ${short(event.dueAt)}`);
    case 'schedule.started':
      return said('start', `${event.job} starts, due ${short(event.dueAt)}`);
    case 'schedule.finished':
      return said(
        event.status === 'succeeded' ? 'done' : 'failed',
        `${event.job} ${event.status} in ${(event.ms / 1000).toFixed(1)} s${because(event.said)}`,
      );
    case 'schedule.begun':
      return said(
        'start',
        `${event.what} begins, asked from the page${event.person === null ? '' : ` by ${event.person}`}`,
      );
    case 'schedule.ended':
      return said(
        event.status === 'succeeded' ? 'done' : 'failed',
        `${event.what} ${event.status} in ${(event.ms / 1000).toFixed(1)} s${because(event.said)}`,
      );
    case 'schedule.again': {
      const when = event.notBefore === null ? 'by the next scheduler' : `from ${short(event.notBefore)} on`;
      return said('warning', `${event.job} is done again ${when}${because(event.said)}`);
    }
    case 'schedule.late': {
      const [what, when] = event.dataset === null ? [event.job, 'due'] : [event.dataset, 'published last'];
      return said('warning', `${what} is late: ${when} ${short(event.dueAt)}`);
    }
    case 'schedule.told':
      return said('note', `told ${event.notify} of the ${event.about} of ${event.subject}`);
    case 'schedule.untold': {
      const when = event.again === null ? 'it is given up' : `again from ${short(event.again)} on`;
      return said('warning', `${event.notify} could not be told of ${event.subject}: ${event.said}; ${when}`);
    }
    case 'schedule.stopping':
      return said('plain', `stopping: ${plural(event.running, 'run')} may end first (again: end at once)`);
    case 'schedule.away':
      return said('warning', `the state cannot be reached, so no run begins: ${event.why}`);
    case 'schedule.lost':
      return said('warning', 'another scheduler leads now: what runs here is cancelled');
  }
}

const said = (kind: Kind, words: string): Said => ({ kind, words });
/** The first line of why. */
const because = (why: string | null): string => (why === null ? '' : `: ${why.split('\n', 1)[0] ?? ''}`);
const short = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;
