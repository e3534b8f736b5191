/** The engines, one row each. Each is loaded when a run needs it: the packages of another engine need not be there. */
import type { Engine, EngineKind, EngineReader, OpenEngine, ReadEngine } from '../engine.ts';
import { runError } from '../errors.ts';
import type { EnginePlan, Text } from '../plan.ts';
import type { Texts } from '../secrets.ts';
import type { ValueForms } from './forms.ts';
import { absolutePath, MEMORY } from './place.ts';

type PlanOf<K extends EnginePlan['kind']> = Extract<EnginePlan, { readonly kind: K }>;

const engines: { readonly [K in EnginePlan['kind']]: () => Promise<EngineKind<PlanOf<K>>> } = {
  duckdb: async () => (await import('./duckdb.ts')).duckdb,
  postgres: async () => (await import('./postgres.ts')).postgres,
  clickhouse: async () => (await import('./clickhouse.ts')).clickhouse,
};

/** What of a plan is known at run time at the latest. */
export function engineTexts(plan: EnginePlan): readonly Text[] {
  switch (plan.kind) {
    case 'duckdb':
      return [plan.path];
    case 'postgres':
    case 'clickhouse':
      return [plan.place.kind === 'server' ? plan.place.url : plan.place.path];
  }
}

/**
 * Begins to open the database of a run, where the engine can do that while `loadEngine` reads what works with it. What it
 * gives lets go of it, if the run has not come to open it.
 */
export async function openAhead({ folder, plan, texts }: ReadEngine): Promise<AsyncDisposable | null> {
  const path = plan.kind === 'duckdb' ? absolutePath(folder, plan.path, texts) : null;
  return path === null ? null : (await installed(() => import('./duckdb/opening.ts'))).openAhead(path);
}

/** @throws PipecError `package-missing` */
export async function loadEngine(plan: EnginePlan): Promise<void> {
  await kindOf(plan);
}

/** The engine inside this process, with nothing in it. */
export function inMemory(kind: EnginePlan['kind']): EnginePlan {
  switch (kind) {
    case 'duckdb':
      return { kind, path: MEMORY };
    case 'postgres':
      return { kind, place: { kind: 'embedded', path: MEMORY } };
    case 'clickhouse':
      return { kind, place: { kind: 'embedded', path: MEMORY }, database: null };
  }
}

/** The row of a plan's engine takes plans of that engine. @throws PipecError `package-missing` */
async function kindOf(plan: EnginePlan): Promise<EngineKind<EnginePlan>> {
  return await installed(engines[plan.kind] as () => Promise<EngineKind<EnginePlan>>);
}

/** @throws PipecError `package-missing` */
async function installed<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    const name = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(message)?.[1];
    if (name === undefined || (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND')) throw failure;
    throw runError('package-missing', { name });
  }
}

/** The statement that asks for it: columns schema, view, comment, definition. */
export async function commitState(plan: EnginePlan): Promise<string> {
  return (await kindOf(plan)).commitState;
}

/** The statement that asks for all columns that there are: schema, relation, column, type. */
export async function catalogue(plan: EnginePlan): Promise<string> {
  return (await kindOf(plan)).catalogue;
}

export async function formsOf(plan: EnginePlan): Promise<ValueForms> {
  return (await kindOf(plan)).forms;
}

export async function heldPath(folder: string, plan: EnginePlan, texts: Texts): Promise<string | null> {
  return (await kindOf(plan)).heldPath(folder, plan, texts);
}

/** @throws PipecError `database-busy`, `database-unreadable`, `cancelled` */
export async function openEngine(options: OpenEngine): Promise<Engine> {
  return await (await kindOf(options.plan)).open(options);
}

/** @throws PipecError `database-missing`, `database-busy` */
export async function openReader(options: ReadEngine): Promise<EngineReader> {
  return await (await kindOf(options.plan)).read(options);
}
