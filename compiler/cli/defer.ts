/** `--defer prod`: a development run reads from another target what it is not about, instead of building it. */
import type { Published } from '../../runtime/engines/published.ts';
import { type Deferral, deferInputs, isSameDatabase } from '../plan/defer.ts';
import { publicRelations } from '../plan/destination.ts';
import { dialectOf, outlineProgram } from '../plan/plan.ts';
import type { Program, TargetModel } from '../semantics/model.ts';
import { findChanges } from './changes.ts';
import { type OptionRow, usageError } from './command.ts';
import { versionsOf } from './environments.ts';
import type { Io } from './io.ts';
import { targetOf } from './project.ts';
import type { Place } from './record.ts';

export interface DeferOption {
  readonly defer?: string;
}

export const DEFER_OPTION: OptionRow = {
  flags: '--defer <target>',
  help: 'read from this target what is not built here: what was not named, or is there as the program says',
};

/**
 * @param chosen is built; null is what the other target has not as the program says
 * Raises `CommandError` command-line where the other target cannot be read, or is the one that is built in.
 */
export async function deferring(
  io: Io,
  { root, program, target }: Place,
  named: string,
  chosen: readonly string[] | null,
): Promise<Deferral> {
  const other = targetOf(program, named);
  const [own, from] = [target, other].map((name) => program.targets.find((one) => one.name === name));
  if (own === undefined || from === undefined) throw new Error(`the project has no target ${other}`);
  const isSame = isSameDatabase(own, from);
  if (isSame && program.environment === undefined)
    throw usageError(`\`${other}\` is where it would be built`, 'build beside it: --env dev_anna');
  if (!isSame && isEmbedded(from))
    throw usageError(
      `\`--defer ${other}\` reads a server or a DuckDB file, and \`${other}\` is ${from.engine.connector} inside the process, which only its own run can open`,
      `try it out in \`${other}\` itself, beside what is there: --target ${other} --env dev --defer ${other}`,
      `build it here: leave out --defer`,
    );
  const { environment: _environment, sample: _sample, ...production } = program;
  const there = await versionsOf(io, { root, program: production, target: other });
  const standing = standingOf(production, there);
  const names =
    chosen ??
    (await findChanges(io, root, production, other)).changes.flatMap((one) => (isGone(one) ? [] : one.dataset));
  const here = await versionsOf(io, { root, program, target });
  return deferInputs(program, new Set(names), keptOf(program, target, here), {
    target: from,
    dialect: dialectOf(program, other),
    isSame,
    standing,
  });
}

const isGone = ({ change }: { readonly change: string }): boolean => change === 'removed' || change === 'drifted';

function isEmbedded({ engine: { args, connector } }: TargetModel): boolean {
  const { embedded } = args;
  return connector !== 'duckdb' && embedded?.kind === 'bool' && embedded.value;
}

/** What production has, with the build that its view shows. */
function standingOf(program: Program, versions: ReadonlyMap<string, Published>): ReadonlyMap<string, string | null> {
  return new Map(
    [...publicRelations(program)].flatMap(([name, { schema, name: view }]) => {
      const found = versions.get(`${schema}.${view}`);
      return found === undefined ? [] : [[name, found.build] as const];
    }),
  );
}

/** What stands as this program builds it. */
function keptOf(program: Program, target: string, versions: ReadonlyMap<string, Published>): ReadonlySet<string> {
  const kept = outlineProgram(program, target).filter(
    ({ step: { into } }) => versions.get(`${into.schema}.${into.name}`)?.fingerprint === into.fingerprint,
  );
  return new Set(kept.map(({ id }) => id));
}

/** Null where nothing is deferred. */
export async function deferralOf(
  io: Io,
  place: Place,
  { defer }: DeferOption,
  chosen: readonly string[] | null,
): Promise<Deferral | null> {
  return defer === undefined ? null : await deferring(io, place, defer, chosen);
}

export const namesIn = (deferral: Deferral | null): ReadonlySet<string> | null =>
  deferral === null ? null : new Set([...deferral.built, ...deferral.deferred]);

/** With a space before. */
export const deferFlag = ({ defer }: DeferOption): string => (defer === undefined ? '' : ` --defer ${defer}`);

/** Which rows come from where. */
export function deferredText({ deferred, built }: Deferral, other: string, chosen: readonly string[] | null): string {
  const added = chosen === null ? [] : built.filter((name) => !chosen.includes(name));
  return [
    ...(deferred.length === 0 ? [] : [`Read from ${other}: ${some(deferred)}.`]),
    ...(added.length === 0 ? [] : [`Built too, as ${other} has nothing to read of it: ${some(added)}.`]),
  ].join(' ');
}

/** Of a target that has all as the program says. */
export const nothingDiffers = (other: string): string =>
  `There is nothing to build: \`${other}\` has what the program says.`;

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
