/** Targets that run inside this process, in folders of their own. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { engineTexts, openReader } from '../../runtime/engines/registry.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { resolveTexts } from '../../runtime/secrets.ts';
import { projectFolder } from '../support/plans.ts';

/** A project that has the engines' packages installed. */
export function folderWithEngines(): string {
  const folder = projectFolder();
  symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

const about = { state: { kind: 'sqlite', path: '.pipec/state.db' }, secrets: { kind: 'env' } } as const;

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

type Ask = (sql: string) => Promise<(readonly unknown[])[]>;

/** Rows of a question, as arrays. */
export const rowsOf = (folder: string, target: TargetPlan, sql: string): Promise<(readonly unknown[])[]> =>
  asking(folder, target, (ask) => ask(sql));

/** Several questions, for which the target is opened once. */
export async function asking<T>(folder: string, target: TargetPlan, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { engine, secrets } = target;
  const texts = await resolveTexts(engineTexts(engine), secrets, folder);
  const reader = await openReader({ folder, plan: engine, texts });
  try {
    return await work(async (sql) => {
      const rows: (readonly unknown[])[] = [];
      for await (const batch of (await reader.query(sql, null)).batches) rows.push(...batch);
      return rows;
    });
  } finally {
    await reader.close();
  }
}
