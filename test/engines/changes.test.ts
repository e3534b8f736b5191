/**
 * What a plan says of a target, on every engine: nothing of what a run has just built, the datasets that another program has
 * other code for and those that stand on them, and what somebody did by hand. What a plan says is what building it does.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import { type Compared, changesOf, digestOf, removedBy } from '../../runtime/changes.ts';
import type { Removed, TargetPlan, TaskPlan } from '../../runtime/plan.ts';
import { runJob } from '../../runtime/run.ts';
import { targetContents } from '../../runtime/status.ts';
import { workspaceOf } from '../support/check.ts';
import { local } from '../support/plans.ts';
import { clickhouse, folderWithEngines, postgres } from './targets.ts';

const ENGINES: Readonly<Record<string, { readonly plan: TargetPlan; readonly engine: string }>> = {
  duckdb: { plan: local, engine: "duckdb(path: '.pipec/test.duckdb')" },
  postgres: { plan: postgres, engine: "postgres(embedded: true, path: '.pipec/pg')" },
  clickhouse: { plan: clickhouse, engine: "clickhouse(embedded: true, path: '.pipec/ch')" },
};

const now = new Date('2024-03-12T09:00:00Z');

/** A program of five datasets, some of whose parts are others. */
function shop(
  engine: string,
  parts: { readonly clean?: string; readonly daily?: string; readonly more?: string } = {},
) {
  const { clean = 'where amount > 0 |> select id, amount, note, at', daily = 'sum(amount) as revenue' } = parts;
  return `
project shop { owner: 'a@b.example', target: here }
target here { engine: ${engine} }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key, amount: decimal(12, 2), note: string?, at: timestamp }
source orders : Order from file('orders.csv') in dwh.core { invalid: quarantine }
enum kind { new, old }
type Wide { id: int64 @key, b: bool?, f: float64?, k: kind, u: uuid?, j: json?, d: date?, t: timestamp, x: bytes?, n: decimal(38, 10)? }
source wide : Wide from file('wide.csv') in dwh.core { invalid: quarantine }
table latest in dwh.core { key: [id], refresh: upsert(order: t, deletes: hard, deleted: b) } =
  from wide |> select id, t, coalesce(b, false) as b, f, k, u, j, d, x, n
table clean in dwh.core = from orders |> ${clean}
table large in dwh.core { refresh: append } = from orders |> where amount > 5 |> select id, amount
table daily in dwh.marts { refresh: batch(by: day, start: date '2024-02-20') } =
  from clean |> aggregate ${daily} group by date(at) as day
table total in dwh.marts = from daily |> aggregate sum(revenue) as revenue
${parts.more ?? 'table notes in dwh.marts { refresh: view } = from clean |> select id'}
`;
}

