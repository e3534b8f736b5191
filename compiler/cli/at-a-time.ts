/** `--concurrency` and `--pools`: how much of what a program allows at a time is used. */
import type { JobPlan } from '../../runtime/plan.ts';
import { namedNumbers, type OptionRow, wholeNumber } from './command.ts';

export interface AtATimeOptions {
  readonly concurrency?: number;
  readonly pools?: Readonly<Record<string, number>>;
}

export const AT_A_TIME_OPTIONS: readonly OptionRow[] = [
  { flags: '--concurrency <tasks>', help: 'tasks at a time', parse: wholeNumber('--concurrency', 1) },
  {
    flags: '--pools <places>',
    help: 'how many places there are in pools, such as `erp=1` (default: all that the program says)',
    parse: namedNumbers('--pools', 1),
  },
];

export const atATime = (plan: JobPlan, { concurrency, pools }: AtATimeOptions): JobPlan => ({
  ...plan,
  concurrency: concurrency ?? plan.concurrency,
  pools: { ...plan.pools, ...pools },
});
