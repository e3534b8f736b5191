/** `pipec run`: builds datasets here and now, and tells how it goes. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AskedSpan } from '../../runtime/engine.ts';
import type { JobPlan, Plan } from '../../runtime/plan.ts';
import { wrap } from '../diagnostics/text-width.ts';
import { planProgram, planSelection } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { askedProgram } from './asked-program.ts';
import { AT_A_TIME_OPTIONS, type AtATimeOptions, atATime } from './at-a-time.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, moment, usageError } from './command.ts';
import { publishedDatasets } from './data.ts';
import { DEFER_OPTION, type DeferOption, deferFlag, deferredText, deferring, nothingDiffers } from './defer.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, placeFlags } from './environment.ts';
import type { Io } from './io.ts';
import { KeptPlans } from './kept-plans.ts';
import { isForPeople, LOG_OPTION } from './log.ts';
import { type Job, type Performance, performJobs } from './perform.ts';
import { noJob, openProject, type Project } from './project.ts';
import { systemWords } from './project-files.ts';
import type { ReportSources } from './report.ts';
import { SAMPLE_OPTION, type SampleOption, sampledText } from './sample.ts';
import { selectDatasets } from './selection.ts';
import { VERSION } from './version.ts';

interface Options extends EnvironmentOption, SampleOption, DeferOption, AtATimeOptions {
  readonly target?: string;
  readonly full?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly report?: string;
  readonly json?: boolean;
}

export const run: CommandModule<Options> = {
  arguments: [
    { name: '[selection...]', help: 'jobs or datasets; every job where nothing is named', completes: 'dataset' },
  ],
  options: [
    { flags: '-t, --target <target>', help: "where to build (default: the project's target)" },
    ENVIRONMENT_OPTION,
    SAMPLE_OPTION,
    DEFER_OPTION,
    ...AT_A_TIME_OPTIONS,
    { flags: '--full', help: 'build everything, also what is unchanged since it was built' },
    { flags: '--from <time>', help: 'of tables in intervals: compute again from here on', parse: moment('--from') },
    { flags: '--to <time>', help: 'of tables in intervals: compute again up to here', parse: moment('--to') },
    { flags: '--report <file>', help: 'write an HTML page about the run' },
    LOG_OPTION,
    JSON_OPTION,
  ],
  details: `A selection is names, \`dwh.marts.*\`, \`+x\` (with upstream), \`x+\` (with downstream), \`tag:…\`, or the name of a job (\`job:…\` where a dataset has that name too).
What has equal code and equal inputs as when it was built is skipped; what asks the clock never is.
Datasets are published only after their checks; Ctrl-C cancels and leaves what was there.`,
  examples: [
    { text: 'pipec run', does: 'every job once' },
    { text: 'pipec run +daily_revenue', does: 'a table and all it stands on' },
    { text: 'pipec run --env dev_anna --sample 3d', does: 'beside production, of what came in the last three days' },
    { text: 'pipec run "dwh.marts.*" --json', does: 'for programs: an event a line' },
  ],
  run: async (io, words, options) => {
    const project = openProject(io);
    const meant =
      options.defer === undefined
        ? await chosen(io, project, words, options)
        : await deferred(io, project, words, options, options.defer);
    const { plan, place, left, told } = meant;
    const jobs = meant.jobs.map((job) => ({ ...job, plan: atATime(job.plan, options) }));
    if (isForPeople(io)) tellLine(io, told);
    if (jobs.every((job) => job.plan.tasks.length === 0) && isForPeople(io)) {
      io.out.line(
        options.defer === undefined
          ? 'There is nothing to build: the project has no source and no table yet.'
          : nothingDiffers(options.defer),
      );
      return EXIT.done;
    }
    const { exit, states } = await performJobs(io, {
      root: project.root,
      plan,
      jobs,
      json: options.json === true,
      full: options.full === true,
      ...askedAgain(options),
      action: 'run',
      place,
      again: [`pipec run${place}`, ...words].join(' '),
    });
    if (isForPeople(io)) tellLeftOut(io, left);
    if (options.report !== undefined) {
      const { root } = project;
      const shown = meant.shown ?? (await planned(io, project, options));
      await writeReport(io, options.report, { root, ...shown, states, environment: io.environment });
    }
    return exit;
  },
};

/** Loads what every run needs, before there is one. */
export async function warm(): Promise<void> {
  await Promise.all([import('../../runtime/run.ts'), import('../../runtime/query.ts')]);
  const { inMemory, loadEngine } = await import('../../runtime/engines/registry.ts');
  await loadEngine(inMemory('duckdb'));
}

