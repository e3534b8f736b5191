/** `pipec cancel`: asks a run to stop, wherever its process is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { State } from '../../runtime/state/state.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { placeOf, runNamed, TARGET_OPTION, withState } from './record.ts';

interface Options {
  readonly target?: string;
  readonly json?: boolean;
}

const LOOK_MS = 100;

export const cancel: CommandModule<Options> = {
  arguments: [{ name: '<run>', help: 'its name, as `pipec runs` shows it' }],
  options: [TARGET_OPTION, JSON_OPTION],
  details:
    'The run stops its statements, publishes nothing half, and ends as cancelled; the command waits for that. What is done stays, and `pipec retry` goes on.',
  examples: [{ text: 'pipec cancel 20260301-040000-abc123', does: 'and waits until it has ended' }],
  run: async (io, [name], options) => {
    const place = placeOf(io, options.target);
    return await withState(io, place, async (state) => {
      const record = await runNamed(state, place, name ?? '');
      const { run, status } = record;
      if (status !== 'running')
        throw new CommandError('run-over', EXIT.usage, `the run ${run} is not running: it ${ended(status)}`, [
          `pipec logs ${run}`,
        ]);
      const known = state as State;
      await known.askToCancel(record);
      while ((await known.run(run))?.status === 'running') await sleep(LOOK_MS);
      const now = (await known.run(run))?.status ?? 'cancelled';
      if (options.json === true) io.out.json({ run, status: now });
      else io.out.line(`The run ${run} ${ended(now)}.`);
      return EXIT.done;
    });
  },
};

const ended = (status: string): string => (status === 'cancelled' ? 'was cancelled' : status);
