/**
 * A table that follows a log: what comes of the rows that the log has got since is added to it. Everything is computed again
 * where the log was made anew, where the table's own code changed, and with `--full`. The same on every engine.
 */
import type { StepContext, StepResult } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { BuildStep, Destination, LatestPlan, LogPlan, LogSql } from '../../plan.ts';
import type { Reached } from '../published.ts';
import { ident, qualified, subquery } from '../quote.ts';
import { logName, PIPEC, type Versions } from '../versions.ts';
import type { Change, Growth, Made, SpanStep } from './growth.ts';

/** The hidden column of a log. The compiler writes its name into what reads one. */
export const POSITION = '_pipec_position';

/** Before the first row. */
const BEGINNING = 0;

export type FollowingStep = BuildStep & { readonly increment: LogPlan };

export function isLog({ storage }: Pick<Destination, 'storage'>): boolean {
  return storage.log === true;
}

/** The columns by which rows of a table replace each other; none where they do not. */
export function upsertKey(increment: BuildStep['increment']): readonly string[] {
  return increment === null || increment.kind === 'intervals' ? [] : (increment.latest?.key ?? []);
}

type Shown = Pick<BuildStep, 'increment'> & { readonly columns: readonly { readonly name: string }[] };

/** What readers see of a table in `_pipec`. */
export function shown(step: Shown, table: string): string {
  const list = step.columns.map(({ name }) => ident(name)).join(', ');
  const hidden = hiddenOf(step);
  return `SELECT ${list} FROM ${qualified(PIPEC, table)}${hidden === null ? '' : ` WHERE NOT ${ident(hidden)}`}`;
}

/** The same as a relation: what checks look at. */
export function shownRows(step: Shown, table: string): string {
  return hiddenOf(step) === null ? qualified(PIPEC, table) : `${subquery(shown(step, table))} AS "shown"`;
}

function hiddenOf({ increment }: Pick<BuildStep, 'increment'>): string | null {
  return increment === null || increment.kind === 'intervals' ? null : (increment.latest?.hidden ?? null);
}

/** @throws PipecError `log-missing` */
export async function performFollowing(
  step: FollowingStep,
  context: StepContext,
  versions: Versions,
  growth: Growth,
): Promise<StepResult> {
  const { into, increment: plan } = step;
  const basis = versions.basis(step, context.inputs, []);
  const { table, log: reached } = versions.published(plan.driver);
  if (reached === null) throw runError('log-missing', { dataset: into.dataset, driver: plan.driver.dataset });
  const log = table ?? logName(plan.driver);
  const standing = context.full ? null : versions.current(into);
  const known = standing?.taken?.generation === reached.generation ? standing.taken : null;
  const made = (own: Reached | null): Made => ({
    basis,
    taken: reached,
    ...(isLog(into)
      ? { log: { position: reached.position, ...(own === null ? {} : { generation: own.generation }) } }
      : {}),
  });
  const after = (position: number): SpanStep => ({
    sql: boundTo(plan.sql, log, position),
    assertions: plan.assertions.map((one) => ({ ...one, sql: boundTo(one.sql, log, position) })),
  });
  if (standing === null || known === null || !(await growth.fits()))
    return await growth.build(after(BEGINNING), made(null), context);
  const fresh = { gone: 'false', ...after(known.position) };
  if (known.position === reached.position) {
    if (basis !== null && basis === standing.basis) return { rows: standing.rows, load: null };
    // Nothing has come, but the checks or what they ask may be others by now.
    return await growth.revise(standing.table, fresh, { ...made(standing.log), rowsOf: standing.build }, context);
  }
  const { latest } = plan;
  if (latest === null) return await growth.revise(standing.table, fresh, made(standing.log), context);
  return await growth.staged(fresh, (stage) =>
    growth.revise(standing.table, replacing(step, latest, stage, standing.table), made(standing.log), context),
  );
}

function boundTo(sql: LogSql, log: string, after: number): string {
  // The name stands inside quotes.
  const texts = { log: ident(log).slice(1, -1), after: String(after) };
  return sql.map((part) => (typeof part === 'string' ? part : texts[part.bound])).join('');
}

/** What is newer than its key's row replaces it; what is older is not let in. One row a key is in the stage. */
function replacing(step: FollowingStep, { key, order }: LatestPlan, staged: string, table: string): Change {
  const of = (alias: string, columns: readonly string[]): string =>
    columns.map((column) => `${alias}.${ident(column)}`).join(', ');
  const keys = `(${key.map(ident).join(', ')})`;
  const same = key.map((column) => `n.${ident(column)} = s.${ident(column)}`).join(' AND ');
  const found = [...new Set([...key, ...order])].map(ident).join(', ');
  const [stage, standing] = [qualified(PIPEC, staged), qualified(PIPEC, table)];
  // Only rows of these keys are compared: ClickHouse would make a hash of the whole table, for each part of it anew.
  const compared = (operator: string): string =>
    `SELECT ${of('n', key)} FROM ${stage} AS n JOIN (SELECT ${found} FROM ${standing} WHERE ${keys} IN (SELECT ${of('k', key)} FROM ${stage} AS k)) AS s ON ${same} WHERE (${of('n', order)}) ${operator} (${of('s', order)})`;
  const list = step.columns.map(({ name }) => ident(name)).join(', ');
  return {
    // Of equal ones the later wins: what is in the stage came after all that is in the table.
    gone: `${keys} IN (${compared('>=')})`,
    sql: `SELECT ${list} FROM ${stage} WHERE NOT ${keys} IN (${compared('<')})`,
    // They were looked at on their way into the stage.
    assertions: [],
  };
}
