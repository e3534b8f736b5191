/** The lines in which a run is told: one a task, the failures, the summary. Pure. */
import type { LoadResult, RunError } from '../../../runtime/events.ts';
import { grouped, plural } from '../../diagnostics/render.ts';
import type { Style } from '../../diagnostics/style.ts';
import { clip, harmless, padEnd, padStart, textWidth, wrap } from '../../diagnostics/text-width.ts';
import { renderTable } from '../table.ts';
import type { CheckEvent, RunState, TaskState } from './state.ts';

const ROWS_WIDTH = 16;
const TIME_WIDTH = 8;
const BAR_CELLS = 10;
/** Longer names push their columns out of line. */
const MOST_NAME = 44;
/** Lines of a failed statement that are shown. */
const MOST_STATEMENT = 12;
const MOST_SAMPLE = 5;
const MOST_UNREAD = 6;

export function nameWidth(state: RunState, style: Style): number {
  let widest = 12;
  for (const id of state.tasks.keys()) widest = Math.max(widest, textWidth(id));
  return Math.min(widest, MOST_NAME, Math.max(12, style.width - ROWS_WIDTH - TIME_WIDTH - 10));
}

/** `flights · local (duckdb …) · 12 tasks, 4 at a time`. */
export function headLine(state: RunState, style: Style): string {
  if (state.started === null) return '';
  const { project, target, engine, tasks, concurrency, job } = state.started;
  const dot = ` ${style.glyphs.dot} `;
  const parts = [
    style.paint.bold(project),
    `${target} (${engine})`,
    ...(job === null ? [] : [`job ${job}`]),
    // What only moves views or removes them has none.
    ...(tasks === 0
      ? []
      : [`${plural(tasks, 'task')}${tasks > 1 && concurrency > 1 ? `, ${concurrency} at a time` : ''}`]),
  ];
  return parts.join(dot);
}

export function duration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

/** A view stores no rows to count. */
const rowsOf = (task: TaskState): string => (task.rows === null ? 'view' : plural(task.rows, 'row'));

/** Not failed by itself: the run was cancelled while it ran. */
export function isStopped(task: TaskState): boolean {
  return task.status === 'failed' && task.error?.code === 'cancelled';
}

/** The line of a task that has ended; more than one where its details do not fit. */
export function endLines(task: TaskState, name: number, style: Style): string[] {
  const { paint, glyphs } = style;
  const label = padEnd(task.id, name);
  switch (task.status) {
    case 'done': {
      const rows = rowsOf(task);
      const head = `  ${paint.green(glyphs.done)} ${label}   ${padStart(rows, ROWS_WIDTH)}   ${padStart(duration(task.ms), TIME_WIDTH)}`;
      return withDetails(head, details(task, style), style);
    }
    case 'failed':
      if (isStopped(task))
        return [
          `  ${paint.yellow(glyphs.skipped)} ${label}   ${paint.yellow(padStart('stopped', ROWS_WIDTH))}   ${padStart(duration(task.ms), TIME_WIDTH)}`,
        ];
      return [
        `  ${paint.red(glyphs.failed)} ${label}   ${paint.red(padStart('failed', ROWS_WIDTH))}   ${padStart(duration(task.ms), TIME_WIDTH)}   ${task.error?.code ?? ''}`.trimEnd(),
      ];
    case 'unchanged': {
      const rows = rowsOf(task);
      const head = `  ${glyphs.done} ${label}   ${padStart(rows, ROWS_WIDTH)}   ${padStart('unchanged', TIME_WIDTH)}`;
      return withDetails(paint.dim(head), details(task, style), style);
    }
    case 'skipped':
      return [`  ${paint.yellow(glyphs.skipped)} ${label}   ${paint.dim(`skipped: ${harmless(task.because)}`)}`];
    default:
      return [];
  }
}

/** `etl  accepted 10 · quarantined 2 (unknown origin: 2)`, `5 checks passed`: parts that may stand on lines of their own. */
function details(task: TaskState, style: Style): string[] {
  const { paint, glyphs } = style;
  const parts: string[] = task.shared ? ["production's"] : [];
  if (task.load !== null) {
    const { accepted, quarantined, reasons } = task.load;
    const why = reasons.map(({ reason, rows }) => `${harmless(reason)}: ${grouped(rows)}`).join(', ');
    const kept = `accepted ${grouped(accepted)}`;
    const mode = task.compute === null ? '' : `${task.compute}  `;
    parts.push(
      mode +
        (quarantined === 0
          ? kept
          : `${kept} ${glyphs.dot} ${paint.yellow(`quarantined ${grouped(quarantined)}`)} (${why})`),
    );
    if (task.load.unread.length > 0) parts.push(`not in its type: ${declarations(task.load.unread)}`);
  } else if (task.compute === 'etl') parts.push(task.compute);
  if (task.intervals !== null) parts.push(harmless(task.intervals));
  if (task.checksPassed > 0) parts.push(`${plural(task.checksPassed, 'check')} passed`);
  if (task.checksWarned > 0) parts.push(paint.yellow(`${task.checksWarned} warned`));
  if (task.attempt > 1) parts.push(`attempt ${task.attempt}`);
  return parts;
}

