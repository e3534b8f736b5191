/** Values that do not fit: of which column of which dataset, asked only when the engine has refused. */

import type { Row } from '../engine.ts';
import { PipecError, runError } from '../errors.ts';
import type { BuildStep } from '../plan.ts';
import type { Asks } from './audit.ts';
import { ident, subquery } from './quote.ts';

/** What the compiler's own SQL says, where an engine would count on or wrap. */
export const OUT_OF_RANGE = /^a (value|sum) does not fit decimal|out of range, which is /;

/** Some engines give infinities and what is no number for what others refuse: nobody stores it. */
export const isFloat = (sqlType: string): boolean => /^(double|float64)/i.test(sqlType);

/** Null for null; false for what is no number as well. Engines that keep statistics know the answer without a scan. */
export const finite = (column: string): string =>
  `${ident(column)} BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308`;

export function notFinite(dataset: string, column: string, sample: readonly Row[]): PipecError {
  const found = sample.map((row) => row[column]).find((value) => !Number.isFinite(value));
  const why = `it is ${String(found)}, and a float64 is finite`;
  return runError('overflow', { of: `column \`${column}\` of \`${dataset}\``, why }, { sample });
}

/**
 * Does the work of a step. Where a value overflows meanwhile, the columns are computed one by one: engines leave out what
 * nobody asks for, so that the first one to fail is the column, unless all do (a filter or a key overflows) or none does.
 */
export async function namingOverflow<T>(
  connection: Asks,
  { into: { dataset }, columns, sql }: Pick<BuildStep, 'into' | 'columns' | 'sql'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    // What no engine said names its column already.
    if (!(failure instanceof PipecError) || failure.code !== 'overflow' || failure.engine === null) throw failure;
    const failing: string[] = [];
    for (const { name } of columns) {
      if (signal.aborted) throw failure;
      const column = `SELECT max(CAST(${ident(name)} AS text)) AS "most" FROM ${subquery(sql)} AS computed`;
      await connection.rows(column).catch((refused) => {
        if (refused instanceof PipecError && refused.code === 'overflow') failing.push(name);
      });
    }
    const [column] = failing;
    const isColumn = column !== undefined && (failing.length < columns.length || columns.length === 1);
    const { why, statement, engine } = failure;
    throw runError(
      'overflow',
      { why: why ?? '', of: isColumn ? `column \`${column}\` of \`${dataset}\`` : `\`${dataset}\`` },
      { ...(statement === null ? {} : { statement }), ...(engine === null ? {} : { engine }) },
    );
  }
}
