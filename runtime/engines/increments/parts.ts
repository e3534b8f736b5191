/**
 * A table in intervals while spans of it are computed: a span in one statement and, where that fails for its rows, in halves,
 * until what fails is known and all beside it is there. Each span that holds is published with what is done by then.
 */
import type { CheckOutcome, StepContext } from '../../engine.ts';
import { hinted, PipecError } from '../../errors.ts';
import { boundSql, halves, keep, type Span, spanText, union, without } from '../../intervals.ts';
import type { BuildStep, IntervalsPlan } from '../../plan.ts';
import { subquery } from '../quote.ts';
import type { Versions } from '../versions.ts';
import type { Growth, SpanStep } from './growth.ts';

/** A step whose table is in intervals. */
export type GrowingStep = BuildStep & { readonly increment: IntervalsPlan };

/** The rows of several spans. */
export function spansStep({ increment: plan, assertions }: GrowingStep, spans: readonly Span[]): SpanStep {
  const [first = '', ...rest] = spans.map((span) => boundSql(plan, plan.sql, span));
  const ofSpans = spans.flatMap((span) =>
    plan.assertions.map((one) => ({ ...one, sql: boundSql(plan, one.sql, span) })),
  );
  const sql =
    rest.length === 0
      ? first
      : [first, ...rest].map((one, i) => `SELECT * FROM ${subquery(one)} AS "part_${i}"`).join('\nUNION ALL\n');
  return { sql, assertions: [...assertions, ...ofSpans] };
}

export interface PartsEngine {
  readonly context: StepContext;
  readonly versions: Versions;
  readonly growth: Growth;
}

export interface PartsStart {
  /** In `_pipec`; null where it is to be made anew. */
  readonly table: string | null;
  readonly rows: number | null;
  readonly done: readonly Span[];
  /** What has to be computed before the table is what its basis says. */
  readonly needed: readonly Span[];
  readonly basis: string | null;
}

/** What was computed, and did not hold. */
interface Failure {
  /** One, where a table that stands is changed. */
  readonly spans: readonly Span[];
  readonly error: PipecError;
  readonly checks: readonly CheckOutcome[];
}

/**
 * So many statements may fail in a row. Where none has held yet, most likely it is no matter of some rows; where some have,
 * bad intervals lie side by side, and there may be good ones behind them.
 */
const PATIENCE = { atFirst: 16, later: 64 };

export class Parts {
  readonly #step: GrowingStep;
  readonly #plan: IntervalsPlan;
  readonly #engine: PartsEngine;
  readonly #start: PartsStart;
  readonly #failures: Failure[] = [];
  #table: string | null;
  #rows: number | null;
  #done: readonly Span[];
  /** Of those that were to be computed. */
  #computed: readonly Span[] = [];
  /** Of the version that was published last. */
  #checks: readonly CheckOutcome[] = [];

  constructor(step: GrowingStep, engine: PartsEngine, start: PartsStart) {
    this.#step = step;
    this.#plan = step.increment;
    this.#engine = engine;
    this.#start = start;
    this.#table = start.table;
    this.#rows = start.rows;
    this.#done = start.done;
  }

