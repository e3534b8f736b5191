/** What readers would see of a new version, judged before they do. */
import type { StepContext } from '../engine.ts';
import type { BuildStep } from '../plan.ts';
import { type Asks, assertAll, audit } from './audit.ts';
import { shownRows } from './increments/follow.ts';
import { type Made, madeAs } from './increments/growth.ts';
import { qualified } from './quote.ts';
import { PIPEC, type Version } from './versions.ts';

export interface NewVersion {
  /** In `_pipec`. */
  readonly table: string;
  readonly build: string;
  readonly made: Made;
  /** How many rows the table has, where that is known. */
  readonly rows?: number;
}

/**
 * Assertions and checks over it; the version that it is where they hold.
 * @throws PipecError `assertion-failed`, `checks-failed`
 */
export async function judged(
  asks: Asks,
  step: Pick<BuildStep, 'into' | 'assertions' | 'increment' | 'audit'> & {
    readonly columns: readonly { readonly name: string }[];
  },
  { table, build, made, rows: all }: NewVersion,
  context: StepContext,
): Promise<Version> {
  const relation = shownRows(step, table);
  const isAll = relation === qualified(PIPEC, table);
  await assertAll(asks, step.assertions, relation);
  const warned = await audit(asks, step.into.dataset, relation, step.audit, context.checked);
  context.signal.throwIfAborted();
  const { rows = null } =
    isAll && all !== undefined ? { rows: all } : await asks.numbers(`SELECT count(*) AS "rows" FROM ${relation}`);
  return { ...madeAs(made, build), table, rows, run: context.run, warned };
}
