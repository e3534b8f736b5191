/** Targets that run inside this process, in folders of their own. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetPlan } from '../../runtime/plan.ts';
import { queryTarget } from '../../runtime/query.ts';
import { projectFolder } from '../support/plans.ts';

/** A project that has the engines' packages installed. */
export function folderWithEngines(): string {
  const folder = projectFolder();
  symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

const about = { state: '.pipec/state.db', secrets: { kind: 'env' } } as const;

export const postgres: TargetPlan = {
  name: 'pg',
  engine: { kind: 'postgres', place: { kind: 'embedded', path: '.pipec/pg' } },
  ...about,
};

export const clickhouse: TargetPlan = {
  name: 'ch',
  engine: { kind: 'clickhouse', place: { kind: 'embedded', path: '.pipec/ch' }, database: null },
  ...about,
};

/** Rows of a question, as arrays. */
export async function rowsOf(folder: string, target: TargetPlan, sql: string): Promise<(readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  const { batches } = await queryTarget({ folder, target, sql, limit: null });
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
