/**
 * What can go wrong in a run: one row a code. From this table come the words people read, the page
 * `docs/errors/<code>.md` and `pipec explain`. An error is only made by `runError`, and people never see a stack trace.
 */
import type { RunError } from './events.ts';

/** One row of the table. `Params` are the message's typed parameters. */
export interface RunCodeRow<Params> {
  /** One sentence in the user's words, without a full stop; names in back-ticks. */
  readonly message: (params: Params) => string;
  /** What to do now, in one line; null where the message says it all. */
  readonly hint: ((params: Params) => string) | null;
  /** Markdown: what it means, why it stops the task, what to do. */
  readonly explanation: string;
  /** Whether doing the same again can succeed: only then a task is retried. */
  readonly retryable: boolean;
}

function code<Params = Record<never, never>>(row: RunCodeRow<Params>): RunCodeRow<Params> {
  return row;
}

export const runCodes = {
  'source-missing': code({
    message: (p: { path: string }) => `no file at \`${p.path}\``,
    hint: () => 'put the file there, or correct the path of the source',
    explanation:
      'A source of files names a path or a glob that matches no file. Relative paths start at the folder of the project. Nothing was loaded and what was published before is still there.',
    retryable: false,
  }),
  'source-table-missing': code({
    message: (p: { place: string; table: string }) => `\`${p.place}\` has no table \`${p.table}\``,
    hint: () => "correct the name in the source, with its schema where it has one: `table: 'sales.orders'`",
    explanation:
      'A source reads a table of a database, and there is none of that name, or the user may not see it. Names are compared as they are written, in upper and lower case. Nothing was loaded and what was published before is still there.',
    retryable: false,
  }),
  'source-unreadable': code({
    message: (p: { path: string; why: string }) => `\`${p.path}\` cannot be read: ${p.why}`,
    hint: null,
    explanation:
      'The file is there but is not what the source says: not Parquet, cut off, not permitted, or JSON that is broken outside of any row. Nothing was loaded.\n\nA broken *line* of a CSV or newline-delimited JSON file does not give this error: it goes to quarantine. Bytes that are not UTF-8 do so in CSV; in JSON and Parquet they fail the load, as the engine does not read past them.',
    retryable: false,
  }),
  'source-column-missing': code({
    message: (p: { path: string; column: string; found: readonly string[] }) =>
      p.found.length === 0 ? `\`${p.path}\` is empty` : `\`${p.path}\` has no column \`${p.column}\``,
    hint: (p) =>
      p.found.length === 0
        ? `it begins with a line of the columns' names: \`${p.column}\` and the others of its type`
        : `its columns: ${p.found.join(', ')}`,
    explanation:
      "A column of the contract is not in the file: it vanished, or was renamed. Nothing was loaded, as every row would miss it.\n\nIf the sender renamed it, say so in the type: `delay: int64 @from('delay_minutes')`.",
    retryable: false,
  }),
  'source-column-type': code({
    message: (p: { path: string; column: string; expected: string; found: string }) =>
      `column \`${p.column}\` of \`${p.path}\` is ${p.found}, the contract says ${p.expected}`,
    hint: (p) => `declare \`${p.column}\` with a type that holds ${p.found}, or have the file written as ${p.expected}`,
    explanation:
      'A Parquet file states the type of each column, and this one cannot be read as the declared type without loss. It fails before anything is loaded, as it would concern every row.',
    retryable: false,
  }),
  'source-changed': code({
    message: (p: { path: string }) => `\`${p.path}\` changed while it was read`,
    hint: () => 'run again when its writer is done',
    explanation:
      'Rows accepted plus rows quarantined did not equal the rows read: the file was written to between two passes. Nothing was published.',
    retryable: true,
  }),
  'rows-rejected': code({
    message: (p: { rows: number; source: string; reasons: string }) =>
      `${p.rows === 1 ? '1 row' : `${p.rows} rows`} of \`${p.source}\` ${p.rows === 1 ? 'breaks' : 'break'} its contract: ${p.reasons}`,
    hint: () => 'mend the source, or let such rows go to quarantine: `invalid: quarantine`',
    explanation:
      'The source says `invalid: reject`, so one row that breaks the contract fails the load. The sample shows such rows. Nothing was published.',
    retryable: false,
  }),
  'assertion-failed': code({
    message: (p: { message: string; place: string }) => `${p.message} (${p.place})`,
    hint: () => 'the sample shows rows that break it',
    explanation:
      'An `assert` stage, or a `cast` that may fail, found rows that break it. The step fails before anything is published.',
    retryable: false,
  }),
  'checks-failed': code({
    message: (p: { dataset: string; checks: readonly string[] }) =>
      `${p.checks.length === 1 ? 'a check' : `${p.checks.length} checks`} of \`${p.dataset}\` failed: ${p.checks.join('; ')}`,
    hint: (p) => `nothing was published; look at the rows with \`pipec show ${p.dataset} --failed\``,
    explanation:
      'A check with severity `error` failed on the new build of a dataset. Readers keep seeing the version before. A check that should only tell is written with severity `warn`.',
    retryable: false,
  }),
  'log-missing': code({
    message: (p: { dataset: string; driver: string }) =>
      `\`${p.dataset}\` is driven by \`${p.driver}\`, whose rows are not numbered in the order in which they came`,
    hint: (p) => `build \`${p.driver}\` first: \`pipec run ${p.driver} ${p.dataset}\``,
    explanation:
      'A table with `refresh: append` or `upsert` adds what came to the dataset that drives it since the run before. That dataset was last built when nothing was driven by it, or not at all. Built once more, its rows are numbered. Nothing was published.',
    retryable: false,
  }),
  'null-in-column': code({
    message: (p: { dataset: string; column: string | null; rows: number | null }) =>
      p.column === null
        ? `a column of \`${p.dataset}\` was null that may not be, or not finite; asked again which, its SQL gave other rows`
        : `column \`${p.column}\` of \`${p.dataset}\` is null in ${p.rows === 1 ? '1 row' : `${p.rows} rows`} and may not be`,
    hint: () => 'in its SQL, fill such values or filter the rows out; or declare the column with `?`',
    explanation:
      'The type of a column says that it is never null, yet the build has nulls in it. The compiler proves this for everything it writes itself, so the cause is raw SQL whose declared row type is wrong, or a fault of pipec. Nothing was published.',
    retryable: false,
  }),
  'column-type': code({
    message: (p: { dataset: string; column: string; expected: string; found: string }) =>
      `column \`${p.column}\` of \`${p.dataset}\` came out as ${p.found}, the plan says ${p.expected}`,
    hint: null,
    explanation:
      'The engine computed another type than the compiler did. The cause is raw SQL whose declared row type is wrong, or a fault of pipec. Nothing was published.',
    retryable: false,
  }),
  'function-missing': code({
    message: (p: { name: string; why: string }) => `the function \`${p.name}\` cannot be loaded: ${p.why}`,
    hint: null,
    explanation:
      'A step names a function of a TypeScript file, and the file is not there, cannot be read as TypeScript, fails while it is loaded, or exports no such function. Nothing was published.',
    retryable: false,
  }),
  'function-failed': code({
    message: (p: { name: string; message: string; place: string }) =>
      `the function \`${p.name}\` failed: ${p.message} (${p.place})`,
    hint: null,
    explanation:
      'A function of the project threw an error while a step ran it. The place is that of its own file. Nothing was published.',
    retryable: false,
  }),
  'function-output': code({
    message: (p: { name: string; why: string }) =>
      `the function \`${p.name}\` gives other rows than it promises: ${p.why}`,
    hint: null,
    explanation:
      "Every batch that a step's function gives is held against the row type that the step declares: the same columns, all of one length, every value of its type, no null where none may be. Nothing was published.",
    retryable: false,
  }),
  'secret-missing': code({
    message: (p: { name: string; where: string }) => `the secret \`${p.name}\` is not set (${p.where})`,
    hint: null,
    explanation:
      'A secret that the job needs could not be resolved in the way the target says (`secrets: env`, `file(dir)` or `command([…])`). This is found before the first task runs.',
    retryable: false,
  }),
  'env-missing': code({
    message: (p: { name: string }) => `the environment variable \`${p.name}\` is not set and has no default`,
    hint: (p) => `set ${p.name}, or give a default: env('${p.name}', '…')`,
    explanation: 'A value of the program comes from the environment. This is found before the first task runs.',
    retryable: false,
  }),
  'database-busy': code({
    message: (p: { path: string; holder: string; seconds: number }) =>
      `\`${p.path}\` is still held by ${p.holder} after ${p.seconds} s of waiting`,
    hint: () => 'wait until it ends or lets go of the file, or end it',
    explanation:
      'One process at a time writes a DuckDB file. A second run waits for the first, up to a limit; this limit has passed. The process that holds the file may also be another program, such as a DuckDB shell that was left open.',
    retryable: true,
  }),
  'database-unreadable': code({
    message: (p: { path: string; why: string }) => `the database \`${p.path}\` cannot be opened: ${p.why}`,
    hint: null,
    explanation:
      'The file is not a DuckDB database, or the folder not one of the embedded engine; it is of a newer version, is damaged, or is not permitted to this user.',
    retryable: false,
  }),
  'database-damaged': code({
    message: (p: { why: string }) => `the database file is damaged: ${p.why}`,
    hint: () =>
      'put a backup of the file back, or move it away and run again: tables are built anew from their sources',
    explanation:
      'A block of the database file does not match its checksum: a disk that fails, or another program that wrote to the file. Nothing was published. Lakes and sources are files of their own and are not touched; whatever is built from them can be built again into a new file.',
    retryable: false,
  }),
  'database-missing': code({
    message: (p: { path: string }) => `there is no database at \`${p.path}\` yet`,
    hint: () => 'run the pipeline first: `pipec run`',
    explanation: 'A question was asked of a target into which nothing has been run yet.',
    retryable: false,
  }),
  'server-unreachable': code({
    message: (p: { place: string; why: string }) => `the server at ${p.place} cannot be reached: ${p.why}`,
    hint: () => 'see that it runs and that this machine may reach it, then run again',
    explanation:
      'The server of the target, or of a source, did not answer, ended the connection, or takes no more connections. What it was doing was rolled back, and what was published before is still there.',
    retryable: true,
  }),
  'tls-failed': code({
    message: (p: { place: string; why: string }) => `no secure connection to the server at ${p.place}: ${p.why}`,
    hint: null,
    explanation:
      'The address of the target asks for TLS (`https:`, or `?sslmode=verify-full` for PostgreSQL), and the server does not speak it there, or shows a certificate that is not valid for this address, has expired, or is signed by nobody that this machine knows. Certificates are always checked, also with `sslmode=require`. Nothing was sent.',
    retryable: false,
  }),
  'login-refused': code({
    message: (p: { place: string; why: string }) => `the server at ${p.place} refuses the login: ${p.why}`,
    hint: () => 'look at the user and the password in its address',
    explanation:
      "The server of the target, or of a source, knows no such user, or another password. Passwords belong into a secret: `url: secret('DWH_URL')`.",
    retryable: false,
  }),
  'database-unknown': code({
    message: (p: { place: string; why: string }) => `the server at ${p.place} has no such database: ${p.why}`,
    hint: () => 'create the database, or correct its name in the address',
    explanation:
      'The address of the target, or of a source, names a database that its server does not have. pipec creates none.',
    retryable: false,
  }),
  'not-permitted': code({
    message: (p: { why: string }) => `the user of the target may not do this: ${p.why}`,
    hint: () => 'a run creates schemas, tables and views: grant its user that',
    explanation:
      'A run creates the schema `_pipec` and the schemas of its stores, and tables and views in them. The user in the address of the target lacks a right for that. The transaction was rolled back and nothing was published.',
    retryable: false,
  }),
  'server-too-old': code({
    message: (p: { place: string; found: string; oldest: string }) =>
      `the server at ${p.place} is ${p.found}, and ${p.oldest} is needed`,
    hint: null,
    explanation: 'Queries are written for versions of the server on which they give the rows that they should.',
    retryable: false,
  }),
  'wrong-url': code({
    message: (p: { expected: string }) => `the address of a server is not of the form \`${p.expected}\``,
    hint: () => 'characters such as `@` and `/` in a password are written as `%40` and `%2F`',
    explanation:
      'The `url` of the engine cannot be read as an address. It is not shown here, as it may hold a password.',
    retryable: false,
  }),
  'package-missing': code({
    message: (p: { name: string }) =>
      `the package \`${p.name}\`, which runs this engine inside the process, is not installed`,
    hint: (p) => `install it in the project: npm install ${p.name}`,
    explanation:
      '`embedded: true` runs the engine inside the process of pipec, with no server. The engine is a package of its own, which is not installed with pipec, as most projects need none.\n\nA built job, `node dist/jobs/x.mjs run`, holds all but the package of DuckDB, which it takes from the `node_modules` of the folder it is in or of one above.',
    retryable: false,
  }),
  'not-the-writer': code({
    message: () => 'another run writes this target by now',
    hint: () => 'see who runs: one run at a time writes a target',
    explanation:
      'One run at a time writes a target. This one lost its place, mostly because its connection was cut, and another began. What this one made was not published.',
    retryable: false,
  }),
  'view-in-use': code({
    message: (p: { view: string; dependant: string }) =>
      `${p.view} changes or goes, and ${p.dependant}, which reads it, would not work any more`,
    hint: (p) => `change or drop ${p.dependant} first, then run again`,
    explanation:
      'A view that is not of this project reads a dataset whose columns change in type, go or move, or that goes as the program no longer has it. pipec makes such views again where it can, with their grants; this one it cannot, and dropping it is not its business. Nothing was published.',
    retryable: false,
  }),
  'target-moved': code({
    message: (p: { dataset: string }) => `${p.dataset} is another version by now than when this was looked up`,
    hint: () => 'run the command again: it looks once more',
    explanation:
      'Between the moment at which a rollback or a promotion looked at the target and the moment at which it had it for itself, another run published that dataset. Nothing was put in its place. What was moved before stays moved, and the command does the rest when it is run again.',
    retryable: false,
  }),
  'rolled-back': code({
    message: (p: { dataset: string; rollback: string }) =>
      `${p.dataset} was rolled back (${p.rollback}), and the program has other code than the version that stands`,
    hint: () => 'run the program of that version, or put this one in place by `pipec apply`',
    explanation:
      'After a rollback, a run does not put back what was rolled back: it fails at a dataset whose code is another than that of the version that stands, and goes on with all others. Where the program of before runs again, its datasets are brought up to date as before. `pipec plan` shows what differs, and `pipec apply` puts the program in place.',
    retryable: false,
  }),
  'sample-of-production': code({
    message: (p: { dataset: string; last: string }) =>
      `a sample of ${p.dataset} (the last ${p.last}) would take the place of a whole version of production's`,
    hint: () => 'build the sample in an environment: `--env dev_anna`',
    explanation:
      'With `--sample`, only what came last of the rows is built. Such a version says so of itself, and never takes the place of a whole one in production: not by a run, not by an apply, not by a promotion. In an environment it stands beside production. On a server, whose tables others read, a sample is always built in an environment.',
    retryable: false,
  }),
  'name-taken': code({
    message: (p: { name: string }) => `\`${p.name}\` is there already and is no view: pipec would have to drop it`,
    hint: () => 'rename or drop it, or give the dataset another name, then run again',
    explanation:
      'A dataset is published as a view, and something else bears its name: a table that somebody made by hand, or one from before. pipec drops nothing that it has not made. Nothing was published.',
    retryable: false,
  }),
  'holder-gone': code({
    message: () => 'the run that was answering ended before its answer did',
    hint: () => 'ask again',
    explanation:
      'While a run holds the database it answers the questions of other commands. It ended, or was killed, in the middle of an answer; a half answer is never shown as a whole one.',
    retryable: true,
  }),
  'io-failed': code({
    message: (p: { why: string }) => `reading or writing failed: ${p.why}`,
    hint: null,
    explanation:
      'The operating system or the network refused a read or a write in a way that may pass. The transaction was rolled back.',
    retryable: true,
  }),
  'disk-full': code({
    message: (p: { why: string; place?: string }) =>
      `the disk ${p.place === undefined ? '' : `of ${p.place} `}is full: ${p.why}`,
    hint: () => 'make room, then run again: what was published before is still there',
    explanation:
      'A write failed for want of space, on this machine or, where the message names a server, on that one. Nothing was published, and what had been written of it is dropped. ClickHouse deletes the files of a dropped table some minutes later.',
    retryable: false,
  }),
  'not-writable': code({
    message: (p: { path: string; why: string }) => `cannot write to \`${p.path}\`: ${p.why}`,
    hint: null,
    explanation: 'The folder or file is read-only, or is not permitted to this user. Nothing was published.',
    retryable: false,
  }),
  'out-of-memory': code({
    message: (p: { why: string }) => `the engine ran out of memory: ${p.why}`,
    hint: () => 'run fewer tasks at a time, or give the process more memory',
    explanation: 'A statement needed more memory than the engine may take. The transaction was rolled back.',
    retryable: true,
  }),
  overflow: code({
    message: (p: { why: string; of?: string }) =>
      `a value${p.of === undefined ? '' : ` of ${p.of}`} is out of range: ${p.why}`,
    hint: () => 'widen the type, or keep such rows out before',
    explanation:
      'Overflow is an error and never wraps. The transaction was rolled back and nothing was published.\n\nThe column is named where one alone is to blame; it may also be a filter, a key of a group or a check that overflows.',
    retryable: false,
  }),
  'value-unreadable': code({
    message: (p: { why: string }) => `a value cannot be read as the type that it is cast to: ${p.why}`,
    hint: () => 'keep such rows out before, or cast with what gives null for them',
    explanation:
      'Raw SQL casts a text that is no number, date or the like. The transaction was rolled back and nothing was published.\n\nA `cast` of the language never gives this error: it fails as [`assertion-failed`](assertion-failed.md) and shows the rows.',
    retryable: false,
  }),
  'division-by-zero': code({
    message: () => 'a number is divided by zero',
    hint: () => 'write `nullif(divisor, 0)`: the quotient is then null',
    explanation:
      'Raw SQL divides by zero. A division of the language gives null there, on every engine. The transaction was rolled back and nothing was published.',
    retryable: false,
  }),
  'statement-failed': code({
    message: (p: { why: string }) => `the engine refused a statement: ${p.why}`,
    hint: null,
    explanation: 'A statement failed in a way that has no code of its own. The transaction was rolled back.',
    retryable: false,
  }),
  'write-conflict': code({
    message: (p: { why: string }) => `another transaction changed the same: ${p.why}`,
    hint: null,
    explanation:
      'Two transactions changed one thing at the same time, and the engine let the first win. Trying again helps.',
    retryable: true,
  }),
  'changed-meanwhile': code({
    message: (p: { dataset: string }) => `\`${p.dataset}\` was built anew while it was compared`,
    hint: () => 'compare again',
    explanation:
      'Rows are read in several questions. Between two of them another version was published, so that what was told of the dataset would be of neither version. Compare again when the run is done.',
    retryable: true,
  }),
  'timed-out': code({
    message: (p: { seconds: number }) => `took longer than its timeout of ${p.seconds} s`,
    hint: () => 'give the job a longer `timeout`, or the task less to do',
    explanation:
      'One attempt of a task took longer than the `timeout` of its job. The statement was interrupted and rolled back.',
    retryable: true,
  }),
  cancelled: code({
    message: () => 'cancelled',
    hint: null,
    explanation:
      'The run was cancelled, by Ctrl-C or by the program that started it. Running statements were interrupted and rolled back; nothing is half published.',
    retryable: false,
  }),
  'query-refused': code({
    message: (p: { why: string }) => `only one statement that reads is answered here: ${p.why}`,
    hint: null,
    explanation: '`show` and `query` read; what changes data is a dataset of the program.',
    retryable: false,
  }),
  'state-unusable': code({
    message: (p: { path: string; why: string }) => `the state database \`${p.path}\` cannot be used: ${p.why}`,
    hint: () => 'it holds the history of runs and no rows of data: it may be deleted',
    explanation:
      'Runs, attempts and checks are recorded in a SQLite file. It is damaged, not permitted, or of a newer version of pipec.',
    retryable: false,
  }),
  'state-damaged': code({
    message: (p: { path: string; why: string }) => `the state database \`${p.path}\` is damaged: ${p.why}`,
    hint: () => 'the next run sets it aside and starts a new one; no rows of data depend on it',
    explanation:
      'Runs, attempts and checks are recorded in a SQLite file, which is no longer one. The history in it cannot be shown. The next run renames it to `….damaged` and records from then on in a new file.',
    retryable: false,
  }),
  'not-replayable': code({
    message: (p: { source: string; why: string }) => `the quarantine of \`${p.source}\` cannot be replayed: ${p.why}`,
    hint: (p) => `read the source again: pipec run --full ${p.source}`,
    explanation:
      'A replay judges the rows in quarantine by the contract of now, and adds those that fit to what is published, without reading the source. That is exact for CSV and JSON, whose values are kept as they came, and only where what is published fits the contract of now as well. Nothing has changed. Where the source is still there, a run reads it again.',
    retryable: false,
  }),
  'not-supported': code({
    message: (p: { what: string }) => `${p.what} is not supported by this runtime`,
    hint: null,
    explanation: 'The plan asks for something that this version cannot do.',
    retryable: false,
  }),
  internal: code({
    message: (p: { why: string }) => `pipec itself failed: ${p.why}`,
    hint: () => 'this is a fault of pipec; please report it',
    explanation: 'Something happened that should not be possible. Transactions that were open were rolled back.',
    retryable: false,
  }),
};

