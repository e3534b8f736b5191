/** Places of sources, as a plan has them and as a target keeps them. */
import { nothing, type Published } from '../../runtime/engines/published.ts';
import type { Destination, RecordedColumn, TaskPlan } from '../../runtime/plan.ts';

export function into(
  dataset: string,
  columns: readonly RecordedColumn[],
  { project = 'shop', fingerprint = 'aaaaaaaaaaaa' }: { readonly project?: string; readonly fingerprint?: string },
): Destination {
  const [schema = '', name = ''] = dataset.split('.');
  return { dataset, schema, name, fingerprint, storage: { kind: 'table' }, record: { project, reads: [], columns } };
}

/** What stands, each with seven rows, by `schema.view`. */
export function commitOf(
  places: readonly (Destination & { readonly cursor?: string })[],
): ReadonlyMap<string, Published> {
  return new Map(
    places.map(({ dataset, schema, name, fingerprint, record = null, cursor = null }) => [
      `${schema}.${name}`,
      {
        ...nothing,
        build: 'b',
        rows: 7,
        dataset,
        fingerprint,
        record,
        cursor,
      },
    ]),
  );
}

/** A source with a cursor of each. */
export function tasksOf(places: readonly Destination[]): readonly TaskPlan[] {
  return places.map((place) => ({
    id: place.dataset,
    after: [],
    inputs: null,
    step: {
      kind: 'load',
      from: { kind: 'file', path: ['x.csv'], format: 'csv', delimiter: null, header: true },
      into: place,
      columns: [],
      key: [],
      expectations: [],
      invalid: 'quarantine',
      timezone: 'UTC',
      cursor: { column: 'at', type: 'date', lookback: 0, again: [] },
      audit: null,
      compute: { mode: 'etl', why: '' },
    },
  }));
}
