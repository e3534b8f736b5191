import { connectorNamed } from '../connectors/registry.ts';
import { isAtMostDaily } from '../cron.ts';
import type { JobModel } from '../model.ts';
import type { ProjectRule } from '../project.ts';
import { symbolPlace } from '../symbols.ts';

const DAY = 24 * 3_600_000;

/** A stream costs a reader that never stops; where all it feeds is built once a day, a daily load gives the same rows. */
export const streamReadDaily: ProjectRule = {
  code: 'stream-read-daily',
  check: ({ catalog, datasets, models, report }) => {
    const jobs = models('job').map(({ model }) => model);
    for (const { symbol, use } of datasets('source')) {
      if (use === null || connectorNamed(use.connector)?.delivery !== 'push') continue;
      const fed = catalog.downstream([symbol.name]);
      const readers = jobs.filter((job) => job.builds.some((name) => fed.has(name)));
      if (readers.length === 0 || !readers.every(isDaily)) continue;
      report('stream-read-daily', { source: symbol.name, jobs: readers.map((job) => job.name) }, symbolPlace(symbol));
    }
  },
};

/** Once a day or less often. Of a job that is run by hand, or as data arrives, nobody knows how often. */
function isDaily({ schedule }: JobModel): boolean {
  if (schedule === null || 'arrival' in schedule) return false;
  return 'cron' in schedule ? isAtMostDaily(schedule.cron) : schedule.everyMs >= DAY;
}
