/** Files whose tests are given the most time begin first: one that begins last, alone, keeps the other processors waiting. */
import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = (await super.sort(files)).map((file) => ({ file, ms: mostTime(file.moduleId) }));
    return sorted.sort((a, b) => b.ms - a.ms).map(({ file }) => file);
  }
}

/** The longest that a test of the file may take, in milliseconds, as its text says: `60_000`. */
function mostTime(path: string): number {
  const numbers = readFileSync(path, 'utf8').matchAll(/\b(\d+)_000\b/g);
  return Math.max(0, ...[...numbers].map(([, thousands]) => Number(thousands) * 1000));
}
