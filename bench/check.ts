/** `pipec check` over generated projects of growing size: cold, and after an edit of one file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateProject } from './generate.ts';
import { repeat, runProcess } from './measure.ts';

const pipec = join(import.meta.dirname, '..', 'bin', 'pipec.mjs');
const SIZES = [100, 1_000, 10_000];

export async function benchCheck(): Promise<string> {
  const rows: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  const cache = mkdtempSync(join(tmpdir(), 'pipec-bench-cache-'));
  try {
    for (const datasets of SIZES) {
      const made = generateProject(folder, { datasets, perFile: 10 });
      const times = datasets >= 10_000 ? 5 : 9;
      const check = () => runProcess(process.execPath, [pipec, 'check'], folder, { XDG_CACHE_HOME: cache });
      const cold = await repeat(times, () => {
        // The cache of compiled code stays: a person has it from the first command on.
        rmSync(join(cache, 'pipec', 'checks'), { recursive: true, force: true });
        return check();
      });
      const again = await repeat(times, check);
      const edited = join(folder, 'staging', 'staging_0.pipe');
      const before = readFileSync(edited, 'utf8');
      let edits = 0;
      const warm = await repeat(times, () => {
        edits += 1;
        writeFileSync(edited, before.replace('amount >', `amount > ${edits} +`));
        return check();
      });
      rows.push(
        `| ${datasets.toLocaleString('en-US')} | ${made.lines.toLocaleString('en-US')} | ${(made.bytes / 1e6).toFixed(1)} MB | ${(cold.ms / 1000).toFixed(2)} s | ${cold.peakMb.toFixed(0)} MB | ${((cold.ms * 1000) / datasets).toFixed(0)} µs | ${(again.ms / 1000).toFixed(2)} s | ${(warm.ms / 1000).toFixed(2)} s | ${warm.peakMb.toFixed(0)} MB |`,
      );
    }
  } finally {
    for (const each of [folder, cache]) rmSync(each, { recursive: true, force: true });
  }
  return `## Checking\n
Generated projects: 30 % sources, 30 % staging, 25 % intermediate, 15 % facts, ten datasets a file (\`bench/generate.ts\`). Whole process, median of five or nine. "Again" is a check with what an earlier one left on disk, "after an edit" the same where the query of one table was edited.

| datasets | lines | text | cold | peak memory | a dataset | again | after an edit | peak memory |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}
