/** What a query does not need is not read: columns and conditions reach the scan of a lake's files, through views and joins. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../runtime/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { HEAD, planOf } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipec-pushdown-'));
let plan: Plan;
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i % 50},${i}.00,note ${i}`);
  writeFileSync(join(folder, 'orders.csv'), `id,customer,amount,note\n${rows.join('\n')}\n`);
  plan = planOf(`${HEAD}
table seen in dwh.core { refresh: view } = from orders |> extend amount * 2 as twice |> select id, customer, amount, twice, note
table plain in dwh.marts = from orders |> where customer > 45 |> aggregate sum(amount) as total group by customer
table late in dwh.marts = from seen |> aggregate sum(twice) as total group by customer |> where customer > 45
table outer_side in dwh.marts =
  from orders as o
  |> left join seen as s on o.id = s.id
  |> where o.customer = 7
  |> select o.id, s.note
job all { builds: [dwh.*] }
`);
  const [job] = plan.jobs;
  if (job === undefined) throw new Error('no job');
  const summary = await runJob({ folder, project: plan.project, target: plan.target, job, listeners: [] });
  expect(summary.status).toBe('succeeded');
  instance = await DuckDBInstance.create(join(folder, 'shop.duckdb'), { access_mode: 'READ_ONLY' });
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

interface Node {
  readonly name: string;
  readonly children: readonly Node[];
  readonly extra_info: Readonly<Record<string, string | readonly string[]>>;
}

/** Of each scan of a query's files: which columns it reads, and by which conditions. */
async function scansOf(dataset: string): Promise<{ readonly columns: string[]; readonly filters: string[] }[]> {
  const step = plan.jobs[0]?.tasks.find(({ id }) => id.endsWith(`.${dataset}`))?.step;
  if (step === undefined || step.kind === 'load') throw new Error(`${dataset} has no query`);
  const rows = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${step.sql}`);
  const scans: Node[] = [];
  const walk = (node: Node): void => {
    if (node.name.trim() === 'READ_PARQUET') scans.push(node);
    node.children.forEach(walk);
  };
  for (const node of JSON.parse(String(rows.getRows()[0]?.[1])) as Node[]) walk(node);
  const list = (value: string | readonly string[] | undefined): string[] =>
    (value === undefined ? [] : typeof value === 'string' ? [value] : [...value]).sort();
  return scans.map(({ extra_info }) => ({
    columns: list(extra_info['Projections']),
    filters: list(extra_info['Filters']),
  }));
}

test('of a table over files', async () => {
  expect(await scansOf('plain')).toEqual([{ columns: ['amount', 'customer'], filters: ['customer>45'] }]);
});

test('through a view, and through an aggregate whose key it is', async () => {
  expect(await scansOf('late')).toEqual([{ columns: ['amount', 'customer'], filters: ['customer>45'] }]);
});

test('into the side of a join that it is about', async () => {
  expect(await scansOf('outer_side')).toEqual(
    expect.arrayContaining([
      { columns: ['id'], filters: ['customer=7'] },
      expect.objectContaining({ columns: ['id', 'note'] }),
    ]),
  );
});
