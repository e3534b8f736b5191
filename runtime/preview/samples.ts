/**
 * Datasets over a sample, in a database in memory: each is computed once for each name, which says what decides its rows, and
 * again where the files that it comes from have changed. What was not looked at for longest goes when memory is short.
 */

import type { FunctionLoader } from '../batches.ts';
import type { StepContext, StepResult } from '../engine.ts';
import { performBuild } from '../engines/duckdb/build.ts';
import type { Connection, Database } from '../engines/duckdb/connect.ts';
import { fileVersions, findFiles } from '../engines/duckdb/files.ts';
import { performFunction } from '../engines/duckdb/function.ts';
import { Lakes } from '../engines/duckdb/lake.ts';
import { performLoad } from '../engines/duckdb/load.ts';
import { Publisher, quarantineTable } from '../engines/duckdb/publish.ts';
import { ident, qualified } from '../engines/quote.ts';
import { PIPEC } from '../engines/versions.ts';
import { redacted } from '../errors.ts';
import type { LoadResult } from '../events.ts';
import { traceparentOf } from '../observe/trace.ts';
import type { SecretsPlan } from '../plan.ts';
import { resolveTexts, type Texts } from '../secrets.ts';
import { filePattern, fileVersion } from '../sources/file.ts';
import { readerTexts } from '../sources/reader.ts';
import type { PreviewAssertion, PreviewNote, PreviewPlan, PreviewSource, PreviewStep } from './messages.ts';

export interface SamplesOptions {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  /** Finds the project's own functions as they are now. */
  readonly functions: () => FunctionLoader;
  /** Bytes that may be in use before what is not looked at goes. */
  readonly enough: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Kept {
  readonly dataset: string;
  readonly step: PreviewStep['step'];
  /** Changes with the files that it comes from, its own and those upstream. */
  readonly stamp: string;
  readonly source: PreviewSource | null;
  readonly notes: readonly PreviewNote[];
}

export interface Made {
  readonly sources: readonly PreviewSource[];
  readonly notes: readonly PreviewNote[];
  /** Datasets that were computed now. */
  readonly computed: readonly string[];
}

/** Called before a step is computed, and with null when it is. What it throws ends the work. */
export type Progress = (step: PreviewStep | null, index: number) => void;

/** A failure with the dataset in which it happened. */
export class SampleFailure extends Error {
  readonly dataset: string;
  constructor(dataset: string, cause: unknown) {
    super('a step failed', { cause });
    this.dataset = dataset;
  }
}

export class Samples {
  readonly #database: Database;
  readonly #connection: Connection;
  readonly #options: SamplesOptions;
  readonly #publisher: Publisher;
  /** In the order in which they were last looked at. */
  readonly #kept = new Map<string, Kept>();
  #forgotten = 0;

  private constructor(database: Database, connection: Connection, publisher: Publisher, options: SamplesOptions) {
    this.#database = database;
    this.#connection = connection;
    this.#publisher = publisher;
    this.#options = options;
  }

  static async open(database: Database, options: SamplesOptions): Promise<Samples> {
    const connection = await database.connect();
    const publisher = new Publisher({ environment: null, applies: false, keep: 0 });
    await publisher.open(connection, { steps: [], warned: () => undefined });
    return new Samples(database, connection, publisher, options);
  }

