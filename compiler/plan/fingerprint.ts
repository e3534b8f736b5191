/**
 * Fingerprints say what decides a dataset's rows and column types: two programs with equal fingerprints make equal rows
 * from equal inputs. Never made of SQL text or of the optimised Rel, or a new compiler would rebuild production.
 *
 * In: the qualified name (the physical table is named after it), the Rel or the contract, column names, types and
 * nullability, the key, how it is stored. The Rel names its upstream datasets; their fingerprints are not in, as what
 * they hold is an input. Out: docs, labels, positions, checks, owners, schedules, and columns upstream that nobody reads.
 */
import { createHash } from 'node:crypto';
import { canonicalExpr, canonicalText } from '../relational/print.ts';
import type { Expr } from '../relational/rel.ts';
import { typeName } from '../relational/types.ts';
import type { DatasetModel, Refresh, SourceModel } from '../semantics/model.ts';
import { canonicalJson } from './config.ts';

/** 12 hex digits of sha256. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}

/** `storage` is what the plan says of where rows are kept: kind, format and partitions. */
export function datasetFingerprint(dataset: DatasetModel, storage: unknown): string {
  return digest({
    name: dataset.name,
    refresh: refreshOf(dataset.refresh),
    columns: dataset.row.columns.map((column) => [column.name, typeName(column.type), column.nullable]),
    key: dataset.key,
    storage,
    ...(dataset.function === null ? {} : { function: dataset.function }),
    rel: dataset.rel === null ? null : canonicalText(dataset.rel),
    source: dataset.source === null ? null : contract(dataset.source),
  });
}

/** When an interval is computed, and how often, is no matter of its rows. */
function refreshOf(refresh: Refresh): unknown {
  if (refresh.kind !== 'batch') return refresh;
  const { kind, by, everyMs, timezone, start } = refresh;
  return { kind, by, everyMs, timezone, start };
}

function contract(source: SourceModel): unknown {
  return {
    use: source.use,
    properties: source.connectorProperties,
    // The values of an enum decide which rows are let in.
    columns: source.columns.map((column) => ({
      ...column,
      type: column.type.kind === 'enum' ? column.type.values : typeName(column.type),
    })),
    key: source.key,
    expectations: source.expectations.map(({ condition }: { readonly condition: Expr }) => canonicalExpr(condition)),
    invalid: source.invalid,
    timezone: source.timezone,
    // How far before it is asked again is no matter of the rows.
    ...(source.cursor === null ? {} : { cursor: source.cursor.column }),
  };
}
