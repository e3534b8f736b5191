/**
 * A source that tells by its cursor what has come: the rows from a bound on are read again, and take the place of those that
 * stand. Rows that are as they were stay where they are, so that tables that follow need only what is new; where one has
 * changed or is gone, the log is one that was made anew. The same on every engine.
 */
import type { StepContext } from '../../engine.ts';
import type { CursorPlan, LoadStep } from '../../plan.ts';
import { before, cursorText, type Since, sinceSql } from '../../sources/cursor.ts';
import type { Asks } from '../audit.ts';
import { names } from '../columns.ts';
import type { Published } from '../published.ts';
import { ident, qualified } from '../quote.ts';
import { PIPEC } from '../versions.ts';
import { type Arrivals, appended } from './arrivals.ts';
import { isLog, POSITION } from './follow.ts';
import type { Made } from './growth.ts';

/** A table that stands, and how far the source was read for it. */
export type PulledBefore = Published & { readonly table: string; readonly cursor: string };

export interface Pulling extends Since {
  readonly standing: PulledBefore;
  /** Of the rows that stand, those whose cursor is read again: a condition of the target. */
  readonly again: string;
}

/** Null where the source is read whole. */
export function pullingOf(step: LoadStep, standing: (Published & { readonly table: string }) | null): Pulling | null {
  const { cursor } = step;
  if (cursor === null || standing === null || standing.cursor === null) return null;
  const column = step.columns.find(({ name }) => name === cursor.column);
  if (column === undefined) return null;
  const bound = before(cursor, standing.cursor);
  const again = sinceSql(cursor.again, bound);
  return {
    column,
    type: cursor.type,
    bound,
    countsAll: true,
    again,
    standing: { ...standing, cursor: standing.cursor },
  };
}

/** Tables by their names in SQL. */
export interface ReadAgain {
  /** The rows that were read and let in. */
  readonly stage: string;
  /** The keys of all that were read; null where the contract has none. */
  readonly keys: string | null;
}

/** What of the rows that stand is replaced by what was read. */
export function replaced({ key }: LoadStep, { again }: Pulling, { keys }: ReadAgain): string {
  const list = key.map(ident).join(', ');
  return keys === null ? again : `(${again} OR (${list}) IN (SELECT ${list} FROM ${keys}))`;
}

const COUNT = ident('_pipec_count');

/** What reading again has found. */
export interface Found {
  readonly fresh: number;
  /** Rows that stood and are not there any more as they were. */
  readonly gone: number;
}

/** Rows of which as many stand as were read are as they were. */
export async function compared(asks: Asks, step: LoadStep, pulling: Pulling, read: ReadAgain): Promise<Found> {
  const list = names(step.columns);
  const standing = qualified(PIPEC, pulling.standing.table);
  const both = `SELECT ${list}, 1 AS ${COUNT} FROM ${read.stage}\nUNION ALL\nSELECT ${list}, -1 AS ${COUNT} FROM ${standing} WHERE ${replaced(step, pulling, read)}`;
  const each = `SELECT ${list}, sum(${COUNT}) AS "_pipec_more" FROM (${both}) AS "_pipec_both" GROUP BY ${list}`;
  const { fresh, gone } = await asks.numbers(
    `SELECT sum(CASE WHEN "_pipec_more" > 0 THEN "_pipec_more" ELSE 0 END) AS "fresh", sum(CASE WHEN "_pipec_more" < 0 THEN -"_pipec_more" ELSE 0 END) AS "gone" FROM (${each}) AS "_pipec_each"`,
  );
  return { fresh: fresh ?? 0, gone: gone ?? 0 };
}

export interface Replacement {
  /** A condition: these rows go. */
  readonly gone: string;
  /** These come. */
  readonly sql: string;
  readonly made: Pick<Made, 'log' | 'rowsOf'>;
}

/** What makes of the table that stands what a whole read would make. */
export function replacement(
  step: LoadStep,
  pulling: Pulling,
  read: ReadAgain,
  { fresh, gone }: Found,
  quarantine: { readonly changed: boolean },
): Replacement {
  const { standing } = pulling;
  const log = isLog(step.into);
  const list = log ? `${names(step.columns)}, ${ident(POSITION)}` : names(step.columns);
  if (gone > 0) {
    // Who follows has seen rows that are no more.
    const made = log ? { log: { position: appended(standing).position } } : {};
    return { gone: replaced(step, pulling, read), sql: `SELECT ${list} FROM ${read.stage}`, made };
  }
  if (fresh === 0) {
    const own = standing.log === null ? {} : { log: standing.log };
    // Who reads it is not built again, as long as nothing is other than it was.
    const made = { ...own, ...(quarantine.changed || standing.build === null ? {} : { rowsOf: standing.build }) };
    return { gone: 'false', sql: `SELECT ${list} FROM ${read.stage} WHERE false`, made };
  }
  const made = log ? { log: appended(standing) } : {};
  return { gone: 'false', sql: freshRows(step, pulling, read, log), made };
}

/** Of rows that are read again and stand, as many are left out as stand. */
function freshRows(step: LoadStep, pulling: Pulling, read: ReadAgain, log: boolean): string {
  const list = names(step.columns);
  const standing = `FROM ${qualified(PIPEC, pulling.standing.table)} WHERE ${replaced(step, pulling, read)}`;
  const position = ident(POSITION);
  if (step.key.length > 0) {
    const key = step.key.map(ident).join(', ');
    return `SELECT ${log ? `${list}, ${position}` : list} FROM ${read.stage} WHERE NOT (${key}) IN (SELECT ${key} ${standing})`;
  }
  const numbered = (from: string): string =>
    `SELECT ${list}, row_number() OVER (PARTITION BY ${list}) AS ${COUNT} ${from}`;
  // Rows that come together may have one position, as they are known together.
  const own = log ? `, ${appended(pulling.standing).position} AS ${position}` : '';
  return `SELECT ${list}${own} FROM (${numbered(`FROM ${read.stage}`)}\nEXCEPT DISTINCT\n${numbered(standing)}) AS "_pipec_fresh"`;
}

/** The greatest value of the cursor in a relation, to be kept with it; null where there is no row. */
export async function greatest(
  asks: Asks,
  { column, type }: Pick<CursorPlan, 'column' | 'type'>,
  relation: string,
): Promise<string | null> {
  const [row] = await asks.rows(`SELECT max(${ident(column)}) AS "at" FROM ${relation}`);
  return cursorText(type, row?.['at']);
}

/** Tells of rows that nothing will read: those that came later than the look back reaches. */
export function tellLate(
  { cursor }: LoadStep,
  { bound }: Pulling,
  { total, held }: { readonly total: number | null; readonly held: number },
  warned: StepContext['warned'],
): void {
  if (total === null || total <= held || cursor === null) return;
  const rows = total - held === 1 ? '1 row' : `${total - held} rows`;
  warned(
    `${rows} of its source came too late to be read: their \`${cursor.column}\` is before ${bound.replace(/\.0+$/, '')}. A longer look back reads them, and so does --full`,
  );
}

/** Of a source that is read again: its rows come after those that stand. */
export function pulledArrivals({ into }: LoadStep, { standing }: Pulling): Arrivals {
  return {
    files: [],
    starts: isLog(into) ? [standing.log?.position ?? 0] : null,
    standing: standing.table,
    made: {},
  };
}