export type RunCode = keyof typeof runCodes;
type ParamsOf<C extends RunCode> = (typeof runCodes)[C] extends RunCodeRow<infer P> ? P : never;

/** The statement that failed, the engine's own words, and a few rows that show it. */
export interface RunErrorExtras {
  readonly hint?: string;
  readonly statement?: string;
  readonly engine?: string;
  readonly sample?: readonly Readonly<Record<string, unknown>>[];
}

/** An error of a run as an exception; `toRunError` gives the plain data that events carry. */
export class PipecError extends Error {
  readonly code: RunCode;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly statement: string | null;
  readonly engine: string | null;
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  /** What the message says of the cause in another's words, where it does. */
  readonly why: string | null;

  constructor(
    name: RunCode,
    message: string,
    hint: string | null,
    extras: RunErrorExtras & { readonly why?: string | undefined },
  ) {
    super(message);
    this.name = 'PipecError';
    this.code = name;
    this.hint = extras.hint ?? hint;
    this.retryable = runCodes[name].retryable;
    this.statement = extras.statement ?? null;
    this.engine = extras.engine ?? null;
    this.sample = extras.sample ?? [];
    this.why = extras.why ?? null;
  }
}

/** Builds an error of the table: the only way to make one. */
export function runError<C extends RunCode>(name: C, params: ParamsOf<C>, extras: RunErrorExtras = {}): PipecError {
  const row = runCodes[name] as unknown as RunCodeRow<ParamsOf<C>>;
  const { why } = params as { readonly why?: string };
  return new PipecError(name, row.message(params), row.hint?.(params) ?? null, { ...extras, why });
}

