/** One run of the crash project in a process of its own, to be killed: `crash-run.ts FOLDER VERSION`. */
import { runJob } from '../../runtime/run.ts';
import { crashTasks } from './crash.ts';
import { job, local } from './plans.ts';

const [folder = '', version = ''] = process.argv.slice(2);
process.send?.('ready');
const tasks = crashTasks(Number(version));
const { status } = await runJob({ folder, project: 'crash', target: local, job: job(tasks, { concurrency: 2 }) });
process.exit(status === 'succeeded' ? 0 : 1);
