/** `pipec show`: rows of a dataset as it is published, or those that broke its contract and its checks. */
import type { CheckRecord } from '../../runtime/state/records.ts';
import { grouped, plural } from '../diagnostics/render.ts';
import { harmless } from '../diagnostics/text-width.ts';
import { dialectOf, orderOf } from '../plan/plan.ts';
import type { DatasetModel } from '../semantics/model.ts';
import { type CommandModule, EXIT, type ExitCode, JSON_OPTION, wholeNumber } from './command.ts';
import { ask, failedChecks, publicViews, type Question, quarantineOf } from './data.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, inEnvironment } from './environment.ts';
import type { Io } from './io.ts';
import type { FailedRowLine } from './machine.ts';
import { sampleTable } from './progress/lines.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';
import { legible, shownQuarantine } from './quarantine-rows.ts';
import { CSV_OPTION, oneFormat, printRows, type RowFormat } from './rows.ts';

const DEFAULT_LIMIT = 20;

interface Options extends RowFormat, EnvironmentOption {
  readonly limit?: number;
  readonly failed?: boolean;
  readonly target?: string;
}

export const show: CommandModule<Options> = {
  arguments: [{ name: '<dataset>', help: 'a source or table of the project', completes: 'dataset' }],
  options: [
    {
      flags: '-n, --limit <rows>',
      help: `at most so many rows (default: ${DEFAULT_LIMIT}; 0 is all)`,
      parse: wholeNumber('--limit', 0),
    },
    { flags: '--failed', help: 'the rows that broke its contract or its checks, in the last run' },
    { flags: '-t, --target <target>', help: "where to look (default: the project's target)" },
    ENVIRONMENT_OPTION,
    CSV_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { text: 'pipec show daily_revenue', does: `the first ${DEFAULT_LIMIT} rows` },
    { text: 'pipec show daily_revenue --limit 0 --csv > revenue.csv', does: 'all of it, as CSV' },
    { text: 'pipec show raw.orders --failed', does: 'what is in quarantine, and why' },
  ],
  run: async (io, [name = ''], options) => {
    oneFormat(options);
    const project = openProject(io);
    const program = inEnvironment(checkedProgram(io, project), options.env);
    const dataset = findDataset(program.datasets, name);
    const target = targetOf(program, options.target);
    const limit = options.limit ?? DEFAULT_LIMIT;
    const view = publicViews(program, target).get(dataset.name) ?? '';
    const question = {
      root: project.root,
      program,
      target,
      limit: limit === 0 ? null : limit + 1,
      reads: [dataset.name],
    };
    if (options.failed === true) return showFailed(io, dataset, question, options);
    // As the program sorts them, then by the key: the same first rows each time. Sorting all of a large table is not worth it.
    const { quote } = dialectOf(program, target);
    const own = dataset.rel === null ? [] : orderOf(dataset.rel);
    const keys = dataset.key.filter((column) => !own.some((key) => key.column === column));
    const order = [
      ...own.map((key) => `${quote(key.column)} ${key.order.toUpperCase()} NULLS LAST`),
      ...keys.map((column) => quote(column)),
    ];
    const sorted = order.length === 0 || limit === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
    const rows = await ask(io, { ...question, sql: `SELECT * FROM ${view}${sorted}` });
    return printLimited(io, rows, limit, options);
  },
};

/** One row more than the limit was asked for, to know whether there are more. */
export async function printLimited(
  io: Io,
  { columns, batches }: Awaited<ReturnType<typeof ask>>,
  limit: number,
  format: RowFormat,
): Promise<ExitCode> {
  let more = false;
  async function* first(): typeof batches {
    let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    for await (const batch of batches) {
      more ||= batch.length > left;
      yield batch.slice(0, left);
      left -= Math.min(left, batch.length);
    }
  }
  const count = await printRows(io, { columns, batches: first() }, format);
  const { paint } = io.err.style;
  if (more) io.err.line(paint.dim(`the first ${limit === 1 ? 'row' : plural(limit, 'row')}; --limit 0 shows all`));
  else if (count === 0) io.err.line(paint.dim('no rows'));
  return EXIT.done;
}

/** A source's quarantine, and samples of the checks that did not hold. */
async function showFailed(
  io: Io,
  dataset: DatasetModel,
  question: Omit<Question, 'sql'>,
  options: Options,
): Promise<ExitCode> {
  const { root, program, target } = question;
  const checks = await failedChecks(io, { root, program, target, dataset: dataset.name });
  if (options.json === true)
    for (const check of checks)
      for (const row of check.sample) io.out.json({ check: check.check, row } satisfies FailedRowLine);
  else tellChecks(io, checks);
  if (dataset.source === null) {
    if (checks.length === 0) io.err.line(io.err.style.paint.dim('no check failed in the last run'));
    return EXIT.done;
  }
  const rows = await ask(io, {
    ...question,
    sql: `SELECT * FROM ${await quarantineOf(program, target, dataset.name)}`,
  });
  const limit = options.limit ?? DEFAULT_LIMIT;
  const shown = shownQuarantine(rows, dataset, null);
  return printLimited(io, options.json === true || options.csv === true ? shown : legible(shown), limit, options);
}

function tellChecks(io: Io, checks: readonly CheckRecord[]): void {
  const { style } = io.out;
  for (const check of checks) {
    const on =
      check.failing === null
        ? ''
        : `: ${grouped(check.failing)}${check.rows === null ? '' : ` of ${plural(check.rows, 'row')}`}`;
    io.out.line(
      `${style.paint.yellow('!')} ${style.paint.bold(harmless(check.check.replace(/ warn$/, '')))}${on}  ${style.paint.dim(`${check.file}:${check.line}`)}`,
    );
    if (check.sample.length > 0) for (const line of sampleTable(check.sample, style)) io.out.line(`    ${line}`);
    io.out.line();
  }
}
