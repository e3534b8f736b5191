/**
 * `sql"""…"""`: a query in an engine's own words. Its columns are those of the declared type; the datasets it reads are those
 * that it names in full.
 */
import type { Rel, RelColumn } from '../relational/rel.ts';
import type { RowType } from '../relational/types.ts';
import { forEachRel } from '../relational/walk.ts';
import type { QualifiedName, SqlLiteral } from '../syntax/ast.ts';
import { type RawName, rawNames } from '../syntax/raw-sql.ts';
import type { CheckContext, DatasetRef, ElaboratedQuery } from './context.ts';
import type { EngineName } from './functions/row.ts';
import { sqlType } from './functions/sql-types.ts';
import { opaqueColumns, scanOf } from './opaque.ts';
import type { RawSqlQuestion } from './outside.ts';

/** The text for one engine. */
export interface RawText {
  readonly engine: EngineName;
  readonly literal: SqlLiteral;
}

/** Of `sql"""`. */
const OPENING = 6;

/** The offset in the declaration of an offset in the text. */
export const rawOffset = (literal: SqlLiteral, offset: number): number => literal.start + OPENING + offset;

/** The dataset that a name in raw SQL begins with: only full names count, as any other could be a column or an alias. */
export function datasetNamed(name: RawName, isDataset: (full: string) => boolean): RawName | null {
  for (const length of [3, 2]) {
    const parts = name.parts.slice(0, length);
    const last = parts.at(-1);
    if (parts.length === length && last !== undefined && isDataset(parts.map((part) => part.text).join('.')))
      return { parts, start: name.start, end: last.end };
  }
  return null;
}

interface Read {
  readonly ref: DatasetRef;
  readonly name: RawName;
}

/** The datasets that a text names, in order, repeats included. */
function readsOf(
  { engine, literal }: RawText,
  isDataset: (full: string) => boolean,
  context: CheckContext,
): readonly Read[] {
  return rawNames(literal.text, engine).flatMap((written) => {
    const name = datasetNamed(written, isDataset);
    const ref = name === null ? null : context.dataset(qualified(name, literal));
    return name === null || ref === null ? [] : [{ ref, name }];
  });
}

function qualified(name: RawName, literal: SqlLiteral): QualifiedName {
  const place = (at: { readonly start: number; readonly end: number }) => ({
    start: rawOffset(literal, at.start),
    end: rawOffset(literal, at.end),
  });
  const parts = name.parts.map((part) => ({ ...place(part), text: part.text }));
  return { ...place(name), parts, wildcard: false };
}

/** The query of these texts, whose columns are promised to be those of `row`. */
export function elaborateRaw(
  texts: readonly RawText[],
  row: RowType,
  isDataset: (full: string) => boolean,
  context: CheckContext,
): ElaboratedQuery {
  const inputs = new Map<string, { readonly number: number; readonly rel: Rel }>();
  const sql: Record<string, (string | number)[]> = {};
  let broken = false;
  for (const text of texts) {
    const parts: (string | number)[] = [];
    let done = 0;
    for (const { ref, name } of readsOf(text, isDataset, context)) {
      broken ||= ref.broken;
      context.trace?.dataset(qualified(name, text.literal), ref.name);
      const input = inputs.get(ref.name) ?? { number: inputs.size, rel: scanOf(ref, context) };
      inputs.set(ref.name, input);
      parts.push(text.literal.text.slice(done, name.start), input.number);
      done = name.end;
    }
    parts.push(text.literal.text.slice(done));
    sql[text.engine] = parts.filter((part) => part !== '');
  }
  const scans = [...inputs.values()].map((input) => input.rel);
  const given = opaqueColumns(row.columns, scans);
  const columns = given.map((column): RelColumn => ({ ...column, id: context.freshId() }));
  const rel: Rel = {
    kind: 'raw-sql',
    sql,
    inputs: scans,
    columns,
    at: null,
    label: null,
  };
  return { rel, row: { columns: given, keys: [] }, places: columns.map(() => null), broken };
}

/** The engines that the raw SQL of a query is for; none where there is no raw SQL in it. */
export function rawEngines(rel: Rel): readonly string[] {
  const engines = new Set<string>();
  forEachRel(rel, (node) => {
    if (node.kind === 'raw-sql') for (const engine of Object.keys(node.sql)) engines.add(engine);
  });
  return [...engines];
}

/** What is to be asked of the text's engine; null where the columns of what it reads are not known. */
export function questionOf(
  text: RawText,
  isDataset: (full: string) => boolean,
  context: CheckContext,
): RawSqlQuestion | null {
  const { engine } = text;
  const reads = readsOf(text, isDataset, context);
  const isKnown = ({ ref }: (typeof reads)[number]): boolean =>
    !ref.broken && ref.row.columns.every(({ type }) => type.kind !== 'error');
  if (!reads.every(isKnown)) return null;
  const datasets = [...new Map(reads.map(({ ref }) => [ref.name, ref])).values()];
  const places = reads.map(({ ref, name: { start, end } }) => ({
    start,
    end,
    table: datasets.findIndex(({ name }) => name === ref.name),
  }));
  const tables = datasets.map((ref) => ({
    name: ref.name,
    columns: ref.row.columns.map(({ name, type, nullable }) => ({ name, type: sqlType(engine, type), nullable })),
  }));
  return { kind: 'raw-sql', engine, sql: text.literal.text, tables, reads: places };
}
