/** What each job builds of what is selected by none or by several. */
import type { Catalog } from './catalog.ts';
import type { JobModel } from './model.ts';

/** A job builds what it selects and whatever upstream no other job selects; it waits for the rest. */
export function sharedOut(jobs: readonly JobModel[], catalog: Catalog): readonly JobModel[] {
  return jobs.map((job) => {
    const elsewhere = new Set(jobs.flatMap((other) => (other === job ? [] : other.builds)));
    const own = new Set(job.builds);
    const upstream = [...catalog.upstream(job.builds)];
    const builds = new Set(upstream.filter((name) => own.has(name) || !elsewhere.has(name)));
    return {
      ...job,
      builds: catalog.order.filter((name) => builds.has(name)),
      waitsFor: upstream.filter((name) => !builds.has(name)).sort(),
    };
  });
}
