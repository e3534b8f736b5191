/** What judging a source gives to whoever writes its rows, and what it asks of the target meanwhile. */
import type { LoadResult } from '../../events.ts';
import type { Arrivals, Before } from '../increments/arrivals.ts';
import type { Pulling } from '../increments/since.ts';
import { ident, literal } from '../quote.ts';
import type { PlainFiles } from './plain.ts';

/** Rows of a source that were let in, and what became of the others. */
export interface Accepted {
  /** A SELECT of the contract's columns, and of a log the position. */
  readonly sql: string;
  /** Where another engine may read and judge them, if all are let in. */
  readonly plain: Plain | null;
  /** Path and version of each file of the source. */
  readonly versions: readonly string[];
  /** The table to which the rows are added; null where they are all there is. */
  readonly standing: string | null;
  readonly made: Arrivals['made'];
  /** Of a source that was read from a bound on; null where it was read whole. */
  readonly pulled: Pulled | null;
  /**
   * To be called when `rows` of them are written: accounts for every row that was read.
   * @throws PipecError `source-changed`, `rows-rejected`
   */
  readonly settle: (rows: number) => Promise<Settled>;
}
/** Rows of a source that lie in files which other engines read as this one does. */
interface Plain {
  readonly files: PlainFiles;
  /** Whether rows whose values are all of their types meet the rest of the contract. */
  readonly areExpected: () => Promise<boolean>;
}
export interface Pulled {
  readonly pulling: Pulling;
  /** A SELECT of the keys of all rows that were read, also of those that were not let in; null where the contract has none. */
  readonly keys: string | null;
  /** How many rows the source has. */
  readonly total: number | null;
}
export interface Settled {
  readonly load: LoadResult;
  /** A SELECT of what goes to quarantine: reason, file, row, line, content. */
  readonly quarantine: string;
}

export interface Judging extends Before {
  /** Makes a temporary table of those keys of a query that a table in `_pipec` has. */
  readonly keysIn: (table: string, keys: string, made: string) => Promise<void>;
}

/** The quarantine as people find it: with the run, in the order of the source, and files named from the project's folder. */
export function quarantined(rows: string, run: string, folder: string): string {
  const below = `${folder}/`;
  const file = `CASE WHEN starts_with(file, ${literal(below)}) THEN file[${[...below].length + 1}:] ELSE file END`;
  return `SELECT * REPLACE (${file} AS file), ${literal(run)} AS run, now() AS "at" FROM (${rows}) ORDER BY file, coalesce("row", line), reason`;
}

export const rowsOf = (rejected: string): string => `SELECT reason, file, "row", line, content FROM ${ident(rejected)}`;
export const NO_ROWS =
  'SELECT CAST(NULL AS VARCHAR) AS reason, CAST(NULL AS VARCHAR) AS file, CAST(NULL AS BIGINT) AS "row", CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS content WHERE false';
