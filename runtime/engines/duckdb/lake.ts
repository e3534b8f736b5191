/**
 * A lake: Parquet files below `<path>/v=<build>/`, and `_manifest.json` that names the current build.
 *
 * The public view and the state row commit first, in the database; the manifest, already written and synced under
 * another name, is renamed right after. So a kill leaves either all of the old version, or the new one in the database
 * and a manifest that `recover` brings up to it: nothing is lost, quarantine included. Where the database knows nothing
 * of a lake (a new file), its view follows the manifest. A superseded folder stays for a grace period, as DuckDB opens
 * the files of a running scan one by one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { runError } from '../../errors.ts';
import type { Destination, Step } from '../../plan.ts';
import type { Texts } from '../../secrets.ts';
import { ident, literal, subquery } from '../quote.ts';
import type { Published } from '../versions.ts';
import type { Connection } from './connect.ts';
import type { Publisher } from './publish.ts';

const GRACE_MS = 24 * 60 * 60 * 1000;
const MANIFEST = '_manifest.json';

type LakeStorage = Extract<Destination['storage'], { kind: 'lake' }>;

export interface Manifest {
  readonly version: 1;
  readonly build: string;
  readonly rows: number;
  readonly run: string;
  readonly at: string;
  readonly columns: readonly string[];
  /** Folders that readers may still be in, with the time at which each was superseded. */
  readonly superseded: readonly { readonly build: string; readonly at: string }[];
}

export interface LakeVersion {
  readonly build: string;
  readonly folder: string;
  readonly rows: number;
  /** Runs the work; the folder goes when it throws before publication. */
  readonly keptOrRemoved: <T>(work: () => Promise<T>) => Promise<T>;
  /** Prepares the manifest, commits the database's part, renames the manifest. */
  readonly publish: (
    columns: readonly { readonly name: string }[],
    run: string,
    commit: () => Promise<void>,
  ) => Promise<void>;
}

/** The files of one version as a relation. `hive_partitioning` off: else a column `v` would appear. */
export function lakeRelation(folder: string): string {
  return `read_parquet(${literal(`${folder}/**/*.parquet`)}, hive_partitioning = false)`;
}

export class Lakes {
  readonly #folder: string;
  readonly #texts: Texts;

  constructor(folder: string, texts: Texts) {
    this.#folder = folder;
    this.#texts = texts;
  }

