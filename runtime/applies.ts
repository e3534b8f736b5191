/**
 * The record that a target keeps of what was applied to it, in `_pipec.applies`: a line when it begins and one when it ends.
 * Lines are added and never changed, so that it is the same on every engine.
 */

import { APPLIES, APPLY_COLUMNS } from './engines/apply-lines.ts';
import type { ApplyNote } from './engines/published.ts';
import { ident } from './engines/quote.ts';
import { PIPEC } from './engines/versions.ts';
import { queryAll } from './query.ts';
import { type TargetPlace, targetContents } from './status.ts';

/** What was applied to a target, as `pipec applies --json` tells it. */
export interface ApplyRecord extends ApplyNote {
  /** Of its run. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly who: string;
  /** `unfinished`: it goes on, or was killed. */
  readonly status: 'done' | 'failed' | 'unfinished';
}

/** What was done, oldest first: each with those just before it that failed or were killed, from which it went on. */
export function wholes(records: readonly ApplyRecord[]): readonly (readonly ApplyRecord[])[] {
  const all: ApplyRecord[][] = [];
  let open: ApplyRecord[] | null = null;
  for (const record of records) {
    if (open === null) {
      open = [];
      all.push(open);
    }
    open.push(record);
    if (record.status === 'done') open = null;
  }
  return all;
}

/** Oldest first. Nothing where nothing was applied yet. @throws PipecError */
export async function appliesOf(place: TargetPlace): Promise<readonly ApplyRecord[]> {
  if (!(await targetContents(place)).catalogue.has(`${PIPEC}.applies`)) return [];
  const list = APPLY_COLUMNS.map(ident).join(', ');
  const rows = await queryAll({ ...place, sql: `SELECT ${list} FROM ${APPLIES} ORDER BY "at", "id"`, limit: null });
  const records = new Map<string, ApplyRecord>();
  for (const row of rows) {
    const [id, event] = [String(row['id']), String(row['event'])];
    const known = records.get(id);
    if (event === 'begun')
      records.set(id, {
        ...(JSON.parse(String(row['content'])) as ApplyNote),
        id,
        at: String(row['at']),
        who: String(row['who']),
        status: 'unfinished',
      });
    else if (known !== undefined) records.set(id, { ...known, status: event === 'done' ? 'done' : 'failed' });
  }
  return [...records.values()];
}
