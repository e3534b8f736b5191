/** Of a source that is read for a sample: the first moment that is read. */
import { instantOf, wallOf } from '../intervals.ts';
import type { LoadStep } from '../plan.ts';
import type { Since } from './cursor.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * The rows that are read; null where all of them are. Whole days begin at midnight, and what is shorter at a full hour: so that
 * a run soon after another reads the same.
 * @param began when the run began, ISO 8601 in UTC
 */
export function recentRows({ recent, columns }: Pick<LoadStep, 'recent' | 'columns'>, began: string): Since | null {
  const column = columns.find(({ name }) => name === recent?.column);
  if (recent === undefined || column === undefined) return null;
  const { type, ms, timezones } = recent;
  const now = Date.parse(began);
  const isDays = ms % DAY === 0;
  // Of zones in which tables are cut, the one where the day begins first.
  const walls = timezones.map((zone) => {
    const wall = isDays ? floor(wallOf(now, zone), DAY) - ms : wallOf(floor(now, HOUR) - ms, zone);
    return { day: dayOf(wall), instant: instantOf(wall, zone) };
  });
  if (type === 'date') return { column, type, countsAll: false, bound: walls.map(({ day }) => day).sort()[0] ?? '' };
  const instant = new Date(Math.min(...walls.map((one) => one.instant)));
  return { column, type, countsAll: false, bound: `${instant.toISOString().slice(0, 23).replace('T', ' ')}000` };
}

/** What decides the rows of a load besides its code and its files. */
export function recentText(step: Pick<LoadStep, 'recent' | 'columns'>, began: string): readonly string[] {
  const since = recentRows(step, began);
  return since === null ? [] : [`since ${since.bound}`];
}

const floor = (moment: number, length: number): number => Math.floor(moment / length) * length;
const dayOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10);
