/** What datasets are called outside, unusual names included. */
import { expect, test } from 'vitest';
import { nameIn, nameOfSource, placeOfTarget } from '../../../runtime/observe/openlineage/naming.ts';
import type { EnginePlan, ReaderPlan, Text } from '../../../runtime/plan.ts';
import { resolveTexts } from '../../../runtime/secrets.ts';

const texts = await resolveTexts([{ secret: 'URL' }], { kind: 'env' }, '/shop', {
  URL: 'postgres://anna:p%40ss@db.example/ware%20house?sslmode=require',
});
const server = (kind: 'postgres' | 'clickhouse', url: Text): EnginePlan =>
  kind === 'postgres'
    ? { kind, place: { kind: 'server', url } }
    : { kind, place: { kind: 'server', url }, database: null };

test.each<[EnginePlan, string, string]>([
  [
    { kind: 'duckdb', path: '.pipec/my shop.duckdb' },
    'duckdb:///shop/.pipec/my%20shop.duckdb',
    '"my shop".core.orders',
  ],
  [{ kind: 'duckdb', path: '/data/a.b.duckdb' }, 'duckdb:///data/a.b.duckdb', '"a.b".core.orders'],
  [{ kind: 'duckdb', path: ':memory:' }, 'duckdb://memory', 'memory.core.orders'],
  [server('postgres', { secret: 'URL' }), 'postgres://db.example:5432', '"ware house".core.orders'],
  [server('postgres', 'postgres://db:6432/x'), 'postgres://db:6432', 'x.core.orders'],
  [server('postgres', 'postgres://[::1]/x'), 'postgres://[::1]:5432', 'x.core.orders'],
  [server('clickhouse', 'https://ch.example:8443/shop'), 'clickhouse://ch.example:8443', 'core.orders'],
  [{ kind: 'postgres', place: { kind: 'embedded', path: 'pg' } }, 'postgres:///shop/pg', 'pg.core.orders'],
])('%o is %s, and a table in it %s', (engine, namespace, name) => {
  expect(nameIn(placeOfTarget(engine, '/shop', texts), 'core', 'orders')).toEqual({ namespace, name });
});

test('a part with a dot, a space or a quote stands in quotes, and others as they are', () => {
  const place = { namespace: 'postgres://db:5432', database: 'shop' };
  expect(nameIn(place, 'core', 'Größe-2$').name).toBe('shop.core.Größe-2$');
  expect(nameIn(place, 'a.b', 'c"d').name).toBe('shop."a.b"."c""d"');
  expect(nameIn(place, 'a', 'b.c').name).not.toBe(nameIn(place, 'a', 'b', 'c').name);
});

const files = (...path: readonly Text[]): ReaderPlan => ({
  kind: 'file',
  path,
  format: 'csv',
  delimiter: null,
  header: true,
});
const rows = (table: string) => ({ rows: { table } });

test.each<[ReaderPlan, string | null, string]>([
  [files('data/orders.csv'), 'file', '/shop/data/orders.csv'],
  [files('data', '2026', '*.csv'), 'file', '/shop/data/2026'],
  [files('data/*/part-{1,2}.csv'), 'file', '/shop/data'],
  [files('*.csv'), 'file', '/shop'],
  [files('/abs/a b.csv'), 'file', '/abs/a b.csv'],
  [files('s3://lake/raw/a.parquet'), 's3://lake', 'raw/a.parquet'],
  [files('s3://lake/raw/*/a.parquet'), 's3://lake', 'raw'],
  [files('https://me:pw@files.example/a.csv?token=x'), 'https://files.example', '/a.csv'],
  [
    { kind: 'postgres', url: { secret: 'URL' }, ...rows('sales.orders') },
    'postgres://db.example:5432',
    '"ware house".sales.orders',
  ],
  [{ kind: 'postgres', url: 'postgres://db/x', ...rows('orders') }, 'postgres://db:5432', 'x.public.orders'],
  [{ kind: 'sqlite', path: 'old.db', ...rows('"a.b"') }, 'sqlite:///shop/old.db', 'old.main."a.b"'],
  [
    { kind: 'clickhouse', url: 'http://ch/events', database: null, ...rows('clicks') },
    'clickhouse://ch:8123',
    'events.clicks',
  ],
])('a source at %o', (reader, namespace, name) => {
  expect(nameOfSource(reader, '/shop', texts)).toEqual({ namespace, name });
});

test('a query has no name', () => {
  const reader: ReaderPlan = { kind: 'postgres', url: 'postgres://db/x', rows: { query: 'SELECT 1' } };
  expect(nameOfSource(reader, '/shop', texts)).toBeNull();
});
