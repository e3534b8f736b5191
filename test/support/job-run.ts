/** A built job as a process: `job-run.ts FILE ARGUMENT…`, where FILE holds `{ job, target }` as JSON. */
import { readFileSync } from 'node:fs';
import type { Target } from '../../runtime/builders.ts';
import { main } from '../../runtime/main.ts';
import type { JobPlan } from '../../runtime/plan.ts';

const [file = '', ...args] = process.argv.slice(2);
const { job, target } = JSON.parse(readFileSync(file, 'utf8')) as { readonly job: JobPlan; readonly target: Target };
await main(job, target, {}, args);
