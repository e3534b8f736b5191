/** `pipec schedule`: runs jobs when they are due, until it is stopped. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../runtime/plan.ts';
import type { ScheduleEvent } from '../../runtime/schedule/events.ts';
import type { Places } from '../../runtime/schedule/ready.ts';
import { endBy } from '../../runtime/signals.ts';
import { planProgram } from '../plan/plan.ts';
import { CommandError, type CommandModule, EXIT, JSON_OPTION, usageError, wholeNumber } from './command.ts';
import { stateOf } from './data.ts';
import type { Io } from './io.ts';
import { isForPeople, LOG_OPTION, logTo } from './log.ts';
import { askOutside } from './outside.ts';
import { PAGE_DETAILS, PAGE_OPTIONS, type PageOptions, servePage } from './page.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { lineOf, logLineOf } from './schedule-lines.ts';
import { tellPreview, tellSchedules } from './schedule-times.ts';
import { VERSION } from './version.ts';
import { watchOf } from './watch.ts';

interface Options extends PageOptions {
  readonly target?: string;
  readonly runs?: number;
  readonly grace?: number;
  readonly once?: boolean;
  /** False where none is wanted. */
  readonly page?: boolean;
  /** True where the option came without a number. */
  readonly preview?: number | true;
  readonly json?: boolean;
}

/** A scheduler that died is followed by another after so long. */
const LEASE_MS = 15_000;
/** Less than what systemd and Kubernetes wait before they end a process outright (90 s and 30 s). */
const GRACE_S = 20;
/** Times of each job that a preview without a number tells. */
const PREVIEWED = 5;

