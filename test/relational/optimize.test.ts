/** Each rule on each query it changes: before and after, side by side in a file. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules } from '../../compiler/relational/optimize.ts';
import { printRel } from '../../compiler/relational/print.ts';
import type { Rel } from '../../compiler/relational/rel.ts';
import { STRICT } from '../../compiler/relational/rules/outer-joins.ts';
import { functionRow } from '../../compiler/semantics/functions/table.ts';
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
  isIn,
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

test('what outer joins are judged by gives null for a null', () => {
  expect([...STRICT].filter((fn) => functionRow(fn)?.strict !== true)).toEqual([]);
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
        const j = joined('left', t, u, fn('equals', col(t, 'b'), col(u, 'c')));
        return where(j, fn('is_null', col(j, 'c')));
      },
      /^filter[^\n]*\n {2}left join/,
    ],
    [
      'above a full join',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        const j = joined('full', t, u, fn('equals', col(t, 'b'), col(u, 'c')));
        return where(j, fn('or', fn('greater', col(j, 'a'), int(3)), fn('greater', col(j, 'c'), int(3))));
      },
      /^filter[^\n]*\n {2}full join/,
    ],
    [
      'above a subquery without rows: null is not in it',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        const none = select(where(scan('d.c.v', 'd int64'), bool(false)), {});
        const j = joined('left', t, u, fn('equals', col(t, 'b'), col(u, 'c')));
        return where(j, isIn(col(j, 'c'), none, true));
      },
      /^filter[\s\S]*\n {2}left join/,
    ],
    [
      'below an outer join that it makes an inner one',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        return over3(joined('left', t, u, fn('equals', col(t, 'b'), col(u, 'c'))), 'c');
      },
      /^inner join[^\n]*\n[^\n]*\n {2}filter/,
    ],
    [
      'below a full join that it makes a left one',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        return over3(joined('full', t, u, fn('equals', col(t, 'b'), col(u, 'c'))));
      },
      /^left join[^\n]*\n {2}filter/,
    ],
    [
      'below a full join of which each side is asked for',
      () => {
        const t = table();
        const u = scan('d.c.u', 'c int64');
        const j = over3(joined('full', t, u, fn('equals', col(t, 'b'), col(u, 'c'))));
        return where(j, fn('equals', fn('add', col(j, 'c'), int(1)), col(j, 'b')));
      },
      /^filter[^\n]*\n {2}inner join/,
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

describe('an aggregate makes all groups', () => {
  const joinedTo = (kept: (t: Rel) => Rel, type: 'left' | 'right' | 'full' = 'left'): string => {
    resetIds();
    const t = kept(scan('d.c.t', 'a int64, b int64'));
    const u = scan('d.c.u', 'a int64');
    const counted = aggregate(u, { a: col(u, 'a') }, { n: agg('count') });
    const rel = joined(type, t, counted, fn('equals', col(t, 'a'), col(counted, 'a')));
    return printRel(rules.find((rule) => rule.name === 'reduce-groups')?.apply(rel) ?? rel);
  };
  const one = (t: Rel): Rel => where(t, fn('equals', col(t, 'b'), int(1)));

  test('but for a table of which a condition leaves little', () => {
    expect(joinedTo(one)).toContain('in-subquery');
  });

  test.each<[string, string]>([
    ['where the condition leaves much', joinedTo((t) => where(t, fn('greater', col(t, 'b'), int(1))))],
    ['where the join keeps groups without a row', joinedTo(one, 'right')],
    ['where the join keeps both sides', joinedTo(one, 'full')],
    ['where it would be as much work to say which', joinedTo((t) => where(t, isIn(col(t, 'a'), counts())))],
    ['where the rows that are kept are chosen by a limit', joinedTo((t) => limit(one(t), 3))],
  ])('%s', (_, printed) => {
    expect(printed).not.toMatch(/in-subquery[\s\S]*in-subquery|aggregate[\s\S]*in-subquery/);
  });

  function counts(): Rel {
    const v = scan('d.c.v', 'a int64');
    const counted = aggregate(v, { a: col(v, 'a') }, { n: agg('count') });
    return select(where(counted, fn('equals', col(counted, 'n'), int(2))), { a: col(counted, 'a') });
  }
});