  /**
   * Sees to it that all steps of a plan have their rows.
   * @throws SampleFailure, or what `signal` was aborted with
   */
  async make(plan: Pick<PreviewPlan, 'steps' | 'secrets'>, signal: AbortSignal, progress: Progress): Promise<Made> {
    const stop = interrupting(this.#connection, signal);
    const [computed, stamps] = [[] as string[], new Map<string, string>()];
    const made: Kept[] = [];
    try {
      for (const [index, step] of plan.steps.entries()) {
        signal.throwIfAborted();
        const { name } = step.step.into;
        try {
          const texts = await this.#texts(step, plan.secrets);
          const stamp = [await this.#stamp(step, texts), ...step.reads.map((read) => stamps.get(read))].join('\n');
          stamps.set(name, stamp);
          let kept = this.#kept.get(name);
          if (kept?.stamp !== stamp) {
            progress(step, index);
            kept = await this.#perform(step, stamp, texts, signal);
            computed.push(step.dataset);
            this.#kept.set(name, kept);
            progress(null, index);
          }
          // Last, as it was looked at last.
          this.#kept.delete(name);
          this.#kept.set(name, kept);
          made.push(kept);
        } catch (failure) {
          signal.throwIfAborted();
          throw new SampleFailure(step.dataset, failure);
        }
      }
    } finally {
      stop();
    }
    await this.#makeRoom(new Set(plan.steps.map(({ step }) => step.into.name)));
    return {
      sources: made.flatMap(({ source }) => source ?? []),
      notes: made.flatMap(({ notes }) => notes),
      computed,
    };
  }

  /** What is read outside is read again from here on. */
  forget(): void {
    this.#forgotten += 1;
  }

  close(): void {
    this.#connection.close();
  }

  /** Secrets of a source are asked for when it is read: a preview of others needs none. */
  async #texts({ step }: PreviewStep, secrets: SecretsPlan): Promise<Texts> {
    const texts = step.kind === 'load' ? readerTexts(step.from) : [];
    return await resolveTexts(texts, secrets, this.#options.folder, this.#options.env);
  }

  /** What changes where the same step would make other rows. */
  async #stamp({ step }: PreviewStep, texts: Texts): Promise<string> {
    const { folder } = this.#options;
    if (step.kind === 'function') return `${this.#forgotten} ${await fileVersion(`${folder}/${step.function.file}`)}`;
    // Raw SQL may read what nobody knows of, and so may the clock.
    if (step.kind !== 'load' || step.from.kind !== 'file') return String(this.#forgotten);
    const files = await findFiles(this.#connection, filePattern(step.from, folder, texts));
    return `${this.#forgotten} ${(await fileVersions(files)).join(' ')}`;
  }

  async #perform(asked: PreviewStep, stamp: string, texts: Texts, signal: AbortSignal): Promise<Kept> {
    const { dataset, step, assertions } = asked;
    const { load } = await this.#run(step, texts, signal).catch((failure: unknown) => {
      throw redacted(failure, texts.redact);
    });
    const notes = [
      ...(load === null || load.quarantined === 0
        ? []
        : [{ is: 'invalid', dataset, load, stops: asked.invalid === 'reject' } as const]),
      ...(await broken(this.#connection, dataset, assertions)),
    ];
    return { dataset, step, stamp, source: sourceOf(asked, load), notes };
  }

  async #run(step: PreviewStep['step'], texts: Texts, signal: AbortSignal): Promise<StepResult> {
    const { folder, functions } = this.#options;
    const began = new Date().toISOString();
    await this.#connection.run(`SET VARIABLE run_began = CAST('${began}' AS TIMESTAMPTZ)`);
    const context: StepContext = {
      run: 'preview',
      began,
      again: null,
      full: true,
      inputs: null,
      texts,
      functions: functions(),
      traceparent: traceparentOf('preview', {}),
      signal,
      checked: () => undefined,
      warned: () => undefined,
    };
    const lakes = new Lakes(folder, texts);
    switch (step.kind) {
      case 'load':
        return await performLoad(this.#connection, step, context, this.#publisher, lakes, folder);
      case 'build':
        return await performBuild(this.#connection, step, context, this.#publisher, lakes);
      case 'function':
        return await performFunction(
          this.#connection,
          this.#database.connect,
          step,
          context,
          this.#publisher,
          lakes,
          folder,
        );
    }
  }

  /** Drops what was not looked at for longest, until enough is free. */
  async #makeRoom(needed: ReadonlySet<string>): Promise<void> {
    for (const [name, kept] of this.#kept) {
      if (needed.has(name)) continue;
      const { used } = await this.#connection.numbers(
        'SELECT coalesce(sum(memory_usage_bytes + temporary_storage_bytes), 0) AS used FROM duckdb_memory()',
      );
      if ((used ?? 0) < this.#options.enough) return;
      await this.#drop(kept);
      this.#kept.delete(name);
    }
  }

  async #drop({ step: { into } }: Kept): Promise<void> {
    const behind = this.#publisher.tablesOf(into);
    await this.#connection.shielded(async () => {
      await this.#connection.run(`DROP VIEW IF EXISTS ${qualified(into.schema, into.name)}`);
      const tables = behind.map((table) => qualified(PIPEC, table));
      await this.#connection.drop(...tables, quarantineTable(into));
    });
  }
}

/** How many rows do not hold, for each assertion that some do not. */
export async function broken(
  connection: Connection,
  dataset: string | null,
  assertions: readonly PreviewAssertion[],
): Promise<readonly PreviewNote[]> {
  const notes: PreviewNote[] = [];
  for (const { message, sql } of assertions) {
    const { rows = null } = await connection.numbers(`SELECT count(*) AS "rows" FROM (${sql}\n) AS ${ident('broken')}`);
    if (rows !== null && rows > 0) notes.push({ is: 'assertion', dataset, message, rows });
  }
  return notes;
}

function sourceOf({ dataset, step }: PreviewStep, load: LoadResult | null): PreviewSource | null {
  if (step.kind !== 'load' || load === null) return null;
  return { dataset, read: load.read, isPart: load.read >= (step.sample ?? Number.POSITIVE_INFINITY) };
}

/** How often an engine is told to stop until it does: it does not hear what comes between two statements. */
const AGAIN_MS = 20;

/** Stops what a connection runs when the signal is aborted. To be called when the work is over. */
export function interrupting(connection: Connection, signal: AbortSignal): () => void {
  let repeated: NodeJS.Timeout | undefined;
  const stop = (): void => {
    connection.interrupt();
    repeated ??= setInterval(() => connection.interrupt(), AGAIN_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  return () => {
    signal.removeEventListener('abort', stop);
    clearInterval(repeated);
  };
}
