/** The checked project as one piece of plain data, ready to be planned. */

import type { Models } from '../semantics/declarations/context.ts';
import { builtKinds } from '../semantics/declarations/registry.ts';
import { sharedOut } from '../semantics/jobs.ts';
import type { DatasetModel, DefinedAt, Program } from '../semantics/model.ts';
import type { Facts } from './facts.ts';

/** Only to be asked where nothing is wrong; null where there is no project. */
export function programOf(facts: Facts): Program | null {
  const { names, catalog } = facts;
  const all = <K extends keyof Models>(kind: K): NonNullable<Models[K]>[] =>
    names.all().flatMap((symbol) => {
      const model = facts.model(kind, symbol);
      return model === null ? [] : [placed(model as NonNullable<Models[K]>, facts.lineOf(symbol.id))];
    });
  const project = all('project')[0];
  if (project === undefined) return null;
  const apart = Map.groupBy(all('check'), (model) => model.dataset);
  const byName = new Map(
    (['source', ...builtKinds] as const)
      .flatMap(all)
      .map((dataset): [string, DatasetModel] => [
        dataset.name,
        { ...dataset, checks: [...dataset.checks, ...(apart.get(dataset.name) ?? []).flatMap((each) => each.checks)] },
      ]),
  );
  return {
    project,
    targets: all('target'),
    stores: all('store'),
    datasets: catalog.order.flatMap((name) => byName.get(name) ?? []),
    jobs: sharedOut(all('job'), catalog),
    pools: all('pool'),
    blackouts: all('blackout'),
    notify: all('notify'),
    tests: all('test'),
    exposures: all('exposure'),
  };
}

/** Models count lines from their declaration's first one, so that an edit above leaves them equal; here they become the file's. */
function placed<T>(value: T, line: number): T {
  if (Array.isArray(value)) return value.map((item) => placed(item, line)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    if (key === 'at' && isDefinedAt(item)) return [key, { ...item, line: item.line + line - 1 }];
    // Queries and rows have no lines in them and are by far the largest part.
    return [key, key === 'checks' ? placed(item, line) : item];
  });
  return Object.fromEntries(entries) as T;
}

function isDefinedAt(value: unknown): value is DefinedAt {
  return typeof value === 'object' && value !== null && 'file' in value && 'line' in value;
}
