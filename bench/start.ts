/** How long a person waits for the smallest commands: process start included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repeat, runProcess } from './measure.ts';

const root = join(import.meta.dirname, '..');
const pipec = join(root, 'bin', 'pipec.mjs');
const TIMES = 15;

export async function benchStart(): Promise<string> {
  const node = process.execPath;
  const example = join(root, 'examples', 'flights');
  const cache = mkdtempSync(join(tmpdir(), 'pipec-bench-cache-'));
  try {
    const run = (...args: readonly string[]) => runProcess(node, args, example, { XDG_CACHE_HOME: cache });
    // The first run of a command fills the cache of compiled code.
    for (const args of [['--help'], ['check']]) await run(pipec, ...args);
    const bare = await repeat(TIMES, () => run('-e', '0'));
    const help = await repeat(TIMES, () => run(pipec, '--help'));
    const cold = await repeat(TIMES, () => run(pipec, 'check', '--no-cache'));
    const again = await repeat(TIMES, () => run(pipec, 'check'));
    return `## Start\n
Whole process, median of ${TIMES}. "Again" is a check with what an earlier one left on disk.

| command | time | peak memory | aim |
|---|---|---|---|
| \`node -e 0\` (the floor) | ${bare.ms.toFixed(0)} ms | ${bare.peakMb.toFixed(0)} MB | |
| \`pipec --help\` | ${help.ms.toFixed(0)} ms | ${help.peakMb.toFixed(0)} MB | 80 ms |
| \`pipec check\` in examples/flights, cold | ${cold.ms.toFixed(0)} ms | ${cold.peakMb.toFixed(0)} MB | 150 ms |
| the same, again | ${again.ms.toFixed(0)} ms | ${again.peakMb.toFixed(0)} MB | |
`;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
