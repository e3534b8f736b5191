/** What a job asks of where it runs: names of secrets and of the environment, and packages. */
import manifest from '../../../package.json' with { type: 'json' };
import type { Plan } from '../../../runtime/plan.ts';

export interface Needs {
  /** Names, sorted. */
  readonly secrets: readonly string[];
  readonly environment: readonly string[];
}

/** Of all jobs of a plan, or of a part of it, with its target. */
export function needsOf(plan: Plan, part: unknown = plan.jobs): Needs {
  const secrets = new Set<string>();
  const environment = new Set<string>();
  // A text of the run's is an object of just these keys (`Text`), and nothing else of a plan is.
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const entries = Object.entries(value);
    const keys = entries.map(([key]) => key).join();
    if (keys === 'secret') secrets.add(String(entries[0]?.[1]));
    else if (keys === 'env,fallback') environment.add(String(entries[0]?.[1]));
    else for (const [, inner] of entries) walk(inner);
  };
  walk(plan.target);
  walk(part);
  return { secrets: [...secrets].sort(), environment: [...environment].sort() };
}

/** Databases inside the process are not installed with pipec: the versions that it is tested with. */
export const EMBEDDED = {
  postgres: { '@electric-sql/pglite': '0.5.16' },
  clickhouse: { chdb: '3.4.0' },
} as const;

/** Packages that the bundles look for, by their versions. DuckDB reads files and judges rows whatever the target is. */
export function packagesOf({ target: { engine } }: Plan): Readonly<Record<string, string>> {
  const duckdb = '@duckdb/node-bindings' as const;
  const embedded = engine.kind === 'duckdb' || engine.place.kind === 'server' ? {} : EMBEDDED[engine.kind];
  return { [duckdb]: manifest.dependencies[duckdb], ...embedded };
}
