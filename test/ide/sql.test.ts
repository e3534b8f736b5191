/** The SQL beside the source: which of its parts says the stage at the cursor, and why an engine has none. */
import { expect, test } from 'vitest';
import { cursorAt } from '../../compiler/ide/cursor.ts';
import { datasetSql } from '../../compiler/ide/sql.ts';
import type { DatasetSql } from '../../compiler/ide/sql-parts.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { shop } from '../support/check.ts';
import { testIdeFixtures } from '../support/ide.ts';

/** SQL for DuckDB; `«…»` around the clauses of the stage at the cursor, `‹…›` around the queries that it is in. */
testIdeFixtures('sql', ({ workspace, file, offset }) => {
  const cursor = cursorAt(workspace, file, offset);
  const found = cursor === null ? null : datasetSql(workspace, cursor.declared.symbol);
  if (found === null) return ['nothing'];
  const stage = found.stages.findLastIndex(({ start, end }) => start <= offset && offset <= end);
  const { start = 0, end = 0 } = found.stages[stage] ?? {};
  return [
    `stage: ${workspace.text(file).slice(start, end).replace(/\s+/g, ' ')}`,
    ...found.engines.flatMap(({ title, why }) => (why.length === 0 ? [] : [`${title}: ${why.join(' ')}`])),
    ...marked(found, stage).split('\n'),
  ];
});

function marked({ engines }: DatasetSql, stage: number): string {
  const { sql = '', parts = [] } = engines.find(({ engine }) => engine === 'duckdb') ?? {};
  const own = parts.filter(({ stages }) => stages.includes(stage));
  const marks = own.flatMap(({ start, end, what }) => {
    const [open, close] = what === 'query' ? ['‹', '›'] : ['«', '»'];
    return [
      { at: start, text: open, order: what === 'query' ? 1 : 2 },
      { at: end, text: close, order: what === 'query' ? -1 : -2 },
    ];
  });
  let text = sql ?? '';
  // From the end; at one place, what ends stands before what begins.
  for (const { at, text: mark } of marks.sort((a, b) => b.at - a.at || b.order - a.order))
    text = text.slice(0, at) + mark + text.slice(at);
  return text;
}

test('a source and a mistake have no SQL, and an engine says what it does not take', () => {
  const workspace = new Workspace();
  workspace.setFiles([
    shop,
    { path: 'a.pipe', text: 'table t in dwh.core = from orders |> select order_id, nothing' },
    { path: 'b.pipe', text: 'table own in dwh.core = duckdb: sql"""select 1 as one""" : (one: int64)' },
  ]);
  const of = (name: string) => {
    const symbol = workspace.symbol('dataset', name);
    return symbol === null ? null : datasetSql(workspace, symbol);
  };
  expect(of('dwh.core.t')).toBeNull();
  expect(of('_landing.orders')?.engines.map(({ sql, why }) => [sql, why])).toEqual(
    [1, 2, 3].map(() => [null, ['_landing.orders is a source: its rows are loaded, not computed by SQL.']]),
  );
});

test('parts lie in the text of every engine', () => {
  const workspace = new Workspace();
  const text = `table t in dwh.core = from orders |> where amount > 1 |> join customers using (customer_id)
  |> aggregate sum(amount) as total group by country |> order by total |> limit 3
`;
  workspace.setFiles([shop, { path: 'a.pipe', text }]);
  const symbol = workspace.symbol('dataset', 'dwh.core.t');
  const found = symbol === null ? null : datasetSql(workspace, symbol);
  expect(found?.engines.map(({ title }) => title)).toEqual(['DuckDB', 'PostgreSQL', 'ClickHouse']);
  for (const { sql, parts } of found?.engines ?? []) {
    expect(sql).not.toContain('\u0000');
    for (const { start, end } of parts) {
      expect(start).toBeLessThan(end);
      expect(end).toBeLessThanOrEqual(sql?.length ?? 0);
    }
  }
});
