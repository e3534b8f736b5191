/** The engines that say what raw SQL would give: one row each. */
import type { Describe } from '../describe.ts';

const describers: Readonly<Record<string, () => Promise<Describe>>> = {
  duckdb: async () => (await import('./duckdb/describe.ts')).describeDuckDb,
};

/** Null for an engine that is not embedded here. @throws Error where its package does not load */
export async function describerOf(engine: string): Promise<Describe | null> {
  return (await describers[engine]?.()) ?? null;
}
