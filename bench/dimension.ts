/**
 * The statement that is made of a dimension beside the SQL one would write for the same rows, by hand, on DuckDB: a million
 * members of which one in twenty changes, and a log with deletes and rows of one instant. `DIMENSION_MEMBERS` and
 * `DIMENSION_TURNS` are how many, and how often.
 */
import { availableParallelism } from 'node:os';
import { optimize } from '../compiler/relational/optimize.ts';
import { renderQuery } from '../compiler/sql/select.ts';
import { Workspace } from '../compiler/workspace/workspace.ts';
import { type Engine, openDuckdb } from '../test/engines/engines.ts';

const AIM = 1.2;

const PROGRAM = `
project bench { owner: 'bench@shop.example', target: local }
target local { engine: duckdb(path: '.pipec/bench.duckdb') }
store dwh : warehouse { owner: 'bench@shop.example', retention: 1y }
type Customer {
  customer_id: int64 @key
  updated_at:  timestamp @key
  name:        string
  country:     string
  segment:     string?
  signed_up:   date
}
source customers : Customer from file('customers.csv')
type Message {
  customer_id: int64
  updated_at:  timestamp
  name:        string?
  country:     string?
  segment:     string?
  signed_up:   date?
  is_deleted:  bool
}
source messages : Message from file('messages.csv')

dimension changed in dwh.core {
  key:       customer_id
  order:     updated_at
  history:   { country: 2, name: 1, segment: 2, signed_up: 1 }
  surrogate: customer_key
} = from customers

dimension everything in dwh.core {
  key:       customer_id
  order:     updated_at
  deleted:   is_deleted
  history:   { country: 2, name: 1, segment: 3, signed_up: 0 }
  surrogate: customer_key
} = from messages
`;

/** As one would write it who knows that the text of a TIMESTAMPTZ is slow: each window once, and the hash over what is left. */
const SURROGATE = `CAST('0x' || left(sha256(customer_id || '|' || strftime(make_timestamp(epoch_us(updated_at)), '%Y-%m-%d %H:%M:%S.%f')), 15) AS BIGINT)`;
const BY_HAND: Readonly<Record<string, string>> = {
  changed: `
with history as (
  select *,
    lag(country) over by_time as country_before,
    lag(segment) over by_time as segment_before,
    last_value(name) over (by_time rows between unbounded preceding and unbounded following) as latest_name,
    last_value(signed_up) over (by_time rows between unbounded preceding and unbounded following) as latest_signed_up,
    row_number() over by_time as n
  from _landing.customers
  window by_time as (partition by customer_id order by updated_at)
)
select
  ${SURROGATE} as customer_key, customer_id, latest_name as name, country, segment,
  latest_signed_up as signed_up, updated_at as valid_from,
  lead(updated_at) over (partition by customer_id order by updated_at) as valid_to,
  valid_to is null as is_current
from history
where n = 1 or country is distinct from country_before or segment is distinct from segment_before`,
  everything: `
with log as (
  select * from _landing.messages
  qualify lead(updated_at) over (
    partition by customer_id order by updated_at, is_deleted, name nulls first, country nulls first, segment nulls first, signed_up nulls first
  ) is distinct from updated_at
),
history as (
  select *,
    lag(country) over by_time as country_before,
    lag(is_deleted, 1, true) over by_time as absent,
    last_value(name) over whole as latest_name,
    last_value(segment) over whole as latest_segment,
    first_value(signed_up) over whole as first_signed_up
  from log
  window by_time as (partition by customer_id order by updated_at),
    whole as (partition by customer_id, is_deleted order by updated_at rows between unbounded preceding and unbounded following)
),
moved as (
  select *,
    first_value(case when segment is distinct from latest_segment then segment end) over (
      partition by customer_id, is_deleted
      order by segment is distinct from latest_segment desc, updated_at desc
    ) as prev_segment
  from history
),
versions as (
  select *, lead(updated_at) over (partition by customer_id order by updated_at) as valid_to
  from moved
  where absent or is_deleted or country is distinct from country_before
)
select
  ${SURROGATE} as customer_key, customer_id, latest_name as name, country, latest_segment as segment, prev_segment,
  first_signed_up as signed_up, updated_at as valid_from, valid_to, valid_to is null as is_current
from versions
where not is_deleted`,
};

const WHAT: Readonly<Record<string, string>> = {
  changed: 'types 1 and 2, no two rows of one instant by the key of the source',
  everything: 'types 0 to 3, deletes, rows of one instant',
};

