/** What can be done with a declaration, to be shown above it: run it, test it, look at it, plan what a target would become. */
import type { Workspace } from '../workspace/workspace.ts';
import type { FileSpan } from './occurrences.ts';

export interface Lens extends FileSpan {
  readonly action: 'run' | 'test' | 'preview' | 'lineage' | 'sql' | 'plan';
  readonly of: 'dataset' | 'job' | 'target';
  /** Full name of the dataset, or the name of the job or target. */
  readonly name: string;
  /** Above a dataset: how many tests it has. */
  readonly tests: number;
}

export function lenses(workspace: Workspace, file: string): readonly Lens[] {
  if (!workspace.has(file)) return [];
  const tests = testsByDataset(workspace);
  return workspace.declared(file).flatMap(({ symbol, tree, start }): readonly Lens[] => {
    const { namespace, kind, name } = symbol;
    const lens = (action: Lens['action'], about = name, tested = 0): Lens => {
      return {
        action,
        of: kind === 'job' || kind === 'target' ? kind : 'dataset',
        name: about,
        tests: tested,
        file,
        start: start + tree.kind.start,
        end: start + symbol.span.end,
      };
    };
    if (kind === 'job' && name !== '') return [lens('run')];
    if (kind === 'target' && name !== '') return [lens('plan')];
    if (kind === 'test') {
      const [dataset] = symbol.of === null ? [] : workspace.datasetsNamed(symbol.of);
      return dataset === undefined ? [] : [lens('test', dataset.name)];
    }
    if (namespace !== 'dataset' || name === '') return [];
    const count = tests.get(name) ?? 0;
    return [
      lens('run'),
      ...(count > 0 ? [lens('test', name, count)] : []),
      lens('preview'),
      lens('lineage'),
      ...(tree.value === null ? [] : [lens('sql')]),
    ];
  });
}

/** How many tests each dataset has, by its full name. */
export function testsByDataset(workspace: Workspace): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, of } of workspace.symbols) {
    const [dataset] = kind !== 'test' || of === null ? [] : workspace.datasetsNamed(of);
    if (dataset !== undefined) counts.set(dataset.name, (counts.get(dataset.name) ?? 0) + 1);
  }
  return counts;
}
