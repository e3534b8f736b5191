/** `pipec diff`: the data of two targets, compared by key and column by column. */
import { plural } from '../diagnostics/render.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, wholeNumber } from './command.ts';
import { diffLines, findDifferences, tellsDifference } from './differences.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { selectDatasets } from './selection.ts';

const DEFAULT_SAMPLES = 3;

interface Options {
  readonly samples?: number;
  readonly json?: boolean;
}

export const diff: CommandModule<Options> = {
  arguments: [
    { name: '<from>', help: 'a target: how the data was' },
    { name: '<to>', help: 'another target: how it is' },
    {
      name: '[datasets...]',
      help: 'sources and tables, as `pipec run` takes them (default: all)',
      completes: 'dataset',
    },
  ],
  options: [
    {
      flags: '-n, --samples <rows>',
      help: `of each kind of difference, show so many rows (default: ${DEFAULT_SAMPLES})`,
      parse: wholeNumber('--samples', 0),
    },
    JSON_OPTION,
  ],
  details: `Rows with the same key are compared column by column; without a key, whole rows, each as often as it is there. Values are equal as the language has it, whatever the engines: digests of all rows are compared inside the databases, and only where these differ are rows read. Personal data is shown as ***.
Exit codes: 0 all is equal, 4 something differs, 1 the program is wrong, 3 a target cannot be asked.`,
  examples: [
    { text: 'pipec diff prod local', does: 'every dataset' },
    { text: 'pipec diff prod local daily_revenue', does: 'one of them' },
    { text: "pipec diff prod ci 'dwh.marts.*' --json", does: 'for programs: a line for each dataset' },
  ],
  run: async (io, [from = '', to = '', ...words], options) => {
    const project = openProject(io);
    const program = checkedProgram(io, project);
    const places = { from: targetOf(program, from), to: targetOf(program, to) };
    const names = words.length === 0 ? null : selectDatasets(words, program.datasets);
    const found = findDifferences(io, project.root, program, {
      ...places,
      names,
      samples: options.samples ?? DEFAULT_SAMPLES,
    });
    const { style } = io.out;
    if (options.json !== true) io.out.line(style.paint.bold(`${places.from} ${style.glyphs.arrow} ${places.to}`));
    let [count, different, unbuilt] = [0, 0, 0];
    for await (const one of found) {
      count += 1;
      if (tellsDifference(one)) different += 1;
      if (one.status === 'in-neither') unbuilt += 1;
      if (options.json === true) io.out.json(one);
      else for (const line of diffLines(one, places, style)) io.out.line(line);
      if (io.out.closed) break;
    }
    // That two places have nothing is no answer to how their data differs.
    if (unbuilt > 0 && unbuilt === count)
      throw new CommandError(
        'never-built',
        EXIT.run,
        `nothing of it has been built, neither in \`${places.from}\` nor in \`${places.to}\``,
        [`build it: pipec run --target ${places.to}`],
      );
    if (options.json !== true) {
      const all = plural(count, 'dataset');
      io.out.line();
      io.out.line(
        different === 0
          ? `${style.paint.green(style.glyphs.done)} ${all}: no difference`
          : `${style.paint.yellow('~')} ${different} of ${all} ${different === 1 ? 'differs' : 'differ'}`,
      );
    }
    return different === 0 ? EXIT.done : EXIT.check;
  },
};
