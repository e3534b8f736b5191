/**
 * What nobody looks into: an engine's own SQL, a function. What flows where inside of it is not known, so every column of it
 * stands on all that is read, and is as personal as any of it.
 */
import type { Rel, RelColumn, ScanRel } from '../relational/rel.ts';
import type { Column, Origin, Tag } from '../relational/types.ts';
import type { CheckContext, DatasetRef } from './context.ts';

/** All columns of a dataset. */
export function scanOf(dataset: DatasetRef, context: CheckContext): ScanRel {
  const columns = dataset.row.columns.map(
    (column): RelColumn => ({
      ...column,
      id: context.freshId(),
      origins: [{ dataset: dataset.name, column: column.name, kind: 'direct' }],
    }),
  );
  return {
    kind: 'scan',
    dataset: dataset.name,
    source: columns.map((column) => column.name),
    columns,
    at: null,
    label: dataset.name.slice(dataset.name.lastIndexOf('.') + 1),
  };
}

/** Columns that are declared, made of these inputs. */
export function opaqueColumns(declared: readonly Column[], inputs: readonly Rel[]): readonly Column[] {
  const read = inputs.flatMap((input) => input.columns);
  const origins = read.flatMap((column): Origin[] => column.origins.map((each) => ({ ...each, kind: 'indirect' })));
  const tags = read.flatMap((column) => column.tags);
  return declared.map((column) => ({ ...column, origins, tags: distinct([...column.tags, ...tags]) }));
}

function distinct(tags: readonly Tag[]): readonly Tag[] {
  return tags.filter(
    (tag, index) => tags.findIndex((other) => other.name === tag.name && other.value === tag.value) === index,
  );
}
