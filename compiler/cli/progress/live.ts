/**
 * A region at the bottom of the terminal that is drawn again and again: what runs, what waits, how far it is. What has
 * ended is written above and scrolls away, so a thousand tasks cost no more than the lines on the screen.
 */
import type { RunEvent } from '../../../runtime/events.ts';
import { clip } from '../../diagnostics/text-width.ts';
import type { Sink } from '../io.ts';
import { duration, endLines, headLine, liveLine, nameWidth } from './lines.ts';
import { RunState, type TaskState } from './state.ts';

const FRAME_MS = 80;
/** Waiting tasks are told as long as there is room, and never more than these. */
const MOST_WAITING = 5;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_BELOW = '\u001b[J';

export interface Progress {
  readonly state: RunState;
  readonly listen: (event: RunEvent) => void;
  /** Ends the drawing; the cursor is back and the region is gone. */
  readonly stop: () => void;
}

export function liveProgress(
  tasks: readonly { readonly id: string; readonly after: readonly string[] }[],
  out: Sink,
): Progress {
  const state = new RunState(tasks);
  const running = new Set<TaskState>();
  const waiting = new Set(state.tasks.values());
  const name = nameWidth(state, out.style);
  let above: string[] = [];
  let drawn = 0;
  let frame = 0;
  let ended = 0;
  const began = performance.now();

  const region = (): string[] => {
    const { style, height } = out;
    const now = performance.now();
    // One line is left free, or the terminal scrolls as the region is drawn.
    const room = Math.max(1, height - 3);
    const lines: string[] = [];
    if (state.waitingFor !== null) lines.push(clip(`  ${state.waitingFor}`, style.width, style.glyphs.ellipsis));
    const some = [...running].slice(0, Math.max(1, room - 2));
    for (const task of some) lines.push(liveLine(task, name, frame, now, [], style));
    if (some.length < running.size) lines.push(`    and ${running.size - some.length} more`);
    const free = Math.min(MOST_WAITING, room - lines.length - 1);
    let told = 0;
    for (const task of waiting) {
      if (told >= free) break;
      const blockers = task.after.filter((id) => isOpen(state.tasks.get(id)));
      if (blockers.length === 0) continue;
      lines.push(liveLine(task, name, frame, now, blockers, style));
      told += 1;
    }
    lines.push(
      clip(
        `  ${ended} of ${state.tasks.size} ${style.glyphs.dot} ${duration(now - began)}`,
        style.width,
        style.glyphs.ellipsis,
      ),
    );
    return lines;
  };

  const draw = (keep: boolean) => {
    const lines = keep ? region() : [];
    const up = drawn > 0 ? `\u001b[${drawn}A\r${ERASE_BELOW}` : '';
    const text = [...above, ...lines].map((line) => `${line}\n`).join('');
    above = [];
    drawn = lines.length;
    out.write(up + text);
  };

  // A resized terminal has re-wrapped what was drawn: where it was is no longer known, so the old is left to scroll away.
  const forget = out.onResize(() => {
    drawn = 0;
    draw(true);
  });
  const timer = setInterval(() => {
    frame += 1;
    draw(true);
  }, FRAME_MS);
  out.write(HIDE_CURSOR);
  const restore = () => out.write(SHOW_CURSOR);
  process.once('exit', restore);

  return {
    state,
    listen(event) {
      const task = state.take(event, performance.now());
      if (event.event === 'run.started') above.push(headLine(state, out.style), '');
      if (event.event === 'dataset.removed') above.push(`  ${out.style.glyphs.done} ${event.dataset} removed`);
      if (event.event === 'dataset.moved') above.push(`  ${out.style.glyphs.done} ${event.dataset}`);
      if (event.event === 'run.warned') above.push(`  ! ${event.message}`);
      if (task === null) return;
      waiting.delete(task);
      if (isOpen(task)) {
        running.add(task);
        return;
      }
      running.delete(task);
      ended += 1;
      above.push(...endLines(task, name, out.style));
    },
    stop() {
      clearInterval(timer);
      forget();
      draw(false);
      restore();
      process.off('exit', restore);
    },
  };
}

function isOpen(task: TaskState | undefined): boolean {
  return task !== undefined && (task.status === 'waiting' || task.status === 'running' || task.status === 'retrying');
}
