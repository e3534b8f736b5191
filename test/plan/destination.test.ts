/** Where datasets become visible, and where their rows are kept. */
import { expect, test } from 'vitest';
import { HEAD, planOf } from './support.ts';

const TABLES = `
table a in raw.archive = from orders
table b in dwh.core = from orders
table c in dwh.core { refresh: view } = from orders
table d in dwh = from orders
source loose : Order from file('loose.csv') { invalid: quarantine }
table e in dwh.marts = from loose
job all { builds: [a, b, c, d, e] }
`;

const destinations = (head: string): Record<string, string> =>
  Object.fromEntries(
    planOf(head, TABLES).jobs.flatMap((job) =>
      job.tasks.map(({ id, step: { kind, into } }) => {
        const { storage } = into;
        const kept = storage.kind === 'lake' ? `${storage.format} in ${String(storage.path)}` : storage.kind;
        return [id, `${kind} → ${into.schema}.${into.name}: ${kept}`];
      }),
    ),
  );

test('a lake keeps files, a warehouse tables, a view nothing; a source without a store lands by itself', () => {
  expect(destinations(HEAD)).toEqual({
    'raw.orders': 'load → raw.orders: parquet in lake/orders',
    'raw.archive.a': 'build → archive.a: parquet in lake/archive/a',
    'dwh.core.b': 'build → core.b: table',
    'dwh.core.c': 'view → core.c: table',
    'dwh.d': 'build → dwh.d: table',
    '_landing.loose': 'load → _landing.loose: table',
    'dwh.marts.e': 'build → marts.e: table',
  });
});

test('a target puts another folder in the place of a lake', () => {
  const head = HEAD.replace("path: 'shop.duckdb') }", "path: 'shop.duckdb'), with: { raw: 'elsewhere/' } }");
  expect(destinations(head)).toEqual({
    ...destinations(HEAD),
    'raw.orders': 'load → raw.orders: parquet in elsewhere/orders',
    'raw.archive.a': 'build → archive.a: parquet in elsewhere/archive/a',
  });
});
