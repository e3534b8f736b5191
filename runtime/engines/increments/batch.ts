/**
 * A table that grows by intervals: what of it is computed, in which spans, and what is kept of that. The same on every
 * engine; how a table is made anew and how it is changed are the engine's.
 */
import type { CheckOutcome, StepContext, StepResult } from '../../engine.ts';
import { PipecError } from '../../errors.ts';
import {
  boundSql,
  dueSpan,
  halves,
  keep,
  kept,
  type Span,
  spansToDo,
  spanText,
  union,
  without,
} from '../../intervals.ts';
import type { BuildStep, IntervalsPlan } from '../../plan.ts';
import type { Version, Versions } from '../versions.ts';

/** A step whose table is in intervals. */
export type GrowingStep = BuildStep & { readonly increment: IntervalsPlan };

/** What an engine does for a table that grows. */
export interface Growth {
  /** Whether the table that stands can be changed: somebody may have altered it by hand. */
  readonly fits: () => Promise<boolean>;
  /** Makes the table anew by a query, and publishes it. */
  readonly build: (part: SpanStep, made: Made) => Promise<StepResult>;
  /** Rows go and rows come, with all of it or nothing; checked and published as one. */
  readonly revise: (table: string, change: Change, made: Made, context: StepContext) => Promise<StepResult>;
  /** The rows of a query in a table of `_pipec` that is gone after the work. */
  readonly staged: <T>(part: SpanStep, work: (stage: string) => Promise<T>) => Promise<T>;
}

/** The rows of a part of the whole, and what is asserted of them before they are computed. */
export type SpanStep = Pick<BuildStep, 'sql' | 'assertions'>;

export interface Change extends SpanStep {
  /** A condition on rows of the table: these go. Those of `sql` come. */
  readonly gone: string;
}

function spanStep(step: GrowingStep, span: Span): SpanStep {
  const { increment: plan } = step;
  const ofSpan = plan.assertions.map((one) => ({ ...one, sql: boundSql(plan, one.sql, span) }));
  const assertions = [...step.assertions, ...ofSpan];
  return { sql: boundSql(plan, plan.sql, span), assertions };
}

/** What a version says of itself. */
export interface Made extends Pick<Version, 'basis' | 'done' | 'taken' | 'files'> {
  /** Of a log: how far it goes. A table made anew begins a generation of its own. */
  readonly log?: { readonly position: number; readonly generation?: string };
  /** A build whose rows it has: those who read it are not built again. */
  readonly rowsOf?: string | null;
}

/** @param build that it is made in */
export function madeAs(
  { log, rowsOf, ...made }: Made,
  build: string,
): Omit<Version, 'table' | 'rows' | 'run' | 'warned'> {
  return { ...made, build: rowsOf ?? build, log: log === undefined ? null : { generation: build, ...log } };
}

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
  if (standing === null || standing.done === null || !(await growth.fits())) {
    const first = due ?? nothingOf(plan);
    const done = due === null ? [] : keep(plan, [due]);
    const made = await growth.build(spanStep(step, first), { basis, done });
    return { ...made, intervals: due === null ? null : spanText(plan, due) };
  }
  const before = kept(standing.done);
  const todo = due === null ? [] : spansToDo(plan, due, before, context.again);
  if (due === null || todo.length === 0) return { rows: standing.rows, load: null, intervals: null };
  const progress: Progress = {
    done: before,
    computed: [],
    table: standing.table,
    rows: standing.rows,
    failures: [],
    checks: [],
  };
  try {
    const needed = spansToDo(plan, due, before, null);
    for (const span of todo) await growSpan(step, span, { needed, basis, context, versions, growth, progress });
    const [failure] = progress.failures;
    if (failure !== undefined) throw failure.error;
  } catch (failure) {
    tellLeft(plan, todo, before, progress, context);
    throw failure;
  } finally {
    tellChecks(progress, context);
  }
  return { rows: progress.rows, load: null, intervals: todo.map((span) => spanText(plan, span)).join(', ') };
}