/** The same with another hint: where it was thrown, less was known of what to do. */
export function hinted(error: PipecError, hint: string): PipecError {
  return saying(error, (said) => ({ ...said, hint }));
}

type Said = Pick<PipecError, 'message' | 'hint' | 'statement' | 'engine' | 'sample' | 'why'>;

function saying(
  { code: name, message, hint, statement, engine, sample, why }: PipecError,
  change: (said: Said) => Said,
): PipecError {
  const said = change({ message, hint, statement, engine, sample, why });
  return new PipecError(name, said.message, said.hint, {
    sample: said.sample,
    ...(said.statement === null ? {} : { statement: said.statement }),
    ...(said.engine === null ? {} : { engine: said.engine }),
    ...(said.why === null ? {} : { why: said.why }),
  });
}

/** What was thrown, with nothing in it that `redact` takes out: for what leaves by being thrown and not as an event. */
export function redacted(thrown: unknown, redact: <T>(value: T) => T): unknown {
  if (!(thrown instanceof Error)) return redact(thrown);
  if (thrown instanceof PipecError) return saying(thrown, redact);
  const told = `${thrown.message}\n${thrown.stack ?? ''}`;
  return redact(told) === told ? thrown : runError('internal', { why: redact(thrown.message) });
}

/** Whatever was thrown, as the plain data shown to people; an unknown failure becomes `internal`. */
export function toRunError(thrown: unknown): RunError {
  const error =
    thrown instanceof PipecError
      ? thrown
      : runError('internal', { why: thrown instanceof Error ? thrown.message : String(thrown) });
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    statement: error.statement,
    engine: error.engine,
    sample: error.sample,
    retryable: error.retryable,
  };
}
