/** The record of runs of a target, as commands ask it. */
import type { StatePlace } from '../../runtime/state/place.ts';
import type { RunRecord } from '../../runtime/state/records.ts';
import type { State } from '../../runtime/state/state.ts';
import type { Program } from '../semantics/model.ts';
import { closest } from '../semantics/suggest.ts';
import { CommandError, EXIT, type OptionRow } from './command.ts';
import { openState, planTarget, stateOf } from './data.ts';
import type { Io } from './io.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';

export const TARGET_OPTION: OptionRow = {
  flags: '-t, --target <target>',
  help: "whose runs (default: the project's target)",
};

export interface Place {
  readonly root: string;
  readonly program: Program;
  readonly target: string;
}

export function placeOf(io: Io, named: string | undefined): Place {
  const project = openProject(io);
  const program = checkedProgram(io, project);
  return { root: project.root, program, target: targetOf(program, named) };
}

/** Works with the record; it is closed afterwards. Null stands where nothing has run. */
export async function withState<T>(io: Io, place: Place, work: (state: State | null) => Promise<T> | T): Promise<T> {
  const { root, program, target } = place;
  const state = await openState({ root, target: planTarget(program, target), environment: io.environment });
  try {
    return await work(state);
  } finally {
    await state?.close();
  }
}

export async function statePlaceOf(io: Io, { root, program, target }: Place): Promise<StatePlace> {
  return await stateOf({ root, target: planTarget(program, target), environment: io.environment });
}

/** Whether a run was for a target, or an environment of it. */
export const isOf = (run: Pick<RunRecord, 'target'>, target: string): boolean =>
  run.target === target || run.target.startsWith(`${target}/`);

/** A run by its name, or the newest where none is named. Raises `CommandError` unknown-run. */
export async function runNamed(state: State | null, { target }: Place, name: string | undefined): Promise<RunRecord> {
  const known = ((await state?.runs(1000)) ?? []).filter((run) => isOf(run, target));
  const found = name === undefined ? known[0] : known.find(({ run }) => run === name);
  if (found !== undefined) return found;
  if (name === undefined) throw new CommandError('unknown-run', EXIT.usage, `nothing has run in \`${target}\` yet`);
  const meant = closest(
    name,
    known.map(({ run }) => run),
  );
  throw new CommandError(
    'unknown-run',
    EXIT.usage,
    `there is no run \`${name}\` in \`${target}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    ['all of them: pipec runs'],
  );
}
