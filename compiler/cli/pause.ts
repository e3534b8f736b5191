/** `pipec pause` and `pipec resume`: whether the scheduler runs a job. */
import { type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import type { Io } from './io.ts';
import { noJob } from './project.ts';
import { placeOf, statePlaceOf, TARGET_OPTION } from './record.ts';

interface Options {
  readonly target?: string;
  readonly json?: boolean;
}

export const pause: CommandModule<Options> = {
  arguments: [{ name: '<job>', help: 'a job of the project' }],
  options: [TARGET_OPTION, JSON_OPTION],
  details:
    'No scheduler of the target begins a run of it any more, until `pipec resume`; one that goes on goes on. By hand it runs as ever: `pipec run`.',
  examples: [{ text: 'pipec pause nightly', does: 'until it is resumed' }],
  run: async (io, [job = ''], options) => {
    await set(io, job, options.target, true);
    if (options.json === true) io.out.json({ job, paused: true });
    else io.out.line(`${job} is paused. Go on: pipec resume ${job}`);
    return EXIT.done;
  },
};

export const resume: CommandModule<Options> = {
  arguments: [{ name: '<job>', help: 'a job that is paused' }],
  options: [TARGET_OPTION, JSON_OPTION],
  details: 'What was due meanwhile is made up for as if no scheduler had been there.',
  examples: [{ text: 'pipec resume nightly', does: 'as it was before' }],
  run: async (io, [job = ''], options) => {
    await set(io, job, options.target, false);
    if (options.json === true) io.out.json({ job, paused: false });
    else io.out.line(`${job} goes on.`);
    return EXIT.done;
  },
};

async function set(io: Io, job: string, named: string | undefined, paused: boolean): Promise<void> {
  const place = placeOf(io, named);
  const jobs = place.program.jobs.map(({ name }) => name);
  if (!jobs.includes(job)) throw noJob(job, jobs);
  const { Queue } = await import('../../runtime/schedule/queue.ts');
  const queue = await Queue.open(await statePlaceOf(io, place), place.target);
  try {
    await queue.pause(job, paused ? Date.now() : null);
  } finally {
    await queue.close();
  }
}
