/** `pipec diff`: the data of two targets, or of environments of them, compared by key and column by column. */
import type { DatasetDiff } from '../../runtime/diff/diff.ts';
import { plural } from '../diagnostics/render.ts';
import type { Program } from '../semantics/model.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, usageError, wholeNumber } from './command.ts';
import { diffLines, findDifferences, placesOf, type Sides, sideOf, tellsDifference, widthOf } from './differences.ts';
import { type EnvironmentOption, environmentName, placeFlags } from './environment.ts';
import type { Io } from './io.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { selectDatasets } from './selection.ts';

const DEFAULT_SAMPLES = 3;

interface Options extends EnvironmentOption {
  readonly target?: string;
  readonly samples?: number;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

export const diff: CommandModule<Options> = {
  arguments: [
    { name: '[from]', help: 'a target, or an environment of it (`prod/dev_anna`): how the data was' },
    { name: '[to]', help: 'another one: how it is' },
    {
      name: '[datasets...]',
      help: 'sources and tables, as `pipec run` takes them (default: all)',
      completes: 'dataset',
    },
  ],
  options: [
    {
      flags: '--env <environment>',
      help: 'in place of two places: production, and this environment of it',
      parse: environmentName,
    },
    { flags: '-t, --target <target>', help: "with --env: whose environment (default: the project's target)" },
    {
      flags: '-n, --samples <rows>',
      help: `of each kind of difference, show so many rows (default: ${DEFAULT_SAMPLES})`,
      parse: wholeNumber('--samples', 0),
    },
    { flags: '--markdown', help: 'a report, to be posted on a pull request' },
    JSON_OPTION,
  ],
  details: `Rows with the same key are compared column by column; without a key, whole rows, each as often as it is there. Values are equal as the language has it, whatever the engines: digests of all rows are compared inside the databases, and only where these differ are rows read. What an environment shows of production is not read at all. Personal data is shown as ***.
Exit codes: 0 all is equal, 4 something differs, 1 the program is wrong, 3 a target cannot be asked.`,
  examples: [
    { text: 'pipec diff prod local', does: 'every dataset' },
    { text: 'pipec diff prod local daily_revenue', does: 'one of them' },
    { text: 'pipec diff --env dev_anna', does: 'what the environment changes in the data' },
    { text: 'pipec diff prod/dev_anna prod/dev_ben', does: 'two environments' },
    { text: "pipec diff prod ci 'dwh.marts.*' --json", does: 'for programs: a line for each dataset' },
  ],
  run: async (io, given, options) => {
    if (options.json === true && options.markdown === true)
      throw usageError('`--json` and `--markdown` cannot stand together');
    const project = openProject(io);
    const program = checkedProgram(io, project);
    const { sides, words } = askedFor(program, given, options);
    const places = placesOf(sides);
    const names = words.length === 0 ? null : selectDatasets(words, program.datasets);
    const differences = findDifferences(io, project.root, program, {
      ...sides,
      names,
      samples: options.samples ?? DEFAULT_SAMPLES,
    });
    const { style } = io.out;
    const width = widthOf(names ?? program.datasets.map(({ name }) => name));
    const isForPeople = options.json !== true && options.markdown !== true;
    const title = style.paint.bold(`${places.from} ${style.glyphs.arrow} ${places.to}`);
    const found: DatasetDiff[] = [];
    for await (const one of differences) {
      if (isForPeople && found.length === 0) io.out.line(title);
      // Its rows are told, and only a report needs them again.
      found.push(options.markdown === true ? one : { ...one, samples: [] });
      if (options.json === true) io.out.json(one);
      else if (isForPeople) for (const line of diffLines(one, places, width, style)) io.out.line(line);
      if (io.out.closed) break;
    }
    // That two places have nothing is no answer to how their data differs.
    if (found.length > 0 && found.every(({ status }) => status === 'in-neither'))
      throw new CommandError(
        'never-built',
        EXIT.run,
        `nothing of it has been built, neither in \`${places.from}\` nor in \`${places.to}\``,
        [`build it: pipec run${flagsOf(program, sides)}`],
      );
    const different = found.filter(tellsDifference).length;
    if (options.markdown === true) {
      const { dataReport } = await import('./change-report.ts');
      io.out.write(dataReport(program.project.name, { places, found }));
    }
    if (isForPeople) tellCount(io, found.length, different);
    return different === 0 ? EXIT.done : EXIT.check;
  },
};

/** Raises `CommandError` command-line where it is not said which two places. */
function askedFor(
  program: Program,
  given: readonly string[],
  { env, target: named }: Options,
): { readonly sides: Sides; readonly words: readonly string[] } {
  if (env !== undefined) {
    const target = targetOf(program, named);
    return { sides: { from: sideOf(program, target), to: sideOf(program, `${target}/${env}`) }, words: given };
  }
  const [from, to, ...words] = given;
  if (from === undefined || to === undefined || named !== undefined)
    throw usageError(
      '`pipec diff` takes two places, or an environment of one',
      'pipec diff prod local',
      'pipec diff --env dev_anna',
    );
  return { sides: { from: sideOf(program, from), to: sideOf(program, to) }, words };
}

const flagsOf = (program: Program, { to }: Sides): string =>
  placeFlags(to.environment === undefined ? program : { ...program, environment: to.environment }, to.target);

function tellCount({ out }: Pick<Io, 'out'>, count: number, different: number): void {
  const { paint, glyphs } = out.style;
  const all = plural(count, 'dataset');
  out.line();
  out.line(
    different === 0
      ? `${paint.green(glyphs.done)} ${all}: no difference`
      : `${paint.yellow('~')} ${different} of ${all} ${different === 1 ? 'differs' : 'differ'}`,
  );
}
