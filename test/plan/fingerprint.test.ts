/** A fingerprint says what decides a dataset's rows: it stays where the rows stay, and changes where they may change. */
import { describe, expect, test } from 'vitest';
import { HEAD, planOf } from './support.ts';

const BASE = `
table wanted in dwh.marts =
  from orders as o
  |> where o.amount > 10
  |> aggregate sum(o.amount) as total, count() as orders group by o.customer
  |> where total > 100
job all { builds: [wanted] }
`;
const fingerprint = (body: string, head = HEAD): string => {
  const task = planOf(head, body).jobs[0]?.tasks.find(({ id }) => id.endsWith('.wanted'));
  if (task === undefined) throw new Error('the program does not build it');
  return task.step.into.fingerprint;
};
const before = fingerprint(BASE);
const changed = (from: string, to: string): string => {
  expect(BASE).toContain(from);
  return fingerprint(BASE.replaceAll(from, to));
};

describe('stays', () => {
  test.each<[string, () => string]>([
    ['with other blanks and comments', () => fingerprint(BASE.replaceAll('\n  |>', ' // because\n\n      |>'))],
    [
      'with a doc, a check and another owner',
      () =>
        changed('in dwh.marts =', "in dwh.marts { owner: 'x@y.example', checks { rows between 1 and 9 } } =").replace(
          '',
          '',
        ),
    ],
    ['with another alias', () => fingerprint(BASE.replaceAll('o.', 'x.').replace('as o', 'as x'))],
    ['without an alias', () => fingerprint(BASE.replaceAll('o.', '').replace(' as o', ''))],
    [
      'with SQL written in other letters',
      () => fingerprint(BASE.replace('sum(', 'SUM(').replace('count()', 'COUNT(*)')),
    ],
    [
      'in another file and another place',
      () => fingerprint(`${'\n'.repeat(9)}table other in dwh.marts = from orders\n${BASE}`),
    ],
    [
      'with a column more upstream that it does not read',
      () => fingerprint(BASE, HEAD.replace('note: string?', 'note: string?, more: int64?')),
    ],
    ['with a lake in another place', () => fingerprint(BASE, HEAD.replace("path: 'lake'", "path: 'elsewhere'"))],
    ['in another database', () => fingerprint(BASE, HEAD.replace('shop.duckdb', 'other.duckdb'))],
  ])('%s', (_, other) => expect(other()).toBe(before));
});

describe('changes', () => {
  test.each<[string, string, string]>([
    ['with a condition', 'amount > 10', 'amount > 11'],
    ['with an operator', 'amount > 10', 'amount >= 10'],
    ['with an aggregate', 'sum(o.amount)', 'max(o.amount)'],
    ['with a name of a column', 'as orders', 'as number'],
    [
      'with the order of columns',
      'sum(o.amount) as total, count() as orders',
      'count() as orders, sum(o.amount) as total',
    ],
    ['with a group', 'group by o.customer', 'group by o.customer, o.id'],
    ['with a key', 'in dwh.marts =', 'in dwh.marts { key: [customer] } ='],
    ['with how it is stored', 'in dwh.marts =', 'in dwh.marts { refresh: view } ='],
    ['with where it is stored', 'in dwh.marts', 'in raw.marts'],
    ['with a stage', '|> where total > 100', '|> where total > 100 |> distinct'],
  ])('%s', (_, from, to) => expect(changed(from, to)).not.toBe(before));
});

describe('of a source', () => {
  const loaded = (head: string): string =>
    planOf(`${head}job all { builds: [orders] }`).jobs[0]?.tasks[0]?.step.into.fingerprint ?? '';
  const source = loaded(HEAD);
  test.each([
    ["file('orders.csv')", "file('other.csv')"],
    ['invalid: quarantine', 'invalid: reject'],
    ['decimal(12, 2)', 'decimal(12, 3)'],
    ['customer: int64', 'customer: int64?'],
    ['@key, customer', ', customer'],
    ['note: string?', "note: string? @from('remark')"],
    ['note: string? }', 'note: string?\n expect amount > 0 }'],
  ])('%s → %s changes it', (from, to) => {
    expect(HEAD).toContain(from);
    expect(loaded(HEAD.replace(from, to))).not.toBe(source);
  });
  test('the name of its type and its docs do not', () => {
    expect(loaded(HEAD.replaceAll('Order ', 'Renamed ').replace('type ', '/// What is ordered.\ntype '))).toBe(source);
  });
});