/** An empty span where nothing is due yet: the table is there, without rows. */
function nothingOf(plan: IntervalsPlan): Span {
  const start = plan.start === null ? 0 : Date.parse(`${plan.start}T00:00:00Z`);
  return { from: start, to: start };
}

interface Progress {
  done: readonly Span[];
  /** Of those that were to be computed. */
  computed: readonly Span[];
  table: string;
  rows: number | null;
  readonly failures: { readonly error: unknown; readonly checks: readonly CheckOutcome[] }[];
  /** Of the version that was published last. */
  checks: readonly CheckOutcome[];
}

interface Growing {
  /** What a run computes that is not asked for anything else. */
  readonly needed: readonly Span[];
  readonly basis: string | null;
  readonly context: StepContext;
  readonly versions: Versions;
  readonly growth: Growth;
  readonly progress: Progress;
}

/** So many intervals are looked for that fail by themselves; then the rest waits for the next run. */
const FAILURES = 3;

/** A span in one statement; where it fails for its rows, in halves, so that only what fails is missing. */
async function growSpan(step: GrowingStep, span: Span, growing: Growing): Promise<void> {
  const { needed, basis, context, versions, growth, progress } = growing;
  const { increment: plan } = step;
  if (progress.failures.length >= FAILURES) return;
  context.signal.throwIfAborted();
  const done = union([...progress.done, span]);
  // A version is what it says it is made from only once all that this asks for is computed.
  const computed = [...progress.computed, span];
  const whole = needed.every((one) => without(one, computed).length === 0);
  const change = { gone: boundSql(plan, plan.within, span), ...spanStep(step, span) };
  const checks: CheckOutcome[] = [];
  const telling = { ...context, checked: (outcome: CheckOutcome) => void checks.push(outcome) };
  try {
    const made = { basis: whole ? basis : null, done: keep(plan, done) };
    const { rows } = await growth.revise(progress.table, change, made, telling);
    progress.checks = checks;
    progress.done = done;
    progress.computed = union([...progress.computed, span]);
    progress.rows = rows;
    progress.table = versions.current(step.into)?.table ?? progress.table;
  } catch (error) {
    const parts = isOfRows(error) ? halves(plan, span) : null;
    if (parts === null) {
      if (!isOfRows(error)) throw error;
      progress.failures.push({ error, checks });
      return;
    }
    for (const part of parts) await growSpan(step, part, growing);
  }
}

/** It lies in what the rows are, so that fewer of them may do. */
function isOfRows(error: unknown): boolean {
  return (
    error instanceof PipecError &&
    ['checks-failed', 'assertion-failed', 'overflow', 'null-in-column', 'division-by-zero'].includes(error.code)
  );
}

/** What a failure has left: the spans that are there are there, whatever happened to the others. */
function tellLeft(
  plan: IntervalsPlan,
  todo: readonly Span[],
  before: readonly Span[],
  { computed }: Progress,
  { warned }: StepContext,
): void {
  const left = todo.flatMap((span) => without(span, computed));
  const missing = left.flatMap((span) => without(span, before));
  const stale = left.flatMap((span) => without(span, missing));
  const tell = (spans: readonly Span[]): string => spans.map((span) => spanText(plan, span)).join(', ');
  if (missing.length > 0) warned(`not loaded: ${tell(missing)}. The next run tries again`);
  if (stale.length > 0) warned(`not computed again: ${tell(stale)}. The rows from before stay`);
}

/** Those of the version that stands, and those that kept an interval out. Of a span that was tried again in halves, none. */
function tellChecks({ checks, failures }: Progress, { checked }: StepContext): void {
  checks.forEach(checked);
  for (const failure of failures)
    for (const outcome of failure.checks) if (!outcome.passed && outcome.check.severity === 'error') checked(outcome);
}
