/** Where a dataset is computed: in the target, or by the embedded engine before its rows go there. */
import type { Declaration } from '../../syntax/ast.ts';
import { defaulted, word } from '../config.ts';
import { engineTitles } from '../functions/table.ts';
import type { DatasetModel } from '../model.ts';
import type { DeclarationContext } from './context.ts';

type Compute = DatasetModel['compute'];

export const compute = defaulted(
  word('auto', 'etl', 'elt'),
  'auto',
  'where it is computed: in the target (`elt`), before it (`etl`), or as the planner finds best',
);

/** What is asked for and cannot be is said where it is written, for the first target that it holds of. */
export function checkCompute(
  asked: Compute,
  { kind, inLake }: { readonly kind: DatasetModel['kind']; readonly inLake: boolean },
  declaration: Declaration,
  context: DeclarationContext,
): void {
  const property = declaration.properties.find((each) => each.name.text === 'compute');
  if (asked === 'auto' || property === undefined) return;
  for (const { name: target, engine } of context.targets()) {
    const why = impossible(asked, kind, inLake, engine);
    if (why === null) continue;
    context.report('compute-not-possible', { compute: asked, target, why }, property.value, {
      fixes: [
        {
          title: 'leave it to the planner',
          safe: true,
          edits: [{ place: context.place(property.value), text: 'auto' }],
        },
      ],
    });
    return;
  }
}

function impossible(
  asked: Exclude<Compute, 'auto'>,
  kind: DatasetModel['kind'],
  inLake: boolean,
  engine: string,
): string | null {
  if (engine !== 'duckdb' && engine !== 'postgres' && engine !== 'clickhouse') return null;
  const title = engineTitles[engine];
  if (inLake) return asked === 'etl' ? null : 'the embedded engine writes the files of a lake';
  if (engine === 'duckdb') return null;
  if (kind === 'source')
    return asked === 'etl' ? null : `a contract is judged by the embedded engine, before rows go to ${title}`;
  return asked === 'elt' ? null : `a query runs where its inputs are, in ${title}`;
}
