/** The embedded engine. What a step needs is in `duckdb/`: one file a matter. */
import { isAbsolute, join } from 'node:path';
import {
  type Engine,
  type EngineKind,
  type EngineReader,
  type EngineSession,
  holderText,
  type OpenEngine,
  type ReadEngine,
  type StepResult,
} from '../engine.ts';
import type { EnginePlan, Step, ViewStep } from '../plan.ts';
import type { Texts } from '../secrets.ts';
import { filePattern } from '../sources/file.ts';
import { checkTypes, performBuild, performView } from './duckdb/build.ts';
import { type Connection, type Database, openDatabase } from './duckdb/connect.ts';
import { fileVersions, findFiles } from './duckdb/files.ts';
import { performFunction } from './duckdb/function.ts';
import { sqlType } from './duckdb/gates.ts';
import { Lakes } from './duckdb/lake.ts';
import { performLoad } from './duckdb/load.ts';
import { COMMIT_STATE, Publisher, quarantineTable } from './duckdb/publish.ts';
import { duckDbReader } from './duckdb/reader.ts';
import { expectNoLog, otherColumns, replaying } from './duckdb/replay.ts';
import { dueText } from './grow.ts';
import { MEMORY } from './place.ts';
import { literal, qualified } from './quote.ts';
import { NO_WAIT } from './turn.ts';

type DuckDbPlan = Extract<EnginePlan, { readonly kind: 'duckdb' }>;

export const duckdb: EngineKind<DuckDbPlan> = {
  texts: (plan) => [plan.path],
  commitState: COMMIT_STATE,
  heldPath(folder, plan, texts) {
    const path = pathOf(folder, plan, texts);
    return path === MEMORY ? null : path;
  },
  open,
  read,
};

/** Absolute path of the database file; `:memory:` stays. */
function pathOf(folder: string, plan: DuckDbPlan, texts: Texts): string {
  const path = texts.valueOf(plan.path);
  return path === MEMORY || isAbsolute(path) ? path : join(folder, path);
}

async function read({ folder, plan, texts }: ReadEngine<DuckDbPlan>): Promise<EngineReader> {
  const database = await openDatabase({
    path: pathOf(folder, plan, texts),
    // A database in memory is made by opening it.
    readOnly: pathOf(folder, plan, texts) !== MEMORY,
    nameHolder: holderText,
    ...NO_WAIT,
  });
  const reader = duckDbReader(await database.connect());
  return {
    ...reader,
    async close() {
      await reader.close();
      database.close();
    },
  };
}

async function open(options: OpenEngine<DuckDbPlan>): Promise<Engine> {
  const { folder, texts, steps } = options;
  const path = pathOf(folder, options.plan, texts);
  const database = await openDatabase({ ...options, path, readOnly: false });
  const publisher = new Publisher();
  const lakes = new Lakes(folder, texts);
  try {
    const first = await database.connect();
    await publisher.open(first, options);
    await lakes.recover(first, steps, publisher);
    first.close();
  } catch (failure) {
    database.close();
    throw failure;
  }
  return {
    kind: 'duckdb',
    session: async () => session(database, await connected(database, options.began), publisher, lakes, folder),
    reader: async () => duckDbReader(await database.connect()),
    close: async () => database.close(),
  };
}

/** A connection in which `now()` is the instant at which the run began. */
async function connected(
  database: { readonly connect: () => Promise<Connection> },
  began: string,
): Promise<Connection> {
  const connection = await database.connect();
  await connection.run(`SET VARIABLE run_began = CAST(${literal(began)} AS TIMESTAMPTZ)`);
  return connection;
}

/** Somebody may have altered it by hand. @throws PipecError */
async function expectColumns(connection: Connection, step: Exclude<Step, ViewStep>): Promise<void> {
  const { into } = step;
  const columns = step.columns.map((column) => ({
    name: column.name,
    sqlType: 'sqlType' in column ? column.sqlType : sqlType(column.type),
  }));
  checkTypes({ into, columns }, await connection.describe(`SELECT * FROM ${qualified(into.schema, into.name)}`));
}

function session(
  database: Database,
  connection: Connection,
  publisher: Publisher,
  lakes: Lakes,
  folder: string,
): EngineSession {
  return {
    perform(step, context) {
      switch (step.kind) {
        case 'load':
          return context.replay === true
            ? performReplay(connection, step, context, publisher, lakes, folder)
            : performLoad(connection, step, context, publisher, lakes, folder);
        case 'build':
          return performBuild(connection, step, context, publisher, lakes);
        case 'view':
          return performView(connection, step, context, publisher);
        case 'function':
          return performFunction(connection, database.connect, step, context, publisher, lakes, folder);
      }
    },
    async unchanged(step, { inputs, texts, began }) {
      // A view costs nothing to do.
      if (step.kind === 'view' || inputs === null) return null;
      try {
        const files =
          step.kind === 'load' && step.from.kind === 'file'
            ? await findFiles(connection, filePattern(step.from, folder, texts))
            : [];
        const due = step.kind === 'build' ? dueText(step, began) : [];
        const basis = publisher.basis(step, inputs, [...(await fileVersions(files)), ...due]);
        const { build } = publisher.published(step.into);
        const { storage } = step.into;
        const whole = publisher.stands(step.into, basis) && (storage.kind === 'table' || lakes.has(storage, build));
        if (!whole) return null;
        if (storage.kind === 'table') await expectColumns(connection, step);
        return publisher.standing(step);
      } catch {
        // Whatever is wrong is told when the step is done.
        return null;
      }
    },
    interrupt: () => connection.interrupt(),
    progress() {
      const { percentage } = connection.raw.progress;
      return percentage < 0 ? null : percentage / 100;
    },
    close: () => connection.close(),
  };
}

/** What is in quarantine, in place of the source. */
async function performReplay(...given: Parameters<typeof performLoad>): Promise<StepResult> {
  const [connection, step] = given;
  expectNoLog(step);
  await expectColumns(connection, step).catch(() => {
    throw otherColumns(step);
  });
  const { into } = step;
  const standing = { rows: qualified(into.schema, into.name), quarantine: quarantineTable(into) };
  const [, , context, publisher, lakes, folder] = given;
  return await performLoad(connection, step, context, publisher, lakes, folder, replaying(standing));
}
