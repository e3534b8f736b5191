/** `pipec plan`: what the program would change in a target, before anything does it. */
import type { DatasetChange, TargetChanges } from '../../runtime/changes.ts';
import type { DatasetDiff } from '../../runtime/diff/diff.ts';
import type { Style } from '../diagnostics/style.ts';
import type { Program } from '../semantics/model.ts';
import { askedProgram } from './asked-program.ts';
import type { ComparedData } from './change-report.ts';
import { changeLines, type Found, findChanges } from './changes.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError } from './command.ts';
import { DEFER_OPTION, type DeferOption, deferFlag, deferralOf, namesIn, nothingDiffers } from './defer.ts';
import { diffLines, findDifferences, placesOf, type Side, sideOf, widthOf } from './differences.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, placeFlags } from './environment.ts';
import type { Io } from './io.ts';
import { findDataset, openProject } from './project.ts';
import { SAMPLE_OPTION, type SampleOption } from './sample.ts';

interface Options extends EnvironmentOption, SampleOption, DeferOption {
  readonly target?: string;
  readonly why?: string;
  readonly diff?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

/** Rows of each kind of difference, on a terminal and in the report. */
const SAMPLES = 3;

export const plan: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "where (default: the project's target)" },
    ENVIRONMENT_OPTION,
    SAMPLE_OPTION,
    DEFER_OPTION,
    { flags: '--why <dataset>', help: 'tell why a dataset changes, or does not' },
    {
      flags: '--diff <place>',
      help: 'compare the data of what changes with that of another target or environment, where the change has been built',
    },
    { flags: '--markdown', help: 'a report of the change, to be posted on a pull request' },
    JSON_OPTION,
  ],
  details: `Compares the program with what the target says of itself, and changes nothing. What is destructive, as building again does not bring it back, is marked.
Exit codes: 0 whether something changes or not, 1 the program is wrong, 3 the target cannot be asked.`,
  examples: [
    { text: 'pipec plan --target prod', does: 'what would change there' },
    { text: 'pipec plan --why daily_revenue', does: 'why one dataset is built again' },
    { text: 'pipec plan --json > plan.json', does: 'for programs: one object' },
    {
      text: 'pipec plan --target prod --markdown --diff ci',
      does: 'for a pull request, with the data that CI has built',
    },
    {
      text: 'pipec plan --target prod --diff prod/dev_anna',
      does: 'with the data of an environment, before it is promoted',
    },
  ],
  run: async (io, _words, options) => {
    const forms = Object.entries({
      '--json': options.json === true,
      '--markdown': options.markdown === true,
      '--why': options.why !== undefined,
    }).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
    const [form, other] = forms.filter((name) => name !== '--why' || options.markdown === true);
    if (other !== undefined) throw usageError(`\`${form}\` and \`${other}\` cannot stand together`);
    if (options.diff !== undefined && (options.json === true || options.why !== undefined))
      throw usageError('`--diff` is told with the whole plan, to people', 'for programs: pipec diff --json');
    const project = openProject(io);
    const { program: sampled, target } = await askedProgram(io, project, options);
    const { root } = project;
    const deferral = await deferralOf(io, { root, program: sampled, target }, options, null);
    const program = deferral?.program ?? sampled;
    const asked = options.why === undefined ? null : findDataset(program.datasets, options.why).name;
    const against = options.diff === undefined ? null : sideOf(program, options.diff);
    const found = await findChanges(io, project.root, program, target, namesIn(deferral));
    const data =
      against === null
        ? null
        : await comparedData(io, project.root, program, found, { target, environment: options.env }, against);
    if (options.markdown === true) {
      const { changeReport } = await import('./change-report.ts');
      io.out.write(changeReport(found, program, data));
      return EXIT.done;
    }
    if (options.json === true) {
      io.out.json(machineForm(found, asked));
      return EXIT.done;
    }
    if (asked !== null) {
      for (const line of whyLines(found, asked, io.out.style)) io.out.line(line);
      return EXIT.done;
    }
    if (deferral !== null && deferral.built.length === 0) {
      io.out.line(nothingDiffers(options.defer ?? ''));
      return EXIT.done;
    }
    for (const line of changeLines(found, io.out.style)) io.out.line(line);
    if (data !== null) for (const line of dataLines(data, io.out.style)) io.out.line(line);
    for (const line of whatNow(found, `${placeFlags(program, target)}${deferFlag(options)}`)) io.out.line(line);
    return EXIT.done;
  },
};

/** Of what is built: how its rows are in the other target. */
async function comparedData(
  io: Io,
  root: string,
  program: Program,
  { changes, target: name }: Found,
  own: Pick<Side, 'target' | 'environment'>,
  against: Side,
): Promise<ComparedData> {
  const names = changes.flatMap(({ dataset, change }) => (change === 'removed' ? [] : [dataset]));
  const sides = { from: { ...own, name }, to: against };
  const found: DatasetDiff[] = [];
  for await (const one of findDifferences(io, root, program, { ...sides, names, samples: SAMPLES })) found.push(one);
  return { places: placesOf(sides), found };
}

function dataLines({ places, found }: ComparedData, style: Style): readonly string[] {
  if (found.length === 0) return [];
  const title = style.paint.bold(`data: ${places.from} ${style.glyphs.arrow} ${places.to}`);
  const width = widthOf(found.map(({ dataset }) => dataset));
  return ['', title, '', ...found.flatMap((one) => diffLines(one, places, width, style))];
}

function whatNow({ changes }: Found, where: string): readonly string[] {
  if (changes.length === 0) return ['The target has what the program says.'];
  const allowing = changes.some(({ destructive }) => destructive.length > 0) ? ' --allow-destructive' : '';
  return ['', `Nothing has been changed. Apply with: pipec apply${where}${allowing}`];
}

function machineForm(
  { removes: _removes, forgets: _forgets, base: _base, ...found }: Found,
  asked: string | null,
): TargetChanges {
  return asked === null ? found : { ...found, changes: found.changes.filter(({ dataset }) => dataset === asked) };
}

/** From the dataset up to where the change is its own. */
function whyLines(found: Found, asked: string, style: Style): readonly string[] {
  const changes = new Map(found.changes.map((one) => [one.dataset, one]));
  const own = changes.get(asked);
  if (own === undefined)
    return [`${asked} stays: its code and that of all it stands on is what ${found.target} was built by.`];
  const seen = new Set<string>();
  const chain: DatasetChange[] = [];
  const visit = (one: DatasetChange): void => {
    if (seen.has(one.dataset)) return;
    seen.add(one.dataset);
    chain.push(one);
    for (const name of one.because) {
      const above = changes.get(name);
      if (above !== undefined) visit(above);
    }
  };
  visit(own);
  return changeLines(
    { ...found, changes: chain, inProduction: [], unchanged: found.changes.length - chain.length + found.unchanged },
    style,
  );
}
