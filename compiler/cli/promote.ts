/** `pipec promote`: production's views move to the versions that an environment has built. */
import type { ApplyRecord } from '../../runtime/applies.ts';
import type { Published } from '../../runtime/engines/published.ts';
import { type Promoted, promotion, refusals } from '../../runtime/promotion.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { endedText, lastApplied, lookUpApplies, openApply } from './applies.ts';
import { changeLines, type Found, findChanges, refuseDestructive } from './changes.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { planTarget } from './data.ts';
import { environmentName, inEnvironment, placeFlags } from './environment.ts';
import { expectEnvironment, versionsOf } from './environments.ts';
import type { Io } from './io.ts';
import { isForPeople, LOG_OPTION } from './log.ts';
import { askOutside } from './outside.ts';
import { performJobs } from './perform.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly target?: string;
  readonly allowDestructive?: boolean;
  readonly json?: boolean;
}

export const promote: CommandModule<Options> = {
  arguments: [{ name: '<environment>', help: 'the one whose versions become those of production' }],
  options: [
    { flags: '-t, --target <target>', help: "of which target (default: the project's target)" },
    { flags: '--allow-destructive', help: 'do also what building again does not bring back' },
    LOG_OPTION,
    JSON_OPTION,
  ],
  details: `Nothing is built: each view moves at one moment to the table that the environment has, and what stood before is kept for \`pipec rollback\`.
It is refused where the environment is not what the program says, or has a sample of it; where somebody else has put other code into production since the environment was applied to; and where production has brought a dataset up to date since the environment did, as its newer rows would be gone.
Exit codes: 0 done, or nothing to do, 1 the program is wrong, 3 it failed; then the same command goes on; 4 it was refused.`,
  examples: [{ text: 'pipec promote dev_anna --target prod', does: 'what was built and looked at there' }],
  run: async (io, [name = ''], options) => {
    const environment = environmentName(name);
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = checkedProgram(io, project);
    const target = targetOf(program, options.target);
    const where = placeFlags(program, target);
    const own = inEnvironment(program, environment);
    const versions = await versionsOf(io, { root: project.root, program, target });
    expectWhole(environment, versions, placeFlags(own, target));
    const theirs = await findChanges(io, project.root, own, target);
    if (theirs.changes.length > 0) {
      expectEnvironment(target, environment, versions);
      throw new CommandError(
        'environment-differs',
        EXIT.check,
        `\`${environment}\` is not what the program says: ${some(theirs.changes.map(({ dataset }) => dataset))}`,
        [`pipec apply${placeFlags(own, target)}`],
      );
    }
    const found = await findChanges(io, project.root, program, target);
    // All of it is built already.
    const shown = { ...found, changes: found.changes.map((one) => ({ ...one, work: null })) };
    if (isForPeople(io)) for (const line of changeLines(shown, io.out.style)) io.out.line(line);
    const records = await lookUpApplies(io, { root: project.root, program, target });
    const open = openApply(records, null);
    if (found.changes.length === 0) {
      const noted = open === null ? [] : [endedText(open)];
      if (isForPeople(io)) io.out.line(['The target has what the program says.', ...noted].join(' '));
      if (open === null) return EXIT.done;
    }
    const promoted = await lookAt(io, project.root, program, target, environment, found, records);
    refuse(promoted, environment, placeFlags(own, target));
    if (options.allowDestructive !== true) refuseDestructive(found, `promote ${environment}${where}`);
    if (isForPeople(io) && found.changes.length > 0) io.out.line();
    const plan = planProgram({ ...program, jobs: [] }, target, VERSION);
    const { exit } = await performJobs(io, {
      root: project.root,
      plan,
      jobs: [{ name: null, plan: planSelection(program, target, []) }],
      json: options.json === true,
      full: false,
      changes: promotion(promoted),
      apply: {
        kind: 'promote',
        environment: null,
        from: environment,
        program: plan.fingerprint,
        plan: found.plan,
        changes: found.changes.map(({ dataset, change }) => ({ dataset, change })),
      },
      action: 'promote',
      place: where,
      again: `pipec promote ${environment}${where}`,
    });
    return exit;
  },
};

async function lookAt(
  io: Io,
  root: string,
  program: Program,
  target: string,
  environment: string,
  { changes, removes }: Found,
  records: readonly ApplyRecord[],
): Promise<Promoted> {
  const { publishedVersions } = await import('../../runtime/status.ts');
  const place = { folder: root, target: planTarget(program, target), env: io.environment };
  const applied = lastApplied(records, environment);
  return {
    tasks: planSelection(program, target, null).tasks,
    changes,
    removes,
    production: await publishedVersions(place),
    environment: await publishedVersions(place, environment),
    base: applied?.base ?? null,
  };
}

/** Raises `CommandError` environment-sampled. */
function expectWhole(environment: string, versions: ReadonlyMap<string, Published>, where: string): void {
  const sampled = [...versions.values()].filter((one) => one.environment === environment && one.sample !== null);
  if (sampled.length === 0) return;
  throw new CommandError(
    'environment-sampled',
    EXIT.check,
    `\`${environment}\` has a sample of ${some(sampled.flatMap(({ dataset }) => dataset ?? []).sort())}`,
    [`build it whole: pipec apply${where}`],
  );
}

/** Raises `CommandError`: production-moved, environment-behind, not-supported-yet. */
function refuse(promoted: Promoted, environment: string, where: string): void {
  const { moved, behind, lakes } = refusals(promoted);
  if (moved.length > 0)
    throw new CommandError(
      'production-moved',
      EXIT.check,
      `production has other code by now than when \`${environment}\` was applied to: ${some(moved)}`,
      ['bring its changes into the program', `then build on them: pipec apply${where}`],
    );
  if (behind.length > 0)
    throw new CommandError(
      'environment-behind',
      EXIT.check,
      `production has brought up to date what \`${environment}\` has not since: ${some(behind)}; its newer rows would be gone`,
      [`pipec run${where}`],
    );
  if (lakes.length > 0)
    throw new CommandError(
      'not-supported-yet',
      EXIT.check,
      `${some(lakes)} is kept in a lake, whose files would have to move: that is not supported yet`,
      ['put the program in place by building it there: pipec apply'],
    );
}

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${quoted(names.slice(0, 3))} and ${names.length - 3} more` : quoted(names);
const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
