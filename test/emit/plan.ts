/** A small plan by hand: a load, a build with checks and an assertion, a view. */
import type { Destination, Plan, TaskPlan } from '../../runtime/plan.ts';

const into = (dataset: string, schema: string, name: string): Destination => ({
  dataset,
  schema,
  name,
  fingerprint: '0123456789ab',
  storage: { kind: 'table' },
});

const tasks: TaskPlan[] = [
  {
    id: 'raw.orders',
    after: [],
    inputs: [],
    step: {
      kind: 'load',
      from: {
        kind: 'file',
        path: [{ env: 'DATA', fallback: 'data' }, 'orders.csv'],
        format: 'csv',
        delimiter: null,
        header: true,
      },
      into: into('raw.orders', 'raw', 'orders'),
      columns: [
        { name: 'id', path: ['id'], type: { kind: 'int64' }, nullable: false },
        { name: 'amount', path: ['amount'], type: { kind: 'decimal', precision: 12, scale: 2 }, nullable: true },
      ],
      key: ['id'],
      expectations: [{ text: "amount >= 0 and note <> 'it''s'", sql: '"amount" >= 0' }],
      invalid: 'quarantine',
      cursor: {
        column: 'id',
        type: 'int64',
        lookback: 1000,
        again: ['"id" >= ', { bound: 'since' }, ''],
      },
      timezone: 'UTC',
      audit: null,
      compute: { mode: 'etl', why: 'files are read by the embedded engine' },
    },
  },
  {
    id: 'dwh.core.orders',
    after: ['raw.orders'],
    inputs: ['raw.orders'],
    step: {
      kind: 'build',
      sql: 'SELECT orders."id", orders."amount"\nFROM "raw"."orders" AS orders',
      into: into('dwh.core.orders', 'core', 'orders'),
      columns: [{ name: 'id', sqlType: 'BIGINT', nullable: false }],
      increment: null,
      assertions: [{ message: 'no amount', sql: 'SELECT 1 WHERE false', at: { file: 'a.pipe', line: 3 } }],
      audit: {
        sql: 'SELECT count(*) AS "rows" FROM this',
        checks: [
          {
            text: 'rows > 0',
            severity: 'error',
            at: { file: 'a.pipe', line: 4 },
            measure: 'rows',
            sql: null,
            low: 1,
            high: null,
            relative: false,
            sample: null,
          },
        ],
      },
      compute: { mode: 'elt', why: 'its inputs are in the target' },
    },
  },
  {
    id: 'dwh.marts.class',
    after: ['dwh.core.orders'],
    inputs: ['dwh.core.orders'],
    step: {
      kind: 'view',
      sql: 'SELECT 1 AS "one"',
      into: into('dwh.marts.class', 'marts', 'class'),
      assertions: [],
      audit: null,
    },
  },
];

export const plan: Plan = {
  version: 1,
  pipec: '0.1.0',
  project: 'shop',
  fingerprint: '9f3c1b72aaaaaaaa',
  target: {
    name: 'local',
    engine: { kind: 'duckdb', path: '.pipec/shop.duckdb' },
    state: { kind: 'sqlite', path: '.pipec/state.db' },
    secrets: { kind: 'env' },
  },
  datasets: tasks.map((task) => ({
    name: task.id,
    kind: task.step.kind === 'load' ? ('source' as const) : ('table' as const),
    doc: `What ${task.id} is.\nMore <b>words</b>.`,
    owner: null,
    layer: task.id.split('.')[1] === 'marts' ? 'mart' : 'core',
    columns: [{ name: 'id', type: 'int64', nullable: false, doc: null }],
    key: ['id'],
    order: [],
    reads: task.after,
    view: { schema: task.step.into.schema, name: task.step.into.name },
    at: { file: 'a.pipe', line: 1 },
    lineage: [
      { column: 'id', from: task.after.map((dataset) => ({ dataset, column: 'id', kind: 'direct' as const })) },
    ],
  })),
  jobs: [
    {
      name: 'nightly',
      doc: 'Every night. */ It ends well.',
      schedule: { cron: '0 3 * * *', timezone: 'Europe/Berlin' },
      catchup: true,
      retries: 3,
      backoff: { kind: 'exponential', initialMs: 30_000, maxMs: 600_000 },
      timeoutMs: 60_000,
      concurrency: 2,
      waitsFor: [],
      tasks,
    },
  ],
  blackouts: [],
  notify: [],
};
