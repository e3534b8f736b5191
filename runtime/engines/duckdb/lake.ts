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
import { copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { runError } from '../../errors.ts';
import type { Destination, Step } from '../../plan.ts';
import type { Texts } from '../../secrets.ts';
import { isLog, POSITION } from '../increments/follow.ts';
import type { Published } from '../published.ts';
import { ident, literal, qualified, subquery } from '../quote.ts';
import { logName, PIPEC } from '../versions.ts';
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
  /** Those of them that were not in the version before: all, unless it was added to. */
  readonly came: number;
  /** These, where there are any: a relation. */
  readonly fresh: string;
  /** Runs the work; the folder goes when it throws before publication. */
  readonly keptOrRemoved: <T>(work: () => Promise<T>) => Promise<T>;
  /** Prepares the manifest, commits the database's part, renames the manifest. */
  readonly publish: <T>(
    columns: readonly { readonly name: string }[],
    run: string,
    commit: () => Promise<T>,
  ) => Promise<T>;
}

/** The files of one version as a relation. `hive_partitioning` off: else a column `v` would appear. */
export function lakeRelation(folder: string, files = '*'): string {
  return `read_parquet(${literal(`${folder}/**/${files}.parquet`)}, hive_partitioning = false)`;
}

/** What must be seen at the same time as a version: of a log, its rows with their positions. */
export function besideLake(into: Destination, folder: string): string {
  const view = qualified(PIPEC, logName(into));
  return isLog(into)
    ? `CREATE OR REPLACE VIEW ${view} AS SELECT * FROM ${lakeRelation(folder)}`
    : `DROP VIEW IF EXISTS ${view}`;
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
    return await this.#newVersion(storage, build, async (folder) => {
      const partitioned = storage.partitionBy.length > 0;
      const target = partitioned ? folder : `${folder}/part-0.parquet`;
      const options = partitioned
        ? `, PARTITION_BY (${storage.partitionBy.map(ident).join(', ')}), WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE true`
        : '';
      const rows = await connection.run(`COPY ${subquery(sql)} TO ${literal(target)} (FORMAT parquet${options})`);
      if (partitioned && rows === 0)
        await connection.run(`COPY ${subquery(sql)} TO ${literal(`${folder}/part-0.parquet`)} (FORMAT parquet)`);
      await syncAll(folder);
      return { rows, came: rows, fresh: lakeRelation(folder) };
    });
  }

  /** A version with the files of the one before, and those of more rows. */
  async add(
    connection: Connection,
    storage: LakeStorage,
    build: string,
    before: string,
    sql: string,
  ): Promise<LakeVersion> {
    return await this.#newVersion(storage, build, async (folder) => {
      const file = `${folder}/part-${build}.parquet`;
      const came = await connection.run(`COPY ${subquery(sql)} TO ${literal(file)} (FORMAT parquet)`);
      if (came === 0) await rm(file);
      else await syncPath(file);
      await linkAll(`${this.path(storage)}/v=${before}`, folder);
      const { rows } = await connection.numbers(`SELECT count(*) AS "rows" FROM ${lakeRelation(folder)}`);
      return { rows: rows ?? 0, came, fresh: lakeRelation(folder, `part-${build}`) };
    });
  }

  async #newVersion(
    storage: LakeStorage,
    build: string,
    work: (folder: string) => Promise<Pick<LakeVersion, 'rows' | 'came' | 'fresh'>>,
  ): Promise<LakeVersion> {
    const root = this.path(storage);
    const folder = `${root}/v=${build}`;
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
      await mkdir(folder, { recursive: true });
    } catch (thrown) {
      throw fileFailure(thrown, folder);
    }
    try {
      return version(root, { build, folder, ...(await work(folder)) }, remove);
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
        const known = { build, table: null, rows, run, basis: null, warned: [] };
        await publisher.publish(connection, into, known, select, [besideLake(into, folder)]);
      } else if (committed !== null && existsSync(folder) && !publisher.readsBelow(into, folder)) {
        // The project was moved: what stands is as good as it was, but elsewhere.
        const relation = lakeRelation(folder);
        const names = (await columnsOf(connection, folder)).map(({ name }) => ident(name)).join(', ');
        await publisher.publish(connection, into, published, `SELECT ${names} FROM ${relation}`, [
          besideLake(into, folder),
        ]);
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

/** Those that readers see. */
const columnsOf = async (connection: Connection, folder: string) =>
  (await connection.describe(`SELECT * FROM ${lakeRelation(folder)}`)).filter(({ name }) => name !== POSITION);

function version(
  root: string,
  own: Pick<LakeVersion, 'build' | 'folder' | 'rows' | 'came' | 'fresh'>,
  remove: () => Promise<void>,
): LakeVersion {
  const { build, rows } = own;
  let committed = false;
  return {
    ...own,
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
      const done = await commit();
      committed = true;
      await moveManifest(root);
      await sweep(root, readManifest(root));
      return done;
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

/** The files of a folder in another one as well, which costs nothing: none of them is ever changed. */
async function linkAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    const [file, other] = [join(from, name), join(to, name)];
    await link(file, other).catch(async (thrown: NodeJS.ErrnoException) => {
      // Not every file system has links.
      if (!['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(thrown.code ?? '')) throw fileFailure(thrown, to);
      await copyFile(file, other);
      await syncPath(other);
    });
  }
  await syncPath(to);
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
