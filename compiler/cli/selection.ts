/** What `pipec run` is told to build: names, `store.schema.*`, `+x` with upstream, `x+` with downstream, `tag:…`. */
import type { DatasetModel } from '../semantics/model.ts';
import { usageError } from './command.ts';
import { findDataset } from './project.ts';

type Dataset = Pick<DatasetModel, 'name' | 'reads' | 'tags' | 'layer'>;

/**
 * Qualified names, in the order of `datasets`.
 * @throws CommandError command-line, unknown-dataset, ambiguous-dataset
 */
export function selectDatasets(words: readonly string[], datasets: readonly Dataset[]): string[] {
  const chosen = new Set<string>();
  for (const word of words) {
    const withUpstream = word.startsWith('+');
    const withDownstream = word.endsWith('+') && word.length > 1;
    const core = word.slice(withUpstream ? 1 : 0, withDownstream ? -1 : undefined);
    const named = namedBy(core, datasets);
    if (named.length === 0) throw usageError(`\`${word}\` chooses no dataset`);
    for (const one of named) chosen.add(one.name);
    if (withUpstream) spread(named, chosen, upstreamOf(datasets));
    if (withDownstream) spread(named, chosen, downstreamOf(datasets));
  }
  return datasets.filter((one) => chosen.has(one.name)).map((one) => one.name);
}

function namedBy(word: string, datasets: readonly Dataset[]): readonly Dataset[] {
  if (word === '*') return datasets;
  if (word.startsWith('tag:')) return datasets.filter((one) => one.tags.includes(word.slice(4)));
  if (word.endsWith('.*')) {
    const prefix = word.slice(0, -1);
    return datasets.filter((one) => one.name.startsWith(prefix) || one.name.includes(`.${prefix}`));
  }
  return [findDataset(datasets, word)];
}

type Neighbours = (name: string) => readonly string[];

function upstreamOf(datasets: readonly Dataset[]): Neighbours {
  const reads = new Map(datasets.map((one) => [one.name, one.reads]));
  return (name) => reads.get(name) ?? [];
}

function downstreamOf(datasets: readonly Dataset[]): Neighbours {
  const readers = new Map<string, string[]>();
  for (const one of datasets) for (const read of one.reads) readers.set(read, [...(readers.get(read) ?? []), one.name]);
  return (name) => readers.get(name) ?? [];
}

function spread(from: readonly Dataset[], into: Set<string>, neighbours: Neighbours): void {
  const waiting = from.map((one) => one.name);
  const seen = new Set(waiting);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const next of neighbours(name)) {
      into.add(next);
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
}
