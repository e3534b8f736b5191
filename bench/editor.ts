/** The language server over its streams: from a keystroke to what is wrong, from its start to the first word, and its memory. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Editor } from '../test/support/editor.ts';
import { asking } from './editor-asking.ts';
import { completing } from './editor-completing.ts';
import { generateProject } from './generate.ts';
import { median, repeat, runProcess, treeCpuMs } from './measure.ts';

const pipec = join(import.meta.dirname, '..', 'bin', 'pipec.mjs');
const SIZES = [
  { datasets: 1_000, starts: 5, aims: { keystroke: 16, cold: 2000, warm: 700 } },
  { datasets: 10_000, starts: 3, aims: { keystroke: 50, cold: 2000, warm: 700 } },
];
const KEYSTROKES = 150;
/** Milliseconds between two: the rest of the project is being checked when the next one comes. */
const PAUSES = [15, 40, 90, 150];

/** What is typed and taken back, in a staging table that many read. */
const EDITS: readonly { readonly what: string; readonly file: string; readonly at: string; readonly typed: string }[] =
  [
    { what: 'a condition', file: 'staging/staging_3.pipe', at: 's.amount > ', typed: 'x' },
    { what: 'a column that others read', file: 'staging/staging_3.pipe', at: '       s.customer_id', typed: 'x' },
    { what: 'a field of a type', file: 'sources/sources_3.pipe', at: 'customer_id: int64', typed: 'x' },
  ];

