/** Write, audit, publish: the checks of a dataset over its new build, before anyone sees it. */
import type { Row, StepContext } from '../engine.ts';
import { runError } from '../errors.ts';
import type { AssertionPlan, AuditPlan, CheckPlan } from '../plan.ts';
import type { Warned } from './published.ts';
import { subquery } from './quote.ts';

/** A connection as far as checks need one. */
export interface Asks {
  /** All rows of a small result. */
  readonly rows: (sql: string) => Promise<readonly Row[]>;
  /** The first row's numbers. */
  readonly numbers: (sql: string) => Promise<Readonly<Record<string, number | null>>>;
}

const SAMPLE_ROWS = 5;

const thisIs = (build: string): string => `WITH "this" AS (SELECT * FROM ${build})\n`;

/**
 * Those that are run before anything is built, or where `build` is a relation, those over it.
 * @throws PipecError `assertion-failed` with rows that break it
 */
export async function assertAll(
  connection: Asks,
  assertions: readonly AssertionPlan[],
  build: string | null = null,
): Promise<void> {
  for (const { message, sql, at, over } of assertions) {
    if ((over === 'build') !== (build !== null)) continue;
    const before = build === null ? '' : thisIs(build);
    const sample = await connection.rows(`${before}SELECT * FROM ${subquery(sql)} AS broken LIMIT ${SAMPLE_ROWS}`);
    if (sample.length === 0) continue;
    const extras = { statement: sql, sample };
    throw runError('assertion-failed', { message, place: `${at.file}:${at.line}` }, extras);
  }
}

/**
 * Judges every check and tells each outcome; then throws if one with severity `error` failed.
 * @param build a relation in SQL: what `this` stands for
 * @returns the checks that only warn and failed
 * @throws PipecError `checks-failed`
 */
export async function audit(
  connection: Asks,
  dataset: string,
  build: string,
  plan: AuditPlan | null,
  checked: StepContext['checked'],
): Promise<readonly Warned[]> {
  if (plan === null || plan.checks.length === 0) return [];
  const over = (sql: string, limit = ''): string =>
    `${thisIs(build)}SELECT * FROM ${subquery(sql)} AS measured${limit}`;
  const measures = plan.sql === null ? {} : await connection.numbers(over(plan.sql));
  const rows = measures['rows'] ?? null;
  const failed: { readonly check: CheckPlan; readonly sample: readonly Row[] }[] = [];
  const warned: Warned[] = [];
  for (const [index, check] of plan.checks.entries()) {
    let measure = check.measure === null ? null : (measures[check.measure] ?? null);
    if (check.sql !== null) measure = Object.values(await connection.numbers(over(check.sql)))[0] ?? null;
    const judged = check.relative && measure !== null ? (rows === null || rows === 0 ? null : measure / rows) : measure;
    const passed =
      judged === null || ((check.low === null || judged >= check.low) && (check.high === null || judged <= check.high));
    // Rows are only looked for when there is something to show.
    const sample =
      passed || check.sample === null ? [] : await connection.rows(over(check.sample, `\nLIMIT ${SAMPLE_ROWS}`));
    // What rows do not tell, such as how old the newest is, is no number of rows.
    const failing = check.sample === null ? null : measure;
    checked({ check, passed, failing, rows, sample });
    if (passed) continue;
    if (check.severity === 'error') failed.push({ check, sample });
    else warned.push({ check: index, failing, rows });
  }
  if (failed.length === 0) return warned;
  const sample = failed.find((one) => one.sample.length > 0)?.sample ?? [];
  throw runError('checks-failed', { dataset, checks: failed.map(({ check }) => check.text) }, { sample });
}
