/** The embedded engine. What a step needs is in `duckdb/`: one file a matter. */
import { isAbsolute, join } from 'node:path';
import type { Engine, EngineSession, OpenEngine } from '../engine.ts';
import { filePattern } from '../sources/file.ts';
import { performBuild, performView } from './duckdb/build.ts';
import { type Connection, openDatabase } from './duckdb/connect.ts';
import { fileVersions, findFiles } from './duckdb/files.ts';
import { Lakes } from './duckdb/lake.ts';
import { performLoad } from './duckdb/load.ts';
import { Publisher } from './duckdb/publish.ts';
import { duckDbReader } from './duckdb/reader.ts';

export async function openDuckDb(options: OpenEngine): Promise<Engine> {
  const { folder, texts, steps } = options;
  const path = databasePath(folder, texts.valueOf(options.plan.path));
  const database = await openDatabase({ ...options, path, readOnly: false });
  const publisher = new Publisher();
  const lakes = new Lakes(folder, texts);
  try {
    const first = await database.connect();
    await publisher.open(first, steps);
    await lakes.recover(first, steps, publisher);
    first.close();
  } catch (failure) {
    database.close();
    throw failure;
  }
  return {
    kind: 'duckdb',
    session: async () => session(await database.connect(), publisher, lakes, folder),
    reader: async () => duckDbReader(await database.connect()),
    close: async () => database.close(),
  };
}

/** Absolute path of a database file; `:memory:` stays. */
export function databasePath(folder: string, path: string): string {
  return path === ':memory:' || isAbsolute(path) ? path : join(folder, path);
}

function session(connection: Connection, publisher: Publisher, lakes: Lakes, folder: string): EngineSession {
  return {
    perform(step, context) {
      switch (step.kind) {
        case 'load':
          return performLoad(connection, step, context, publisher, lakes, folder);
        case 'build':
          return performBuild(connection, step, context, publisher, lakes);
        case 'view':
          return performView(connection, step, context, publisher);
      }
    },
    async unchanged(step, { inputs, texts }) {
      // A view costs nothing to do.
      if (step.kind === 'view' || inputs === null) return null;
      try {
        const files = step.kind === 'load' ? await findFiles(connection, filePattern(step.from, folder, texts)) : [];
        const basis = publisher.basis(step, inputs, await fileVersions(files));
        const { build, rows } = publisher.published(step.into);
        const { storage } = step.into;
        const whole = publisher.stands(step.into, basis) && (storage.kind === 'table' || lakes.has(storage, build));
        return whole ? { rows } : null;
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
