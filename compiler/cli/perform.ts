/** Runs jobs here and now, and tells how it goes: what `pipec run` and `pipec backfill` have in common. */
import type { AskedSpan, TargetChange } from '../../runtime/engine.ts';
import type { ApplyNote } from '../../runtime/engines/published.ts';
import type { JobPlan, Plan } from '../../runtime/plan.ts';
import type { RunSummary } from '../../runtime/run.ts';
import { endBy } from '../../runtime/signals.ts';
import type { AuditAction } from '../../runtime/state/audit.ts';
import { EXIT, type ExitCode } from './command.ts';
import { projectFunctions } from './functions.ts';
import type { Io } from './io.ts';
import { isForPeople, logTo } from './log.ts';
import { failureLines, isStopped, lookFlags, summaryLines } from './progress/lines.ts';
import { liveProgress, type Progress } from './progress/live.ts';
import { jsonProgress, logProgress, plainProgress } from './progress/plain.ts';
import type { RunState } from './progress/state.ts';

export interface Job {
  /** What the run is recorded as; null for a selection. */
  readonly name: string | null;
  readonly plan: JobPlan;
}

export interface Performance {
  /** Absolute path of the project's folder. */
  readonly root: string;
  readonly plan: Pick<Plan, 'pipec' | 'project' | 'target' | 'environment' | 'datasets' | 'fingerprint'>;
  /** In an order that respects what they wait for. */
  readonly jobs: readonly Job[];
  readonly json: boolean;
  readonly full: boolean;
  /** Of tables in intervals. */
  readonly span?: AskedSpan;
  /** Of sources: what is in quarantine is judged again, and the source is not read. */
  readonly replay?: boolean;
  /** What is done to public views once the jobs have succeeded. */
  readonly changes?: readonly TargetChange[];
  /** What the target's record says of it. */
  readonly apply?: ApplyNote;
  /** What it is begun as, for the audit. */
  readonly action: AuditAction;
  /** Target, environment, sample and what is deferred to, as a command line names them, with a space before. */
  readonly place: string;
  /** The command that goes on where this one was cancelled. */
  readonly again: string;
}

/** One after the other. A failed run does not keep the next from starting; a cancelled one does. */
export async function performJobs(
  io: Io,
  { root, plan, jobs, json, full, span, replay = false, changes = [], apply, action, place, again }: Performance,
): Promise<{ readonly exit: ExitCode; readonly states: readonly RunState[] }> {
  using cancel = cancelOnSignals(io);
  const log = io.log === null ? null : await logTo(io, io.log);
  const { runJob } = await import('../../runtime/run.ts');
  let exit: ExitCode = EXIT.done;
  const states: RunState[] = [];
  for (const { name, plan: job } of jobs) {
    // A line in the target's record is nothing to watch.
    const isNote = job.tasks.length === 0 && changes.length === 0;
    const progress =
      log !== null
        ? logProgress(job.tasks, log.run())
        : isNote && !json
          ? logProgress([], (event) => (event.event === 'run.waiting' ? io.out.line(`  ${event.reason}`) : undefined))
          : progressFor(io, job, json);
    states.push(progress.state);
    let summary: RunSummary;
    try {
      summary = await runJob({
        folder: root,
        action,
        program: plan.fingerprint,
        project: plan.project,
        target: plan.target,
        job,
        name,
        full,
        replay,
        changes,
        ...(apply === undefined ? {} : { apply }),
        environment: plan.environment ?? null,
        ...(span === undefined ? {} : { again: span }),
        describe: async () => plan,
        functions: projectFunctions(root),
        listeners: [progress.listen],
        signal: cancel.signal,
      });
    } finally {
      progress.stop();
    }
    if (isForPeople(io) && !isNote) tellEnd(io, progress.state, plan, { place, again });
    exit = worse(exit, exitOf(summary));
    if (summary.status === 'cancelled') break;
  }
  return { exit, states };
}

function progressFor(io: Io, job: JobPlan, json: boolean): Progress {
  if (json) return jsonProgress(job.tasks, io.out);
  return io.out.isTerminal && io.environment['TERM'] !== 'dumb' && (io.environment['CI'] ?? '') === ''
    ? liveProgress(job.tasks, io.out)
    : plainProgress(job.tasks, io.out);
}

function tellEnd(
  io: Io,
  state: RunState,
  plan: Performance['plan'],
  { place, again }: Pick<Performance, 'place' | 'again'>,
): void {
  const style = io.out.unwrapped;
  for (const task of state.tasks.values()) {
    if (task.status !== 'failed' || isStopped(task)) continue;
    io.out.line();
    for (const line of failureLines(task, place, style)) io.out.line(line);
  }
  io.out.line();
  for (const line of summaryLines(state, place, style)) io.out.line(line);
  if (state.finished?.status === 'cancelled') io.out.line(`What is done is published and stays. Go on: ${again}`);
  const see = state.finished?.status === 'succeeded' ? whatToSee(state, plan, place) : [];
  if (see.length > 0) io.out.line(`See: ${see.join(` ${style.glyphs.dot} `)}`);
}

/** The last table that was built and that nothing else here reads: most likely what the run was for. */
function whatToSee(state: RunState, plan: Performance['plan'], place: string): string[] {
  const done = new Set(
    [...state.tasks.values()]
      .filter((task) => task.status === 'done' || task.status === 'unchanged')
      .map((task) => task.id),
  );
  const read = new Set(plan.datasets.filter((one) => done.has(one.name)).flatMap((one) => one.reads));
  const last = plan.datasets.findLast((one) => one.kind === 'table' && done.has(one.name) && !read.has(one.name));
  return last === undefined ? [] : [`pipec show ${last.name}${lookFlags(place)}`, `pipec lineage ${last.name}`];
}

function exitOf(summary: RunSummary): ExitCode {
  switch (summary.status) {
    case 'succeeded':
      return EXIT.done;
    case 'cancelled':
      return EXIT.interrupted;
    case 'failed':
      return summary.errors.length > 0 && summary.errors.every(({ error }) => error.code === 'checks-failed')
        ? EXIT.check
        : EXIT.run;
  }
}

/** Of several jobs: a cancel, then a failed run, then a failed check tells most. */
function worse(a: ExitCode, b: ExitCode): ExitCode {
  const rank: readonly ExitCode[] = [EXIT.done, EXIT.check, EXIT.run, EXIT.interrupted];
  return rank.indexOf(a) > rank.indexOf(b) ? a : b;
}

/** The first Ctrl-C cancels, the second ends the process at once. */
function cancelOnSignals(io: Io): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const cancel = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) endBy(signal);
    controller.abort();
    if (isForPeople(io))
      io.err.line(
        '\ncancelling: running statements are stopped, nothing is half published (Ctrl-C again ends at once)',
      );
  };
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off('SIGINT', cancel).off('SIGTERM', cancel),
  };
}
