/** `pipec retry`: does again what a run did not finish, here and now. */
import type { TaskRecord } from '../../runtime/state/records.ts';
import type { State } from '../../runtime/state/state.ts';
import { plural } from '../diagnostics/render.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import { asRecorded, placeFlags } from './environment.ts';
import { isForPeople, LOG_OPTION } from './log.ts';
import { askOutside } from './outside.ts';
import { type Job, performJobs } from './perform.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { runNamed, TARGET_OPTION, withState } from './record.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly target?: string;
  readonly json?: boolean;
}

export const retry: CommandModule<Options> = {
  arguments: [{ name: '[run]', help: 'its name, as `pipec runs` shows it; the newest where none is named' }],
  options: [TARGET_OPTION, LOG_OPTION, JSON_OPTION],
  details:
    'What failed, was cancelled or skipped, or was going on when the process went away: with the program as it is now, in the way of the job that it was a run of.',
  examples: [
    { text: 'pipec retry', does: 'the newest run' },
    { text: 'pipec retry 20260301-040000-abc123', does: 'another' },
  ],
  run: async (io, [name], options) => {
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = checkedProgram(io, project);
    const target = targetOf(program, options.target);
    const place = { root: project.root, program, target };
    const { record, left } = await withState(io, place, async (state) => {
      const found = await runNamed(state, place, name);
      if (found.status === 'running')
        throw usageError(
          `the run ${found.run} goes on`,
          `pipec logs ${found.run} --follow`,
          `pipec cancel ${found.run}`,
        );
      const tasks = await (state as State).tasks(found.run);
      return { record: found, left: tasks.filter(isLeft).map((one) => one.task) };
    });
    const known = new Set(program.datasets.map((one) => one.name));
    const chosen = left.filter((task) => known.has(task));
    if (chosen.length === 0) {
      if (isForPeople(io))
        io.out.line(
          left.length === 0
            ? `Nothing is left of the run ${record.run}: it ${record.status}.`
            : `The program no longer has what is left of the run ${record.run}: ${left.join(', ')}.`,
        );
      return EXIT.done;
    }
    if (isForPeople(io)) io.out.line(`Of the run ${record.run}: ${plural(chosen.length, 'task')} to do again\n`);
    const own = asRecorded(program, target, record.target);
    const plan = planProgram(own, target, VERSION);
    const job = await jobOf(record.job, chosen, plan.jobs);
    const { exit } = await performJobs(io, {
      root: project.root,
      plan,
      jobs: [job ?? { name: null, plan: planSelection(own, target, chosen) }],
      json: options.json === true,
      full: false,
      action: 'retry',
      place: placeFlags(own, target),
      again: `pipec retry ${record.run}${placeFlags(program, target)}`,
    });
    return exit;
  },
};

function isLeft({ status, reason }: TaskRecord): boolean {
  return status === 'skipped' ? reason !== 'unchanged' : status !== 'succeeded';
}

/** In the job's own way of running, where the job is still there and builds all of it. */
async function jobOf(name: string | null, tasks: readonly string[], jobs: readonly Job['plan'][]): Promise<Job | null> {
  const job = jobs.find((one) => one.name === name);
  if (job === undefined || !tasks.every((task) => job.tasks.some(({ id }) => id === task))) return null;
  const { selectTasks } = await import('../../runtime/run.ts');
  return { name, plan: selectTasks(job, new Set(tasks)) };
}
