/** `pipec env`: the environments of a target, and the end of one. */
import type { TargetChange } from '../../runtime/engine.ts';
import { plural } from '../diagnostics/render.ts';
import { padEnd, padStart, textWidth } from '../diagnostics/text-width.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import { type CommandModule, EXIT, type ExitCode, JSON_OPTION, usageError } from './command.ts';
import { environmentName, placeFlags } from './environment.ts';
import { expectEnvironment, versionsOf } from './environments.ts';
import type { Io } from './io.ts';
import { LOG_OPTION, refuseLog } from './log.ts';
import type { EnvironmentLine } from './machine.ts';
import { performJobs } from './perform.ts';
import { type Place, placeOf, TARGET_OPTION } from './record.ts';
import { ago } from './status.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly target?: string;
  readonly json?: boolean;
  readonly logFormat?: string;
}

export const env: CommandModule<Options> = {
  arguments: [
    { name: '<what>', help: '`list`, or `drop` with the name of one' },
    { name: '[environment]', help: 'the one to drop' },
  ],
  options: [{ ...TARGET_OPTION, help: "of which target (default: the project's target)" }, LOG_OPTION, JSON_OPTION],
  details: `An environment comes into being by \`pipec apply --env <name>\`: views of its own beside those of production, over production's tables where the code is the same.
Dropping one removes its views and the tables that nobody else shows. Production stays as it is.`,
  examples: [
    { text: 'pipec env list --target prod', does: 'who has one, and how much of it is their own' },
    { text: 'pipec env drop dev_anna', does: 'its views and its own tables' },
  ],
  run: async (io, [what = '', name], options) => {
    const place = placeOf(io, options.target);
    if (what === 'list' && name === undefined) {
      refuseLog(options, 'pipec env list');
      return await list(io, place, options.json === true);
    }
    if (what === 'drop' && name !== undefined)
      return await drop(io, place, environmentName(name), options.json === true);
    throw usageError('`pipec env` takes `list`, or `drop` and a name', 'pipec env list', 'pipec env drop dev_anna');
  },
};

async function list(io: Io, place: Place, json: boolean): Promise<ExitCode> {
  const { environmentsIn } = await import('../../runtime/environments.ts');
  const lines: readonly EnvironmentLine[] = environmentsIn([...(await versionsOf(io, place)).values()]);
  if (json) for (const line of lines) io.out.json(line);
  else if (lines.length === 0) io.out.line(`${place.target} has no environment. Make one: pipec apply --env <name>`);
  const name = Math.max(0, ...lines.map(({ environment }) => textWidth(environment)));
  const count = Math.max(0, ...lines.map(({ datasets }) => plural(datasets, 'dataset').length));
  for (const { environment, datasets, shared, sampled, at } of json ? [] : lines) {
    const less = sampled === 0 ? '' : `, ${sampled} of them a sample`;
    const when = at === null ? '' : `   ${ago(at, Date.now())}`;
    io.out.line(
      `  ${padEnd(environment, name)}   ${padStart(plural(datasets, 'dataset'), count)}, ${shared} of them production's${less}${when}`,
    );
  }
  return EXIT.done;
}

async function drop(io: Io, place: Place, environment: string, json: boolean): Promise<ExitCode> {
  const { program, target, root } = place;
  const all = await versionsOf(io, place);
  expectEnvironment(target, environment, all);
  const published = new Map([...all].filter(([, one]) => one.environment === environment));
  const { changesOf, removedBy } = await import('../../runtime/changes.ts');
  const compared = {
    project: program.project.name,
    tasks: [],
    datasets: [],
    exposures: [],
    published,
    catalogue: new Map(),
    took: new Map(),
    now: new Date(),
  };
  const removed = removedBy(changesOf(compared), compared);
  const schemas = [...new Set(removed.map(({ schema }) => schema))];
  const changes: readonly TargetChange[] = [
    ...removed.map((one): TargetChange => ({ kind: 'remove', removed: one, held: false })),
    ...schemas.map((schema): TargetChange => ({ kind: 'leave', schema })),
  ];
  const where = placeFlags(program, target);
  const { exit } = await performJobs(io, {
    root,
    plan: planProgram({ ...program, datasets: [], jobs: [], exposures: [], environment }, target, VERSION),
    jobs: [{ name: null, plan: planSelection(program, target, []) }],
    json,
    full: false,
    changes,
    action: 'drop',
    place: where,
    again: `pipec env drop ${environment}${where}`,
  });
  return exit;
}
