/**
 * A table that grows by intervals: what of it is computed, in which spans, and what is kept of that. The same on every
 * engine; how a table is made anew and how it is changed are the engine's.
 */
import type { StepContext, StepResult } from '../../engine.ts';
import {
  ceilTo,
  dueSpan,
  floorTo,
  intersection,
  kept,
  type Span,
  spansToDo,
  spanText,
  union,
} from '../../intervals.ts';
import type { BuildStep, IntervalsPlan } from '../../plan.ts';
import type { Published } from '../published.ts';
import type { Versions } from '../versions.ts';
import type { Growth } from './growth.ts';
import { type GrowingStep, Parts, spansStep } from './parts.ts';

/** What decides a version besides its code and inputs: up to when it is due. */
export function dueText({ increment }: BuildStep, began: string): readonly string[] {
  if (increment?.kind !== 'intervals') return [];
  const due = dueSpan(increment, Date.parse(began));
  return [due === null ? 'nothing due' : spanText(increment, due)];
}

/** Computes what is due and not done, what the look back asks for, and what was asked for again. */
export async function performGrowth(
  step: GrowingStep,
  context: StepContext,
  versions: Versions,
  growth: Growth,
): Promise<StepResult> {
  const { into, increment: plan } = step;
  const basis = versions.basis(step, context.inputs, dueText(step, context.began));
  const due = dueSpan(plan, Date.parse(context.began));
  const standing = context.full ? null : versions.current(into);
  const engine = { context, versions, growth };
  const told = (spans: readonly Span[]): string => spans.map((span) => spanText(plan, span)).join(', ');
  if (standing === null || standing.done === null || !(await growth.fits())) {
    if (due === null) {
      const made = await growth.build(spansStep(step, [nothingOf(plan)]), { basis, done: [] }, context);
      return { ...made, intervals: null };
    }
    const held = heldBefore(plan, versions.published(into), due);
    const parts = new Parts(step, engine, { table: null, rows: null, done: [], needed: [due], basis });
    return { rows: await parts.buildAnew(due, held), load: null, intervals: told([due]) };
  }
  const { table, rows } = standing;
  const done = kept(standing.done);
  const todo = due === null ? [] : spansToDo(plan, due, done, context.again);
  if (due === null || todo.length === 0) return { rows, load: null, intervals: null };
  const parts = new Parts(step, engine, { table, rows, done, needed: spansToDo(plan, due, done, null), basis });
  return { rows: await parts.grow(todo), load: null, intervals: told(todo) };
}

/** An empty span where nothing is due yet: the table is there, without rows. */
function nothingOf(plan: IntervalsPlan): Span {
  const start = plan.start === null ? 0 : Date.parse(`${plan.start}T00:00:00Z`);
  return { from: start, to: start };
}

/** What readers see of what is due, whatever code made it. */
function heldBefore(plan: IntervalsPlan, { at, done }: Published, due: Span): readonly Span[] {
  if (at === null) return [];
  if (done === null) return [due];
  // Intervals of before may have had another length.
  const whole = kept(done).map(({ from, to }) => ({ from: floorTo(plan, from), to: ceilTo(plan, to) }));
  return union(whole).flatMap((span) => intersection(span, due) ?? []);
}
