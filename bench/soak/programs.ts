/** Random programs as text, through the whole compiler, on the three engines. */
import { openEngines } from '../../test/engines/engines.ts';
import { PROGRAM_SCHEMA, runPrograms } from '../../test/engines/programs.ts';

export async function soakPrograms(count: number, seed: number): Promise<boolean> {
  const engines = await openEngines(PROGRAM_SCHEMA);
  const { counts, reasons, differences } = await runPrograms(engines, PROGRAM_SCHEMA, count, seed, {
    ran: (done) => done % 500 === 0 && console.log(`  ${done} random programs`),
    differs: (difference) => console.log(`a difference, ${difference}`),
  });
  for (const engine of engines) await engine.close();
  const ran = counts.same + counts.refused + counts.failed + counts.different;
  console.log(
    `${ran} random programs: ${counts.same} give the same rows (${counts['with rows']} of them some), ${counts.refused} are refused on an engine, ${counts.failed} fail by their rows, ${counts.different} differ`,
  );
  for (const [reason, times] of [...reasons].sort((a, b) => b[1] - a[1])) console.log(`  ${times} × ${reason}`);
  return differences.length === 0;
}
