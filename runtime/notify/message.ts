/** What people are told: plain data, kept in the state until it is sent, and its words. */
import type { Occasion } from '../plan.ts';

export interface Message {
  readonly about: Occasion;
  readonly project: string;
  readonly target: string;
  /** What it is about: `job nightly`, `dataset dwh.marts.revenue`. */
  readonly subject: string;
  /** The job, or the one that builds the dataset; null where none does. */
  readonly job: string | null;
  readonly dataset: string | null;
  /** When it was noticed. Times are ISO 8601, in UTC. */
  readonly at: string;
  /** When the run was due; of a dataset, when it was published last; of a recovery, when it was seen. */
  readonly dueAt: string;
  /** The run that failed, or made it well again; null where there is none, as it died or has not begun. */
  readonly run: string | null;
  /** In one sentence: `nightly failed`. */
  readonly title: string;
  /** What the run said where no task failed. */
  readonly said: string | null;
  /** The first of the tasks that failed. */
  readonly failed: readonly FailedTask[];
  readonly counts: { readonly failed: number; readonly skipped: number } | null;
  /** How often it has failed in a row, this time with it, and when that began. */
  readonly inARow: { readonly times: number; readonly since: string } | null;
  /** The command to type now; null where there is nothing to do. */
  readonly next: string | null;
}

export interface FailedTask {
  readonly task: string;
  readonly code: string;
  readonly message: string;
  /** The engine's own words. */
  readonly engine: string | null;
}

/** Of a run that failed so many tasks are told. */
export const TOLD_TASKS = 5;
const LINE = 500;
const ENGINE = 800;

/** One line for a subject or a list, without signs that end or colour a line. */
export function titleOf({ title, project, target }: Message): string {
  return plain(`${title} (${project}, ${target})`, 200).replaceAll('\n', ' ');
}

/** All that is to be told, in lines of plain text. */
export function linesOf(message: Message): readonly string[] {
  const { failed, counts, said, inARow, dueAt, run, next, about, dataset } = message;
  const more = (counts?.failed ?? failed.length) - failed.length;
  return [
    `${about === 'recovery' ? 'Since' : dataset === null ? 'Due' : 'Published last'} ${moment(dueAt)}${run === null ? '' : `, run ${run}`}`,
    ...(inARow === null || inARow.times < 2
      ? []
      : [`It has failed ${inARow.times} times since ${moment(inARow.since)}`]),
    ...failed.flatMap(({ task, code, message: why, engine }) => [
      '',
      `${task}: ${plain(why, LINE)} [${code}]`,
      ...(engine === null
        ? []
        : plain(engine, ENGINE)
            .split('\n')
            .map((line) => `  ${line}`)),
    ]),
    ...(failed.length === 0 && said !== null ? ['', plain(said, LINE)] : []),
    ...(about !== 'failure' || counts === null
      ? []
      : [
          '',
          ...(more > 0 ? [`… and ${tasks(more)} more`] : []),
          `${tasks(counts.failed)} failed, ${counts.skipped} left out`,
        ]),
    ...(next === null ? [] : ['', next]),
  ];
}

/** A text of another program, without what steers a terminal, and not longer than it helps. */
export function plain(text: string, most: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const clean = text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '').trim();
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}

const moment = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;
const tasks = (count: number): string => `${count} ${count === 1 ? 'task' : 'tasks'}`;
