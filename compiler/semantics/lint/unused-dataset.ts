import type { ProjectRule } from '../project.ts';
import { symbolPlace } from '../symbols.ts';

/**
 * Nothing would be different without the table. Only where the project says by jobs what it builds, and not for marts, which
 * are meant for readers outside.
 */
export const unusedDataset: ProjectRule = {
  code: 'unused-dataset',
  check: ({ named, catalog, datasets, models, report }) => {
    const jobs = models('job');
    // A job that selects nothing is wrong, and what it was meant to build is not known.
    if (jobs.length === 0 || jobs.some(({ model }) => model.builds.length === 0)) return;
    const wanted = new Set([
      ...jobs.flatMap(({ model }) => model.builds),
      ...models('exposure').flatMap(({ model }) => model.on),
    ]);
    for (const { symbol, layer } of datasets('built')) {
      const { name, id } = symbol;
      if (layer === 'mart' || wanted.has(name) || catalog.readers(name).length > 0) continue;
      // A table declared twice is told of once, as a duplicate.
      if (named('dataset', name)?.id === id) report('unused-dataset', { dataset: name }, symbolPlace(symbol));
    }
  },
};
