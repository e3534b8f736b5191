/** `pipec quarantine show source`: rows of a source that broke its contract, and why. */
import { grouped, plural } from '../diagnostics/render.ts';
import { harmless } from '../diagnostics/text-width.ts';
import { planSelection } from '../plan/plan.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError, wholeNumber } from './command.ts';
import { ask, quarantineOf } from './data.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';
import { legible, shownQuarantine } from './quarantine-rows.ts';
import { CSV_OPTION, oneFormat, type RowFormat } from './rows.ts';
import { printLimited } from './show.ts';
import { lookAt } from './status.ts';

const DEFAULT_LIMIT = 20;

interface Options extends RowFormat {
  readonly limit?: number;
  readonly reason?: string;
  readonly target?: string;
}

export const quarantine: CommandModule<Options> = {
  arguments: [
    { name: '<what>', help: '`show`' },
    { name: '<source>', help: 'a source of the project', completes: 'dataset' },
  ],
  options: [
    {
      flags: '-n, --limit <rows>',
      help: `at most so many rows (default: ${DEFAULT_LIMIT}; 0 is all)`,
      parse: wholeNumber('--limit', 0),
    },
    { flags: '--reason <text>', help: 'only those with this in their reason' },
    { flags: '-t, --target <target>', help: "where to look (default: the project's target)" },
    CSV_OPTION,
    JSON_OPTION,
  ],
  details: `The quarantine of a source holds the rows that did not fit its contract when the version that readers see was loaded: with the reason, the file and the row or line in it, and what came. Values of personal data are shown as ***.
When the contract has changed, \`pipec run\` reads the source again, and what fits now is let in.`,
  examples: [
    { text: 'pipec quarantine show raw.orders', does: 'what is kept out, and why' },
    { text: "pipec quarantine show raw.orders --reason 'amount >= 0' --limit 0 --csv", does: 'all for one reason' },
  ],
  run: async (io, [what = '', name = ''], options) => {
    oneFormat(options);
    if (what !== 'show')
      throw usageError(`\`pipec quarantine\` does not know \`${what}\``, 'look at it: pipec quarantine show <source>');
    const project = openProject(io);
    const program = checkedProgram(io, project);
    const dataset = findDataset(program.datasets, name);
    const target = targetOf(program, options.target);
    if (dataset.source === null)
      throw usageError(
        `\`${dataset.name}\` is no source: only what is loaded has a contract, and a quarantine`,
        `rows that broke its checks: pipec show ${dataset.name} --failed`,
      );
    const raw = options.json === true || options.csv === true;
    const limit = options.limit ?? DEFAULT_LIMIT;
    const rows = await ask(io, {
      root: project.root,
      program,
      target,
      limit: null,
      sql: `SELECT * FROM ${await quarantineOf(program, target, dataset.name)}`,
      reads: [dataset.name],
    });
    const shown = shownQuarantine(rows, dataset, options.reason ?? null);
    if (raw) return await printLimited(io, shown, limit, options);
    const { tasks } = planSelection(program, target, [dataset.name]);
    const { statuses } = await lookAt(io, project.root, program, target, tasks);
    const found = statuses[0]?.quarantine;
    if (found === null || found === undefined || found.rows === 0) {
      await shown.batches.return();
      io.out.line(`Nothing of \`${dataset.name}\` is in quarantine.`);
      return EXIT.done;
    }
    io.out.line(`${plural(found.rows, 'row')} of \`${dataset.name}\` in quarantine:`);
    for (const { reason, rows: count } of found.reasons) io.out.line(`  ${grouped(count)}  ${harmless(reason)}`);
    io.out.line();
    return await printLimited(io, legible(shown), limit, options);
  },
};
