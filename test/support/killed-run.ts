/** One run in a process of its own, to be disturbed: `killed-run.ts ORDER`, a file that says what (killed.ts). */
import { readFileSync } from 'node:fs';
import { runJob } from '../../runtime/run.ts';
import type { RunOrder } from './killed.ts';

const [path = ''] = process.argv.slice(2);
const { now, ...order } = JSON.parse(readFileSync(path, 'utf8')) as RunOrder;
process.send?.('ready');
const { status } = await runJob({ ...order, project: 'shop', now: new Date(now) }).catch(() => ({ status: 'failed' }));
process.exit(status === 'succeeded' ? 0 : 1);
