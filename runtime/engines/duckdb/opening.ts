/**
 * Opens DuckDB files: the one place that does. A file has one instance in a process, as a second one would be blind to the
 * first and would free its lock (docs/decisions/0001-publication-by-view.md, trap 3).
 *
 * DuckDB opens a file on a thread of its own. That takes as long as Node takes to read the modules that work with it, so a run
 * begins with it, and reads them meanwhile: of the engine's package only what is native is needed here.
 */
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import duckdb from '@duckdb/node-bindings';

type Instance = duckdb.Database;

/**
 * How a file is written that is made here; one that is there stays as it is. DuckDB can write what its oldest readers read, and
 * does so by itself: that takes statistics apart and puts them together again, which is a third of what it costs to write a
 * small table. So ours are read by DuckDB 1.2 and later. A table takes a block at least, which is 256 kB by itself.
 */
const FORMAT = { storage_compatibility_version: 'v1.2.0', default_block_size: String(64 * 1024) };

/** Files that this process has open, for a second opener in the same process to wait for. */
const opened = new Set<string>();
/** What has been begun, and has not been asked for yet. */
const ahead = new Map<string, Promise<Instance>>();

/** Null where this process has it open. @param path as `realPath` gives it @throws what DuckDB says */
export function openFile(path: string, readOnly: boolean): Promise<Instance> | null {
  const begun = readOnly ? undefined : ahead.get(path);
  if (begun !== undefined) {
    ahead.delete(path);
    return begun;
  }
  if (opened.has(path)) return null;
  opened.add(path);
  return open(path, readOnly);
}

/** It has been closed. */
export function leaveFile(path: string): void {
  opened.delete(path);
}

/** Begins to open a file for a run. What it gives lets go of the file, if nobody has asked for it until then. */
export function openAhead(path: string): AsyncDisposable | null {
  let [real, isNew] = ['', false];
  try {
    mkdirSync(dirname(path), { recursive: true });
    real = realPath(path);
    isNew = !existsSync(real);
  } catch {
    // Whoever asks for it is told.
    return null;
  }
  const begun = openFile(real, false);
  if (begun === null) return null;
  ahead.set(real, begun);
  // Whoever asks for it is told.
  begun.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      if (ahead.get(real) !== begun) return;
      ahead.delete(real);
      const instance = await begun.catch(() => null);
      if (instance === null) return;
      duckdb.close_sync(instance);
      leaveFile(real);
      if (isNew) rmSync(real, { force: true });
    },
  };
}

/** One spelling of a file's name, as it has one instance. Its folder is there. */
export function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

async function open(path: string, readOnly: boolean): Promise<Instance> {
  try {
    const config = duckdb.create_config();
    const settings = readOnly ? { access_mode: 'READ_ONLY' } : FORMAT;
    for (const [name, value] of Object.entries(settings)) duckdb.set_config(config, name, value);
    return await duckdb.open(path, config);
  } catch (failure) {
    leaveFile(path);
    throw failure;
  }
}
