/**
 * `npm run bench [section…]`: every figure of docs/benchmarks.md, measured here and written there.
 * Nothing in the tests is timed; what is promised about speed is promised by this page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchBatch } from './batch.ts';
import { benchCheck } from './check.ts';
import { benchDimension } from './dimension.ts';
import { benchEditor } from './editor.ts';
import { benchMove } from './move.ts';
import { benchPeers } from './peers.ts';
import { benchPlan } from './plan.ts';
import { benchPreview } from './preview.ts';
import { benchRun } from './run.ts';
import { benchSchedule } from './schedule.ts';
import { benchStart } from './start.ts';
import { benchTpch } from './tpch.ts';

/** Each gives Markdown for its section. */
const SECTIONS: Readonly<Record<string, () => Promise<string>>> = {
  start: benchStart,
  check: benchCheck,
  run: benchRun,
  schedule: benchSchedule,
  plan: benchPlan,
  peers: benchPeers,
  move: benchMove,
  tpch: benchTpch,
  dimension: benchDimension,
  batch: benchBatch,
  editor: benchEditor,
  preview: benchPreview,
};

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'benchmarks.md');
const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!(name in SECTIONS)) throw new Error(`no section ${name}; there are: ${Object.keys(SECTIONS).join(', ')}`);

let text = readPage();
for (const [name, bench] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n== ${name}`);
  const markdown = await bench();
  console.log(markdown);
  text = replaceSection(text, name, markdown);
}
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`;
// What waited for a processor beside the bench itself; times are worth nothing where that is much more than the processors.
const load = (loadavg()[0] ?? 0).toFixed(1);
text = replaceSection(
  text,
  'machine',
  `Last measured on ${new Date().toISOString().slice(0, 10)}: ${machine}; load at the end ${load}.\n`,
);
writeFileSync(page, text);
console.log(`\nWritten to docs/benchmarks.md`);

function readPage(): string {
  try {
    return readFileSync(page, 'utf8');
  } catch {
    return '# Benchmarks\n\nEvery figure is made by `npm run bench` (one section: `npm run bench -- check`) and written here by it.\n';
  }
}

/** A section stands between two comments, so that prose around it stays. */
function replaceSection(before: string, name: string, markdown: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const block = `${open}\n\n${markdown.trim()}\n\n${close}`;
  const from = before.indexOf(open);
  const to = before.indexOf(close);
  return from >= 0 && to > from
    ? before.slice(0, from) + block + before.slice(to + close.length)
    : `${before.trimEnd()}\n\n${block}\n`;
}
