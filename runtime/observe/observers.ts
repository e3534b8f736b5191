/**
 * Who outside hears of a run: a row each, asked for by environment variables that are not pipec's own but each system's.
 * Nothing of a row is loaded unless it is asked for, and none of them ever fails a run or holds it up for long.
 */
import type { RunListener } from '../listeners.ts';
import type { Described, Environment, Observed, Observer } from './observer.ts';
import { isAsked as isTelemetryAsked } from './opentelemetry/settings.ts';

interface Row {
  readonly isAsked: (env: Environment) => boolean;
  /** @throws Error with what is wrong in the environment, in words */
  readonly open: (observed: Observed) => Promise<Observer>;
}

const rows: readonly Row[] = [
  {
    isAsked: (env) =>
      !isTrue(env['OPENLINEAGE_DISABLED']) && isSet(env, 'OPENLINEAGE_URL', 'OPENLINEAGE__TRANSPORT__TYPE'),
    open: async (observed) => (await import('./openlineage/openlineage.ts')).openLineage(observed),
  },
  {
    isAsked: isTelemetryAsked,
    open: async (observed) => (await import('./opentelemetry/opentelemetry.ts')).openTelemetry(observed),
  },
];

const isTrue = (text: string | undefined): boolean => /^\s*true\s*$/i.test(text ?? '');
const isSet = (env: Environment, ...names: readonly string[]): boolean =>
  names.some((name) => (env[name] ?? '').trim() !== '');

export interface Observers {
  readonly listeners: readonly RunListener[];
  /** What is wrong with what was asked for. */
  readonly warnings: readonly string[];
  /** Ends all of them at once. What is to be told of them. */
  readonly close: () => Promise<readonly string[]>;
}

/** @param describe is called where somebody is to be told of the run, and only then */
export async function openObservers(
  observed: Omit<Observed, 'program'>,
  describe: (() => Promise<Described | null>) | undefined,
): Promise<Observers> {
  const asked = rows.filter(({ isAsked }) => isAsked(observed.env));
  const open: Observer[] = [];
  const warnings: string[] = [];
  if (asked.length > 0) {
    const program = (await describe?.()) ?? null;
    for (const row of asked) {
      try {
        const observer = await row.open({ ...observed, program });
        open.push(observer);
        if ((observer.warning ?? null) !== null) warnings.push(observer.warning as string);
      } catch (failure) {
        warnings.push(failure instanceof Error ? failure.message : String(failure));
      }
    }
  }
  return {
    listeners: open.map(({ listen }) => listen),
    warnings,
    close: async () => (await Promise.all(open.map(({ close }) => close()))).filter((told) => told !== null),
  };
}
