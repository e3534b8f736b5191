/** `pipec runs`: what has run, what runs now, and what is queued. */
import type { QueuedRun } from '../../runtime/schedule/queue.ts';
import type { RunRecord } from '../../runtime/state/records.ts';
import { plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, harmless, padEnd, textWidth } from '../diagnostics/text-width.ts';
import { type CommandModule, EXIT, JSON_OPTION, usageError, wholeNumber } from './command.ts';
import type { Io } from './io.ts';
import type { RunLine } from './machine.ts';
import { duration } from './progress/lines.ts';
import { noJob } from './project.ts';
import { isOf, type Place, placeOf, statePlaceOf, TARGET_OPTION, withState } from './record.ts';
import { tellRunsOf } from './runs-of.ts';
import { ago } from './status.ts';

interface Options {
  readonly target?: string;
  readonly last?: number;
  readonly of?: string;
  readonly json?: boolean;
}

const LAST = 20;

export const runs: CommandModule<Options> = {
  arguments: [{ name: '[job]', help: 'runs of this job; all where none is named' }],
  options: [
    TARGET_OPTION,
    { flags: '--last <n>', help: `so many (default: ${LAST})`, parse: wholeNumber('--last', 1) },
    { flags: '--of <dataset>', help: 'what they did to this dataset, and how its checks went' },
    JSON_OPTION,
  ],
  details:
    'Newest first. What a scheduler has queued comes before what has run. A run whose process went away without a word has died.',
  examples: [
    { text: 'pipec runs', does: 'the last twenty' },
    { text: 'pipec runs nightly --last 100', does: 'of one job' },
    { text: 'pipec runs --of daily_revenue', does: 'when it was built, and which of its checks held' },
    { text: 'pipec runs --json', does: 'for programs: a run a line' },
  ],
  run: async (io, [job], options) => {
    const place = placeOf(io, options.target);
    if (options.of !== undefined) {
      if (job !== undefined) throw usageError('`--of` and a job were both given', 'runs are chosen by one of them');
      return await tellRunsOf(io, place, options.of, options.last ?? LAST, options.json === true);
    }
    const jobs = place.program.jobs.map(({ name }) => name);
    if (job !== undefined && !jobs.includes(job)) throw noJob(job, jobs);
    const lines = (await linesOf(io, place, options.last ?? LAST)).filter(
      (one) => job === undefined || one.job === job,
    );
    const shown = lines.slice(0, options.last ?? LAST);
    if (options.json === true) for (const one of shown) io.out.json(one);
    else if (shown.length === 0) io.out.line(`Nothing has run in ${place.target} yet.`);
    else for (const line of tableOf(shown, io.out.unwrapped)) io.out.line(line);
    return EXIT.done;
  },
};

async function linesOf(io: Io, place: Place, last: number): Promise<readonly RunLine[]> {
  const queued = await queueOf(io, place);
  const due = new Map(queued.flatMap((one) => (one.run === null ? [] : [[one.run, one] as const])));
  const waiting = queued.filter(({ status }) => status === 'queued').map((one) => queuedLine(one, place.target));
  const records = await withState(io, place, async (state) =>
    ((await state?.runs(Math.max(1000, last))) ?? []).filter((run) => isOf(run, place.target)),
  );
  return [...waiting, ...records.map((record) => runLine(record, due.get(record.run) ?? null))];
}

async function queueOf(io: Io, place: Place): Promise<readonly QueuedRun[]> {
  const { Queue } = await import('../../runtime/schedule/queue.ts');
  const { isThere } = await import('../../runtime/state/place.ts');
  const state = await statePlaceOf(io, place);
  if (!(await isThere(state))) return [];
  const queue = await Queue.open(state, place.target);
  try {
    return await queue.latest(1000);
  } finally {
    await queue.close();
  }
}

const iso = (instant: number): string => new Date(instant).toISOString();

function queuedLine({ job, dueAt, notBefore, said }: QueuedRun, target: string): RunLine {
  const again = notBefore === null ? null : `again from ${iso(notBefore).slice(0, 19).replace('T', ' ')} UTC on`;
  const why = [again, said].filter((part) => part !== null).join(': ');
  const none = { startedAt: null, finishedAt: null, ms: null, tasks: null, done: null, failed: null, skipped: null };
  return { run: null, job, target, status: 'queued', dueAt: iso(dueAt), ...none, why: why === '' ? null : why };
}

function runLine(record: RunRecord, due: QueuedRun | null): RunLine {
  const { run, job, target, status, startedAt, finishedAt, ms, tasks, done, failed, skipped, waiting } = record;
  const why = waiting === null ? (due?.said ?? null) : `waits for ${waiting}`;
  const dueAt = due === null ? null : iso(due.dueAt);
  return { run, job, target, status, dueAt, startedAt, finishedAt, ms, tasks, done, failed, skipped, why };
}

function tableOf(lines: readonly RunLine[], style: Style): readonly string[] {
  const { paint, glyphs } = style;
  const now = Date.now();
  const sign = (status: RunLine['status']): string => {
    switch (status) {
      case 'succeeded':
        return paint.green(glyphs.done);
      case 'running':
        return paint.blue(glyphs.arrow);
      case 'queued':
        return paint.dim(glyphs.waiting);
      case 'cancelled':
        return paint.yellow(glyphs.skipped);
      case 'failed':
      case 'died':
        return paint.red(glyphs.failed);
    }
  };
  const rows = lines.map((one) => [
    one.run ?? `due ${(one.dueAt ?? '').slice(0, 16).replace('T', ' ')}`,
    one.job ?? 'a selection',
    one.status,
    one.startedAt === null ? '' : ago(one.startedAt, now),
    one.ms === null ? '' : duration(one.ms),
    countsOf(one),
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  return rows.map((row, index) => {
    const line = lines[index] as RunLine;
    const text = row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('   ');
    const why = line.why === null ? '' : `   ${harmless(line.why.split('\n', 1)[0] ?? '')}`;
    return clip(`${sign(line.status)} ${text}${why}`.trimEnd(), style.width, glyphs.ellipsis);
  });
}

function countsOf({ tasks, done, failed, skipped, status }: RunLine): string {
  if (tasks === null) return '';
  if (status === 'running') return plural(tasks, 'task');
  return `${done} done${failed === 0 ? '' : `, ${failed} failed`}${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