export async function benchDimension(): Promise<string> {
  const members = Number(process.env['DIMENSION_MEMBERS'] ?? 1_000_000);
  const turns = Number(process.env['DIMENSION_TURNS'] ?? 5);
  const workspace = new Workspace();
  workspace.setFile('bench.pipe', PROGRAM);
  const engine = await openDuckdb();
  const lines: string[] = [];
  try {
    await loadLogs(engine, members);
    for (const { table, rel } of workspace.program()?.datasets ?? []) {
      if (rel === null) continue;
      const sql = { byHand: BY_HAND[table] ?? '', generated: renderQuery(optimize(rel), engine.dialect) };
      const rows = await sameRows(engine, sql);
      const times = await inTurns(engine, sql, turns);
      const ratio = times.generated / times.byHand;
      lines.push(
        `| ${WHAT[table]} | ${rows.toLocaleString('en')} | ${times.byHand.toFixed(0)} ms | ${times.generated.toFixed(0)} ms | ${ratio.toFixed(2)} | ${AIM.toFixed(2)} |`,
      );
    }
  } finally {
    await engine.close();
  }
  return `## Dimensions

A log of ${members.toLocaleString('en')} members, of whom one in twenty changes: the statement that is made of a \`dimension\` beside SQL written by hand for the same rows (\`bench/dimension.ts\`), each making a table on DuckDB, in turns. Processor time, the least of ${turns} turns, on ${availableParallelism()} processors.

| log | versions | by hand | generated | ratio | aim |
|---|---|---|---|---|---|
${lines.join('\n')}
`;
}

interface Both {
  readonly byHand: string;
  readonly generated: string;
}

const makeTable = (sql: string): string => `CREATE OR REPLACE TABLE made AS ${sql}`;

/** How many rows both give; throws where they differ. */
async function sameRows(engine: Engine, { byHand, generated }: Both): Promise<number> {
  await engine.run(makeTable(byHand));
  await engine.run(`CREATE OR REPLACE TABLE expected AS FROM made`);
  await engine.run(makeTable(generated));
  for (const [a, b] of [
    ['made', 'expected'],
    ['expected', 'made'],
  ]) {
    const [different] = await engine.rows(`FROM ${a} EXCEPT ALL FROM ${b} LIMIT 1`);
    if (different !== undefined) throw new Error(`only in what is ${a}: ${JSON.stringify(different)}`);
  }
  return Number((await engine.rows('SELECT count(*) FROM made'))[0]?.[0] ?? 0);
}

/** Processor time in ms; the order changes from turn to turn, as the second finds warm caches. */
async function inTurns(engine: Engine, sql: Both, turns: number): Promise<Record<keyof Both, number>> {
  const least = { byHand: Number.POSITIVE_INFINITY, generated: Number.POSITIVE_INFINITY };
  const both = ['byHand', 'generated'] as const;
  for (let turn = 0; turn < turns; turn++)
    for (const one of turn % 2 === 0 ? both : both.toReversed()) {
      const before = process.cpuUsage();
      await engine.run(makeTable(sql[one]));
      const { user, system } = process.cpuUsage(before);
      least[one] = Math.min(least[one], (user + system) / 1000);
    }
  return least;
}

/** A first row for each member and a later one for one in twenty; the second log also has deletes, and rows of one instant. */
async function loadLogs(engine: Engine, members: number): Promise<void> {
  const values = (change: number): string => `
    'customer ' || id AS name, ['DE', 'FR', 'NL', 'PL'][1 + (id + ${change}) % 4] AS country,
    CASE WHEN id % 7 > 0 THEN ['a', 'b', 'c'][1 + (id // 3 + ${change}) % 3] END AS segment,
    DATE '2020-01-01' + CAST(id % 1000 AS INTEGER) AS signed_up`;
  const at = (first: string): string =>
    `TIMESTAMPTZ '${first} 00:00:00Z' + to_seconds(id * 7919 % 8640000) AS updated_at`;
  const log = `
    SELECT id AS customer_id, ${at('2024-01-01')}, ${values(0)} FROM range(${members}) AS t (id)
    UNION ALL
    SELECT id, ${at('2025-01-01')}, ${values(1)} FROM range(0, ${members}, 20) AS t (id)`;
  await engine.run('CREATE SCHEMA _landing');
  await engine.run(`CREATE TABLE _landing.customers AS SELECT * FROM (${log}) ORDER BY hash(customer_id, updated_at)`);
  await engine.run(`
    CREATE TABLE _landing.messages AS SELECT * FROM (
      SELECT *, false AS is_deleted FROM _landing.customers
      UNION ALL
      SELECT customer_id, updated_at, name || ' again', country, segment, signed_up, false
      FROM _landing.customers WHERE customer_id % 100 = 0
      UNION ALL
      SELECT customer_id, updated_at + INTERVAL 1 YEAR, NULL, NULL, NULL, NULL, true
      FROM _landing.customers WHERE customer_id % 50 = 1
      UNION ALL
      SELECT customer_id, updated_at + INTERVAL 2 YEAR, name, country, segment, signed_up, false
      FROM _landing.customers WHERE customer_id % 200 = 1
    ) ORDER BY hash(customer_id, updated_at)`);
}
