/** Progress where nobody watches: a line when a task starts and ends; or one JSON object an event; or a log. */
import type { RunEvent } from '../../../runtime/events.ts';
import type { RunListener } from '../../../runtime/listeners.ts';
import type { Sink } from '../io.ts';
import { duration, endLines, headLine, nameWidth } from './lines.ts';
import type { Progress } from './live.ts';
import { RunState } from './state.ts';

type Tasks = readonly { readonly id: string; readonly after: readonly string[] }[];

export function plainProgress(tasks: Tasks, out: Pick<Sink, 'line' | 'unwrapped'>): Progress {
  const state = new RunState(tasks);
  const style = out.unwrapped;
  const name = nameWidth(state, style);
  return {
    state,
    listen(event: RunEvent) {
      const task = state.take(event, performance.now());
      switch (event.event) {
        case 'run.started':
          out.line(`${headLine(state, style)}\n`);
          return;
        case 'run.waiting':
          out.line(`  ${event.reason}`);
          return;
        case 'run.warned':
          out.line(`  ! ${event.message}`);
          return;
        case 'dataset.removed':
          out.line(`  ${style.glyphs.done} ${event.dataset} removed`);
          return;
        case 'dataset.moved':
          out.line(`  ${style.glyphs.done} ${event.dataset}`);
          return;
        case 'task.started':
          out.line(
            `  ${style.glyphs.arrow} ${event.task} started${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`,
          );
          return;
        case 'task.retrying':
          out.line(`  ! ${event.task} tries again in ${duration(event.inMs)}: ${event.error.message}`);
          return;
        default:
          if (task !== null) for (const line of endLines(task, name, style)) out.line(line);
      }
    },
    stop() {},
  };
}

export function jsonProgress(tasks: Tasks, out: Sink): Progress {
  const state = new RunState(tasks);
  return {
    state,
    listen(event: RunEvent) {
      state.take(event, performance.now());
      out.json(event);
    },
    stop() {},
  };
}

export function logProgress(tasks: Tasks, listener: RunListener): Progress {
  const state = new RunState(tasks);
  return {
    state,
    listen(event: RunEvent) {
      state.take(event, performance.now());
      void listener(event);
    },
    stop() {},
  };
}
