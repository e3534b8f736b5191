/**
 * Runs of growing tables that are disturbed at random moments: their process is killed on each engine, a PostgreSQL server
 * crashes and comes back, connections to it and to ClickHouse's engine are cut. Servers start here, and end with it.
 */
import { rmSync } from 'node:fs';
import { startClickhouse } from '../../test/support/clickhouse-front.ts';
import { clickhouseDisturbances, embeddedDisturbances, postgresDisturbances } from '../../test/support/disturbances.ts';
import { type DisturbedTarget, disturbed } from '../../test/support/killed.ts';
import { disturbedReplays } from '../../test/support/killed-replay.ts';
import { postgresPrograms, startPostgres } from '../../test/support/postgres-server.ts';

/** A project has so many versions at most: each is a file more, and runs would become long. */
const ROUNDS = 40;

/** One of so many disturbed runs is a replay of a quarantine. */
const REPLAYS = 8;

/** Of a hundred. An embedded PostgreSQL takes a second to open, so it has few. */
const SHARES: readonly (readonly [name: string, share: number])[] = [
  ['DuckDB: its process is killed', 36],
  ['PGlite: its process is killed', 4],
  ['chDB: its process is killed', 10],
  ['PostgreSQL: its process is killed', 14],
  ['PostgreSQL: its server crashes and comes back', 12],
  ['PostgreSQL: its connections are cut', 12],
  ['ClickHouse: its process is killed', 6],
  ['ClickHouse: its connections are cut', 6],
];

export async function soakKills(count: number): Promise<boolean> {
  const programs = postgresPrograms();
  const postgres = programs === null ? null : await startPostgres(programs);
  if (postgres === null) console.log('  PostgreSQL is left out: it is not on this machine');
  let holds = true;
  let done = 0;
  const some = async (
    name: string,
    disturbance: () => Promise<DisturbedTarget>,
    times: number,
    work: typeof disturbed,
  ): Promise<void> => {
    const target = await disturbance();
    const wrong = await work(target, times);
    for (const what of wrong) console.log(`  ${name}: ${what} (${target.folder})`);
    if (wrong.length === 0) rmSync(target.folder, { recursive: true, force: true });
    else holds = false;
    done += times;
    console.log(`  ${done} disturbed runs, the last ${times} ${name}`);
  };
  const rounds = async (name: string, disturbance: () => Promise<DisturbedTarget>): Promise<void> => {
    const share = SHARES.find(([one]) => one === name)?.[1] ?? 0;
    const all = Math.ceil((count * share) / 100);
    const replays = Math.floor(all / REPLAYS);
    for (let left = all - replays; left > 0; left -= ROUNDS)
      await some(name, disturbance, Math.min(left, ROUNDS), disturbed);
    if (replays > 0) await some(`${name}, in a replay`, disturbance, replays, disturbedReplays);
  };
  try {
    await rounds('DuckDB: its process is killed', embeddedDisturbances.duckdb);
    await rounds('PGlite: its process is killed', embeddedDisturbances.postgres);
    await rounds('chDB: its process is killed', embeddedDisturbances.clickhouse);
    if (postgres !== null)
      for (const [name, disturbance] of Object.entries(postgresDisturbances(() => postgres)))
        await rounds(`PostgreSQL: ${name}`, disturbance);
    const clickhouse = await startClickhouse();
    for (const [name, disturbance] of Object.entries(clickhouseDisturbances(() => clickhouse)))
      await rounds(`ClickHouse: ${name}`, disturbance);
    await clickhouse.close();
  } finally {
    await postgres?.close();
  }
  return holds;
}
