/** What can happen to a run of a program whose tables grow (killed.ts), on each engine and server. */

import type { TargetPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { asking, clickhouse, folderWithEngines, postgres } from '../engines/targets.ts';
import type { ClickhouseFront } from './clickhouse-front.ts';
import type { Ask, DisturbedTarget } from './killed.ts';
import { leftBehind } from './left-behind.ts';
import { local, projectFolder } from './plans.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A target of its own each time that it is asked for. */
export type Disturbance = () => Promise<DisturbedTarget>;

const embedded = (engine: string, plan: TargetPlan): Disturbance => {
  return () => {
    const folder = folderWithEngines();
    return Promise.resolve({
      folder,
      engine,
      asking: (work) => asking(folder, plan, work),
      leftBehind: (ask) => leftBehind(plan.engine.kind, ask),
      readable: false,
    });
  };
};

/** Engines inside the process, whose process is killed. */
export const embeddedDisturbances: Readonly<Record<'duckdb' | 'postgres' | 'clickhouse', Disturbance>> = {
  duckdb: embedded("duckdb(path: '.pipec/test.duckdb')", local),
  postgres: embedded("postgres(embedded: true, path: '.pipec/pg')", postgres),
  clickhouse: embedded("clickhouse(embedded: true, path: '.pipec/ch')", clickhouse),
};

let databases = 0;

/** Ends every connection of a run. */
const CUT =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pipec %' AND pid <> pg_backend_pid()";

export function postgresDisturbances(server: () => PostgresServer): Readonly<Record<string, Disturbance>> {
  const made =
    (disturb?: () => Promise<void>): Disturbance =>
    () => {
      databases += 1;
      const name = `disturbed_${databases}`;
      server().sql(`CREATE DATABASE ${name}`);
      const url = server().url.replace(/postgres$/, name);
      return Promise.resolve({
        folder: projectFolder(),
        engine: "postgres(url: secret('DWH'))",
        env: { DWH: url },
        asking: (work) => askingPostgres(url, work),
        leftBehind: (ask) => leftBehind('postgres', ask),
        readable: true,
        ...(disturb === undefined ? {} : { disturb }),
      });
    };
  return {
    'its process is killed': made(),
    'its server crashes and comes back': made(async () => {
      await server().kill();
      await server().start();
    }),
    'its connections are cut': made(() => Promise.resolve(void server().sql(CUT))),
  };
}

export async function askingPostgres<T>(url: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  // A server that dies while it is asked says so to the one who asks.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(async (text) => (await client.query({ text, rowMode: 'array' })).rows as unknown[][]);
  } finally {
    await client.end();
  }
}

/** An empty server, on which a run's process is killed. */
export function clickhouseTarget(url: string): DisturbedTarget {
  const target: TargetPlan = {
    ...local,
    engine: { kind: 'clickhouse', place: { kind: 'server', url: { secret: 'CH' } }, database: null },
  };
  const folder = projectFolder();
  const env = { CH: url };
  const ask: Ask = async (sql) =>
    (await queryAll({ folder, target, sql, limit: null, env })).map((row) => Object.values(row));
  return {
    folder,
    engine: "clickhouse(url: secret('CH'))",
    env,
    asking: (work) => work(ask),
    leftBehind: (found) => leftBehind('clickhouse', found),
    readable: true,
  };
}

export function clickhouseDisturbances(server: () => ClickhouseFront): Readonly<Record<string, Disturbance>> {
  const made =
    (disturb?: () => Promise<void>): Disturbance =>
    async () => {
      await server().sql(...['core', 'marts', '_pipec'].map((name) => `DROP DATABASE IF EXISTS ${name}`));
      return { ...clickhouseTarget(server().url), ...(disturb === undefined ? {} : { disturb }) };
    };
  return {
    'its process is killed': made(),
    'its connections are cut': made(() => Promise.resolve(server().cut())),
  };
}
