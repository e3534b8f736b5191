/** What `pipec run` is told to build: names, `store.schema.*`, `+x` with upstream, `x+` with downstream, `tag:…`. */
import type { DatasetModel } from '../semantics/model.ts';
import { closest } from '../semantics/suggest.ts';
import { CommandError, EXIT } from './command.ts';
import { findDataset } from './project.ts';

type Dataset = Pick<DatasetModel, 'name' | 'reads' | 'tags' | 'layer'>;

/**
 * Qualified names, in the order of `datasets`. `others` are names that may stand in place of datasets, for suggestions.
 * @throws CommandError unknown-dataset, ambiguous-dataset
 */
export function selectDatasets(
  words: readonly string[],
  datasets: readonly Dataset[],
  others: readonly string[] = [],
): string[] {
  const chosen = new Set<string>();
  for (const word of words) {
    const withUpstream = word.startsWith('+');
    const withDownstream = word.endsWith('+') && word.length > 1;
    const core = word.slice(withUpstream ? 1 : 0, withDownstream ? -1 : undefined);
    const named = namedBy(core, datasets, others);
    for (const one of named) chosen.add(one.name);
    if (withUpstream) spread(named, chosen, upstreamOf(datasets));
    if (withDownstream) spread(named, chosen, downstreamOf(datasets));
  }
  return datasets.filter((one) => chosen.has(one.name)).map((one) => one.name);
}

function namedBy(word: string, datasets: readonly Dataset[], others: readonly string[]): readonly Dataset[] {
  if (word === '*') return datasets;
  if (word.startsWith('tag:')) {
    const tags = new Set(datasets.flatMap((one) => one.tags));
    const tagged = datasets.filter((one) => one.tags.includes(word.slice(4)));
    if (tagged.length > 0) return tagged;
    throw choosesNothing(
      word,
      [...tags].map((tag) => `tag:${tag}`),
      'its tags',
    );
  }
  if (word.endsWith('.*')) {
    const prefix = word.slice(0, -1);
    const below = datasets.filter((one) => one.name.startsWith(prefix) || one.name.includes(`.${prefix}`));
    if (below.length > 0) return below;
    throw choosesNothing(word, foldersOf(datasets), 'there are');
  }
  return [findDataset(datasets, word, others)];
}

/** `dwh.*` and `dwh.marts.*` of `dwh.marts.orders`. */
function foldersOf(datasets: readonly Dataset[]): string[] {
  const folders = datasets.flatMap(({ name }) => {
    const parts = name.split('.');
    return parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('.')}.*`);
  });
  return [...new Set(folders)].sort();
}

function choosesNothing(word: string, candidates: readonly string[], title: string): CommandError {
  const meant = closest(word, candidates);
  return new CommandError(
    'unknown-dataset',
    EXIT.usage,
    `\`${word}\` chooses no dataset${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    candidates.length === 0 ? ['no dataset has a tag'] : [`${title}: ${candidates.join(', ')}`],
  );
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
