/** The SQL of a build: one file a dataset, as it runs. */
import type { Plan } from '../../runtime/plan.ts';
import { fileName } from './names.ts';

/** Path of a dataset's query in the build. */
export function sqlFile(plan: Plan, dataset: string): string {
  return `sql/${plan.target.engine.kind}/${fileName(dataset)}.sql`;
}

export function sqlFiles(plan: Plan): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const job of plan.jobs) {
    for (const { id, step } of job.tasks) {
      if (step.kind !== 'load') files.set(sqlFile(plan, id), step.sql.endsWith('\n') ? step.sql : `${step.sql}\n`);
    }
  }
  return files;
}
