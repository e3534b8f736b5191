/** The environments of a target, by what stands in it. */
import type { Published } from './engines/published.ts';

export interface EnvironmentSummary {
  readonly environment: string;
  readonly datasets: number;
  /** Of them, those that show production's version. */
  readonly shared: number;
  /** Of how many only a sample is there. */
  readonly sampled: number;
  /** When one of them was last brought up to date, ISO 8601 in UTC. */
  readonly at: string | null;
}

/** By name. @param versions what the project has in the target, and is not gone */
export function environmentsIn(versions: readonly Published[]): readonly EnvironmentSummary[] {
  const production = new Set(versions.flatMap((one) => (one.environment === null ? (one.build ?? []) : [])));
  return [...Map.groupBy(versions, (one) => one.environment)]
    .flatMap(([environment, own]): EnvironmentSummary[] => {
      if (environment === null) return [];
      const shared = own.filter(({ build }) => build !== null && production.has(build)).length;
      const sampled = own.filter(({ sample }) => sample !== null).length;
      const last = own.flatMap(({ at }) => at ?? []).sort();
      return [{ environment, datasets: own.length, shared, sampled, at: last.at(-1) ?? null }];
    })
    .sort((a, b) => (a.environment < b.environment ? -1 : 1));
}
