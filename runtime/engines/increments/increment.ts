/** How a table grows, by its kind. */
import type { StepContext, StepResult } from '../../engine.ts';
import type { BuildStep } from '../../plan.ts';
import type { Versions } from '../versions.ts';
import { performGrowth } from './batch.ts';
import { type FollowingStep, performFollowing } from './follow.ts';
import type { Growth } from './growth.ts';
import type { GrowingStep } from './parts.ts';

export function grows(step: BuildStep): step is GrowingStep | FollowingStep {
  return step.increment !== null;
}

export async function performIncrement(
  step: GrowingStep | FollowingStep,
  context: StepContext,
  versions: Versions,
  growth: Growth,
): Promise<StepResult> {
  switch (step.increment.kind) {
    case 'intervals':
      return await performGrowth({ ...step, increment: step.increment }, context, versions, growth);
    case 'append':
    case 'upsert':
      return await performFollowing({ ...step, increment: step.increment }, context, versions, growth);
  }
}
