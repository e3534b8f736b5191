/**
 * The table of built-in functions and operators: one row each, in files by area.
 *
 * To add one, write its row in the file of its area (and its values in `test/engines/functions.test.ts`);
 * names that people bring from elsewhere are in `elsewhere.ts`.
 */
import { aggregateRows } from './aggregate.ts';
import { conditionalRows } from './conditional.ts';
import { convertRows } from './convert.ts';
import { dateRows } from './date.ts';
import { aliases } from './elsewhere.ts';
import { nestedRows } from './nested.ts';
import { numericRows } from './numeric.ts';
import { operatorRows } from './operators.ts';
import type { FunctionRow } from './row.ts';
import { textRows } from './text.ts';
import { windowRows } from './window.ts';

export type {
  ArgumentInfo,
  CellCall,
  EngineName,
  FunctionRow,
  SqlFragment,
} from './row.ts';
export { engineTitles, PRECEDENCE, scalarCall } from './row.ts';
export { byOrder, isArithmetic, ordersAlike, visibleNull } from './snippets.ts';
export { sqlType } from './sql-types.ts';

/** The table by area, in the order of the reference. */
export const functionAreas: readonly { readonly title: string; readonly rows: readonly FunctionRow[] }[] = [
  { title: 'Operators', rows: operatorRows },
  { title: 'Conditions', rows: conditionalRows },
  { title: 'Numbers', rows: numericRows },
  { title: 'Text', rows: textRows },
  { title: 'Dates and times', rows: dateRows },
  { title: 'Conversions', rows: convertRows },
  { title: 'Lists and JSON', rows: nestedRows },
  { title: 'Aggregates', rows: aggregateRows },
  { title: 'Windows', rows: windowRows },
];

export const functionRows: readonly FunctionRow[] = functionAreas.flatMap(({ rows }) => rows);

const byName: ReadonlyMap<string, FunctionRow> = new Map(functionRows.map((row) => [row.name, row]));

/** The row of a name in the language's own spelling, which is lower case. */
export function functionRow(name: string): FunctionRow | undefined {
  return byName.get(name);
}

/** The row of a name that is known to be in the table, such as an operator's. */
export function knownRow(name: string): FunctionRow {
  const row = byName.get(name);
  if (row === undefined) throw new Error(`no function "${name}" in the table`);
  return row;
}

/** Whether a name in lower case is called as a function of the language, under a name that other SQL has for it too. */
export function isCallable(name: string): boolean {
  return aliases.has(name) || (byName.has(name) && byName.get(name)?.operator !== true);
}

/** Names that may be called, for "did you mean" and completion. */
export function callableNames(): readonly string[] {
  return functionRows.filter((row) => !row.operator).map((row) => row.name);
}
