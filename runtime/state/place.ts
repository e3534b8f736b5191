/** Where the operational state of a target is kept. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { StatePlan, Text } from '../plan.ts';
import type { Texts } from '../secrets.ts';
import type { StateDatabase } from './database.ts';

export type StatePlace =
  /** Absolute, or `:memory:`. */
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string };

/** What of it is known at run time at the latest. */
export function stateText(plan: StatePlan): Text {
  return plan.kind === 'sqlite' ? plan.path : plan.url;
}

/** @param folder the project's, absolute @param texts with `stateText` resolved */
export function statePlace(plan: StatePlan, folder: string, texts: Texts): StatePlace {
  const text = texts.valueOf(stateText(plan));
  if (plan.kind === 'postgres') return { kind: 'postgres', url: text, schema: plan.schema };
  return { kind: 'sqlite', path: text === ':memory:' ? text : resolve(folder, text) };
}

/**
 * Makes it where it is not there, and brings one of an earlier version forward.
 * @throws PipecError `state-unusable`, `state-damaged`, and what a server says
 */
export async function openDatabase(place: StatePlace): Promise<StateDatabase> {
  switch (place.kind) {
    case 'sqlite': {
      const { openSqlite } = await import('./sqlite.ts');
      return openSqlite(place.path);
    }
    case 'postgres': {
      const { openPostgres } = await import('./postgres.ts');
      return await openPostgres(place.url, place.schema);
    }
  }
}

/** Whether anything has been kept there. @throws PipecError what a server says */
export async function isThere(place: StatePlace): Promise<boolean> {
  switch (place.kind) {
    case 'sqlite':
      return await access(place.path).then(
        () => true,
        () => false,
      );
    case 'postgres': {
      const { keepsState } = await import('./postgres.ts');
      return await keepsState(place.url, place.schema);
    }
  }
}
