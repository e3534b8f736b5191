/** How long a person waits for the smallest commands: process start included. */
import { join } from 'node:path';
import { repeat, runProcess } from './measure.ts';

const root = join(import.meta.dirname, '..');
const pipec = join(root, 'bin', 'pipec.mjs');

export async function benchStart(): Promise<string> {
  const node = process.execPath;
  const example = join(root, 'examples', 'flights');
  const bare = await repeat(15, () => runProcess(node, ['-e', '0'], root));
  const help = await repeat(15, () => runProcess(node, [pipec, '--help'], root));
  const check = await repeat(15, () => runProcess(node, [pipec, 'check'], example));
  return `## Start\n
| command | median of 15 | aim |
|---|---|---|
| \`node -e 0\` (the floor) | ${bare.ms.toFixed(0)} ms | |
| \`pipec --help\` | ${help.ms.toFixed(0)} ms | 80 ms |
| \`pipec check\` in examples/flights | ${check.ms.toFixed(0)} ms, ${check.peakMb.toFixed(0)} MB | 150 ms |
`;
}
