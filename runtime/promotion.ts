/**
 * What a promotion does: production's views move to the versions that an environment has, and nothing is built. It is refused
 * where it would take back what somebody else put into production meanwhile, or put older rows in place of newer ones.
 */
import type { DatasetChange } from './changes.ts';
import type { TargetChange } from './engine.ts';
import type { Published } from './engines/published.ts';
import type { Removed, TaskPlan } from './plan.ts';
import { keyOf } from './status.ts';

export interface Promoted {
  /** Of production's program, in dependency order. */
  readonly tasks: readonly TaskPlan[];
  /** What production's program changes in production. */
  readonly changes: readonly DatasetChange[];
  readonly removes: readonly Removed[];
  /** By `schema.view`. */
  readonly production: ReadonlyMap<string, Published>;
  readonly environment: ReadonlyMap<string, Published>;
  /** The code of production's datasets, by name, when the environment was last applied to; null: it never was. */
  readonly base: Readonly<Record<string, string | null>> | null;
}

export interface Refused {
  /** Datasets whose code is another in production than when the environment was applied to, and not the environment's. */
  readonly moved: readonly string[];
  /** Datasets that production has brought up to date since the environment did. */
  readonly behind: readonly string[];
  /** Datasets whose files a lake keeps: they are where the environment's are. */
  readonly lakes: readonly string[];
}

/** Why it may not be done: all empty where it may. */
export function refusals(promoted: Promoted): Refused {
  const { tasks, changes, production, base } = promoted;
  const own = versionsByName(promoted.environment);
  const standing = versionsByName(production);
  const names = new Set([...standing.keys(), ...Object.keys(base ?? {})]);
  const moved = [...names].filter((name) => {
    const now = standing.get(name)?.code ?? null;
    return now !== (base?.[name] ?? null) && now !== (own.get(name)?.code ?? null);
  });
  const changed = new Set(changes.map(({ dataset }) => dataset));
  const stored = tasks.filter(({ id, step }) => changed.has(id) && step.kind !== 'view');
  return {
    moved: moved.sort(),
    behind: stored.flatMap(({ id }) => {
      const now = standing.get(id)?.build ?? null;
      const { build = null, beside = null } = own.get(id) ?? {};
      return now === beside || now === build ? [] : [id];
    }),
    lakes: stored.flatMap(({ id, step }) => (step.into.storage.kind === 'lake' ? [id] : [])),
  };
}

/** In dependency order; what the program no longer has goes last, readers first. */
export function promotion({ tasks, changes, removes, production, environment }: Promoted): readonly TargetChange[] {
  const own = versionsByName(environment);
  const changed = new Set(changes.map(({ dataset }) => dataset));
  return [
    ...tasks.flatMap(({ id, step }): TargetChange[] => {
      const found = own.get(id);
      if (!changed.has(id) || found === undefined) return [];
      const { kept: _kept, gone: _gone, ...version } = found;
      // A view reads production's views.
      const select = step.kind === 'view' ? step.sql : version.select;
      const { dataset, schema, name } = step.into;
      const over = production.get(keyOf(step.into))?.build ?? null;
      const rejected = step.kind === 'load' ? placeOf(environment, id) : null;
      return [
        {
          kind: 'place',
          move: { dataset, schema, name, version: { ...version, select, by: null }, over, held: false, rejected },
        },
      ];
    }),
    ...removes.map((removed): TargetChange => ({ kind: 'remove', removed, held: false })),
  ];
}

function versionsByName(published: ReadonlyMap<string, Published>): ReadonlyMap<string, Published> {
  return new Map([...published.values()].flatMap((one) => (one.dataset === null ? [] : [[one.dataset, one] as const])));
}

function placeOf(published: ReadonlyMap<string, Published>, dataset: string): Pick<Removed, 'schema' | 'name'> | null {
  const place = [...published].find(([, one]) => one.dataset === dataset)?.[0] ?? '';
  const [, schema, name] = /^([^.]*)\.(.*)$/.exec(place) ?? [];
  return schema === undefined || name === undefined ? null : { schema, name };
}
