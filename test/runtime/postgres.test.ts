/** PostgreSQL as far as it needs none: addresses, errors, values. Runs on it are in test/engines and test/servers. */
import { describe, expect, test } from 'vitest';
import { postgresFailure } from '../../runtime/engines/postgres/failures.ts';
import { expectVersion } from '../../runtime/engines/postgres/server.ts';
import { converter } from '../../runtime/engines/postgres/values.ts';
import { toRunError } from '../../runtime/errors.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { runJob } from '../../runtime/run.ts';
import { build, job, projectFolder } from '../support/plans.ts';

const on = (place: Extract<TargetPlan['engine'], { kind: 'postgres' }>['place']): TargetPlan => ({
  name: 'prod',
  engine: { kind: 'postgres', place },
  state: { kind: 'sqlite', path: ':memory:' },
  secrets: { kind: 'env' },
});
const one = job([build('core.one', 'SELECT 1 AS "x"', { x: 'integer' })]);

async function refusal(target: TargetPlan, env: Readonly<Record<string, string>> = {}) {
  const folder = projectFolder();
  const running = runJob({ folder, project: 'test', target, job: one, env }).then(() => null, toRunError);
  const asking = queryAll({ folder, target, sql: 'SELECT 1', limit: null, env }).then(() => null, toRunError);
  const [run, asked] = await Promise.all([running, asking]);
  return { run, asked };
}

describe('a target that cannot be reached', () => {
  test.each([
    ['not at all', 'wrong-url'],
    ['mysql://u:hush-hush@localhost/shop', 'wrong-url'],
    // Nobody listens at the port of discarded bytes.
    ['postgres://u:hush-hush@127.0.0.1:9/shop', 'server-unreachable'],
  ])('%s', async (url, code) => {
    for (const place of [{ kind: 'server', url } as const, { kind: 'server', url: { secret: 'DWH' } } as const]) {
      const { run, asked } = await refusal(on(place), { DWH: url });
      expect([run?.code, asked?.code]).toEqual([code, code]);
      expect(JSON.stringify([run, asked])).not.toContain('hush-hush');
    }
  });

  test('a package that is not installed', async () => {
    const { run, asked } = await refusal(on({ kind: 'embedded', path: ':memory:' }));
    expect([run, asked]).toMatchObject(
      Array.from({ length: 2 }, () => ({
        code: 'package-missing',
        hint: 'install it in the project: npm install @electric-sql/pglite',
      })),
    );
  });

  test('a server that is too old', () => {
    expect(() => expectVersion(120022, 'db:5432')).toThrow(expect.objectContaining({ code: 'server-too-old' }));
    expectVersion(130000, 'db:5432');
  });
});

test.each([
  ['28P01', 'login-refused', false],
  ['28000', 'login-refused', false],
  ['3D000', 'database-unknown', false],
  ['42501', 'not-permitted', false],
  ['57014', 'cancelled', false],
  ['57P01', 'server-unreachable', true],
  ['57P03', 'server-unreachable', true],
  ['53300', 'server-unreachable', true],
  ['08006', 'server-unreachable', true],
  ['ECONNREFUSED', 'server-unreachable', true],
  ['53100', 'disk-full', false],
  ['53200', 'out-of-memory', true],
  ['40001', 'write-conflict', true],
  ['40P01', 'write-conflict', true],
  ['22003', 'overflow', false],
  ['22008', 'overflow', false],
  ['54000', 'overflow', false],
  ['22P02', 'value-unreadable', false],
  ['22007', 'value-unreadable', false],
  ['22012', 'division-by-zero', false],
  ['25006', 'query-refused', false],
  ['42601', 'statement-failed', false],
])('%s is %s', (state, code, retryable) => {
  const failure = postgresFailure(Object.assign(new Error('so it is'), { code: state }), 'SELECT 1', 'db:5432/shop');
  expect(failure).toMatchObject({ code, retryable, statement: 'SELECT 1' });
});

test.each([
  [16, 't', true],
  [20, '9223372036854775807', '9223372036854775807'],
  [23, '7', 7],
  [701, '0.1', 0.1],
  [701, 'NaN', 'NaN'],
  [701, '-Infinity', '-Infinity'],
  [1700, '12.50', '12.50'],
  [17, '\\x00ff', 'AP8='],
  [1082, '1999-12-31', '1999-12-31'],
  [1184, '2026-01-31 10:00:00+00', '2026-01-31T10:00:00Z'],
  [1184, '2026-01-31 10:00:00.5+00', '2026-01-31T10:00:00.500000Z'],
  [1009, '{a,NULL,"NULL","b \\"c\\", d",""}', ['a', null, 'NULL', 'b "c", d', '']],
  [1016, '{1,2}', ['1', '2']],
  [1016, '{}', []],
  [25, null, null],
])('type %i: %s', (oid, text, value) => {
  expect(converter(oid)(text)).toEqual(value);
});
