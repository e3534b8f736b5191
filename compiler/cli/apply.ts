/** `pipec apply`: does what `pipec plan` showed, and nothing else. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { TargetChange } from '../../runtime/engine.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import { endedText, lastApplied, lookUpApplies, openApply } from './applies.ts';
import { askedProgram } from './asked-program.ts';
import { AT_A_TIME_OPTIONS, type AtATimeOptions, atATime } from './at-a-time.ts';
import { changeLines, type Found, findChanges, refuseDestructive } from './changes.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import { DEFER_OPTION, type DeferOption, deferFlag, deferralOf, namesIn, nothingDiffers } from './defer.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, placeFlags } from './environment.ts';
import type { Io } from './io.ts';
import { isForPeople, LOG_OPTION } from './log.ts';
import { performJobs } from './perform.ts';
import { openProject } from './project.ts';
import { systemWords } from './project-files.ts';
import type { Place } from './record.ts';
import { SAMPLE_OPTION, type SampleOption } from './sample.ts';
import { VERSION } from './version.ts';

interface Options extends EnvironmentOption, SampleOption, DeferOption, AtATimeOptions {
  readonly target?: string;
  readonly plan?: string;
  readonly allowDestructive?: boolean;
  readonly json?: boolean;
}

export const apply: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "where (default: the project's target)" },
    ENVIRONMENT_OPTION,
    SAMPLE_OPTION,
    DEFER_OPTION,
    ...AT_A_TIME_OPTIONS,
    {
      flags: '--plan <file>',
      help: 'what `pipec plan --json` has written: nothing is done where the plan is another by now',
    },
    { flags: '--allow-destructive', help: 'do also what building again does not bring back' },
    LOG_OPTION,
    JSON_OPTION,
  ],
  details: `What is added or has other code is built, and what stands on it, whole and in order; then datasets go that the program no longer has. All else stays as it is: new rows are what \`pipec run\` is for.
Where it fails or is cancelled, what is done is published and stays; the next apply does the rest.
Exit codes: 0 done, or nothing to do, 1 the program is wrong, 3 it failed, 4 a check failed, or the plan is another than that of --plan, or it is destructive and that was not allowed.`,
  examples: [
    { text: 'pipec apply --target prod', does: 'the plan of now' },
    { text: 'pipec apply --env dev_anna --sample 3d', does: 'beside production, of what came in the last three days' },
    { text: 'pipec apply --target prod --plan plan.json', does: 'the plan that was reviewed, or nothing' },
  ],
  run: async (io, _words, options) => {
    const reviewed = options.plan === undefined ? null : reviewedPlan(io, options.plan);
    const project = openProject(io);
    const { program: sampled, target } = await askedProgram(io, project, options);
    const { root } = project;
    const deferral = await deferralOf(io, { root, program: sampled, target }, options, null);
    const program = deferral?.program ?? sampled;
    if (deferral !== null && deferral.built.length === 0 && reviewed === null) {
      if (isForPeople(io)) io.out.line(nothingDiffers(options.defer ?? ''));
      return EXIT.done;
    }
    const found = await findChanges(io, project.root, program, target, namesIn(deferral));
    if (isForPeople(io)) for (const line of changeLines(found, io.out.style)) io.out.line(line);
    const where = `${placeFlags(program, target)}${deferFlag(options)}`;
    if (reviewed !== null && reviewed !== found.plan)
      throw new CommandError(
        'plan-changed',
        EXIT.check,
        `the plan is ${found.plan} by now, not ${reviewed}: nothing was done`,
        [`look at what has changed: pipec plan${where}`],
      );
    if (options.allowDestructive !== true) refuseDestructive(found, `apply${where}`);
    const place = { root, program, target };
    const noted = found.changes.length === 0 ? await toNote(io, place, found) : null;
    if (found.changes.length === 0) {
      if (isForPeople(io)) io.out.line(['The target has what the program says.', ...(noted ?? [])].join(' '));
      if (noted === null) return EXIT.done;
    }
    if (isForPeople(io) && noted === null) io.out.line();
    const names = found.changes.flatMap(({ dataset, change }) => (change === 'removed' ? [] : [dataset]));
    const plan = planProgram({ ...program, jobs: [] }, target, VERSION);
    const { exit } = await performJobs(io, {
      root: project.root,
      plan,
      jobs: [{ name: null, plan: atATime(planSelection(program, target, names), options) }],
      json: options.json === true,
      full: true,
      changes: [
        ...found.removes.map((removed): TargetChange => ({ kind: 'remove', removed, held: false })),
        ...found.forgets.map((removed): TargetChange => ({ kind: 'forget', removed })),
      ],
      apply: {
        kind: 'apply',
        environment: program.environment ?? null,
        program: plan.fingerprint,
        plan: found.plan,
        changes: found.changes.map(({ dataset, change }) => ({ dataset, change })),
        ...(found.base === null ? {} : { base: found.base }),
      },
      action: 'apply',
      place: where,
      again: `pipec apply${where}`,
    });
    return exit;
  },
};

/**
 * Why it is noted though there is nothing to do; null where it need not be. A promotion goes by which code production had when
 * the environment was applied to last: who applies again has seen what it has now.
 */
async function toNote(io: Io, place: Place, { base, unchanged }: Found): Promise<readonly string[] | null> {
  const records = await lookUpApplies(io, place);
  const open = openApply(records, place.program.environment ?? null);
  const notes = [
    ...(open === null ? [] : [endedText(open)]),
    ...(base === null ||
    unchanged === 0 ||
    isDeepStrictEqual(lastApplied(records, place.program.environment)?.base, base)
      ? []
      : ['That it stands on production as it is now is noted.']),
  ];
  return notes.length === 0 ? null : notes;
}

/** The digest in a file of `pipec plan --json`. Raises `CommandError` command-line. */
function reviewedPlan(io: Io, file: string): string {
  const path = resolve(io.folder, file);
  const text = (() => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw usageError(`\`${path}\` cannot be read: ${systemWords(error)}`);
    }
  })();
  const digest = /^\{"plan":"([0-9a-f]{12})",/.exec(text)?.[1];
  if (digest === undefined) throw usageError(`\`${path}\` is no plan`, 'write one: pipec plan --json > plan.json');
  return digest;
}
