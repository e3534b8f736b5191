/** The engines, one row each. Each is loaded when a run needs it: the native module of another engine need not be there. */
import type { Engine, OpenEngine } from '../engine.ts';
import type { EnginePlan } from '../plan.ts';

const engines: Readonly<Record<EnginePlan['kind'], () => Promise<(options: OpenEngine) => Promise<Engine>>>> = {
  duckdb: async () => (await import('./duckdb.ts')).openDuckDb,
};

/** @throws PipecError `database-busy`, `database-unreadable`, `cancelled` */
export async function openEngine(options: OpenEngine): Promise<Engine> {
  const open = await engines[options.plan.kind]();
  return open(options);
}
