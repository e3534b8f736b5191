/**
 * Random sequences of edits, applies, runs, promotions, rollbacks and environments, each command killed at some moment and
 * given again (test/support/sequences.ts): on the engines inside the process, and on a PostgreSQL server where there is one.
 */
import type { Disturbance } from '../../test/support/disturbances.ts';
import { embeddedDisturbances, postgresDisturbances } from '../../test/support/disturbances.ts';
import { postgresPrograms, startPostgres } from '../../test/support/postgres-server.ts';
import { sequence } from '../../test/support/sequences.ts';

export async function soakEnvironments(count: number, seed: number): Promise<boolean> {
  const programs = postgresPrograms();
  const server = programs === null ? null : await startPostgres(programs);
  if (server === null) console.log('  PostgreSQL is left out: it is not on this machine');
  const killed = server === null ? undefined : postgresDisturbances(() => server)['its process is killed'];
  type Kind = keyof typeof embeddedDisturbances;
  /** An embedded PostgreSQL takes seconds to open. */
  const targets: readonly (readonly [Kind, Disturbance])[] = [
    ...Array<readonly [Kind, Disturbance]>(12).fill(['duckdb', embeddedDisturbances.duckdb]),
    ...Array<readonly [Kind, Disturbance]>(3).fill(['clickhouse', embeddedDisturbances.clickhouse]),
    ...(killed === undefined ? [] : Array<readonly [Kind, Disturbance]>(4).fill(['postgres', killed])),
    ['postgres', embeddedDisturbances.postgres],
  ];
  let failed = 0;
  try {
    for (let done = 0; done < count; done += 1) {
      const [kind, disturbance] = targets[(done * 7) % targets.length] ?? ['duckdb', embeddedDisturbances.duckdb];
      const wrong = await sequence(disturbance, kind, seed + done, 10);
      for (const what of wrong) console.log(`  ${kind}: ${what}`);
      if (wrong.length > 0) failed += 1;
      console.log(`  ${done + 1} sequences, the last on ${kind}, ${failed} of them failed`);
    }
  } finally {
    await server?.close();
  }
  return failed === 0;
}
