/** What each job builds of what is selected by none or by several. */
import type { Catalog } from './catalog.ts';
import type { JobModel } from './model.ts';

/**
 * A job builds what it selects and whatever upstream no other job selects. It waits for what others select, and what lies
 * above that is theirs: loading it again would change nothing that this job reads.
 */
export function sharedOut(jobs: readonly JobModel[], catalog: Catalog): readonly JobModel[] {
  return jobs.map((job) => {
    const elsewhere = new Set(jobs.flatMap((other) => (other === job ? [] : other.builds)));
    const builds = new Set(job.builds);
    const waitsFor = new Set<string>();
    const open = [...builds];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const entry = catalog.get(name);
      for (const upstream of entry === undefined ? [] : [...entry.reads, ...entry.compares]) {
        if (builds.has(upstream)) continue;
        if (elsewhere.has(upstream)) waitsFor.add(upstream);
        else {
          builds.add(upstream);
          open.push(upstream);
        }
      }
    }
    return {
      ...job,
      builds: catalog.order.filter((name) => builds.has(name)),
      waitsFor: [...waitsFor].sort(),
    };
  });
}
