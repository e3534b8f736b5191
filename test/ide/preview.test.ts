/** What is computed for the cursor, and what is said where nothing can be. */
import { expect, test } from 'vitest';
import { workspaceOf } from '../support/check.ts';
import { previewHere } from '../support/preview.ts';

const PROJECT = `project shop { owner: 'shop@acme.example', target: local }
target local { engine: duckdb(path: 'target.duckdb') }
target served { engine: postgres(url: 'postgres://db.example/shop') }
store dwh : warehouse { owner: 'o@acme.example', retention: 1y, layers: { core: core } }
type Order { id: int64 @key, customer: string?, amount: decimal(10, 2) }
source orders : Order from file('orders.csv')
`;

function at(text: string, target = 'local') {
  const project = PROJECT.replace('target: local', `target: ${target}`);
  return previewHere(workspaceOf([{ path: 'project.pipe', text: project }]), 'main.pipe', text);
}
const stageAt = (text: string) => {
  const found = at(text);
  return found?.is === 'plan' ? [found.stage, found.plan.columns.map(({ name }) => name).join(' ')] : found;
};

const QUERY = `table t in dwh.core { key: id } =
  from orders
  |> where amount > 1
  |> extend amount * 2 as twice
  |> join (from orders |> rename id as number |> where amount < 9) as o on o.number = t.id
  |> select id
`;

test('the stage is the one whose text the cursor is in', () => {
  const text = QUERY.replace('from orders\n', 'from orders as t\n');
  expect(stageAt(text.replace('t in dwh', 't$0 in dwh'))).toEqual([null, 'id']);
  expect(stageAt(text.replace('key: id', 'key: $0id'))).toEqual([null, 'id']);
  expect(stageAt(text.replace('from orders as t', '$0from orders as t'))).toEqual([
    'from orders as t',
    'id customer amount',
  ]);
  expect(stageAt(text.replace('  |> where', '$0  |> where'))).toEqual(['where amount > 1', 'id customer amount']);
  expect(stageAt(text.replace('|> where', '|$0> where'))).toEqual(['where amount > 1', 'id customer amount']);
  expect(stageAt(text.replace('as twice', 'as twice$0'))).toEqual([
    'extend amount * 2 as twice',
    'id customer amount twice',
  ]);
  expect(stageAt(text.replace('|> select id', '|> select id$0'))).toEqual(['select id', 'id']);
});

test('a cursor behind the last word of a line means that word, and below a query its end', () => {
  const text = QUERY.replace('from orders\n', 'from orders as t\n').replace('|> select id\n', '|> select id  ');
  expect(stageAt(`${text}$0`)).toEqual(['select id', 'id']);
  expect(stageAt(`${text}\n$0`)).toEqual(['select id', 'id']);
  expect(stageAt(`${text}\n  |> $0\n`)).toEqual(['select id', 'id']);
  expect(stageAt(`${text}\n  |>   where id > 1 $0 \n`)).toEqual(['where id > 1', 'id']);
  expect(at(`${text}\n\n$0`)).toBeNull();
});

test('a query in parentheses is looked at by itself', () => {
  const text = QUERY.replace('from orders\n', 'from orders as t\n');
  expect(stageAt(text.replace('id as number', 'id as$0 number'))).toEqual([
    'rename id as number',
    'number customer amount',
  ]);
  expect(stageAt(text.replace('amount < 9', 'amount $0< 9'))).toEqual(['where amount < 9', 'number customer amount']);
  expect(stageAt(text.replace('on o.number', 'on$0 o.number'))).toMatchObject([
    expect.stringContaining('join'),
    expect.stringContaining('number'),
  ]);
});

test('names of `with` are seen where they stand', () => {
  const text = `table t in dwh.core =
  with a as (from orders |> select id), b as (from a |> extend id + 1 as next |> drop id)
  from b
  |> where next > 1
`;
  expect(stageAt(text.replace('select id', 'select $0id'))).toEqual(['select id', 'id']);
  expect(stageAt(text.replace('as next', 'as$0 next'))).toEqual(['extend id + 1 as next', 'id next']);
  expect(stageAt(text.replace('with a', '$0with a'))).toEqual(['from b', 'next']);
});

test('what is wrong after the cursor is no matter, and what is wrong before it is told', () => {
  const text = QUERY.replace('from orders\n', 'from orders as t\n');
  expect(stageAt(text.replace('amount > 1', 'amount >$0 1').replace('* 2', '* nothing'))).toEqual([
    'where amount > 1',
    'id customer amount',
  ]);
  expect(at(text.replace('* 2', '* nothing').replace('select id', 'select $0id'))).toMatchObject({
    is: 'mistake',
    dataset: 'dwh.core.t',
    diagnostic: { code: 'unknown-column' },
  });
  expect(at(text.replace('amount > 1', 'amount >$0'))).toMatchObject({ is: 'mistake' });
  expect(stageAt(text.replace('|> where amount > 1', '|>$0'))).toEqual(['from orders as t', 'id customer amount']);
  expect(at(`table u in dwh.core = from nothing\n${text}`.replace('from orders as t', '$0from u as t'))).toMatchObject({
    is: 'mistake',
    diagnostic: { code: 'unknown-dataset' },
  });
});

test('what DuckDB cannot compute is refused with its reason', () => {
  const raw = (sql: string) => `table t : Order in dwh.core = ${sql}\ntable u in dwh.core =\n  $0from t\n`;
  expect(at(raw(`{ postgres: sql"""select 1""" }`), 'served')).toMatchObject({
    is: 'refused',
    why: expect.stringContaining('SQL of postgres'),
  });
  expect(at(raw('sql"""select * from _landing.orders"""'))).toMatchObject({ is: 'plan' });
  expect(
    at(
      "source events : Order from kafka(brokers: 'b', topic: 't') { rows: events }\ntable u in dwh.core =\n  $0from events\n",
    ),
  ).toMatchObject({
    is: 'refused',
    why: expect.stringContaining('`events` cannot be sampled'),
  });
  expect(at('$0\n// nothing\n')).toBeNull();
});

test('a test is of the rows of its dataset', () => {
  const test = '\ntest of t { given orders = values [{ id: 1, amount: 2 }] expect = values $0[{ id: 1 }] }\n';
  const text = QUERY.replace('from orders\n', 'from orders as t\n');
  expect(at(`${text}${test}`)).toMatchObject({ is: 'plan', dataset: 'dwh.core.t', stage: null });
});