export const schedule: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "where to build (default: the project's target)" },
    {
      flags: '--runs <n>',
      help: 'runs at a time (default: 1 where the database is a file, else 4)',
      parse: wholeNumber('--runs', 1),
    },
    {
      flags: '--grace <seconds>',
      help: `when stopped, how long runs may go on (default: ${GRACE_S})`,
      parse: wholeNumber('--grace', 0),
    },
    { flags: '--once', help: 'run what is due now, and end' },
    {
      flags: '--preview [n]',
      help: `tell the next times of each job (default: ${PREVIEWED}), run nothing, and end`,
      parse: wholeNumber('--preview', 1),
    },
    ...PAGE_OPTIONS,
    { flags: '--no-page', help: 'serve no page' },
    LOG_OPTION,
    JSON_OPTION,
  ],
  details: `Runs are done by processes apart, one run at a time each, as \`pipec run job:…\` does; each reads the program anew; the schedules themselves are read when the scheduler starts.
A run that was due while no scheduler was there is made up for: the last of a job, or each with \`catchup: true\`. A job waits for the jobs whose datasets it reads, where they are due too.
Of several schedulers of a target one leads; another takes over ${LEASE_MS / 1000} seconds after it died. Ctrl-C or SIGTERM: no run begins any more, and those that go on have the grace; what is cancelled then is due again.
${PAGE_DETAILS}`,
  examples: [
    { text: 'pipec schedule', does: 'until it is stopped' },
    { text: 'pipec schedule --target prod --runs 8', does: 'in production' },
    { text: 'pipec schedule --preview', does: 'when jobs come, and what blackouts make of it' },
    { text: 'pipec schedule --once', does: 'what is due, from another scheduler such as cron' },
  ],
  run: async (io, _words, options) => {
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = checkedProgram(io, project);
    const target = targetOf(program, options.target);
    const plan = planProgram(program, target, VERSION);
    if (!plan.jobs.some((job) => job.schedule !== null))
      throw usageError(
        'no job of the project has a schedule',
        "give one: `job nightly { schedule: cron('15 4 * * *'), builds: [dwh.marts.*] }`",
      );
    if (options.preview !== undefined) {
      await tellPreview(io, plan, options.preview === true ? PREVIEWED : options.preview, options.json === true);
      return EXIT.done;
    }
    const { Queue } = await import('../../runtime/schedule/queue.ts');
    const { runScheduler } = await import('../../runtime/schedule/scheduler.ts');
    const { launch } = await import('../../runtime/schedule/launch.ts');
    const { Workers } = await import('../../runtime/schedule/workers.ts');
    const option = target === program.project.target ? '' : ` --target ${target}`;
    const watch = await watchOf({ root: project.root, plan, option, environment: io.environment });
    const queue = await Queue.open(
      await stateOf({ root: project.root, target: plan.target, environment: io.environment }),
      target,
    );
    const places = options.runs ?? (isFile(plan) ? 1 : 4);
    let leads = false;
    const log = io.log === null ? null : await logTo(io, io.log);
    const tell = (event: ScheduleEvent): void => {
      if (io.json) io.out.json(event);
      else if (log === null) tellPeople(io, event);
      else log.line(logLineOf(event, target));
    };
    const page =
      options.once === true || options.page === false
        ? null
        : await servePage(
            io,
            { root: project.root, program, plan, leads: () => leads, log: { tell, run: () => log?.run() } },
            options,
          ).catch(async (failure: unknown) => {
            await queue.close();
            throw failure;
          });
    if (isForPeople(io) && options.once !== true) await tellSchedules(io, plan, places, await queue.paused());
    if (page !== null) {
      if (isForPeople(io)) io.out.line(`  the page: ${page.url}\n`);
      else tell({ event: 'schedule.page', at: new Date().toISOString(), url: page.url });
    }
    let started = 0;
    const runs = { module: process.argv[1] ?? '', folder: project.root, by: 'schedule' } as const;
    const workers = new Workers(runs, options.once !== true);
    try {
      const end = await runScheduler({
        jobs: plan.jobs,
        queue,
        blackouts: plan.blackouts,
        watch,
        launch: (job, began, pools) =>
          launch(
            {
              ...runs,
              args: ['run', `job:${job.name}`, '--target', target, '--json', ...poolsOption(pools)],
              workers,
              timeoutMs: job.timeoutMs,
              note: (events) => queue.record(events),
            },
            began,
            log?.run(),
          ),
        clock: {
          now: Date.now,
          sleep: async (ms, signal) => await sleep(ms, undefined, { signal }).catch(() => undefined),
        },
        places,
        who: `process ${process.pid} on ${hostname()}`,
        leaseMs: LEASE_MS,
        graceMs: (options.grace ?? GRACE_S) * 1000,
        once: options.once === true,
        tell: (event) => {
          if (event.event === 'schedule.started') started += 1;
          if (event.event === 'schedule.leading') leads = true;
          if (event.event === 'schedule.lost') leads = false;
          if (options.once !== true || event.event !== 'schedule.leading' || !isForPeople(io)) tell(event);
        },
        signal: stopOnSignals(),
      });
      if (end === 'idle')
        throw new CommandError('another-scheduler', EXIT.run, `another scheduler of \`${target}\` is at work`, [
          'it runs what is due: pipec runs',
        ]);
      if (end === 'done' && started === 0 && isForPeople(io)) io.out.line('Nothing is due.');
      return EXIT.done;
    } finally {
      workers.end();
      await page?.close();
      await queue.close();
    }
  },
};

/** The places that a run holds: others may hold the rest. */
function poolsOption(places: Places): readonly string[] {
  const held = Object.entries(places).map(([pool, count]) => `${pool}=${count}`);
  return held.length === 0 ? [] : ['--pools', held.join(',')];
}

/** One run at a time holds a database that is a file. */
function isFile({ target: { engine } }: Plan): boolean {
  return engine.kind === 'duckdb' || engine.place.kind === 'embedded';
}

/** The first signal lets what runs go on for a while, the second ends at once, and the runs with it. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) endBy(signal);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

function tellPeople({ out }: Io, event: ScheduleEvent): void {
  const line = lineOf(event, out.style);
  if (line !== null) out.line(`${event.at.slice(0, 19).replace('T', ' ')}  ${line}`);
}
