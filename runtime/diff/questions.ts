/**
 * What databases are asked to compare a dataset: digests of its rows by buckets of their keys first, then the rows of buckets
 * that differ, in the order of the digests of their keys. Both are the same on every engine.
 */
import type { ComparedType, ValueForms } from '../engines/forms.ts';
import { ident, literal, qualified } from '../engines/quote.ts';

/** A column that both sides have. */
export interface ComparedColumn {
  readonly name: string;
  readonly type: ComparedType;
  readonly inexact: boolean;
  /** Whether one text of it is meant by both sides, so that equal digests are equal values. */
  readonly hasDigest: boolean;
  /** Whether its equal values have equal digests as well: it can tell which rows are the same row. */
  readonly decides: boolean;
}

export interface Shape {
  /** In the order of the dataset. */
  readonly columns: readonly ComparedColumn[];
  /** What tells which rows are the same row: the key, or where there is none, all columns that can tell. */
  readonly by: readonly ComparedColumn[];
  /** Whether the two sides are of different engines. */
  readonly acrossEngines: boolean;
}

/** A side as a database has it. */
export interface Relation {
  readonly side: 0 | 1;
  readonly schema: string;
  readonly name: string;
}

/** Hex digits of the finest bucket: 65,536 of them. */
export const BUCKET_DIGITS = 4;

const [SIDE, KEY, ROW] = ['pipec:side', 'pipec:key', 'pipec:row'].map(ident) as [string, string, string];
const value = (index: number): string => ident(`pipec:${index}`);

/** Columns side, bucket, rows, and two sums of digests: equal sums, equal rows. */
export function bucketsOf(relations: readonly Relation[], shape: Shape, forms: ValueForms): string {
  const part = (from: number): string => forms.number(`substr(${ROW}, ${from}, 15)`);
  return [
    `SELECT ${SIDE}, ${ident('b')}, count(*) AS ${ident('n')}, ${forms.sum(ident('one'))} AS ${ident('s1')}, ${forms.sum(ident('two'))} AS ${ident('s2')}`,
    `FROM (SELECT ${SIDE}, substr(${KEY}, 1, ${BUCKET_DIGITS}) AS ${ident('b')}, ${part(1)} AS ${ident('one')}, ${part(17)} AS ${ident('two')}`,
    `FROM (${digested(relations, shape, forms, [])}) AS d) AS h`,
    `GROUP BY ${SIDE}, ${ident('b')}`,
  ].join('\n');
}

/** Columns side, digest of the key, then the values of `shape.columns`. @param buckets all of as many digits; null is all rows */
export function rowsOf(
  relations: readonly Relation[],
  shape: Shape,
  forms: ValueForms,
  buckets: readonly string[] | null,
): string {
  const values = shape.columns.map((_, index) => value(index));
  const digits = buckets?.[0]?.length ?? 0;
  const wanted = buckets === null ? '' : `\nWHERE substr(${KEY}, 1, ${digits}) IN (${buckets.map(literal).join(', ')})`;
  return [
    `SELECT ${[SIDE, KEY, ...values].join(', ')}`,
    `FROM (${digested(relations, shape, forms, shape.columns)}) AS d${wanted}`,
    `ORDER BY ${forms.order(KEY)}, ${SIDE}`,
  ].join('\n');
}

function digested(
  relations: readonly Relation[],
  { columns, by, acrossEngines }: Shape,
  forms: ValueForms,
  shown: readonly ComparedColumn[],
): string {
  const digest = (some: readonly ComparedColumn[]): string => {
    const parts = some.map(({ name, type }) => {
      const column = `t.${ident(name)}`;
      const text = (acrossEngines ? forms.shared(column, type) : null) ?? forms.own(column, type);
      // What has no bound says where it ends; all else has no `|` in it, and is never empty.
      const isOpen = type.kind === 'string' || type.kind === 'json' || type.kind === 'list';
      const bounded = isOpen ? `${forms.bytes(text)} || ':' || ${text}` : text;
      return `CASE WHEN ${column} IS NULL THEN '' ELSE ${bounded} END`;
    });
    return forms.digest(parts.length === 0 ? `''` : parts.join(` || '|' || `));
  };
  const values = shown.map(({ name, type }, index) => `${forms.shown(`t.${ident(name)}`, type)} AS ${value(index)}`);
  // Of rows that are only shown, nobody asks for their digest.
  const row = shown.length > 0 ? [] : [`${digest(columns.filter(({ hasDigest }) => hasDigest))} AS ${ROW}`];
  return relations
    .map(
      ({ side, schema, name }) =>
        `SELECT ${[`${side} AS ${SIDE}`, `${digest(by)} AS ${KEY}`, ...row, ...values].join(', ')} FROM ${qualified(schema, name)} AS t`,
    )
    .join('\nUNION ALL\n');
}