/** What a run is to do. */
interface Asked {
  readonly plan: Performance['plan'];
  readonly jobs: readonly Job[];
  /** Target, environment, sample and what is deferred to, as a command line names them. */
  readonly place: string;
  /** Datasets that nothing builds. */
  readonly left: readonly string[];
  /** What is cut for a sample, and what is read from elsewhere, in words; '' where neither is asked for. */
  readonly told: string;
  /** What a report is about. Absent: the program as it is written. */
  readonly shown?: Shown;
}

interface Shown {
  readonly program: Program;
  readonly plan: Plan;
}

async function planned(io: Io, project: Project, options: Options): Promise<Shown> {
  const { program, target } = await askedProgram(io, project, options);
  return { program, plan: planProgram(program, target, VERSION) };
}

/** What the words of a command line ask for: a job or datasets; every job, or all datasets, where there are none. */
async function asked(io: Io, project: Project, words: readonly string[], options: Options): Promise<Asked> {
  const { target, env, sample } = options;
  const kept = new KeptPlans<Asked>(io.environment, project, { run: words, target, env });
  // For a sample the target is asked too.
  const known = project.problems.length === 0 && sample === undefined ? kept.read() : null;
  if (known !== null) return known;
  const { program, plan } = await planned(io, project, options);
  const { jobs: _, ...whole } = plan;
  const jobs = words.length === 0 ? everyJob(program, plan) : [chosenJob(words, program, plan)];
  const tasks = tasksOf(jobs);
  const built = new Set(tasks);
  const found = {
    plan: whole,
    jobs,
    place: placeFlags(program, plan.target.name),
    left: words.length > 0 ? [] : plan.datasets.map(({ name }) => name).filter((name) => !built.has(name)),
    told: sampledText(program, tasks),
  };
  if (sample === undefined) kept.write(found, project.workspace.questions());
  return found;
}

async function chosen(io: Io, project: Project, words: readonly string[], options: Options): Promise<Asked> {
  const named = await asked(io, project, words, options);
  return words.length === 0 ? named : await withMissing(io, project, options, named);
}

/** With what it stands on that has never been built. */
async function withMissing(io: Io, project: Project, options: Options, named: Asked): Promise<Asked> {
  const tasks = tasksOf(named.jobs);
  const missing = await missingUpstream(io, project.root, named.plan, tasks);
  if (missing.length === 0) return named;
  if (isForPeople(io)) tellMissing(io, missing, named.plan.target.name);
  const { program, plan } = await planned(io, project, options);
  const all = planSelection(program, plan.target.name, [...tasks, ...missing]).tasks;
  // In its own way of running them.
  const jobs = named.jobs.map((job) => ({ ...job, plan: { ...job.plan, tasks: all } }));
  return { ...named, jobs, told: sampledText(program, tasksOf(jobs)) };
}

/** What was named, or what the other target has not as the program says; what that reads, the other target has. */
async function deferred(
  io: Io,
  project: Project,
  words: readonly string[],
  options: Options,
  other: string,
): Promise<Asked> {
  const { program: own, plan } = await planned(io, project, options);
  const target = plan.target.name;
  const names = words.length === 0 ? null : tasksOf([chosenJob(words, own, plan)]);
  const deferral = await deferring(io, { root: project.root, program: own, target }, other, names);
  const { program, built } = deferral;
  const { jobs: _, ...whole } = planProgram(program, target, VERSION);
  const job = planSelection(program, target, [...built, ...deferral.deferred]);
  return {
    plan: whole,
    jobs: [{ name: null, plan: job }],
    place: `${placeFlags(program, target)}${deferFlag(options)}`,
    left: [],
    told: [deferredText(deferral, other, names), sampledText(program, built)].join(' ').trim(),
    shown: { program, plan: { ...whole, jobs: [job] } },
  };
}

const tasksOf = (jobs: readonly Job[]): readonly string[] =>
  jobs.flatMap(({ plan: { tasks } }) => tasks.map(({ id }) => id));

/** What `--from` and `--to` ask for. Raises `CommandError` where nothing is between them. */
function askedAgain({ from, to }: Options): { readonly span?: AskedSpan } {
  if (from === undefined && to === undefined) return {};
  if (from !== undefined && to !== undefined && from >= to)
    throw usageError(`there is nothing between ${from} and ${to}`);
  return { span: { from: from ?? null, to: to ?? null } };
}