/** Columns as they could be declared: what to paste into the type. */
function declarations(columns: LoadResult['unread']): string {
  const some = columns
    .slice(0, MOST_UNREAD)
    .map(({ name, type }) => harmless(type === null ? name : `${name}: ${type}`));
  return `${some.join(', ')}${columns.length > some.length ? ` and ${columns.length - some.length} more` : ''}`;
}

function withDetails(head: string, parts: readonly string[], style: Style): string[] {
  const dot = ` ${style.glyphs.dot} `;
  const inOne = parts.join(dot);
  if (parts.length === 0) return [head];
  if (visible(head) + 3 + visible(inOne) <= style.width) return [`${head}   ${inOne}`];
  const room = style.width - 6;
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && visible(last) + dot.length + visible(part) <= room)
      lines.splice(-1, 1, `${last}${dot}${part}`);
    else if (visible(part) <= room) lines.push(part);
    else lines.push(...wrap(plain(part), room));
  }
  return [head, ...lines.map((line) => `      ${line}`)];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '');
const visible = (text: string): number => textWidth(plain(text));

/** The line of a task that runs or waits, never wider than the terminal. `frame` counts the spinner's pictures. */
export function liveLine(
  task: TaskState,
  name: number,
  frame: number,
  now: number,
  waitsFor: readonly string[],
  style: Style,
): string {
  const { paint, glyphs } = style;
  const label = padEnd(clip(task.id, name, glyphs.ellipsis), name);
  const since = duration(Math.max(0, now - task.startedAt));
  switch (task.status) {
    case 'running': {
      const spinner = paint.cyan(glyphs.spinner[frame % glyphs.spinner.length] ?? '');
      const again = task.attempt > 1 ? `   attempt ${task.attempt}` : '';
      if (task.share === null) return clipped(`  ${spinner} `, `${label}   ${since}${again}`, style);
      const full = Math.round(Math.min(1, Math.max(0, task.share)) * BAR_CELLS);
      return clipped(
        `  ${spinner} `,
        `${label}   ${glyphs.full.repeat(full)}${glyphs.empty.repeat(BAR_CELLS - full)}  ${padStart(`${Math.floor(task.share * 100)}`, 3)} %  ${since}${again}`,
        style,
      );
    }
    case 'retrying':
      return clipped(`  ${paint.yellow(glyphs.waiting)} `, `${label}   tries again: ${harmless(task.because)}`, style);
    default:
      return clipped(
        `  ${paint.dim(glyphs.waiting)} `,
        `${label}   waits for ${waitsFor.slice(0, 3).join(', ')}${waitsFor.length > 3 ? ` and ${waitsFor.length - 3} more` : ''}`,
        style,
        paint.dim,
      );
  }
}

function clipped(lead: string, text: string, style: Style, painter: (text: string) => string = (same) => same): string {
  return lead + painter(clip(text, Math.max(1, style.width - visible(lead)), style.glyphs.ellipsis));
}

/**
 * What failed, whole: the error, the engine's words, the statement, the rows that did it, how to go on.
 * @param place where it ran, as a command line names it, with a space before
 */
export function failureLines(task: TaskState, place: string, style: Style): string[] {
  const { paint, glyphs } = style;
  const error: RunError = task.error ?? {
    code: 'internal',
    message: 'failed without a reason',
    hint: null,
    statement: null,
    engine: null,
    sample: [],
    retryable: false,
  };
  const room = style.width - 4;
  const lines = [
    `${paint.red(paint.bold(`${glyphs.failed} ${task.id}`))} failed after ${duration(task.ms)}${task.attempt > 1 ? `, on attempt ${task.attempt}` : ''}`,
  ];
  lines.push(...wrap(`error[${error.code}]: ${harmless(error.message)}`, room).map((line) => `  ${paint.bold(line)}`));
  if (error.engine !== null && !saidAlready(error))
    lines.push(...section('the engine says', wrapAll(error.engine, room), style));
  if (error.statement !== null)
    lines.push(...section('the statement', statement(error.statement, task.id, style), style));
  if (error.sample.length > 0) lines.push(...section('rows that did it', sampleTable(error.sample, style), style));
  if (error.hint !== null)
    lines.push(
      ...wrap(harmless(error.hint), room).map(
        (line, index) => `${index === 0 ? `  ${paint.blue('=')} ` : '    '}${line}`,
      ),
    );
  lines.push(
    `  ${paint.blue('=')} more: pipec explain ${error.code}`,
    `  ${paint.blue('=')} from here on again: pipec run ${task.id}+${place}`,
  );
  return lines;
}

/** The message may end in the engine's words: they are told once. */
function saidAlready({ message, engine }: RunError): boolean {
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
  return flat(message).endsWith(flat(engine ?? ''));
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return [`  ${style.paint.dim(`${title}:`)}`, ...lines.map((line) => `    ${line}`.trimEnd())];
}

