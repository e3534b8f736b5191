import type { ProjectRule } from '../project.ts';
import { type DeclarationSymbol, symbolPlace } from '../symbols.ts';

/** Two jobs that select one table build it twice from the same inputs. Each pair of jobs is told of once. */
export const builtByTwoJobs: ProjectRule = {
  code: 'built-by-two-jobs',
  check: ({ catalog, models, report }) => {
    const builders = new Map<string, DeclarationSymbol>();
    const told = new Set<string>();
    for (const { symbol, model } of models('job')) {
      for (const dataset of model.builds) {
        // A source is loaded with whatever is built from it; naming it in two jobs says when it is loaded.
        if (catalog.get(dataset)?.kind !== 'table') continue;
        const other = builders.get(dataset);
        if (other === undefined) builders.set(dataset, symbol);
        else if (other !== symbol && !told.has(`${other.name} ${symbol.name}`)) {
          told.add(`${other.name} ${symbol.name}`);
          report('built-by-two-jobs', { dataset, job: other.name, other: symbol.name }, symbolPlace(symbol), {
            related: [{ place: symbolPlace(other), message: `\`${other.name}\` selects it too` }],
          });
        }
      }
    }
  },
};