  /**
   * All that is due, in one statement. Where it does not hold, readers lose nothing by a version with gaps: it has what they
   * saw before, and may be without what that was without.
   * @param held of what is due, what readers see
   * @returns the rows of the table
   * @throws PipecError where anything is missing afterwards
   */
  async buildAnew(due: Span, held: readonly Span[]): Promise<number | null> {
    return await this.#telling([due], async () => {
      const failure = await this.#tried([due]);
      const others = without(due, held);
      if (failure === null) return;
      if (held.length === 0) await this.#halve(failure);
      else if (others.length === 0) this.#failures.push(failure);
      else if (await this.#holds(held)) await this.#growBy(others);
    });
  }

  /**
   * The table that stands, by these spans.
   * @returns its rows
   * @throws PipecError where anything is missing afterwards
   */
  async grow(spans: readonly Span[]): Promise<number | null> {
    return await this.#telling(spans, () => this.#growBy(spans));
  }

  async #growBy(spans: readonly Span[]): Promise<void> {
    for (const span of spans) {
      const failure = await this.#tried([span]);
      if (failure !== null) await this.#halve(failure);
    }
  }

  async #holds(spans: readonly Span[]): Promise<boolean> {
    const failure = await this.#tried(spans);
    if (failure !== null) this.#failures.push(failure);
    return failure === null;
  }

  /** Wider parts first, so that most of the rows are there soon; of two the later first, which is wanted most. */
  async #halve(failed: Failure): Promise<void> {
    const queue = [failed];
    let inARow = 1;
    for (let wide = queue.shift(); wide !== undefined; wide = queue.shift()) {
      const [span] = wide.spans;
      const parts = span === undefined ? null : halves(this.#plan, span);
      const patience = this.#computed.length === 0 ? PATIENCE.atFirst : PATIENCE.later;
      if (parts === null || inARow >= patience) {
        this.#failures.push(wide);
        continue;
      }
      for (const part of parts.toReversed()) {
        const failure = await this.#tried([part]);
        inARow = failure === null ? 0 : inARow + 1;
        if (failure !== null) queue.push(failure);
      }
    }
  }

  /** Computes spans in one statement and publishes them; gives why they do not hold, where that lies in their rows. */
  async #tried(spans: readonly Span[]): Promise<Failure | null> {
    const { context, versions, growth } = this.#engine;
    context.signal.throwIfAborted();
    const checks: CheckOutcome[] = [];
    const telling = { ...context, checked: (outcome: CheckOutcome) => void checks.push(outcome) };
    const computed = union([...this.#computed, ...spans]);
    const done = union([...this.#done, ...spans]);
    // A version is what it says it is made from only once all that this asks for is computed.
    const whole = this.#start.needed.every((one) => without(one, computed).length === 0);
    const made = { basis: whole ? this.#start.basis : null, done: keep(this.#plan, done) };
    const part = spansStep(this.#step, spans);
    try {
      const { rows } =
        this.#table === null
          ? await growth.build(part, made, telling)
          : await growth.revise(this.#table, { ...part, gone: this.#within(spans) }, made, telling);
      this.#rows = rows;
    } catch (error) {
      if (!isOfRows(error)) throw error;
      return { spans, error, checks };
    }
    this.#table = versions.current(this.#step.into)?.table ?? this.#table;
    [this.#done, this.#computed, this.#checks] = [done, computed, checks];
    return null;
  }

  #within(spans: readonly Span[]): string {
    return spans.map((span) => `(${boundSql(this.#plan, this.#plan.within, span)})`).join(' OR ');
  }

  /** Does the work, and tells what it has left: the spans that are there are there, whatever happened to the others. */
  async #telling(spans: readonly Span[], work: () => Promise<void>): Promise<number | null> {
    try {
      await work();
      const error = this.#error();
      if (error !== null) throw error;
      return this.#rows;
    } catch (failure) {
      this.#tellLeft(spans);
      throw failure;
    } finally {
      this.#tellChecks();
    }
  }

  /** Of what failed, the narrowest: its rows tell most. */
  #error(): PipecError | null {
    const width = ({ spans }: Failure): number => spans.reduce((sum, { from, to }) => sum + (to - from), 0);
    const [some, ...others] = this.#failures;
    if (some === undefined) return null;
    const first = others.reduce((least, one) => (width(one) < width(least) ? one : least), some);
    if (this.#table === null) return first.error;
    const { dataset } = this.#step.into;
    const show = first.error.code === 'checks-failed' ? `; its rows: \`pipec show ${dataset} --failed\`` : '';
    return hinted(
      first.error,
      `the rest is published; what is missing is tried again by \`pipec run ${dataset}\`${show}`,
    );
  }

  #tellLeft(spans: readonly Span[]): void {
    // Readers go on with what they had.
    if (this.#table === null) return;
    const { warned } = this.#engine.context;
    const left = spans.flatMap((span) => without(span, this.#computed));
    const missing = left.flatMap((span) => without(span, this.#done));
    const stale = left.flatMap((span) => without(span, missing));
    const tell = (some: readonly Span[]): string =>
      union(some)
        .map((span) => spanText(this.#plan, span))
        .join(', ');
    const reasons = Map.groupBy(this.#failures, ({ error }) => error.message);
    const why =
      reasons.size < 2
        ? ''
        : ` (${[...reasons].map(([reason, of]) => `${tell(of.flatMap((one) => one.spans))}: ${reason}`).join('; ')})`;
    if (missing.length > 0) warned(`not loaded: ${tell(missing)}${why}. The next run tries again`);
    if (stale.length > 0)
      warned(`not computed again: ${tell(stale)}${missing.length > 0 ? '' : why}. The rows from before stay`);
  }

  /** Those of the version that stands, and those that kept an interval out, each once. */
  #tellChecks(): void {
    const { checked } = this.#engine.context;
    this.#checks.forEach(checked);
    const failed = this.#failures.flatMap(({ checks }) =>
      checks.filter(({ check, passed }) => !passed && check.severity === 'error'),
    );
    for (const outcome of new Map(failed.toReversed().map((one) => [one.check, one])).values()) checked(outcome);
  }
}

/** It lies in what the rows are, so that fewer of them may do. */
function isOfRows(error: unknown): error is PipecError {
  return (
    error instanceof PipecError &&
    [
      'checks-failed',
      'assertion-failed',
      'overflow',
      'null-in-column',
      'division-by-zero',
      'value-unreadable',
    ].includes(error.code)
  );
}