export async function benchEditor(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-bench-')));
  const cache = mkdtempSync(join(tmpdir(), 'pipec-bench-cache-'));
  const rows: string[] = [];
  const row = (
    datasets: number,
    what: string,
    p50: number,
    p95: number | null,
    cpu: number | null,
    aim: string,
  ): void => {
    const shown = (ms: number) => `${ms < 100 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
    rows.push(
      `| ${grouped(datasets)} | ${what} | ${shown(p50)} | ${p95 === null ? '' : shown(p95)} | ${cpu === null ? '' : shown(cpu)} | ${aim} |`,
    );
  };
  try {
    for (const { datasets, starts, aims } of SIZES) {
      generateProject(folder, { datasets, perFile: 10 });
      const environment = { XDG_CACHE_HOME: cache };
      const cold: Start[] = [];
      const warm: Start[] = [];
      for (let count = 0; count < starts; count++) {
        rmSync(join(cache, 'pipec', 'checks'), { recursive: true, force: true });
        cold.push(await start(folder, environment));
        warm.push(await start(folder, environment));
      }
      const middle = (all: readonly Start[], of: keyof Start) => median(all.map((each) => each[of]));
      const starting = (what: string, all: readonly Start[], aim: number): void => {
        row(
          datasets,
          `start to the first word, ${what}`,
          middle(all, 'first'),
          null,
          middle(all, 'firstCpu'),
          `${aim} ms`,
        );
        row(datasets, 'the same to the whole project', middle(all, 'all'), null, middle(all, 'allCpu'), '');
      };
      starting('nothing known', cold, aims.cold);
      starting('with what was kept', warm, aims.warm);
      if (datasets === 1_000)
        for (const { what, times, aim } of [
          ...(await completing(folder, environment)),
          ...(await asking(folder, environment)),
        ])
          row(datasets, what, quantile(times, 0.5), quantile(times, 0.95), null, aim);
      const { latencies, peakMb } = await typing(folder, environment);
      for (const [what, { ms, cpu }] of latencies)
        row(datasets, `a keystroke in ${what}`, quantile(ms, 0.5), quantile(ms, 0.95), cpu, `p95 ${aims.keystroke} ms`);
      rows.push(`| ${grouped(datasets)} | memory at most | ${peakMb.toFixed(0)} MB | | | 600 MB |`);
    }
    rows.push(await warmCheck(folder, cache));
  } finally {
    for (const each of [folder, cache]) rmSync(each, { recursive: true, force: true });
  }
  return `## The editor\n
\`pipec lsp\` over its streams, on generated projects of ten datasets a file, as an editor sees it: from the message sent to the message received. "First word" is what is wrong in the file that is open, "the whole project" the last file of it. A keystroke puts a mistake in or takes it out; the next one comes ${PAUSES[0]} to ${PAUSES.at(-1)} ms later, while the rest of the project may still be in work; ${KEYSTROKES} of each kind. Processor time is the server's until then; of a keystroke, with the check of the whole project that follows it.

| datasets | what | p50 | p95 | processor time | aim |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

interface Start {
  readonly first: number;
  readonly firstCpu: number;
  readonly all: number;
  readonly allCpu: number;
}

/** From the start of the process; there is a mistake in the file that is open, and one in the last file on disk. */
async function start(root: string, environment: Readonly<Record<string, string>>): Promise<Start> {
  const open = join(root, 'staging', 'staging_0.pipe');
  const last = join(root, 'zz_last.pipe');
  writeFileSync(last, 'table last in dwh.marts = from nowhere\n');
  const began = performance.now();
  const editor = new Editor(environment);
  const known = async (path: string) => {
    await editor.told(path, (found) => found.length > 0);
    return { ms: performance.now() - began, cpu: cpuOf(editor) };
  };
  const both = Promise.all([known(open), known(last)]);
  await editor.initialize([root]);
  await editor.open(open, readFileSync(open, 'utf8').replace('s.amount', 's.amuont'));
  const [first, all] = await both;
  await editor.quit();
  rmSync(last);
  return { first: first.ms, firstCpu: first.cpu, all: all.ms, allCpu: all.cpu };
}

async function typing(root: string, environment: Readonly<Record<string, string>>) {
  const editor = new Editor(environment);
  await editor.initialize([root]);
  const latencies = new Map<string, { readonly ms: readonly number[]; readonly cpu: number }>();
  for (const { what, file, at, typed } of EDITS) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf(at) + at.length;
    const line = text.slice(0, end).split('\n').length - 1;
    const character = end - (text.lastIndexOf('\n', end - 1) + 1);
    const from = { line, character };
    const to = { line, character: character + typed.length };
    await editor.open(path, text);
    // Everything is known before the first keystroke.
    await editor.change(path, typed, { start: from, end: from });
    await editor.told(path, (found) => found.length > 0);
    await editor.change(path, '', { start: from, end: to });
    await editor.told(path, (found) => found.length === 0);
    const times: number[] = [];
    const before = cpuOf(editor);
    for (let count = 0; count < KEYSTROKES; count++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSES[count % PAUSES.length]));
      const isMistake = count % 2 === 0;
      const began = performance.now();
      const told = editor.told(path, (found) => found.length > 0 === isMistake);
      await editor.change(path, isMistake ? typed : '', { start: from, end: isMistake ? from : to });
      await told;
      times.push(performance.now() - began);
    }
    latencies.set(what, { ms: times, cpu: (cpuOf(editor) - before) / KEYSTROKES });
    await editor.close(path);
  }
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${editor.process.pid}/status`, 'utf8'));
  await editor.quit();
  return { latencies, peakMb: Number(peak?.[1] ?? 0) / 1024 };
}

async function warmCheck(root: string, cache: string): Promise<string> {
  const edited = join(root, 'staging', 'staging_0.pipe');
  const before = readFileSync(edited, 'utf8');
  let edits = 0;
  const check = () => {
    edits += 1;
    writeFileSync(edited, before.replace('amount >', `amount > ${edits} +`));
    return runProcess(process.execPath, [pipec, 'check'], root, { XDG_CACHE_HOME: cache });
  };
  await check();
  const { ms, cpuMs } = await repeat(7, check);
  return `| 10,000 | \`pipec check\` after an edit of one file | ${ms.toFixed(0)} ms | | ${cpuMs.toFixed(0)} ms | 300 ms |`;
}

/** Of the server so far, in ms. */
function cpuOf(editor: Editor): number {
  return editor.process.pid === undefined ? 0 : treeCpuMs(editor.process.pid);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
