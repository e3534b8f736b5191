/**
 * PostgreSQL inside this process, from its package. To make a new database takes it seconds, and each is as the one before:
 * so the first is kept in the person's cache folder, once for each version of the package, and every other is a copy.
 */
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  constants as fsConstants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { personCache } from '../../person-cache.ts';
import { optionalPackage, packageFile } from '../optional-package.ts';

/** What is used of the package, which is not there where types are checked. */
export interface Queries {
  query(
    sql: string,
    parameters: readonly unknown[],
    options: {
      readonly rowMode: 'array';
      readonly parsers?: Readonly<Record<string, (text: string) => string>>;
      readonly blob?: Blob;
    },
  ): Promise<{
    readonly rows: readonly (readonly (string | null)[])[];
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
    readonly affectedRows?: number;
  }>;
}
export interface PGlite extends Queries {
  readonly parsers: Readonly<Record<string, unknown>>;
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  dumpDataDir(compression: 'none'): Promise<Blob>;
  close(): Promise<void>;
}
interface Package {
  readonly PGlite: { create(path: string, options?: { readonly loadDataDir?: Blob }): Promise<PGlite> };
}

const NAME = '@electric-sql/pglite';
export const MEMORY = ':memory:';
const IN_MEMORY = 'memory://';

/**
 * Opens the database of a folder, which is made where there is none; or one in memory, which goes when it is closed.
 * @param folder that of the project, whose packages are used
 * @throws PipecError `package-missing`; else what the package throws
 */
export async function openPGlite(path: string, folder: string): Promise<PGlite> {
  const { PGlite } = (await optionalPackage(NAME, folder)) as Package;
  const kept = await keptDatabase(PGlite, packageFile(NAME, folder));
  if (path === MEMORY) return await inMemory(PGlite, kept);
  if (kept !== null && isEmpty(path)) return await copied(PGlite, kept, path);
  return await PGlite.create(path);
}

async function inMemory(PGlite: Package['PGlite'], kept: string | null): Promise<PGlite> {
  if (kept === null) return await PGlite.create(IN_MEMORY);
  try {
    return await PGlite.create(IN_MEMORY, { loadDataDir: new Blob([readFileSync(join(kept, ARCHIVE))]) });
  } catch {
    rmSync(kept, { recursive: true, force: true });
    return await PGlite.create(IN_MEMORY);
  }
}

/** The copy is in its place when it is whole. One that is damaged is made as if there were none to copy. */
async function copied(PGlite: Package['PGlite'], kept: string, path: string): Promise<PGlite> {
  const beside = `${path}.new`;
  try {
    rmSync(beside, { recursive: true, force: true });
    cpSync(join(kept, DATABASE), beside, { recursive: true, mode: fsConstants.COPYFILE_FICLONE });
    rmSync(path, { recursive: true, force: true });
    renameSync(beside, path);
    return await PGlite.create(path);
  } catch {
    for (const left of [beside, path, kept]) rmSync(left, { recursive: true, force: true });
    return await PGlite.create(path);
  }
}

/** Of a database that is kept: its folder, and an archive of the same for those in memory. */
const DATABASE = 'database';
const ARCHIVE = 'database.tar';

/** The folder of what is kept for this version; null where the cache takes nothing. */
async function keptDatabase(PGlite: Package['PGlite'], file: string): Promise<string | null> {
  const all = join(personCache(process.env), 'pipec', 'pglite');
  try {
    const { version } = JSON.parse(readFileSync(join(dirname(file), '..', 'package.json'), 'utf8'));
    const kept = join(all, String(version));
    if (isEmpty(kept)) await keep(PGlite, all, kept);
    return kept;
  } catch {
    return null;
  }
}

const IN_WORK = 'new-';
const HOUR_MS = 3_600_000;

/** Makes it beside, and puts it in its place, unless another process has by then. */
async function keep(PGlite: Package['PGlite'], all: string, kept: string): Promise<void> {
  const made = join(all, `${IN_WORK}${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(made, { recursive: true });
    removeLeftBehind(all);
    const database = await PGlite.create(join(made, DATABASE));
    const archive = await database.dumpDataDir('none');
    await database.close();
    writeFileSync(join(made, ARCHIVE), await archive.bytes());
    renameSync(made, kept);
  } catch (thrown) {
    rmSync(made, { recursive: true, force: true });
    if (isEmpty(kept)) throw thrown;
  }
}

/** What a process left that was killed while it made one. */
function removeLeftBehind(all: string): void {
  for (const name of readdirSync(all)) {
    const path = join(all, name);
    if (name.startsWith(IN_WORK) && statSync(path).mtimeMs < Date.now() - HOUR_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

/** Also where there is none. */
function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
