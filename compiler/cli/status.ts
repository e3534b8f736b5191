/** `pipec status`: what stands in a target, what of it is due or missing, and how the last try ended. */
import { kept, type Span, spanText } from '../../runtime/intervals.ts';
import type { IntervalsPlan, TaskPlan } from '../../runtime/plan.ts';
import type { Late } from '../../runtime/schedule/late.ts';
import type { RunRecord } from '../../runtime/state/records.ts';
import type { DatasetStatus, FollowsStatus, TimeRange } from '../../runtime/status.ts';
import { grouped, plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { harmless, padEnd, padStart, textWidth, wrap } from '../diagnostics/text-width.ts';
import { planSelection } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { calendarLines } from './calendar.ts';
import { type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { openState, planTarget } from './data.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, inEnvironment } from './environment.ts';
import type { Io } from './io.ts';
import { lateNow } from './late.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { selectDatasets } from './selection.ts';

interface Options extends EnvironmentOption {
  readonly target?: string;
  readonly json?: boolean;
}

export const status: CommandModule<Options> = {
  arguments: [{ name: '[selection...]', help: 'datasets; all where nothing is named', completes: 'dataset' }],
  options: [
    { flags: '-t, --target <target>', help: "where to look (default: the project's target)" },
    ENVIRONMENT_OPTION,
    JSON_OPTION,
  ],
  details: `Reads what the target itself says of each dataset, also while a run writes it, and what runs have left of themselves.
Of a table in intervals, a gap is due and missing before the last interval that is done: \`pipec backfill\` fills it, and so does the next run.`,
  examples: [
    { text: 'pipec status', does: 'all datasets' },
    { text: 'pipec status +daily_revenue', does: 'a table and all it stands on' },
    { text: 'pipec status --json', does: 'for programs: a dataset a line' },
  ],
  run: async (io, words, options) => {
    const project = openProject(io);
    const program = inEnvironment(checkedProgram(io, project), options.env);
    const target = targetOf(program, options.target);
    const names = words.length === 0 ? null : selectDatasets(words, program.datasets);
    const { tasks } = planSelection(program, target, names);
    const { statuses, running } = await lookAt(io, project.root, program, target, tasks);
    const now = Date.now();
    const late = await lateNow({ root: project.root, program, target, environment: io.environment }, now);
    if (options.json === true) {
      const makers = new Map(program.jobs.flatMap(({ name, builds }) => builds.map((dataset) => [dataset, name])));
      for (const one of statuses)
        io.out.json({ ...one, late: lateSince(one.dataset, makers, late) } satisfies StatusLine);
      return EXIT.done;
    }
    const plans = new Map(
      tasks.flatMap(({ id, step }) =>
        step.kind === 'build' && step.increment?.kind === 'intervals' ? [[id, step.increment] as const] : [],
      ),
    );
    const { engine } = planTarget(program, target);
    for (const line of statusLines(
      {
        project: program.project.name,
        target: `${target}${program.environment === undefined ? '' : `/${program.environment}`} (${engine.kind})`,
        statuses,
        plans,
        running,
        late,
        now,
      },
      io.out.style,
    ))
      io.out.line(line);
    return EXIT.done;
  },
};

/** What is known of the datasets of these tasks. */
export async function lookAt(
  io: Io,
  root: string,
  program: Program,
  target: string,
  tasks: readonly TaskPlan[],
): Promise<{ readonly statuses: readonly DatasetStatus[]; readonly running: readonly RunRecord[] }> {
  const { targetStatus } = await import('../../runtime/status.ts');
  const { placeName } = await import('../../runtime/state/records.ts');
  const plan = planTarget(program, target);
  const state = await openState({ root, target: plan, environment: io.environment });
  try {
    const statuses = await targetStatus({
      folder: root,
      target: plan,
      tasks,
      state,
      env: io.environment,
      environment: program.environment ?? null,
    });
    const running = ((await state?.running()) ?? []).filter(
      (run) => run.target === placeName(target, program.environment),
    );
    return { statuses, running };
  } finally {
    await state?.close();
  }
}

export interface Picture {
  readonly project: string;
  readonly target: string;
  readonly statuses: readonly DatasetStatus[];
  /** Of tables in intervals, by dataset. */
  readonly plans: ReadonlyMap<string, IntervalsPlan>;
  /** What should be done by now. */
  readonly late?: readonly Late[];
  readonly running: readonly Pick<RunRecord, 'run' | 'startedAt' | 'job' | 'waiting'>[];
  /** In ms since 1970. */
  readonly now: number;
}

export function statusLines(picture: Picture, style: Style): readonly string[] {
  const { statuses, running, now } = picture;
  const { paint, glyphs } = style;
  const dot = ` ${glyphs.dot} `;
  const built = statuses.filter((one) => one.built !== null).length;
  const head = [paint.bold(picture.project), picture.target, `${built} of ${plural(statuses.length, 'dataset')} built`];
  const name = Math.min(44, Math.max(0, ...statuses.map(({ dataset }) => textWidth(dataset))));
  const mode = Math.max(0, ...statuses.map((one) => modeOf(one).length));
  const rows = Math.max(0, ...statuses.map((one) => rowsOf(one).length));
  const pictured = statuses.some((one) => one.intervals !== null && one.built !== null);
  return [
    head.join(dot),
    ...running.map(
      (run) =>
        `  ${paint.blue(glyphs.arrow)} run ${run.run}${run.job === null ? '' : ` of ${run.job}`} goes on, since ${ago(run.startedAt, now)}${run.waiting === null ? '' : `: waits for ${harmless(run.waiting)}`}`,
    ),
    ...(picture.late ?? []).map((one) => `  ${paint.yellow('!')} ${lateText(one, now)}`),
    '',
    ...statuses.flatMap((one) => [
      lineOf(one, { name, mode, rows }, now, style),
      ...detailsOf(one, picture.plans.get(one.dataset) ?? null, now, style).map((line) => `      ${line}`),
    ]),
    ...(pictured ? ['', `  ${legend(style)}`] : []),
    ...hints(statuses, style),
  ];
}

/** A line of `pipec status --json`. */
export interface StatusLine extends DatasetStatus {
  /** Since when it should be newer, as the job that builds it is late or as its rows are older than they may be: ISO 8601 in UTC. */
  readonly late: string | null;
}

function lateSince(dataset: string, makers: ReadonlyMap<string, string>, late: readonly Late[]): string | null {
  const own = late.filter((one) => (one.dataset === null ? one.job === makers.get(dataset) : one.dataset === dataset));
  return own.length === 0 ? null : new Date(Math.min(...own.map(({ since }) => since))).toISOString();
}

function lateText({ job, dataset, dueAt, since }: Late, now: number): string {
  const [due, by] = [dueAt, since].map((at) => ago(new Date(at).toISOString(), now));
  return dataset === null
    ? `${job} is late: due ${due}, it was to be done ${by}`
    : `${dataset} is not fresh: published ${due}, it was to be published anew ${by}`;
}

const modeOf = ({ refresh, intervals }: DatasetStatus): string =>
  refresh === 'load' ? 'source' : intervals === null ? refresh : `batch by ${intervals.by}`;

const rowsOf = ({ built }: DatasetStatus): string =>
  built === null ? '' : built.rows === null ? 'no rows of its own' : plural(built.rows, 'row');

function lineOf(
  one: DatasetStatus,
  widths: { readonly name: number; readonly mode: number; readonly rows: number },
  now: number,
  { paint, glyphs }: Style,
): string {
  const { built } = one;
  const sign =
    one.failed !== null
      ? paint.red(glyphs.failed)
      : built === null
        ? paint.dim(glyphs.skipped)
        : needsLook(one)
          ? paint.yellow('!')
          : paint.green(glyphs.done);
  const when = built === null ? paint.yellow('never built') : built.at === null ? '' : ago(built.at, now);
  return `  ${sign} ${padEnd(one.dataset, widths.name)}   ${paint.dim(padEnd(modeOf(one), widths.mode))}   ${padStart(rowsOf(one), widths.rows)}   ${when}`.trimEnd();
}

function needsLook({ built, intervals, warnings }: DatasetStatus): boolean {
  return built?.code === 'changed' || (intervals?.gaps.length ?? 0) > 0 || warnings.length > 0;
}

function detailsOf(one: DatasetStatus, plan: IntervalsPlan | null, now: number, style: Style): readonly string[] {
  const { paint } = style;
  const { built, intervals, follows, cursor, failed, warnings, quarantine } = one;
  const lines: string[] = [];
  if (built?.sample != null)
    lines.push(paint.yellow(`a sample (${built.sample}): a run without --sample builds it whole`));
  else if (built?.rolledBack != null)
    lines.push(
      paint.yellow(`rolled back (${built.rolledBack}): a run leaves it, \`pipec apply\` puts the program in place`),
    );
  else if (built?.code === 'changed')
    lines.push(paint.yellow('its code has changed since: the next run builds all of it again'));
  if (built !== null && intervals !== null && plan !== null) {
    const done = toSpans(intervals.done);
    const gaps = toSpans(intervals.gaps);
    const due = toSpans(intervals.due);
    lines.push(...calendarLines({ plan, done, gaps, due }, style, style.width - 24));
    if (gaps.length > 0) lines.push(paint.red(`missing: ${some(gaps.map((span) => spanText(plan, span)))}`));
    if (due.length > 0) lines.push(`due: ${some(due.map((span) => spanText(plan, span)))}`);
  }
  if (cursor !== null) lines.push(paint.dim(`read up to ${cursor.column} ${momentOf(cursor.reached)}`));
  // What is built anew has no place to go on from.
  if (follows !== null && built?.code !== 'changed') lines.push(followsText(follows, style));
  if (quarantine !== null && quarantine.rows > 0) {
    const why = some(quarantine.reasons.map(({ reason, rows }) => `${harmless(reason)}: ${grouped(rows)}`));
    lines.push(`${paint.yellow(`${grouped(quarantine.rows)} in quarantine`)} (${why})`);
  }
  for (const { check, failing, rows } of warnings) {
    const on = failing === null ? '' : ` on ${grouped(failing)}${rows === null ? '' : ` of ${plural(rows, 'row')}`}`;
    lines.push(paint.yellow(`warned: ${harmless(check.replace(/ warn$/, ''))}${on}`));
  }
  if (failed !== null) {
    const when = failed.at === null ? '' : ` ${ago(failed.at, now)}`;
    lines.push(...wrap(harmless(`failed${when}: ${failed.message.split('\n', 1)[0]}`), style.width - 6).map(paint.red));
  }
  return lines;
}

function followsText({ dataset, by, taken, waiting }: FollowsStatus, { paint }: Style): string {
  if (waiting === null) return paint.yellow(`${dataset} was made anew since: the next run builds all of it again`);
  if (waiting === 0) return paint.dim(`has ${plural(taken, by)} of ${dataset}, all there are`);
  return `has ${plural(taken, by)} of ${dataset}, ${grouped(waiting)} more since`;
}

/** Without digits that say nothing. */
const momentOf = (reached: string): string =>
  reached.replace(/(\.\d*?)0+$/, (_, digits) => (digits === '.' ? '' : digits));

const toSpans = (told: readonly TimeRange[]): readonly Span[] => kept(told.map(({ from, to }) => [from, to]));

/** A long list is told by its beginning. */
function some(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 3).join(', ')} and ${texts.length - 3} more` : texts.join(', ');
}

function legend({ paint, glyphs: { calendar } }: Style): string {
  const parts = [
    `${paint.green(calendar.done)} done`,
    `${paint.yellow(calendar.part)} in part`,
    `${paint.red(calendar.gap)} missing`,
    `${calendar.due} due`,
  ];
  return paint.dim(parts.join('   '));
}

function hints(statuses: readonly DatasetStatus[], { glyphs }: Style): readonly string[] {
  const short = (one: DatasetStatus): string => one.dataset.slice(one.dataset.lastIndexOf('.') + 1);
  const gaps = statuses.filter((one) => one.built?.code === 'same' && (one.intervals?.gaps.length ?? 0) > 0);
  const rejected = statuses.find((one) => (one.quarantine?.rows ?? 0) > 0);
  const failed = statuses.find((one) => one.failed !== null);
  const see = [
    ...(gaps.length > 0 ? [`pipec backfill ${gaps.slice(0, 3).map(short).join(' ')}`] : []),
    ...(failed !== undefined ? [`pipec run ${failed.dataset}+`] : []),
    ...(rejected !== undefined ? [`pipec show ${rejected.dataset} --failed`] : []),
  ];
  return see.length === 0 ? [] : ['', `See: ${see.join(` ${glyphs.dot} `)}`];
}

/** `just now`, `12 minutes ago`, `3 hours ago`, `5 days ago`. */
export function ago(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${plural(minutes, 'minute')} ago`;
  if (minutes < 48 * 60) return `${plural(Math.floor(minutes / 60), 'hour')} ago`;
  return `${plural(Math.floor(minutes / 1440), 'day')} ago`;
}
