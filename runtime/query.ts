/** Questions to a target from outside of a run: the file itself where it is free, else whoever holds it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ColumnOfRows, ReadEngine } from './engine.ts';
import { engineTexts, heldPath, openReader } from './engines/registry.ts';
import { PipecError, redacted } from './errors.ts';
import type { TargetPlan } from './plan.ts';
import { resolveTexts } from './secrets.ts';
import { askHolder, socketPath } from './serve.ts';

export interface TargetQuery {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  readonly target: TargetPlan;
  /** One statement that reads. It sees published versions only. */
  readonly sql: string;
  /** At most so many rows; null is all. */
  readonly limit: number | null;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface TargetRows {
  readonly columns: readonly ColumnOfRows[];
  /**
   * Rows in batches, each an array by column, in the forms of `--json`: int64 and decimal as strings, dates and
   * timestamps as ISO 8601 in UTC. Drain it or call `return()`: it holds the database until then.
   */
  readonly batches: AsyncGenerator<readonly (readonly unknown[])[], void, void>;
}

/** How long a question waits for a process that holds the file and does not answer (one that is just starting). */
const PATIENCE_MS = 10_000;

/** @throws PipecError `database-missing`, `database-busy`, `query-refused`, `statement-failed` … */
export async function queryTarget(query: TargetQuery): Promise<TargetRows> {
  const { folder, target, sql, limit } = query;
  const texts = await resolveTexts(engineTexts(target.engine), target.secrets, folder, query.env);
  const engine = { folder, plan: target.engine, texts };
  const held = await heldPath(folder, target.engine, texts);
  if (held === null) return await askEngine(engine, sql, limit);
  const socket = socketPath(folder, held);
  const start = performance.now();
  for (;;) {
    const answer = await askHolder(socket, sql, limit).catch((failure: unknown) => {
      // The run ended between the question and the answer's first line: its rows are now in the free file.
      if (failure instanceof PipecError && failure.code === 'holder-gone') return null;
      throw failure;
    });
    if (answer !== null) return answer;
    try {
      return await askEngine(engine, sql, limit);
    } catch (failure) {
      const busy = failure instanceof PipecError && failure.code === 'database-busy';
      if (!busy || performance.now() - start > PATIENCE_MS) throw failure;
      await sleep(50);
    }
  }
}

/** What a driver says of a failure may hold the address that it was given. */
async function askEngine(engine: ReadEngine, sql: string, limit: number | null): Promise<TargetRows> {
  const { redact } = engine.texts;
  const reader = await openReader(engine).catch((failure: unknown) => {
    throw redacted(failure, redact);
  });
  try {
    const { columns, batches } = await reader.query(sql, limit);
    async function* all(): TargetRows['batches'] {
      try {
        yield* batches;
      } catch (failure) {
        throw redacted(failure, redact);
      } finally {
        await reader.close();
      }
    }
    return { columns, batches: all() };
  } catch (failure) {
    await reader.close();
    throw redacted(failure, redact);
  }
}

/** A run may end while it answers, and another begin: so often a whole answer is asked for. */
const ANSWERS = 3;

/** All rows of a question as objects by column. */
export async function queryAll(query: TargetQuery): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return await wholeAnswer(async () => await allRows(await queryTarget(query)));
}

/** Nobody has seen a row of an answer that its holder did not end, so the question is asked again, of the file. */
export async function wholeAnswer<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (failure) {
      const gone = failure instanceof PipecError && failure.code === 'holder-gone';
      if (!gone || tries === ANSWERS) throw failure;
    }
  }
}

/** Rows as objects by column. */
export async function allRows({ columns, batches }: TargetRows): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const batch of batches) {
    for (const row of batch) rows.push(Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  }
  return rows;
}

/** A target that is asked several questions: opened once where it can be. */
export interface OpenTarget {
  /** @throws PipecError as `queryTarget` does. The answer before must have been drained. */
  readonly query: (sql: string) => Promise<TargetRows>;
  readonly close: () => Promise<void>;
}

/** @throws PipecError `database-missing` … */
export async function openTarget(place: Omit<TargetQuery, 'sql' | 'limit'>): Promise<OpenTarget> {
  const { folder, target } = place;
  const texts = await resolveTexts(engineTexts(target.engine), target.secrets, folder, place.env);
  const hidden = (failure: unknown): never => {
    throw redacted(failure, texts.redact);
  };
  const reader = await openReader({ folder, plan: target.engine, texts }).catch((failure: unknown) => {
    // Whoever holds it answers, as long as it does.
    if (failure instanceof PipecError && failure.code === 'database-busy') return null;
    return hidden(failure);
  });
  if (reader === null) {
    return { query: (sql) => queryTarget({ ...place, sql, limit: null }), close: () => Promise.resolve() };
  }
  return {
    async query(sql) {
      const { columns, batches } = await reader.query(sql, null).catch(hidden);
      async function* all(): TargetRows['batches'] {
        try {
          yield* batches;
        } catch (failure) {
          hidden(failure);
        }
      }
      return { columns, batches: all() };
    },
    close: async () => await reader.close(),
  };
}
