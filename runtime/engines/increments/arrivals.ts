/**
 * A source of files as a log: its files in the order in which they came, each row at a position. Where those that are known
 * are as they were, only what is new is read; where one changed or is gone, all are read again, in the same order.
 */
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Destination } from '../../plan.ts';
import type { KeptFile, Published, Reached } from '../published.ts';
import { isLog } from './follow.ts';
import type { Made } from './growth.ts';

/** Positions of a file: more than a file has rows. Numbers of JavaScript then count two million files. */
const ROWS_OF_FILE = 2 ** 32;

export interface Arrivals {
  /** To be read, in the order in which they came. */
  readonly files: readonly string[];
  /** Of each of them, the position before its first row; null where there are none. */
  readonly starts: readonly number[] | null;
  /** The table to which their rows are added; null where they are all there is. */
  readonly standing: string | null;
  readonly made: Pick<Made, 'files' | 'log'>;
}

/** What is there when a source is loaded. */
export interface Before {
  readonly published: Published;
  /** The same, where rows may be added to its table. */
  readonly standing: (Published & { readonly table: string }) | null;
}

/**
 * @param files paths, in the order of their names
 * @param versions of each, what changes with its content
 * @param folder of the project
 */
export function arrivalsOf(
  into: Destination,
  files: readonly string[],
  versions: readonly string[],
  folder: string,
  { published, standing }: Before,
): Arrivals {
  if (!isLog(into)) return { files, starts: null, standing: null, made: {} };
  const names = files.map((file) => digest(relative(folder, file)));
  const found = new Map(
    files.map((file, i) => [names[i] ?? '', { file, kept: `${names[i]} ${digest(versions[i] ?? '')}` as KeptFile }]),
  );
  const before = (published.files ?? []).map((kept) => ({ kept, name: kept.split(' ')[0] ?? '' }));
  const known = before.filter(({ name }) => found.has(name)).map(({ name }) => name);
  const isKnown = new Set(known);
  const ordered = [...known, ...names.filter((name) => !isKnown.has(name))].flatMap((name) => found.get(name) ?? []);
  const own = standing?.log ?? null;
  const asBefore =
    own !== null && standing?.files != null && before.every(({ name, kept }) => found.get(name)?.kept === kept);
  const first = asBefore ? before.length : 0;
  const position = ordered.length * ROWS_OF_FILE;
  return {
    files: ordered.slice(first).map(({ file }) => file),
    starts: ordered.slice(first).map((_, i) => (first + i) * ROWS_OF_FILE),
    standing: asBefore ? standing.table : null,
    made: { files: ordered.map(({ kept }) => kept), log: { position, ...(asBefore ? generationOf(own) : {}) } },
  };
}

/** Of a source that cannot tell what is new: each load is a log of its own. */
export function wholeArrival(into: Destination): Arrivals {
  const nothing = { files: [], standing: null };
  if (!isLog(into)) return { ...nothing, starts: null, made: {} };
  return { ...nothing, starts: [0], made: { log: { position: ROWS_OF_FILE } } };
}

/** A log that goes on with the rows of one more load. */
export function appended({ log }: Pick<Published, 'log'>): Reached {
  return { generation: log?.generation ?? '', position: (log?.position ?? 0) + ROWS_OF_FILE };
}

/** How many files, or loads, a log has before a position at which one ends. */
export const arrivalsBefore = (position: number): number => Math.round(position / ROWS_OF_FILE);

const generationOf = ({ generation }: Reached): { readonly generation: string } => ({ generation });

/** 48 bits: of a hundred thousand files no two meet. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
