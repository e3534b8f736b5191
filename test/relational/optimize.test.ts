/** Each rule on each query it changes: before and after, side by side in a file. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules } from '../../compiler/relational/optimize.ts';
import { printRel } from '../../compiler/relational/print.ts';
import {
  agg,
  aggregate,
  asc,
  assertion,
  bool,
  col,
  distinctOn,
  extend,
  fn,
  int,
  join as joined,
  limit,
  over,
  resetIds,
  scan,
  select,
  setOperation,
  sort,
  where,
} from '../support/rel.ts';
import { query, queryNames } from '../support/rels.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/optimize');

describe.each(rules.map((rule) => rule.name))('%s', (name) => {
  test('its changes, in pairs', async () => {
    const pairs: string[] = [];
    for (const queryName of queryNames) {
      let rel = query(queryName);
      for (const rule of rules) {
        const before = printRel(rel);
        rel = rule.apply(rel);
        if (rule.name === name && printRel(rel) !== before)
          pairs.push(`== ${queryName}\n${before}--\n${printRel(rel)}`);
      }
    }
    await expect(pairs.join('\n')).toMatchFileSnapshot(join(FIXTURES, `${name}.txt`));
  });
});

describe('a filter stays where it decides', () => {
  const apply = (rel: ReturnType<typeof scan>): string =>
    printRel(rules.find((rule) => rule.name === 'push-filters')?.apply(rel) ?? rel);
  const table = () => {
    resetIds();
    return scan('d.c.t', 'a int64?, b int64');
  };
  const over3 = (rel: ReturnType<typeof scan>, name = 'a') => where(rel, fn('greater', col(rel, name), int(3)));

  test.each<[string, () => ReturnType<typeof scan>, RegExp]>([
    ['above an assert', () => over3(assertion(table(), bool(true), 'm')), /^filter/],
    ['above a limit', () => over3(limit(table(), 3)), /^filter/],
    [
      'above a window',
      () => {
        const t = table();
        const w = extend(t, { n: over('row_number', [], [], [asc(col(t, 'b'))]) });
        return over3(w);
      },
      /^filter/,
    ],
    [
      'below a window that is partitioned by it',
      () => {
        const t = table();
        const w = extend(t, { n: over('row_number', [], [col(t, 'a')], [asc(col(t, 'b'))]) });
        return over3(w);
      },
      /^project/,
    ],
    [
      'below a sort',
      () => {
        const t = table();
        return over3(sort(t, asc(col(t, 'b'))));
      },
      /^sort/,
    ],
    [
      'above an aggregate of all rows',
      () => where(aggregate(table(), {}, { n: agg('count') }), bool(false)),
      /^filter/,
    ],
    [
      'above grouping sets',
      () => {
        const t = table();
        return over3(aggregate(t, { a: col(t, 'a') }, { n: agg('count') }, [[0], []]));
      },
      /^filter/,
    ],
    [
      'above the side that an outer join fills',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        return over3(joined('left', t, u, fn('equals', col(t, 'b'), col(u, 'c'))), 'c');
      },
      /^filter/,
    ],
    [
      'above a full join',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        return over3(joined('full', t, u, fn('equals', col(t, 'b'), col(u, 'c'))));
      },
      /^filter/,
    ],
    [
      'above the right side of an asof join',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        return over3(joined('inner', t, u, fn('less_or_equal', col(u, 'c'), col(t, 'b')), true), 'c');
      },
      /^filter/,
    ],
    [
      'above distinct on something else',
      () => {
        const t = table();
        return over3(distinctOn(t, [col(t, 'b')], [asc(col(t, 'a'))]));
      },
      /^filter/,
    ],
    [
      'into both sides of an except',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        return over3(setOperation('except', true, select(t, { a: col(t, 'a') }), select(u, { c: col(u, 'c') })));
      },
      /^except[^\n]*\n {2}project[^\n]*\n {4}filter[^\n]*\n[^\n]*\n {2}project[^\n]*\n {4}filter/,
    ],
  ])('%s', (_, make, shape) => {
    expect(apply(make())).toMatch(shape);
  });
});
