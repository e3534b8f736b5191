/** `pipec logs`: what a run told, from the record that it leaves; also while it goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../runtime/events.ts';
import type { State } from '../../runtime/state/state.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import { asRecorded, placeFlags } from './environment.ts';
import type { Io } from './io.ts';
import { failureLines, isStopped, summaryLines } from './progress/lines.ts';
import { plainProgress } from './progress/plain.ts';
import type { RunState } from './progress/state.ts';
import { placeOf, runNamed, TARGET_OPTION, withState } from './record.ts';

interface Options {
  readonly target?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Events that are read at a time. */
const PAGE = 1000;
const LOOK_MS = 250;

export const logs: CommandModule<Options> = {
  arguments: [
    { name: '[run]', help: 'its name, as `pipec runs` shows it; the newest where none is named' },
    { name: '[task]', help: 'only what is told of this dataset', completes: 'dataset' },
  ],
  options: [TARGET_OPTION, { flags: '-f, --follow', help: 'go on until the run has ended' }, JSON_OPTION],
  examples: [
    { text: 'pipec logs', does: 'the newest run' },
    { text: 'pipec logs 20260301-040000-abc123 dwh.core.orders', does: 'one dataset in one run' },
    { text: 'pipec logs --follow', does: 'while it goes on' },
  ],
  run: async (io, [name, task], options) => {
    const place = placeOf(io, options.target);
    return await withState(io, place, async (state) => {
      const { run, logKept, target } = await runNamed(state, place, name);
      if (!logKept) {
        if (options.json !== true) io.out.line(`The log of ${run} is no longer kept: it is that of an old run.`);
        return EXIT.done;
      }
      const known = state as State;
      const tasks = (await known.tasks(run)).map((one) => one.task);
      const meant = task === undefined ? undefined : tasks.find((one) => one === task || one.endsWith(`.${task}`));
      if (task !== undefined && meant === undefined)
        throw usageError(`the run ${run} has no task \`${task}\``, `its tasks: ${tasks.join(', ')}`);
      const shown = meant === undefined ? tasks : [meant];
      const teller =
        options.json === true
          ? jsonTeller(io)
          : textTeller(io, shown, placeFlags(asRecorded(place.program, place.target, target), place.target));
      for await (const event of eventsOf(known, run, options.follow === true && !io.out.closed))
        if (meant === undefined || ('task' in event && event.task === meant)) teller.tell(event);
      teller.end((await known.run(run))?.status === 'died');
      return EXIT.done;
    });
  },
};

/** In order; to the end of the run, or to what is there. */
async function* eventsOf(state: State, run: string, follow: boolean): AsyncGenerator<RunEvent> {
  for (let after = 0; ; ) {
    // Asked before: what a run told before it ended is there when its end is.
    const goesOn = follow && (await state.run(run))?.status === 'running';
    const page = await state.events(run, after, PAGE);
    for (const { seq, event } of page) {
      yield event;
      after = seq;
    }
    if (page.length === PAGE) continue;
    if (!goesOn) return;
    await sleep(LOOK_MS);
  }
}

interface Teller {
  readonly tell: (event: RunEvent) => void;
  readonly end: (died: boolean) => void;
}

function jsonTeller(io: Io): Teller {
  return { tell: (event) => io.out.json(event), end: () => undefined };
}

/** As the run itself told it, with the time before each line. */
function textTeller(io: Io, tasks: readonly string[], place: string): Teller {
  let at = '';
  const line = (text = ''): void => io.out.line(text.trim() === '' ? '' : `${at}  ${text.trimStart()}`.trimEnd());
  const progress = plainProgress(
    tasks.map((id) => ({ id, after: [] })),
    { line, unwrapped: io.out.unwrapped },
  );
  return {
    tell: (event) => {
      at = event.at.slice(0, 19).replace('T', ' ');
      progress.listen(event);
    },
    end: (died) => tellEnd(io, progress.state, place, died),
  };
}

function tellEnd(io: Io, state: RunState, place: string, died: boolean): void {
  const style = io.out.unwrapped;
  for (const task of state.tasks.values()) {
    if (task.status !== 'failed' || isStopped(task)) continue;
    io.out.line();
    for (const line of failureLines(task, place, style)) io.out.line(line);
  }
  if (state.finished !== null) {
    io.out.line();
    for (const line of summaryLines(state, place, style)) io.out.line(line);
  } else if (died) io.out.line(`\n${style.paint.red('died')}: its process went away without a word`);
}
