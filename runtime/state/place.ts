/** Where the operational state of a target is kept. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TargetPlan } from '../plan.ts';
import type { Texts } from '../secrets.ts';
import type { StateDatabase } from './database.ts';

/** A file, or `:memory:`. */
export interface StatePlace {
  readonly kind: 'sqlite';
  /** Absolute. */
  readonly path: string;
}

/** Where a target says that it is. @param folder the project's, absolute @param texts with the target's resolved */
export function statePlace({ state }: TargetPlan, folder: string, texts: Texts): StatePlace {
  const path = texts.valueOf(state);
  return { kind: 'sqlite', path: path === ':memory:' ? path : resolve(folder, path) };
}

/** Makes it where it is not there, and brings one of an earlier version forward. @throws PipecError `state-unusable`, `state-damaged` */
export async function openDatabase(place: StatePlace): Promise<StateDatabase> {
  const { openSqlite } = await import('./sqlite.ts');
  return openSqlite(place.path);
}

/** Whether anything has been kept there. */
export async function isThere(place: StatePlace): Promise<boolean> {
  return await access(place.path).then(
    () => true,
    () => false,
  );
}
