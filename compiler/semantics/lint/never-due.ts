import { sharedOut } from '../jobs.ts';
import type { ProjectRule } from '../project.ts';
import { symbolPlace } from '../symbols.ts';

/** A job that runs when what it reads of other jobs has arrived, and reads nothing of theirs, never runs. */
export const neverDue: ProjectRule = {
  code: 'never-due',
  check: ({ catalog, models, report }) => {
    const jobs = models('job');
    const shares = sharedOut(
      jobs.map(({ model }) => model),
      catalog,
    );
    for (const [index, { symbol, model }] of jobs.entries()) {
      const waits = model.schedule !== null && 'arrival' in model.schedule;
      if (waits && shares[index]?.waitsFor.length === 0) report('never-due', { job: symbol.name }, symbolPlace(symbol));
    }
  },
};
