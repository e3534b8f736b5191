/** One run of the crash project on a target, in a process of its own, to be killed: `crash-warehouse-run.ts FOLDER TARGET VERSION`. */
import type { TargetPlan } from '../../runtime/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { warehouseTasks } from './crash-warehouse.ts';
import { job } from './plans.ts';

const [folder = '', plan = '', version = ''] = process.argv.slice(2);
const target = JSON.parse(plan) as TargetPlan;
process.send?.('ready');
const tasks = warehouseTasks(Number(version), target.engine.kind);
const { status } = await runJob({ folder, project: 'crash', target, job: job(tasks, { concurrency: 2 }) });
process.exit(status === 'succeeded' ? 0 : 1);
