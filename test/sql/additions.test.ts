/** Additions to dates inside of additions: the range of each is tested, and yet the SQL grows by as much with each. */
import { describe, expect, test } from 'vitest';
import { optimize } from '../../compiler/relational/optimize.ts';
import { dialects } from '../../compiler/sql/registry.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';

const workspace = new Workspace();

/** Each addition around the one before. */
const NESTED: Readonly<Record<string, (inner: string) => string>> = {
  'the value of a date': (inner) => `date_add(${inner}, n, month)`,
  'the value of an instant': (inner) => `date_sub(cast(${inner} as timestamp), n, hour)`,
  'the count': (inner) => `date_add(day, date_diff(${inner}, day, week), day)`,
};

describe.each(Object.entries(dialects))('%s', (_, dialect) => {
  test.each(Object.entries(NESTED))('%s', (_, around) => {
    // Without blanks: lines further in have more of them.
    const length = (times: number): number => {
      const call = Array.from({ length: times }).reduce<string>(around, 'day');
      const text = `from values [{ day: date '2024-01-31', n: 1 }] |> where n > 0 |> select ${call} as x`;
      const { query, diagnostics } = workspace.adHocQuery(text);
      if (query === null) throw new Error(JSON.stringify(diagnostics));
      return renderQuery(optimize(query.rel), dialect).replace(/\s/g, '').length;
    };

    expect(length(12) - length(11)).toBeLessThan(1.5 * (length(5) - length(4)));
  });
});
