/** Timing of whole processes and of functions: medians over several runs, peak memory as the kernel counted it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessFigures {
  /** Wall time in ms, process start included. */
  readonly ms: number;
  /** Processor time in ms, of all its threads: what a busy machine does not change much. 0 where the system does not tell. */
  readonly cpuMs: number;
  /** High-water mark of resident memory in MB; 0 where the system does not tell. */
  readonly peakMb: number;
  /** Of that, what only this process has, and what is mapped of files, programs mostly; each at its own peak. */
  readonly anonymousMb: number;
  readonly mappedMb: number;
  readonly code: number | null;
  readonly output: string;
}

/** Linux counts processor time in these, whatever the machine. */
const TICK_MS = 10;

/** Processor time in ms of a process and of those of its children that have ended. */
export function treeCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const numbers = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return numbers.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}

/** Runs a command once. Memory and processor time are read from /proc while it runs, so the last few ms may be missed. */
export function runProcess(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessFigures> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, [...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const peakKb = { VmHWM: 0, RssAnon: 0, RssFile: 0 };
    let cpuMs = 0;
    const sample = (): void => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        for (const [, name, kb] of status.matchAll(/^(VmHWM|RssAnon|RssFile):\s+(\d+)/gm)) {
          const of = name as keyof typeof peakKb;
          peakKb[of] = Math.max(peakKb[of], Number(kb));
        }
        // After the name, which may hold anything: the 12th and 13th are ticks in the program and in the kernel for it.
        const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
        const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        cpuMs = Math.max(cpuMs, (Number(numbers[11]) + Number(numbers[12])) * TICK_MS);
      } catch {
        // The process has ended, or the system has no /proc.
      }
    };
    const timer = setInterval(sample, 5);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (failure) => {
      // One that cannot be started never exits.
      clearInterval(timer);
      reject(failure);
    });
    child.on('exit', () => clearInterval(timer));
    child.on('close', (code) => {
      const [peakMb = 0, anonymousMb = 0, mappedMb = 0] = Object.values(peakKb).map((kb) => kb / 1024);
      resolve({ ms: performance.now() - began, cpuMs, peakMb, anonymousMb, mappedMb, code, output });
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Median figures of `times` runs; throws with the output where a run does not end as expected. */
export async function repeat(
  times: number,
  run: () => Promise<ProcessFigures>,
  expected: readonly number[] = [0],
): Promise<Pick<ProcessFigures, 'ms' | 'cpuMs' | 'peakMb'>> {
  const figures: ProcessFigures[] = [];
  for (let count = 0; count < times; count++) {
    const one = await run();
    if (!expected.includes(one.code ?? -1)) throw new Error(`exit code ${one.code}:\n${one.output.slice(0, 2000)}`);
    figures.push(one);
  }
  const middle = (name: 'ms' | 'cpuMs' | 'peakMb'): number => median(figures.map((figure) => figure[name]));
  return { ms: middle('ms'), cpuMs: middle('cpuMs'), peakMb: middle('peakMb') };
}
