import { sharedOut } from '../jobs.ts';
import type { ProjectRule } from '../project.ts';
import { type DeclarationSymbol, symbolPlace } from '../symbols.ts';

/**
 * Two jobs that select one table, or both need one that no job selects, build it twice from the same inputs. Each pair of
 * jobs is told of once.
 */
export const builtByTwoJobs: ProjectRule = {
  code: 'built-by-two-jobs',
  check: ({ catalog, models, report }) => {
    const jobs = models('job');
    const shares = sharedOut(
      jobs.map(({ model }) => model),
      catalog,
    );
    const builders = new Map<string, DeclarationSymbol>();
    const told = new Set<string>();
    for (const [index, { symbol, model }] of jobs.entries()) {
      for (const dataset of shares[index]?.builds ?? []) {
        // A source is loaded with whatever is built from it, as often as that is wanted.
        if (catalog.get(dataset)?.kind !== 'table') continue;
        const other = builders.get(dataset);
        if (other === undefined) builders.set(dataset, symbol);
        else if (other !== symbol && !told.has(`${other.name} ${symbol.name}`)) {
          told.add(`${other.name} ${symbol.name}`);
          const selects = model.builds.includes(dataset);
          report('built-by-two-jobs', { dataset, job: other.name, other: symbol.name }, symbolPlace(symbol), {
            related: [
              { place: symbolPlace(other), message: `\`${other.name}\` ${selects ? 'selects' : 'needs'} it too` },
            ],
            notes: selects ? [] : ['neither selects it: name it in one of them, and the other waits for it'],
          });
        }
      }
    }
  },
};
