/** The embedded engine. What a step needs is in `duckdb/`: one file a matter. */
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
import type { EnginePlan } from '../plan.ts';
import { expectColumns, performBuild, performView } from './duckdb/build.ts';
import { type Connection, type Database, openDatabase } from './duckdb/connect.ts';
import { forms } from './duckdb/forms.ts';
import { performFunction } from './duckdb/function.ts';
import { sqlType } from './duckdb/gates.ts';
import { Lakes } from './duckdb/lake.ts';
import { performLoad } from './duckdb/load.ts';
import { CATALOGUE, COMMIT_STATE, Publisher, quarantineTable } from './duckdb/publish.ts';
import { duckDbReader } from './duckdb/reader.ts';
import { expectNoLog, otherColumns, replaying } from './duckdb/replay.ts';
import { type InEnvironment, performed, standing } from './environment.ts';
import { absolutePath, MEMORY } from './place.ts';
import { ident, literal, qualified } from './quote.ts';
import { NO_WAIT } from './turn.ts';
import { typedNames, unchanged } from './unchanged.ts';

type DuckDbPlan = Extract<EnginePlan, { readonly kind: 'duckdb' }>;

export const duckdb: EngineKind<DuckDbPlan> = {
  commitState: COMMIT_STATE,
  catalogue: CATALOGUE,
  forms,
  heldPath: (folder, plan, texts) => absolutePath(folder, plan.path, texts),
  open,
  read,
};

async function read({ folder, plan, texts }: ReadEngine<DuckDbPlan>): Promise<EngineReader> {
  const path = absolutePath(folder, plan.path, texts);
  const database = await openDatabase({
    path: path ?? MEMORY,
    // A database in memory is made by opening it.
    readOnly: path !== null,
    nameHolder: holderText,
    ...NO_WAIT,
  });
  const reader = duckDbReader(await database.connect());
  return {
    ...reader,
    async close() {
      await reader.close();
      await database.close();
    },
  };
}

async function open(options: OpenEngine<DuckDbPlan>): Promise<Engine> {
  const { folder, texts, steps } = options;
  const path = absolutePath(folder, options.plan.path, texts) ?? MEMORY;
  const database = await openDatabase({ ...options, path, readOnly: false });
  const publisher = new Publisher(options.scope);
  const lakes = new Lakes(folder, texts);
  try {
    const first = await database.connect();
    await publisher.open(first, options);
    await lakes.recover(first, steps, publisher);
    first.close();
  } catch (failure) {
    await database.close();
    throw failure;
  }
  return {
    kind: 'duckdb',
    session: async () => session(database, await connected(database, options.began), publisher, lakes, folder),
    reader: () => readerBeside(database),
    close: () => database.close(),
  };
}

/** Its questions may need all memory. */
async function readerBeside(database: Database): Promise<EngineReader> {
  const reader = duckDbReader(await database.connect());
  const leave = await database.room.enter();
  return {
    ...reader,
    async close() {
      await reader.close();
      await leave();
    },
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

function session(
  database: Database,
  connection: Connection,
  publisher: Publisher,
  lakes: Lakes,
  folder: string,
): EngineSession {
  const work: EngineSession['perform'] = (step, context) => {
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
  };
  const environment: InEnvironment = {
    versions: publisher,
    share: (into, published, _warn, also) => publisher.move(connection, into, published, also),
    tell: (into, published) => publisher.tell(connection, into, published),
  };
  return {
    perform: (step, context) =>
      performed(step, context, environment, async () => {
        const leave = await connection.room.enter();
        try {
          return await work(step, context);
        } finally {
          await leave();
        }
      }),

    unchanged: (step, context) =>
      standing(step, environment, () =>
        unchanged(step, context, {
          versions: publisher,
          lakes,
          folder,
          typeOf: sqlType,
          embedded: () => Promise.resolve(connection),
          // The view of a lake reads its files.
          expectColumns: async (into, columns) => {
            if (into.storage.kind === 'table') await expectColumns(connection, into, columns);
          },
        }),
      ),
    async change(change, by) {
      switch (change.kind) {
        case 'remove':
          return await publisher.remove(connection, change.removed, by, change.held);
        case 'place':
          return await publisher.place(connection, change.move, by);
        case 'forget':
          return await publisher.forget(connection, change.removed);
        case 'leave':
          // Without CASCADE: what somebody else has in it keeps it.
          await connection.run(`DROP SCHEMA IF EXISTS ${ident(change.schema)}`).catch(() => undefined);
      }
    },
    note: (line) => publisher.record(connection, line),
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
  await expectColumns(connection, step.into, typedNames(step, sqlType)).catch(() => {
    throw otherColumns(step);
  });
  const { into } = step;
  const standing = { rows: qualified(into.schema, into.name), quarantine: quarantineTable(into) };
  const [, , context, publisher, lakes, folder] = given;
  return await performLoad(connection, step, context, publisher, lakes, folder, replaying(standing));
}
