/**
 * What an environment adds to a step. Where its code, and that of all it stands on, is production's, the environment's view
 * shows production's version and nothing is built. Otherwise it is built as everywhere, and says which version of
 * production's stood beside it: a promotion puts nothing in place of one that came later.
 */
import type { StandingVersion, StepContext, StepResult } from '../engine.ts';
import type { Destination, Step } from '../plan.ts';
import { isLog, shown } from './increments/follow.ts';
import type { Published } from './published.ts';
import { ident, qualified } from './quote.ts';
import { logName, PIPEC, type Versions } from './versions.ts';

/** What is asked of an engine. */
export interface InEnvironment {
  readonly versions: Versions;
  /** @param also statements that have to be seen at the same time */
  readonly share: (
    into: Destination,
    published: Published,
    warn: (message: string) => void,
    also: readonly string[],
  ) => Promise<void>;
  readonly tell: (into: Destination, published: Published) => Promise<void>;
}

/** @throws PipecError `rolled-back`, `sample-of-production`, and what the work throws */
export async function performed(
  step: Step,
  { warned }: Pick<StepContext, 'warned'>,
  engine: InEnvironment,
  work: () => Promise<StepResult>,
): Promise<StepResult> {
  const { versions } = engine;
  versions.expectFree(step.into);
  versions.expectWhole(step.into);
  const production = versions.shared(step);
  if (production !== null && step.kind !== 'view') {
    const published = versions.sharedAs(step.into, production, shownOf(step, production));
    await engine.share(step.into, published, warned, besideShared(step.into, production));
    return { rows: production.rows, load: null, shared: true };
  }
  const result = await work();
  await tellUpToDate(step.into, engine);
  return result;
}

/** What need not be done again. Never throws. */
export async function standing(
  step: Step,
  engine: InEnvironment,
  unchanged: () => Promise<StandingVersion | null>,
): Promise<StandingVersion | null> {
  const { versions } = engine;
  const production = versions.shared(step);
  if (production !== null && step.kind !== 'view') {
    const { build, table, beside } = versions.published(step.into);
    const isShown = build === production.build && table === production.table && beside === build;
    return isShown ? versions.standing(step) : null;
  }
  const found = await unchanged();
  if (found !== null) await tellUpToDate(step.into, engine).catch(() => undefined);
  return found;
}

async function tellUpToDate(into: Destination, { versions, tell }: InEnvironment): Promise<void> {
  const published = versions.upToDate(into);
  if (published !== null) await tell(into, published);
}

/** The files of a lake are read where production's readers read them: it says by itself which are current. */
function shownOf(step: Exclude<Step, { readonly kind: 'view' }>, { table }: Published): string {
  const { columns } = step;
  if (table !== null) return shown({ columns, increment: step.kind === 'build' ? step.increment : null }, table);
  const of = step.into.environment?.of ?? step.into;
  return `SELECT ${columns.map(({ name }) => ident(name)).join(', ')} FROM ${qualified(of.schema, of.name)}`;
}

/** The rows of a lake that drives others, with their positions. */
function besideShared(into: Destination, { table }: Published): readonly string[] {
  if (!isLog(into) || table !== null || into.environment === undefined) return [];
  const [own, production] = [into, into.environment.of].map((place) => qualified(PIPEC, logName(place)));
  return [`CREATE OR REPLACE VIEW ${own} AS SELECT * FROM ${production}`];
}
