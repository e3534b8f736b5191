/** `pipec quarantine`: rows of a source that broke its contract, and why; and once more before the contract of now. */
import { grouped, plural } from '../diagnostics/render.ts';
import { harmless } from '../diagnostics/text-width.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import type { DatasetModel, Program } from '../semantics/model.ts';
import {
  CommandError,
  type CommandModule,
  EXIT,
  type ExitCode,
  JSON_OPTION,
  usageError,
  wholeNumber,
} from './command.ts';
import { ask, quarantineOf } from './data.ts';
import { placeFlags } from './environment.ts';
import type { Io } from './io.ts';
import { isForPeople, LOG_OPTION, refuseLog } from './log.ts';
import { performJobs } from './perform.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';
import { legible, shownQuarantine } from './quarantine-rows.ts';
import { CSV_OPTION, oneFormat, type RowFormat } from './rows.ts';
import { printLimited } from './show.ts';
import { lookAt } from './status.ts';
import { VERSION } from './version.ts';

const DEFAULT_LIMIT = 20;

interface Options extends RowFormat {
  readonly limit?: number;
  readonly reason?: string;
  readonly target?: string;
  readonly logFormat?: string;
}

export const quarantine: CommandModule<Options> = {
  arguments: [
    { name: '<what>', help: '`show`, or `replay`: judge the rows again, after a fix of the contract' },
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
    LOG_OPTION,
    CSV_OPTION,
    JSON_OPTION,
  ],
  details: `The quarantine of a source holds the rows that did not fit its contract when the version that readers see was loaded: with the reason, the file and the row or line in it, and what came. Values of personal data are shown as ***.
\`replay\` judges them by the contract of now, as after a fix of it: those that fit join the rows that are published, at once, and the others stay. The source is not read, so that its files may be gone; where they are there, \`pipec run\` reads them again by itself when the contract has changed. CSV and JSON only, whose values are kept as they came.`,
  examples: [
    { text: 'pipec quarantine show raw.orders', does: 'what is kept out, and why' },
    { text: "pipec quarantine show raw.orders --reason 'amount >= 0' --limit 0 --csv", does: 'all for one reason' },
    { text: 'pipec quarantine replay raw.orders', does: 'let in what fits now' },
  ],
  run: async (io, [what = '', name = ''], options) => {
    oneFormat(options);
    if (what !== 'show' && what !== 'replay')
      throw usageError(
        `\`pipec quarantine\` shows or replays, and does not know \`${what}\``,
        'pipec quarantine show <source>',
      );
    const project = openProject(io);
    const program = checkedProgram(io, project);
    const dataset = findDataset(program.datasets, name);
    const target = targetOf(program, options.target);
    if (dataset.source === null)
      throw usageError(
        `\`${dataset.name}\` is no source: only what is loaded has a contract, and a quarantine`,
        `rows that broke its checks: pipec show ${dataset.name} --failed`,
      );
    if (what === 'replay') return await replay(io, project.root, program, target, dataset, options);
    refuseLog(options, 'pipec quarantine show');
    const raw = options.json === true || options.csv === true;
    const limit = options.limit ?? DEFAULT_LIMIT;
    if (!raw) {
      const { tasks } = planSelection(program, target, [dataset.name]);
      const { statuses } = await lookAt(io, project.root, program, target, tasks);
      const found = statuses[0]?.quarantine;
      if (found?.rows === 0) {
        io.out.line(`Nothing of \`${dataset.name}\` is in quarantine.`);
        return EXIT.done;
      }
      if (found != null) {
        io.out.line(`${plural(found.rows, 'row')} of \`${dataset.name}\` in quarantine:`);
        for (const { reason, rows: count } of found.reasons) io.out.line(`  ${grouped(count)}  ${harmless(reason)}`);
        io.out.line();
      }
    }
    const rows = await ask(io, {
      root: project.root,
      program,
      target,
      limit: null,
      sql: `SELECT * FROM ${await quarantineOf(program, target, dataset.name)}`,
      reads: [dataset.name],
    });
    const shown = shownQuarantine(rows, dataset, options.reason ?? null);
    return await printLimited(io, raw ? shown : legible(shown), limit, options);
  },
};

async function replay(
  io: Io,
  root: string,
  program: Program,
  target: string,
  { name }: DatasetModel,
  { json = false }: Options,
): Promise<ExitCode> {
  const job = planSelection(program, target, [name]);
  const { statuses } = await lookAt(io, root, program, target, job.tasks);
  const [status] = statuses;
  if (status === undefined || status.built === null)
    throw new CommandError('never-built', EXIT.run, `\`${name}\` has never been loaded`, [
      `load it: pipec run ${name}`,
    ]);
  if ((status.quarantine?.rows ?? 0) === 0) {
    if (isForPeople(io)) io.out.line(`Nothing of \`${name}\` is in quarantine.`);
    return EXIT.done;
  }
  const plan = planProgram(program, target, VERSION);
  const place = placeFlags(program, target);
  const again = `pipec quarantine replay ${name}${place}`;
  const jobs = [{ name: null, plan: job }];
  const { exit } = await performJobs(io, {
    root,
    plan,
    jobs,
    json,
    full: false,
    replay: true,
    action: 'replay',
    place,
    again,
  });
  return exit;
}
