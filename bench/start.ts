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

| command | time | processor time | peak memory | aim |
|---|---|---|---|---|
${row('`node -e 0` (the floor)', bare, '')}
${row('`pipec --help`', help, '80 ms')}
${row('`pipec check` in examples/flights, cold', cold, '150 ms')}
${row('the same, again', again, '')}
`;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

function row(what: string, { ms, cpuMs, peakMb }: Awaited<ReturnType<typeof repeat>>, aim: string): string {
  return `| ${what} | ${ms.toFixed(0)} ms | ${cpuMs.toFixed(0)} ms | ${peakMb.toFixed(0)} MB | ${aim} |`;
}
