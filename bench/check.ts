/** `pipec check` over generated projects of growing size: cold, and after an edit of one file. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateProject } from './generate.ts';
import { repeat, runProcess } from './measure.ts';

const pipec = join(import.meta.dirname, '..', 'bin', 'pipec.mjs');
const SIZES = [100, 1_000, 10_000];

export async function benchCheck(): Promise<string> {
  const rows: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'pipec-bench-'));
  try {
    for (const datasets of SIZES) {
      const made = generateProject(folder, { datasets, perFile: 10 });
      const times = datasets >= 10_000 ? 5 : 9;
      const check = () => runProcess(process.execPath, [pipec, 'check'], folder);
      const cold = await repeat(times, () => {
        rmSync(join(folder, '.pipec'), { recursive: true, force: true });
        return check();
      });
      const warm = await repeat(times, () => {
        appendFileSync(join(folder, 'staging', 'staging_0.pipe'), '\n// edited\n');
        return check();
      });
      rows.push(
        `| ${datasets.toLocaleString('en-US')} | ${made.lines.toLocaleString('en-US')} | ${(made.bytes / 1e6).toFixed(1)} MB | ${(cold.ms / 1000).toFixed(2)} s | ${cold.peakMb.toFixed(0)} MB | ${((cold.ms * 1000) / datasets).toFixed(0)} µs | ${(warm.ms / 1000).toFixed(2)} s | ${warm.peakMb.toFixed(0)} MB |`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return `## Checking\n
Generated projects: 30 % sources, 30 % staging, 25 % intermediate, 15 % facts, ten datasets a file (\`bench/generate.ts\`). Whole process, median of five or nine. "After an edit" is a second check with what the first left on disk.

| datasets | lines | text | cold | peak memory | a dataset | after an edit | peak memory |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}