describe.each(Object.entries(ENGINES))('%s', (_name, { plan: target, engine }) => {
  const compiled = (
    text: string,
  ): { readonly tasks: readonly TaskPlan[]; readonly compared: Omit<Compared, 'published' | 'catalogue'> } => {
    const workspace = workspaceOf([{ path: 'shop.pipe', text }]);
    const program = workspace.program();
    if (program === null)
      throw new Error(
        workspace
          .check()
          .map(({ message }) => message)
          .join('\n'),
      );
    const { tasks } = planSelection(program, 'here', null);
    const { datasets } = planProgram(program, 'here', '0.0.0');
    return { tasks, compared: { project: 'shop', tasks, datasets, exposures: [], took: new Map(), now } };
  };
  const looked = async (folder: string, text: string) => {
    const { compared } = compiled(text);
    const place = { folder, target };
    const whole = { ...compared, ...(await targetContents(place)) };
    const changes = changesOf(whole);
    const told = changes
      .filter(({ change }) => change !== 'unchanged')
      .map(({ dataset, change }) => `${change} ${dataset}`);
    return { changes, told, digest: digestOf(changes, whole), published: whole.published };
  };
  const built = async (
    folder: string,
    text: string,
    names: readonly string[] | null,
    full = false,
    removes: readonly Removed[] = [],
  ): Promise<void> => {
    const { tasks } = compiled(text);
    const job = { ...JOB, tasks: tasks.filter(({ id }) => names === null || names.includes(id)) };
    const done = new Set(job.tasks.map(({ id }) => id));
    const wired = job.tasks.map((task) => ({ ...task, after: task.after.filter((id) => done.has(id)) }));
    const { status, errors } = await runJob({
      folder,
      project: 'shop',
      // Nothing is kept of what goes.
      target: { ...target, keep: 0 },
      job: { ...job, tasks: wired },
      full,
      changes: removes.map((removed) => ({ kind: 'remove', removed, held: false })),
      apply: { kind: 'apply', environment: null, program: '', plan: null, changes: [] },
      now,
    });
    expect({ status, errors }).toEqual({ status: 'succeeded', errors: [] });
  };

  test('what a run built is what the program says; what is built of a plan is what it said', {
    timeout: 120_000,
  }, async () => {
    const folder = folderWithEngines();
    writeFileSync(
      join(folder, 'orders.csv'),
      'id,amount,note,at\n1,5,,2024-02-21T10:00:00Z\n2,6,hi,2024-03-08T10:00:00Z\n',
    );
    writeFileSync(
      join(folder, 'wide.csv'),
      'id,b,f,k,u,j,d,t,x,n\n1,,1.5,new,,,2024-02-21,2024-02-21T10:00:00Z,,1.5\n',
    );
    const first = await looked(folder, shop(engine));
    expect(first.told).toHaveLength(8);
    expect(new Set(first.changes.map(({ change }) => change))).toEqual(new Set(['added']));
    await built(folder, shop(engine), null);
    expect((await looked(folder, shop(engine))).told).toEqual([]);

    const other = shop(engine, { clean: 'where amount > 5 |> select id, div(amount, 1, 3) as amount, at' });
    const plan = await looked(folder, other);
    expect(plan.told.sort()).toEqual([
      'changed dwh.core.clean',
      'changed dwh.marts.daily',
      'changed dwh.marts.total',
      'inherited dwh.marts.notes',
    ]);
    expect(plan.changes.find(({ dataset }) => dataset === 'dwh.core.clean')).toMatchObject({
      columns: [
        { kind: 'retyped', column: 'amount', from: 'decimal(12, 2)', type: 'decimal(13, 3)' },
        { kind: 'removed', column: 'note', type: 'string?' },
      ],
      destructive: [{ kind: 'column-removed', column: 'note', rows: 2 }],
      reaches: ['dwh.marts.daily.revenue', 'dwh.marts.total.revenue'],
    });
    await built(
      folder,
      other,
      plan.told.map((text) => text.split(' ')[1] ?? ''),
      true,
    );
    const after = await looked(folder, other);
    expect(after.told).toEqual([]);
    const moved = [...after.published].filter(([key, one]) => one.run !== plan.published.get(key)?.run);
    expect(moved.map(([, { dataset }]) => dataset).sort()).toEqual(plan.told.map((text) => text.split(' ')[1]).sort());

    // A table in intervals that is only brought up to date has rows of the code before.
    const third = shop(engine, { clean: 'where amount > 6 |> select id, div(amount, 1, 3) as amount, at' });
    await built(folder, third, null);
    expect((await looked(folder, third)).told).toEqual(['inherited dwh.marts.daily', 'inherited dwh.marts.total']);
    await built(folder, third, ['dwh.marts.daily', 'dwh.marts.total'], true);
    expect((await looked(folder, third)).told).toEqual([]);

    // What the program no longer has goes, a source with what it quarantined, and nothing of it is left.
    const clean = 'where amount > 6 |> select id, div(amount, 1, 3) as amount, at';
    const more = `source extra : Order from file('orders.csv') in dwh.core { invalid: quarantine }
table extras in dwh.marts = from extra |> select id`;
    const wider = shop(engine, { clean, more });
    expect((await looked(folder, wider)).told.sort()).toEqual([
      'added dwh.core.extra',
      'added dwh.marts.extras',
      'removed dwh.marts.notes',
    ]);
    await built(folder, wider, ['dwh.core.extra', 'dwh.marts.extras'], true);
    await built(folder, wider, ['dwh.marts.extras'], true);
    const narrow = shop(engine, { clean, more: '' });
    const without = await looked(folder, narrow);
    expect(without.told).toEqual(['removed dwh.marts.notes', 'removed dwh.marts.extras', 'removed dwh.core.extra']);
    expect(without.digest).not.toBe(after.digest);
    await built(folder, narrow, [], true, removedBy(without.changes, without));
    expect((await looked(folder, narrow)).told).toEqual([]);
    const left = [...(await targetContents({ folder, target })).catalogue.keys()].filter((name) =>
      /extra|notes/.test(name),
    );
    expect(left).toEqual([]);
  });
});

const JOB = {
  name: 'all',
  doc: null,
  schedule: null,
  catchup: false,
  retries: 0,
  backoff: { kind: 'fixed', initialMs: 1, maxMs: 1 },
  timeoutMs: null,
  concurrency: 2,
  waitsFor: [],
} as const;
