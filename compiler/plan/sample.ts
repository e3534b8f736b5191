/** Which datasets of a program are samples, where only what came last of its rows is asked for. */
import type { SamplePlan } from '../../runtime/plan.ts';
import type { DatasetModel, Program } from '../semantics/model.ts';
import { plainText } from './config.ts';

/** By dataset; what is not in it is whole. */
export type Samples = ReadonlyMap<string, SamplePlan>;

/**
 * A source is cut by its time: when a row happened, or else its cursor. So is a table in intervals. What reads a sample, at any
 * distance, is one as well; all else is read whole, as nothing says when its rows happened.
 */
export function samplesOf({ datasets, sample }: Pick<Program, 'datasets' | 'sample'>): Samples {
  const found = new Map<string, SamplePlan>();
  if (sample === undefined) return found;
  for (const dataset of datasets) {
    const by = timeOf(dataset)?.column ?? null;
    if (by !== null || dataset.reads.some((read) => found.has(read)))
      found.set(dataset.name, { last: sample.last, by });
  }
  return found;
}

/** The column of time by which a dataset is cut. */
export function timeOf({ refresh, source, row }: Pick<DatasetModel, 'refresh' | 'source' | 'row'>): {
  readonly column: string;
  readonly type: 'date' | 'timestamp';
} | null {
  const names =
    refresh.kind === 'batch'
      ? [refresh.by]
      : source === null
        ? []
        : [plainText(source.connectorProperties['event_time']), source.cursor?.column];
  for (const name of names) {
    const type = row.columns.find((column) => column.name === name)?.type.kind;
    if (name != null && (type === 'date' || type === 'timestamp')) return { column: name, type };
  }
  return null;
}

/** Zones in which tables are cut by days. */
export const zonesOf = ({ datasets }: Pick<Program, 'datasets'>): readonly string[] =>
  [...new Set(datasets.flatMap(({ refresh }) => (refresh.kind === 'batch' ? [refresh.timezone] : [])))].sort();
