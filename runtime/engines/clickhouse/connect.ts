/** What is asked of a connection to ClickHouse, on a server (server.ts) or inside this process (embedded.ts). */
import type { QueryRows } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { Pieces } from '../mover.ts';

export interface ChResult {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface ChConnection {
  /** One statement that gives no rows. @throws PipecError */
  readonly run: (sql: string) => Promise<void>;
  /** All rows of a small result. */
  readonly query: (sql: string) => Promise<ChResult>;
  /** Takes rows in the format `Native` into a table (native.ts). */
  readonly take: (table: string, columns: readonly string[], pieces: Pieces) => Promise<void>;
  /** Takes the rows of files that it reads itself, as far as their gates let them in; null where it does not see this machine's. */
  readonly takeFiles: ((table: string, columns: readonly TakenColumn[], files: TakenFiles) => Promise<void>) | null;
  /** At most so many rows of one statement that reads; null is all. */
  readonly read: (sql: string, limit: number | null) => Promise<QueryRows>;
  /** Does work that is not interrupted: what publishes is short, and must be whole. */
  readonly shielded: <T>(work: () => Promise<T>) => Promise<T>;
  readonly interrupt: () => void;
}

/** A column of a table, and of files. */
export interface TakenColumn {
  readonly name: string;
  readonly inFile: string;
  /** As it is stored. */
  readonly type: string;
  /** A condition over the file's columns; null where each value comes in. */
  readonly gate: string | null;
}
export interface TakenFiles {
  readonly format: 'Parquet';
  readonly paths: readonly string[];
  readonly rows: number;
}

export interface ChDatabase {
  /** For messages, without a password. */
  readonly place: string;
  /** @param own settings of its own; inside the process there is one session, whose they become */
  readonly connect: (own?: Settings) => Promise<ChConnection>;
  readonly close: () => Promise<void>;
}

export type Settings = Readonly<Record<string, string | number>>;

/**
 * What the SQL of the compiler counts on. Views carry it along, so that they give the same rows to a reader whose session
 * has other habits.
 */
export const MEANING: Settings = {
  join_use_nulls: 1,
  aggregate_functions_null_for_empty: 1,
  group_by_use_nulls: 1,
  cast_keep_nullable: 1,
  union_default_mode: 'DISTINCT',
  except_default_mode: 'DISTINCT',
  intersect_default_mode: 'DISTINCT',
  enable_positional_arguments: 0,
  enable_extended_results_for_datetime_functions: 1,
  session_timezone: 'UTC',
  optimize_rewrite_aggregate_function_with_if: 0,
};

/** How rows are written. */
const WRITING: Settings = {
  insert_null_as_default: 0,
  input_format_null_as_default: 0,
  async_insert: 0,
  // A table in intervals has a partition a month.
  max_partitions_per_insert_block: 0,
};

/** The forms of values that `values.ts` reads. */
const FORMS: Settings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_decimal_trailing_zeros: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_escape_forward_slashes: 0,
};

export const SESSION: Settings = { ...MEANING, ...WRITING, ...FORMS };

/** Names and types first, then a row a line. */
export const FORMAT = 'JSONCompactEachRowWithNamesAndTypes';

/** The oldest version that is tested: it decorrelates subqueries. */
const OLDEST = [25, 8] as const;

/** @throws PipecError `server-too-old` */
export function expectVersion(version: string, place: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw runError('server-too-old', { place, found: `ClickHouse ${version}`, oldest: `ClickHouse ${OLDEST.join('.')}` });
}

/** Settings are errors where a version does not know them. */
export const knownSettings = `SELECT name FROM system.settings WHERE name IN (${Object.keys(SESSION)
  .map((name) => `'${name}'`)
  .join(', ')})`;

export function onlyKnown(settings: Settings, known: ReadonlySet<string>): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => known.has(name)));
}

/** `join_use_nulls = 1, union_default_mode = 'DISTINCT'`. */
export function settingsText(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : `'${value}'`}`)
    .join(', ');
}

/** A text as ClickHouse reads it: a backslash escapes. */
export function chLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/**
 * A question without what ends it.
 * @throws PipecError `query-refused` for more than one statement or one that does not read
 */
export function oneQuestion(sql: string): string {
  // Texts, quoted names and comments hold no word of SQL: they are blanked, and everything stays in its place.
  const bare = sql.replaceAll(
    /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|--[^\n]*|#![^\n]*|\/\*.*?\*\//gs,
    (part) => (/^['"`]/.test(part) ? 'x' : ' ').repeat(part.length),
  );
  if (/;\s*\S/.test(bare)) throw runError('query-refused', { why: 'there is more than one statement' });
  if (
    !/^[\s(]*(select|with|values|explain|describe|desc|show|exists)\b/i.test(bare) ||
    /\binto\s+outfile\b/i.test(bare)
  )
    throw runError('query-refused', { why: 'this one does more than read' });
  const end = /;\s*$/.exec(bare)?.index ?? sql.length;
  return sql.slice(0, end).trim();
}
