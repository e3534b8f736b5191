/** `pipec runs --of`: what the last runs did to one dataset, and how its checks went. */
import type { CheckRecord, RunRecord, TaskRecord } from '../../runtime/state/records.ts';
import type { State } from '../../runtime/state/state.ts';
import { grouped, plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, harmless, padEnd, padStart, textWidth } from '../diagnostics/text-width.ts';
import { EXIT, type ExitCode } from './command.ts';
import type { Io } from './io.ts';
import type { DatasetRunLine } from './machine.ts';
import { duration } from './progress/lines.ts';
import { findDataset } from './project.ts';
import { type Place, withState } from './record.ts';
import { ago } from './status.ts';

export async function tellRunsOf(io: Io, place: Place, named: string, last: number, json: boolean): Promise<ExitCode> {
  const { name } = findDataset(place.program.datasets, named);
  const lines = await withState(io, place, async (state) =>
    state === null ? [] : await linesOf(state, name, place.target, last),
  );
  if (json) for (const one of lines) io.out.json(one);
  else if (lines.length === 0) io.out.line(`No run has come to ${name} in ${place.target} yet.`);
  else for (const line of textOf(lines, io.out.unwrapped)) io.out.line(line);
  return EXIT.done;
}

async function linesOf(
  state: State,
  dataset: string,
  target: string,
  last: number,
): Promise<readonly DatasetRunLine[]> {
  const lines: DatasetRunLine[] = [];
  for (const task of await state.tasksOf(dataset, target, last)) {
    const checks = (await state.checks({ run: task.run })).filter((check) => check.task === dataset);
    lines.push(lineOf(task, await state.run(task.run), target, checks));
  }
  return lines;
}

function lineOf(
  task: TaskRecord,
  run: RunRecord | null,
  target: string,
  checks: readonly CheckRecord[],
): DatasetRunLine {
  const { startedAt, finishedAt, ms, rows, load, error, because } = task;
  return {
    run: task.run,
    job: run?.job ?? null,
    target,
    dataset: task.task,
    status: statusOf(task),
    // What is skipped has no time of its own.
    startedAt: startedAt ?? run?.startedAt ?? null,
    finishedAt,
    ms,
    rows,
    quarantined: load?.quarantined ?? null,
    why: error?.message ?? (task.reason === 'unchanged' || because === '' ? null : because),
    sample: error?.sample ?? [],
    checks: checks.map(({ check, severity, passed, failing, rows: of, sample, file, line }) => {
      return { check, severity, passed, failing, rows: of, sample, file, line };
    }),
  };
}

function statusOf({ status, reason }: TaskRecord): DatasetRunLine['status'] {
  if (status === 'skipped' && reason === 'unchanged') return 'unchanged';
  // One whose turn had not come when its run went away.
  return status === 'waiting' ? 'died' : status;
}

function textOf(lines: readonly DatasetRunLine[], style: Style): readonly string[] {
  const { paint, glyphs } = style;
  const now = Date.now();
  const sign = ({ status, checks }: DatasetRunLine): string => {
    switch (status) {
      case 'succeeded':
        return checks.some(({ passed }) => !passed) ? paint.yellow('!') : paint.green(glyphs.done);
      case 'running':
        return paint.blue(glyphs.arrow);
      case 'unchanged':
        return paint.dim('=');
      case 'skipped':
      case 'cancelled':
        return paint.yellow(glyphs.skipped);
      case 'failed':
      case 'died':
        return paint.red(glyphs.failed);
    }
  };
  const cells = lines.map((one) => [
    one.run,
    one.job ?? 'a selection',
    one.status,
    one.startedAt === null ? '' : ago(one.startedAt, now),
    one.rows === null ? '' : plural(one.rows, 'row'),
    one.ms === null ? '' : duration(one.ms),
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...cells.map((row) => textWidth(row[column] ?? ''))));
  return lines.flatMap((one, index) => {
    const row = (cells[index] ?? []).map((cell, column) => (column > 3 ? padStart : padEnd)(cell, widths[column] ?? 0));
    const why = one.why === null ? '' : `   ${harmless(one.why.split('\n', 1)[0] ?? '')}`;
    return [
      clip(`${sign(one)} ${row.join('   ')}   ${checksText(one)}${why}`.trimEnd(), style.width, glyphs.ellipsis),
      ...one.checks
        .filter(({ passed }) => !passed)
        .map(({ check, severity, failing, rows }) => {
          const on =
            failing === null ? '' : ` on ${grouped(failing)}${rows === null ? '' : ` of ${plural(rows, 'row')}`}`;
          const paintOf = severity === 'warn' ? paint.yellow : paint.red;
          return `      ${paintOf(`${severity === 'warn' ? 'warned' : 'failed'}: ${harmless(check.replace(/ warn$/, ''))}${on}`)}`;
        }),
    ];
  });
}

function checksText({ checks }: DatasetRunLine): string {
  const passed = checks.filter((check) => check.passed).length;
  return passed === 0 ? '' : `${plural(passed, 'check')} passed`;
}
