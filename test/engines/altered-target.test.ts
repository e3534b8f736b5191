/**
 * A target that somebody has altered by hand: the next run makes what is missing or says what is in its way, the same on
 * every engine, and nothing of others goes.
 */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { openEmbedded as openClickhouse } from '../../runtime/engines/clickhouse/embedded.ts';
import { openEmbedded as openPostgres } from '../../runtime/engines/postgres/embedded.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { leftBehind } from '../support/left-behind.ts';
import { build, local, runTasks, view } from '../support/plans.ts';
import { asking, clickhouse, folderWithEngines, postgres } from './targets.ts';

type Hand = (...statements: readonly string[]) => Promise<void>;

interface Target {
  readonly plan: TargetPlan;
  readonly int64: string;
  /** Runs statements as somebody else would. */
  readonly hand: (folder: string) => Hand;
}

const waiting = { ...NO_WAIT, nameHolder: () => 'another' };

async function each(statements: readonly string[], run: (sql: string) => Promise<unknown>, close: () => unknown) {
  try {
    for (const sql of statements) await run(sql);
  } finally {
    await close();
  }
}

const TARGETS: Readonly<Record<string, Target>> = {
  duckdb: {
    plan: local,
    int64: 'BIGINT',
    hand:
      (folder) =>
      async (...statements) => {
        const instance = await DuckDBInstance.create(join(folder, '.pipec/test.duckdb'));
        const connection = await instance.connect();
        await each(
          statements,
          (sql) => connection.run(sql),
          () => {
            connection.closeSync();
            instance.closeSync();
          },
        );
      },
  },
  postgres: {
    plan: postgres,
    int64: 'bigint',
    hand:
      (folder) =>
      async (...statements) => {
        const database = await openPostgres(join(folder, '.pipec/pg'), folder, waiting);
        const { query } = await database.connect();
        await each(statements, query, () => database.close());
      },
  },
  clickhouse: {
    plan: clickhouse,
    int64: 'Int64',
    hand:
      (folder) =>
      async (...statements) => {
        const database = await openClickhouse(join(folder, '.pipec/ch'), folder, waiting);
        const { run } = await database.connect();
        await each(statements, run, () => database.close());
      },
  },
};

/** One folder an engine, as one of them takes a second to open. */
describe.each(Object.entries(TARGETS))('%s', (kind, { plan, int64, hand: handOf }) => {
  const folder = folderWithEngines();
  const hand = handOf(folder);
  const SQL = `SELECT CAST(7 AS ${int64}) AS "x"`;
  const tasks = [
    build('core.a', SQL, { x: int64 }, { inputs: [] }),
    build('core.b', 'SELECT "x" FROM "core"."a"', { x: int64 }, { after: ['core.a'], inputs: ['core.a'] }),
    view('core.v', 'SELECT "x" FROM "core"."a"', { after: ['core.a'], inputs: ['core.a'] }),
  ];
  const run = () => runTasks(folder, tasks, { target: plan });
  const COMMENT = {
    duckdb: "SELECT comment FROM duckdb_views() WHERE view_name = 'a'",
    postgres: "SELECT obj_description('core.a'::regclass)",
    clickhouse: "SELECT comment FROM system.tables WHERE database = 'core' AND name = 'a'",
  }[plan.engine.kind];
  let table = '';
  /** Rows, what is left behind, and the name of the table of `core.a`. */
  const look = () =>
    asking(folder, plan, async (ask) => {
      const rows: unknown[] = [];
      for (const name of ['a', 'b', 'v']) rows.push(...(await ask(`SELECT x FROM core.${name}`)));
      table = `_pipec."${(JSON.parse(String((await ask(COMMENT))[0]?.[0])) as { readonly table: string }).table}"`;
      return { rows, left: await leftBehind(plan.engine.kind, ask) };
    });
  const whole = { rows: [['7'], ['7'], ['7']], left: [] };
  const cascade = kind === 'postgres' ? ' CASCADE' : '';
  const schema = kind === 'clickhouse' ? 'DATABASE' : 'SCHEMA';

  beforeAll(async () => {
    expect((await run()).errors).toEqual([]);
    expect(await look()).toEqual(whole);
    expect(await run()).toMatchObject({ errors: [], unchanged: 2 });
  }, 60_000);

  const ALTERED: Readonly<Record<string, () => Promise<void>>> = {
    'the public view is dropped': () => hand(`DROP VIEW core.a${cascade}`),
    'its table is dropped': () => hand(`DROP TABLE ${table}${cascade}`),
    'all that is kept is dropped': () => hand(`DROP ${schema} _pipec${kind === 'clickhouse' ? '' : ' CASCADE'}`),
    'the public view reads something else': () =>
      hand(`CREATE OR REPLACE VIEW core.a AS SELECT CAST(8 AS ${int64}) AS x`),
    'its column is of another type': () =>
      kind === 'postgres'
        ? hand(
            'DROP VIEW core.v',
            'CREATE OR REPLACE VIEW core.a AS SELECT 1::bigint AS x',
            `ALTER TABLE ${table} ALTER COLUMN x TYPE text`,
            'DROP VIEW core.a',
            `CREATE VIEW core.a AS SELECT x FROM ${table}`,
          )
        : hand(`ALTER TABLE ${table} ALTER COLUMN x TYPE ${kind === 'duckdb' ? 'VARCHAR' : 'String'}`),
    'its column has another name': () => hand(`ALTER TABLE ${table} RENAME COLUMN x TO y`),
  };

  test.each(Object.entries(ALTERED))(
    '%s: the next run mends it',
    async (_, alter) => {
      await alter();
      expect((await run()).errors).toEqual([]);
      expect((await look()).rows).toEqual(whole.rows);
    },
    60_000,
  );

  test('a table of somebody else in the place of the view stays, and is told', async () => {
    const engine = kind === 'clickhouse' ? ' ENGINE = MergeTree ORDER BY mine' : '';
    await hand(
      `DROP VIEW core.a${cascade}`,
      `CREATE TABLE core.a (mine ${int64})${engine}`,
      'INSERT INTO core.a VALUES (42)',
    );
    expect((await run()).errors).toMatchObject([
      {
        task: 'core.a',
        error: {
          code: 'name-taken',
          message: '`core.a` is there already and is no view: pipec would have to drop it',
          retryable: false,
        },
      },
    ]);
    expect(await asking(folder, plan, (ask) => ask('SELECT mine FROM core.a'))).toEqual([['42']]);
    await hand('DROP TABLE core.a');
    expect((await run()).errors).toEqual([]);
    expect(await look()).toEqual(whole);
  }, 60_000);
});
