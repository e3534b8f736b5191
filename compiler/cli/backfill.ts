/** `pipec backfill`: intervals of tables that are missing, or that are to be computed again. The plan comes first. */
import type { AskedSpan } from '../../runtime/engine.ts';
import {
  askedSpan,
  countOf,
  dueSpan,
  intersection,
  kept,
  momentText,
  spansToDo,
  spanText,
} from '../../runtime/intervals.ts';
import type { IntervalsPlan, Plan, TaskPlan } from '../../runtime/plan.ts';
import type { DatasetStatus } from '../../runtime/status.ts';
import { plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { padEnd, textWidth } from '../diagnostics/text-width.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import type { DatasetModel, Program } from '../semantics/model.ts';
import { lengthText } from './calendar.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, moment, usageError } from './command.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, inEnvironment, placeFlags } from './environment.ts';
import { isForPeople, LOG_OPTION } from './log.ts';
import type { BackfillLine } from './machine.ts';
import { askOutside } from './outside.ts';
import { performJobs } from './perform.ts';
import { checkedProgram, findDataset, openProject, targetOf } from './project.ts';
import { selectDatasets } from './selection.ts';
import { lookAt } from './status.ts';
import { VERSION } from './version.ts';

interface Options extends EnvironmentOption {
  readonly target?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const backfill: CommandModule<Options> = {
  arguments: [
    {
      name: '[selection...]',
      help: 'tables in intervals; all of them where nothing is named',
      completes: 'dataset',
    },
  ],
  options: [
    { flags: '--from <time>', help: 'compute again from here on, done or not', parse: moment('--from') },
    { flags: '--to <time>', help: 'compute again up to here, done or not', parse: moment('--to') },
    { flags: '--dry-run', help: 'show the plan, and do nothing' },
    { flags: '-t, --target <target>', help: "where (default: the project's target)" },
    ENVIRONMENT_OPTION,
    LOG_OPTION,
    JSON_OPTION,
  ],
  details: `Without --from and --to: what is due and missing, and nothing else. With them: those intervals again, whether they are done or not; \`--to\` is the first moment that is not computed. A bound within an interval is moved to the interval's.
\`+x\` and \`x+\` take upstream and downstream with it: of tables in intervals the same intervals, and what else is not up to date. A table is published once an interval, or a range of them, is checked; what fails is left out, and told.
\`pipec run --from --to\` does the same within a run of a job.`,
  examples: [
    { text: 'pipec backfill', does: 'every gap of every table' },
    { text: 'pipec backfill daily_revenue --from 2024-03-01 --to 2024-04-01', does: 'a month again' },
    { text: 'pipec backfill +daily_revenue --from 2024-03-01 --dry-run', does: 'what that would be' },
  ],
  run: async (io, words, options) => {
    const asked = askedOf(options);
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = inEnvironment(checkedProgram(io, project), options.env);
    const target = targetOf(program, options.target);
    const plan = planProgram(program, target, VERSION);
    const job = planSelection(program, target, chosenDatasets(words, program));
    const tables = job.tasks.flatMap((task) => inIntervals(task) ?? []);
    const { statuses } = await lookAt(io, project.root, program, target, job.tasks);
    const known = new Map(statuses.map((one) => [one.dataset, one]));
    const parts = tables.map((table) => partOf(table, known.get(table.task.id), asked, Date.now()));
    const todo = parts.filter(({ spans }) => spans.length > 0);
    if (asked.missing !== true && todo.length === 0)
      throw usageError('none of these intervals is due', ...new Set(parts.flatMap(({ notes }) => notes)));
    if (isForPeople(io)) for (const line of planLines(plan, parts, asked, io.out.style)) io.out.line(line);
    else if (io.json && options.dryRun === true) for (const part of parts) io.out.json(lineOf(part));
    if (options.dryRun === true || todo.length === 0) return EXIT.done;
    if (isForPeople(io)) io.out.line();
    // Of tables in intervals those that have something to do; with `+`, what stands beside them as in any run.
    const without = new Set(parts.flatMap(({ spans, task }) => (spans.length === 0 ? [task.id] : [])));
    const names = job.tasks.flatMap(({ id }) => (without.has(id) ? [] : [id]));
    const place = placeFlags(program, target);
    const { exit } = await performJobs(io, {
      root: project.root,
      plan,
      jobs: [{ name: null, plan: planSelection(program, target, names) }],
      json: options.json === true,
      full: false,
      span: asked,
      action: 'backfill',
      place,
      again: [`pipec backfill${place}`, ...words, ...boundsOf(asked)].join(' '),
    });
    return exit;
  },
};

function askedOf(options: Options): AskedSpan {
  const from = options.from ?? null;
  const to = options.to ?? null;
  if (from !== null && to !== null && from >= to)
    throw usageError(`there is nothing between ${from} and ${to}`, '`--to` is the first moment that is not computed');
  return from === null && to === null ? { from, to, missing: true } : { from, to };
}

function boundsOf({ from, to }: AskedSpan): string[] {
  return [...(from === null ? [] : [`--from '${from}'`]), ...(to === null ? [] : [`--to '${to}'`])];
}

const isInIntervals = ({ refresh }: Pick<DatasetModel, 'refresh'>): boolean => refresh.kind === 'batch';

/** Names; what is named by itself has to be in intervals. */
function chosenDatasets(words: readonly string[], program: Program): readonly string[] {
  const all = program.datasets.filter(isInIntervals);
  if (all.length === 0)
    throw usageError(
      'no table of the project is in intervals',
      'give one `refresh: batch(by: day)`, or run it whole: pipec run --full',
    );
  if (words.length === 0) return all.map(({ name }) => name);
  for (const word of words) {
    const core = word.replace(/^\+/, '').replace(/(?<=.)\+$/, '');
    if (core === '*' || core.endsWith('.*') || core.startsWith('tag:')) {
      const some = new Set(selectDatasets([core], program.datasets));
      if (!all.some(({ name }) => some.has(name))) throw usageError(`\`${core}\` chooses no table in intervals`);
    } else {
      const dataset = findDataset(program.datasets, core);
      if (!isInIntervals(dataset)) throw whole(dataset);
    }
  }
  const meant = new Set(selectDatasets(words, program.datasets));
  const spreads = words.some((word) => word.startsWith('+') || word.endsWith('+'));
  return program.datasets.flatMap((one) => (meant.has(one.name) && (spreads || isInIntervals(one)) ? [one.name] : []));
}

function whole({ name, source, refresh }: DatasetModel): CommandError {
  const again = source === null ? 'build' : 'load';
  return usageError(
    source === null
      ? `\`${name}\` has no intervals: it has \`refresh: ${refresh.kind}\``
      : `\`${name}\` is a source: it has no intervals`,
    `${again} it again: pipec run --full ${name}`,
    ...(source === null ? ['a table in intervals has `refresh: batch(by: day)`'] : []),
  );
}

interface Table {
  readonly task: TaskPlan;
  readonly plan: IntervalsPlan;
}

function inIntervals(task: TaskPlan): Table | null {
  const { step } = task;
  return step.kind === 'build' && step.increment?.kind === 'intervals' ? { task, plan: step.increment } : null;
}

interface Part extends Table {
  readonly spans: ReturnType<typeof spansToDo>;
  readonly notes: readonly string[];
}

/** What of a table is to be computed. @throws CommandError where all of it has to be built first */
function partOf({ task, plan }: Table, status: DatasetStatus | undefined, asked: AskedSpan, now: number): Part {
  const built = status?.built ?? null;
  if (built === null || built.code === 'changed') {
    const why = built === null ? 'has never been built' : 'was built by other code';
    throw new CommandError('never-built', EXIT.run, `\`${task.id}\` ${why}: there is nothing yet to fill up`, [
      `build it, with all its intervals: pipec run ${built === null ? '+' : ''}${task.id}`,
    ]);
  }
  const due = dueSpan(plan, now);
  const done = kept((status?.intervals?.done ?? []).map(({ from, to }) => [from, to]));
  const spans = due === null ? [] : spansToDo(plan, due, done, asked);
  return { task, plan, spans, notes: notesOf(plan, due, asked) };
}

/** Where what is computed is not what was asked for. */
function notesOf(plan: IntervalsPlan, due: ReturnType<typeof dueSpan>, asked: AskedSpan): readonly string[] {
  if (due === null) return ['nothing of it is due yet'];
  const notes: string[] = [];
  const span = askedSpan(plan, asked.from, asked.to);
  const within = intersection(span, due);
  const last = momentText(plan, due.to - plan.everyMs);
  const first = momentText(plan, due.from);
  const said = (text: string | null): string =>
    text === null ? '' : text.length === 10 && plan.everyMs < 86_400_000 ? `${text} 00:00` : text;
  if (asked.from !== null && span.from >= due.to)
    notes.push(`${asked.from} is not due yet: the last that is due is ${last}`);
  else if (asked.to !== null && span.to <= due.from) notes.push(`it begins at ${first} (\`start\`)`);
  if (within === null) return notes;
  if (asked.from !== null && said(asked.from) !== momentText(plan, span.from))
    notes.push(`${asked.from} lies within an interval: from its beginning, ${momentText(plan, span.from)}`);
  if (asked.to !== null && said(asked.to) !== momentText(plan, span.to) && span.to <= due.to)
    notes.push(`${asked.to} lies within an interval: up to its end, ${momentText(plan, span.to)}`);
  if (asked.from !== null && span.from < due.from) notes.push(`it begins at ${first} (\`start\`)`);
  if (asked.to !== null && span.to > due.to) notes.push(`what is due ends with ${last}`);
  return notes;
}

function planLines(
  { target }: Pick<Plan, 'target'>,
  parts: readonly Part[],
  asked: AskedSpan,
  { paint, glyphs }: Style,
): readonly string[] {
  const todo = parts.filter(({ spans }) => spans.length > 0);
  const statements = todo.reduce((sum, { spans }) => sum + spans.length, 0);
  const where = `${target.name} (${target.engine.kind})`;
  if (todo.length === 0 && asked.missing === true) return [`Nothing is missing in ${where}.`];
  const what = asked.missing === true ? 'what is missing' : 'again, done or not';
  const width = Math.min(44, Math.max(0, ...parts.map(({ task }) => textWidth(task.id))));
  return [
    `Backfill in ${where}: ${what} ${glyphs.dot} ${plural(todo.length, 'table')}, ${plural(statements, 'statement')}`,
    '',
    ...parts.flatMap(({ task, plan, spans, notes }) => {
      const count = countOf(plan, spans);
      const several = `${count === null ? '' : `${plural(count, 'interval')} of ${lengthText(plan.everyMs)}`}`;
      const told = spans.map((span) => spanText(plan, span));
      const some = told.length > 4 ? `${told.slice(0, 3).join(', ')} and ${told.length - 3} more` : told.join(', ');
      return [
        `  ${padEnd(task.id, width)}   ${spans.length === 0 ? paint.dim('nothing') : `${some}${several === '' ? '' : paint.dim(` (${several})`)}`}`,
        ...notes.map((note) => paint.yellow(`      ${note}`)),
      ];
    }),
  ];
}

function lineOf({ task, plan, spans, notes }: Part): BackfillLine {
  const ranges = spans.map(({ from, to }) => ({ from: momentText(plan, from), to: momentText(plan, to) ?? '' }));
  return { dataset: task.id, ranges, intervals: countOf(plan, spans), notes };
}