  path(storage: LakeStorage): string {
    const path = this.#texts.valueOf(storage.path).replace(/\/+$/, '');
    if (/^[a-z][a-z0-9+]*:\/\//i.test(path)) throw runError('not-supported', { what: `a lake at ${path}` });
    return isAbsolute(path) ? path : join(this.#folder, path);
  }

  /** Whether the files of a version are there. */
  has(storage: LakeStorage, build: string | null): boolean {
    return build !== null && existsSync(`${this.path(storage)}/v=${build}`);
  }

  /** Writes a version's files and syncs nothing yet seen by anyone. An empty result gives one file without rows. */
  async write(connection: Connection, storage: LakeStorage, build: string, sql: string): Promise<LakeVersion> {
    const root = this.path(storage);
    const folder = `${root}/v=${build}`;
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
      await mkdir(folder, { recursive: true });
    } catch (thrown) {
      throw fileFailure(thrown, folder);
    }
    try {
      const partitioned = storage.partitionBy.length > 0;
      const target = partitioned ? folder : `${folder}/part-0.parquet`;
      const options = partitioned
        ? `, PARTITION_BY (${storage.partitionBy.map(ident).join(', ')}), WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE true`
        : '';
      const rows = await connection.run(`COPY ${subquery(sql)} TO ${literal(target)} (FORMAT parquet${options})`);
      if (partitioned && rows === 0)
        await connection.run(`COPY ${subquery(sql)} TO ${literal(`${folder}/part-0.parquet`)} (FORMAT parquet)`);
      await syncAll(folder);
      return version(root, folder, build, rows, remove);
    } catch (failure) {
      await remove().catch(() => undefined);
      throw failure;
    }
  }

  /**
   * Brings manifests and folders to what is committed; views of lakes the database does not know follow the manifest.
   * Called once, before the first task.
   */
  async recover(connection: Connection, steps: readonly Step[], publisher: Publisher): Promise<void> {
    for (const { into } of steps) {
      if (into.storage.kind !== 'lake') continue;
      const root = this.path(into.storage);
      if (!existsSync(root)) continue;
      const manifest = readManifest(root);
      const published = publisher.published(into);
      const committed = published.build;
      const folder = `${root}/v=${committed ?? manifest?.build}`;
      if (committed === null && manifest !== null && existsSync(folder)) {
        const { build, rows, run } = manifest;
        const select = `SELECT ${manifest.columns.map(ident).join(', ')} FROM ${lakeRelation(folder)}`;
        await publisher.publish(connection, into, { build, table: null, rows, run, basis: null, warned: [] }, select);
      } else if (committed !== null && existsSync(folder) && !publisher.readsBelow(into, folder)) {
        // The project was moved: what stands is as good as it was, but elsewhere.
        const relation = lakeRelation(folder);
        const names = (await columnsOf(connection, folder)).map(({ name }) => ident(name)).join(', ');
        await publisher.publish(connection, into, published, `SELECT ${names} FROM ${relation}`);
      }
      await bringManifest(root, published, () => Promise.resolve(connection));
    }
  }

  /** Brings manifests and folders to what is committed in a target that keeps a copy of a lake's rows itself. */
  async recoverFiles(
    connect: () => Promise<Connection>,
    steps: readonly Step[],
    published: (into: Destination) => Pick<Published, 'build' | 'rows' | 'run'>,
  ): Promise<void> {
    for (const { into } of steps) {
      if (into.storage.kind !== 'lake') continue;
      const root = this.path(into.storage);
      if (existsSync(root)) await bringManifest(root, published(into), connect);
    }
  }
}

async function bringManifest(
  root: string,
  { build, rows, run }: Pick<Published, 'build' | 'rows' | 'run'>,
  connect: () => Promise<Connection>,
): Promise<void> {
  const folder = `${root}/v=${build}`;
  if (build !== null && existsSync(folder) && readManifest(root)?.build !== build) {
    await prepareManifest(root, build, rows ?? 0, await columnsOf(await connect(), folder), run ?? 'recovered');
    await moveManifest(root);
  }
  await sweep(root, readManifest(root));
}

const columnsOf = (connection: Connection, folder: string) =>
  connection.describe(`SELECT * FROM ${lakeRelation(folder)}`);

function version(root: string, folder: string, build: string, rows: number, remove: () => Promise<void>): LakeVersion {
  let committed = false;
  return {
    build,
    folder,
    rows,
    async keptOrRemoved(work) {
      try {
        return await work();
      } catch (failure) {
        // After the commit the files are the published version, whatever went wrong later.
        if (!committed) await remove().catch(() => undefined);
        throw failure;
      }
    },
    async publish(columns, run, commit) {
      await prepareManifest(root, build, rows, columns, run);
      await commit();
      committed = true;
      await moveManifest(root);
      await sweep(root, readManifest(root));
    },
  };
}

function readManifest(root: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(root, MANIFEST), 'utf8')) as Manifest;
  } catch {
    return null;
  }
}

async function prepareManifest(
  root: string,
  build: string,
  rows: number,
  columns: readonly { readonly name: string }[],
  run: string,
): Promise<void> {
  const before = readManifest(root);
  const at = new Date().toISOString();
  const manifest: Manifest = {
    version: 1,
    build,
    rows,
    run,
    at,
    columns: columns.map(({ name }) => name),
    superseded:
      before === null ? [] : [...before.superseded, { build: before.build, at }].filter((old) => !expired(old.at)),
  };
  try {
    const file = await open(join(root, `${MANIFEST}.tmp`), 'w');
    try {
      await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw fileFailure(thrown, root);
  }
}

async function moveManifest(root: string): Promise<void> {
  await rename(join(root, `${MANIFEST}.tmp`), join(root, MANIFEST));
  await syncPath(root);
}

/**
 * Removes what killed runs left at once, and superseded folders after their grace period. A manifest that cannot be read
 * names what is in use all the same, so nothing goes.
 */
async function sweep(root: string, manifest: Manifest | null): Promise<void> {
  if (manifest === null && existsSync(join(root, MANIFEST))) return;
  const kept = new Set(
    manifest === null
      ? []
      : [manifest.build, ...manifest.superseded.filter((old) => !expired(old.at)).map((old) => old.build)],
  );
  for (const name of await readdir(root)) {
    const build = /^v=([a-z2-7]{8})$/.exec(name)?.[1];
    const left = name === `${MANIFEST}.tmp` || (build !== undefined && !kept.has(build));
    if (left) await rm(join(root, name), { recursive: true, force: true });
  }
}

function expired(at: string): boolean {
  return Date.now() - Date.parse(at) > GRACE_MS;
}

async function syncAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await syncPath(join(entry.parentPath, entry.name));
  }
  await syncPath(folder);
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileFailure(thrown: unknown, path: string): Error {
  const { code = '', message = String(thrown) } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return runError('disk-full', { why: message });
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return runError('not-writable', { path, why: message });
  return thrown instanceof Error ? thrown : new Error(message);
}
