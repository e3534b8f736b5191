/** Which job builds what: each its selection, and whatever upstream no other job builds. */
import type { Catalog } from './catalog.ts';
import type { JobModel } from './model.ts';

export interface SharedOut {
  readonly jobs: readonly JobModel[];
  /** Datasets that two jobs build. */
  readonly twice: readonly { readonly dataset: string; readonly job: string; readonly other: string }[];
}

/** `jobs` with `builds` as selected; given back with what they take along and what they wait for. */
export function shareOut(jobs: readonly JobModel[], catalog: Catalog): SharedOut {
  const chosenBy = new Map<string, string[]>();
  for (const job of jobs) for (const name of job.builds) chosenBy.set(name, [...(chosenBy.get(name) ?? []), job.name]);
  const position = new Map(catalog.order.map((name, index) => [name, index]));
  const inOrder = (names: Iterable<string>): string[] => [...names].sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
  const builtBy = new Map<string, string>();
  const twice: { dataset: string; job: string; other: string }[] = [];
  const shared = jobs.map((job) => {
    const builds = new Set<string>();
    const waitsFor = new Set<string>();
    const left = [...job.builds];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (builds.has(name) || waitsFor.has(name)) continue;
      const chosen = chosenBy.get(name) ?? [];
      if (chosen.length > 0 && !chosen.includes(job.name)) {
        waitsFor.add(name);
        continue;
      }
      builds.add(name);
      const entry = catalog.get(name);
      left.push(...(entry?.reads ?? []), ...(entry?.compares ?? []));
    }
    for (const dataset of builds) {
      const other = builtBy.get(dataset);
      if (other === undefined) builtBy.set(dataset, job.name);
      else twice.push({ dataset, job: job.name, other });
    }
    return { ...job, builds: inOrder(builds), waitsFor: inOrder(waitsFor) };
  });
  return { jobs: shared, twice };
}