function wrapAll(text: string, room: number): string[] {
  return text
    .trim()
    .split(/\r?\n/)
    .flatMap((line) => wrap(harmless(line.replaceAll('\t', '    ')), room));
}

function statement(sql: string, task: string, style: Style): string[] {
  const all = sql
    .trim()
    .split(/\r?\n/)
    .map((line) => clip(line, style.width - 4, style.glyphs.ellipsis));
  if (all.length <= MOST_STATEMENT) return all;
  return [
    ...all.slice(0, MOST_STATEMENT - 1),
    style.paint.dim(
      `${style.glyphs.ellipsis} ${plural(all.length - MOST_STATEMENT + 1, 'more line')}: pipec sql ${task}`,
    ),
  ];
}

/** A few rows as they came in an event: values are JSON. */
export function sampleTable(sample: readonly Readonly<Record<string, unknown>>[], style: Style): string[] {
  const shown = sample.slice(0, MOST_SAMPLE);
  const names = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const text = (value: unknown) =>
    value === null || value === undefined ? null : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const columns = names.map((name) => ({
    name,
    // int64 and decimal come as strings.
    numeric: shown.every((row) => /^-?\d+(\.\d+)?$/.test(text(row[name]) ?? '0')),
  }));
  const rest = sample.length - shown.length;
  return [
    ...renderTable(
      columns,
      shown.map((row) => names.map((name) => text(row[name]))),
      { ...style, width: style.width - 4 },
    ),
    ...(rest > 0 ? [style.paint.dim(`${style.glyphs.ellipsis} ${plural(rest, 'more row')}`)] : []),
  ];
}

const plainly = (text: string): string => text;

/** Of what names a place to a run, what names it to who looks at its rows. */
export const lookFlags = (place: string): string => place.replaceAll(/ --(?:sample|defer) \S+/g, '');

/** `12 done · 0 failed · …`, and what to look at. */
export function summaryLines(state: RunState, place: string, style: Style): string[] {
  const { finished } = state;
  if (finished === null) return [];
  const { paint, glyphs } = style;
  const skipped = finished.skipped - finished.unchanged;
  const stopped = [...state.tasks.values()].filter(isStopped).length;
  const failed = finished.failed - stopped;
  const { checksPassed, checksWarned, checksFailed } = finished;
  const verdicts = [
    ...(checksPassed > 0 ? [{ count: checksPassed, word: 'passed', painter: plainly }] : []),
    ...(checksWarned > 0 ? [{ count: checksWarned, word: 'warned', painter: paint.yellow }] : []),
    ...(checksFailed > 0 ? [{ count: checksFailed, word: 'failed', painter: paint.red }] : []),
  ];
  const checks = verdicts
    .map(({ count, word, painter }, index) =>
      painter(`${index === 0 ? plural(count, 'check') : grouped(count)} ${word}`),
    )
    .join(', ');
  const verdict = finished.status === 'cancelled' ? [paint.yellow('cancelled')] : [];
  if (state.tasks.size === 0 && state.changed > 0)
    return [[...verdict, plural(state.changed, 'dataset'), duration(finished.ms)].join(` ${glyphs.dot} `)];
  const parts = [
    ...verdict,
    paint.green(`${grouped(finished.done)} done`),
    ...(finished.unchanged > 0 ? [`${grouped(finished.unchanged)} unchanged`] : []),
    ...(stopped > 0 ? [paint.yellow(`${grouped(stopped)} stopped`)] : []),
    failed > 0 ? paint.red(`${grouped(failed)} failed`) : '0 failed',
    skipped > 0 ? paint.yellow(`${grouped(skipped)} skipped`) : '0 skipped',
    ...(checks === '' ? [] : [checks]),
    duration(finished.ms),
  ];
  return [parts.join(` ${glyphs.dot} `), ...state.failedChecks.flatMap((check) => checkLines(check, place, style))];
}

function checkLines(check: CheckEvent, place: string, style: Style): string[] {
  const { paint } = style;
  const sign = check.severity === 'warn' ? paint.yellow('!') : paint.red('!');
  const on =
    check.failing === null
      ? ''
      : ` on ${grouped(check.failing)}${check.rows === null ? '' : ` of ${plural(check.rows, 'row')}`}`;
  // The text of a check that only warns ends in that word.
  const text = `${check.task}  ${harmless(check.check.replace(/ warn$/, ''))}  ${check.severity === 'warn' ? 'warned' : 'failed'}${on}`;
  const command = `pipec show ${check.task} --failed${lookFlags(place)}`;
  if (4 + textWidth(text) + 3 + command.length <= style.width) return [`  ${sign} ${text}   ${paint.dim(command)}`];
  return [
    ...wrap(text, style.width - 4).map((line, index) => `${index === 0 ? `  ${sign} ` : '    '}${line}`),
    `    ${paint.dim(command)}`,
  ];
}
