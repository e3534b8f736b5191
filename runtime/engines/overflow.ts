/** Says of which column of which dataset a value is that does not fit: asked only when the engine has refused. */
import { PipecError, runError } from '../errors.ts';
import type { BuildStep } from '../plan.ts';
import type { Asks } from './audit.ts';
import { ident, subquery } from './quote.ts';

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
    if (!(failure instanceof PipecError) || failure.code !== 'overflow') throw failure;
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
