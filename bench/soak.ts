/** `npm run soak [rounds]`: kills runs at random moments, for as long as it is let. Ends at the first round that leaves anything wrong. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CrashProject } from '../test/support/crash.ts';

const rounds = Number(process.argv[2] ?? 1000);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipec-soak-')));
const project = new CrashProject(folder);
const takes = await project.start();
console.log(`a run takes ${takes.toFixed(0)} ms; ${rounds} of them are killed, in ${folder}`);
for (let round = 1; round <= rounds; round++) {
  const after = Math.random() * takes * 1.2;
  const wrong = await project.round(after);
  if (wrong.length > 0) {
    console.error(
      `round ${round}, killed after ${after.toFixed(1)} ms:\n${wrong.map((line) => `  ${line}`).join('\n')}`,
    );
    process.exit(1);
  }
  if (round % 25 === 0) console.log(`${round} kills, nothing lost, nothing left`);
}
rmSync(folder, { recursive: true, force: true });
