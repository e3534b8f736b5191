/**
 * Databases that a process leaves open between two of its runs, as opening one, and writing it down when it is closed, takes
 * longer than many a run (docs/decisions/0008-one-run-after-another.md). Only where nothing that a step does in it is left
 * for the next run to find.
 */
import { statSync } from 'node:fs';

interface Kept {
  readonly database: object;
  readonly file: string;
  readonly close: () => Promise<void>;
}

const kept = new Map<string, Kept>();
let isKeeping = false;

/** From now on: who calls it sees to it that `closeKept` is called before the process ends, and when there is no next run. */
export function keepBetweenRuns(): void {
  isKeeping = true;
}

/** Which file it is that lies at a path; another may be put in its place. Empty where there is none. */
export function fileAt(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.dev} ${found.ino}`;
}

/** Leaves it open for the next run of this process, or closes it where none is to come. @param file it was when it was opened */
export async function leave(path: string, { database, file, close }: Kept): Promise<void> {
  if (isKeeping) kept.set(path, { database, file, close });
  else await close();
}

/** What was left open of the file that lies there, for whoever takes it to leave again; null where there is none. */
export async function takeKept<Database extends object>(path: string): Promise<Database | null> {
  const found = kept.get(path);
  if (found === undefined) return null;
  kept.delete(path);
  if (found.file === fileAt(path)) return found.database as Database;
  await found.close();
  return null;
}

export async function closeKept(): Promise<void> {
  const all = [...kept.values()];
  kept.clear();
  await Promise.all(all.map(({ close }) => close()));
}