/** The named job, or the selection. */
function chosenJob(words: readonly string[], program: Program, plan: Plan): Job {
  const [word = ''] = words;
  const meant = word.startsWith('job:') ? word.slice('job:'.length) : null;
  if (meant !== null && words.length === 1) {
    const job = plan.jobs.find(({ name }) => name === meant);
    if (job !== undefined) return { name: job.name, plan: job };
    throw noJob(
      meant,
      plan.jobs.map(({ name }) => name),
    );
  }
  const named =
    words.length === 1 && !program.datasets.some((one) => one.name === word || one.name.endsWith(`.${word}`))
      ? plan.jobs.find((job) => job.name === word)
      : undefined;
  if (named !== undefined) return { name: named.name, plan: named };
  const names = selectDatasets(
    words,
    program.datasets,
    plan.jobs.map((job) => job.name),
  );
  return { name: null, plan: planSelection(program, plan.target.name, names) };
}

/** In an order that respects what they wait for; where there is no job, everything as one. */
function everyJob(program: Program, plan: Plan): Job[] {
  if (plan.jobs.length === 0) return [{ name: null, plan: planSelection(program, plan.target.name, null) }];
  return inWaitingOrder(plan.jobs).map((job) => ({ name: job.name, plan: job }));
}

/** What the tasks stand on, at any distance, that is not among them and has never been built in the target. */
async function missingUpstream(
  io: Io,
  root: string,
  plan: Pick<Plan, 'target' | 'datasets'>,
  tasks: readonly string[],
): Promise<string[]> {
  const known = new Set(tasks);
  const reads = new Map(plan.datasets.map((one) => [one.name, one.reads]));
  const outside = tasks.flatMap((task) => (reads.get(task) ?? []).filter((name) => !known.has(name)));
  if (outside.length === 0) return [];
  const built = await publishedDatasets(io, root, plan);
  for (let name = outside.pop(); name !== undefined; name = outside.pop()) {
    if (known.has(name) || built.has(name)) continue;
    known.add(name);
    outside.push(...(reads.get(name) ?? []));
  }
  const chosen = new Set(tasks);
  return plan.datasets.map((one) => one.name).filter((name) => known.has(name) && !chosen.has(name));
}

function tellMissing(io: Io, missing: readonly string[], target: string): void {
  const some =
    missing.length > 4 ? `${missing.slice(0, 3).join(', ')} and ${missing.length - 3} more` : missing.join(', ');
  for (const line of wrap(
    `Built too, as ${missing.length === 1 ? 'it has' : 'they have'} never been built in ${target}: ${some}`,
    io.out.unwrapped.width,
  ))
    io.out.line(line);
}

function tellLine(io: Io, text: string): void {
  for (const line of wrap(text, io.out.unwrapped.width)) if (line !== '') io.out.line(line);
}

function inWaitingOrder(jobs: readonly JobPlan[]): JobPlan[] {
  const maker = new Map(jobs.flatMap((job) => job.tasks.map((task) => [task.id, job] as const)));
  const ordered = new Set<JobPlan>();
  const entered = new Set<JobPlan>();
  const visit = (job: JobPlan): void => {
    if (entered.has(job)) return;
    entered.add(job);
    for (const dataset of job.waitsFor) {
      const other = maker.get(dataset);
      if (other !== undefined) visit(other);
    }
    ordered.add(job);
  };
  for (const job of jobs) visit(job);
  return [...ordered];
}

function tellLeftOut(io: Io, left: readonly string[]): void {
  if (left.length === 0) return;
  const some = left.slice(0, 3).join(', ');
  io.out.line(
    `No job builds ${some}${left.length > 3 ? ` and ${left.length - 3} more` : ''}: pipec run ${left[0] ?? ''}`,
  );
}

async function writeReport(io: Io, file: string, input: ReportSources): Promise<void> {
  const { reportPage } = await import('./report.ts');
  const path = resolve(io.folder, file);
  const html = await reportPage(input);
  try {
    writeFileSync(path, html);
  } catch (error) {
    throw new CommandError('file-unwritable', EXIT.run, `\`${path}\` cannot be written: ${systemWords(error)}`);
  }
  io.err.line(`Report: ${path}`);
}
