/** The database in memory behind the previews of one project: samples, what follows from them, and the last results. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holderText } from '../engine.ts';
import { type Connection, type Database, openDatabase } from '../engines/duckdb/connect.ts';
import { ident, literal } from '../engines/quote.ts';
import { NO_WAIT } from '../engines/turn.ts';
import { compareRows } from './compare.ts';
import type { PreviewCompared, PreviewPlan, PreviewRow, PreviewShown, PreviewSort } from './messages.ts';
import { broken, interrupting, type Made, type Progress, Samples, type SamplesOptions } from './samples.ts';

export interface PreviewOptions extends Omit<SamplesOptions, 'enough'> {
  /** Bytes, of which what is kept takes half; what takes more fails, and says so. */
  readonly memory: number;
}

/** Rows of a result that are kept: more are looked at by nobody, and a join gone wrong makes billions. */
const MOST_ROWS = 1_000_000;
/** Results that can be scrolled through. */
const RESULTS = 4;
/** Characters of a text that is shown. */
const LONGEST = 2000;

export class PreviewDatabase {
  readonly #database: Database;
  readonly #connection: Connection;
  readonly #samples: Samples;
  /** Where DuckDB puts aside what memory does not hold. */
  readonly #aside: string;
  #results: readonly number[] = [];
  #last = 0;

  private constructor(database: Database, connection: Connection, samples: Samples, aside: string) {
    this.#database = database;
    this.#connection = connection;
    this.#samples = samples;
    this.#aside = aside;
  }

  static async open(options: PreviewOptions): Promise<PreviewDatabase> {
    const database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
    const connection = await database.connect();
    const aside = mkdtempSync(join(tmpdir(), 'pipec-preview-'));
    await connection.run(
      `SET GLOBAL memory_limit = ${literal(`${Math.round(options.memory / 1e6)}MB`)}; SET GLOBAL temp_directory = ${literal(aside)}; SET GLOBAL max_temp_directory_size = ${literal(`${Math.round((options.memory * 2) / 1e6)}MB`)}`,
    );
    const samples = await Samples.open(database, { ...options, enough: options.memory / 2 });
    return new PreviewDatabase(database, connection, samples, aside);
  }

  /** The first rows of a plan, and what there is to say about them. @throws SampleFailure, PipecError, or why it was aborted */
  async show(plan: PreviewPlan, count: number, signal: AbortSignal, progress: Progress): Promise<PreviewShown> {
    const began = performance.now();
    const made = await this.#samples.make(plan, signal, progress);
    return await this.#stoppable(signal, async () => {
      const { result, rows: all } = await this.#result(plan);
      const table = ident(nameOf(result));
      const isCut = all > MOST_ROWS;
      if (isCut) await this.#connection.run(`DELETE FROM ${table} WHERE rowid >= ${MOST_ROWS}`);
      const measured = await this.#connection.numbers(
        `SELECT count(*) AS n${plan.columns.map(({ name }, index) => `, count(${ident(name)}) AS c${index}`).join('')} FROM ${table}`,
      );
      const rows = await this.rows(result, 0, count, null);
      const total = measured['n'] ?? 0;
      return {
        result,
        columns: plan.columns.map((column, index) => ({ ...column, nulls: total - (measured[`c${index}`] ?? 0) })),
        rows: rows ?? [],
        count: total,
        isCut,
        ...(await this.#told(plan, made)),
        computed: made.computed,
        ms: performance.now() - began,
      };
    });
  }

  /** Null where the result is kept no more. */
  async rows(
    result: number,
    from: number,
    count: number,
    sort: PreviewSort | null,
  ): Promise<readonly PreviewRow[] | null> {
    if (!this.#results.includes(result)) return null;
    const order =
      sort === null ? 'rowid' : `${ident(sort.column)} ${sort.order === 'asc' ? 'ASC' : 'DESC'} NULLS LAST, rowid`;
    const { rows } = await this.#connection.table(
      `SELECT * FROM ${ident(nameOf(result))} ORDER BY ${order} LIMIT ${count} OFFSET ${from}`,
    );
    return rows.map(clipped);
  }

  /** What an edit changes in the rows of a dataset: both plans over one sample. */
  async compare(
    before: PreviewPlan | null,
    after: PreviewPlan,
    key: readonly string[],
    count: number,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<PreviewCompared> {
    const began = performance.now();
    if (before !== null) await this.#samples.make(before, signal, progress);
    const made = await this.#samples.make(after, signal, progress);
    return await this.#stoppable(signal, async () => {
      const then = before === null ? null : await this.#result(before);
      const now = await this.#result(after);
      const side = ({ result }: { readonly result: number }, { columns }: PreviewPlan) => ({
        table: ident(nameOf(result)),
        columns,
      });
      const was = then === null || before === null ? null : side(then, before);
      const compared = await compareRows(this.#connection, was, side(now, after), key, count, clipped);
      return { ...compared, ...(await this.#told(after, made)), ms: performance.now() - began };
    });
  }

  forget(): void {
    this.#samples.forget();
  }

  async close(): Promise<void> {
    this.#samples.close();
    this.#connection.close();
    await this.#database.close();
    rmSync(this.#aside, { recursive: true, force: true });
  }

  async #told({ assertions }: PreviewPlan, { sources, notes }: Made): Promise<Pick<PreviewShown, 'sources' | 'notes'>> {
    return { sources, notes: [...notes, ...(await broken(this.#connection, null, assertions))] };
  }

  /** The rows of a query, in their order, as a table of this connection. */
  async #result({ sql }: PreviewPlan): Promise<{ readonly result: number; readonly rows: number }> {
    for (const old of this.#results.slice(0, Math.max(0, this.#results.length - RESULTS + 1)))
      await this.#connection.drop(ident(nameOf(old)));
    this.#results = this.#results.slice(-RESULTS + 1);
    this.#last += 1;
    const result = this.#last;
    await this.#connection.run(`SET VARIABLE run_began = now()`);
    const rows = await this.#connection.create(
      `CREATE TEMP TABLE ${ident(nameOf(result))} AS SELECT * FROM (\n${sql}\n) LIMIT ${MOST_ROWS + 1}`,
    );
    this.#results = [...this.#results, result];
    return { result, rows };
  }

  async #stoppable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const stop = interrupting(this.#connection, signal);
    try {
      return await work();
    } catch (failure) {
      signal.throwIfAborted();
      throw failure;
    } finally {
      stop();
    }
  }
}

const nameOf = (result: number): string => `result_${result}`;

/** A megabyte in a cell is looked at by nobody, and would be sent with each row. */
function clipped(row: readonly unknown[]): PreviewRow {
  return row.map((value) => {
    if (typeof value === 'string') return clippedText(value);
    if (typeof value !== 'object' || value === null) return value;
    const text = JSON.stringify(value);
    return text.length <= LONGEST ? value : clippedText(text);
  });
}

const clippedText = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`);
