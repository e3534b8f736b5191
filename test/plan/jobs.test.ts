/** What each job builds, what it waits for, and in which order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plan } from '../../runtime/plan.ts';
import { HEAD, planOf } from './support.ts';

const DATASETS = `
table staged in dwh.core = from orders
table customers in dwh.core = from staged |> aggregate sum(amount) as amount group by customer
table big in dwh.marts = from customers |> where amount > 100
table small in dwh.marts = from customers |> where amount <= 100
`;

const told = (plan: Plan): Record<string, string> =>
  Object.fromEntries(
    plan.jobs.map((job) => [
      job.name,
      `${job.tasks.map((task) => task.id).join(' ')}${job.waitsFor.length === 0 ? '' : ` | ${job.waitsFor.join(' ')}`}`,
    ]),
  );

test('a job builds what it selects and the upstream that no other job selects', () => {
  expect(told(planOf(`${HEAD}${DATASETS}job one { builds: [big] }`))).toEqual({
    one: 'raw.orders dwh.core.staged dwh.core.customers dwh.marts.big',
  });
});

test('it waits for what another job selects, and leaves what lies above that to the other', () => {
  expect(told(planOf(`${HEAD}${DATASETS}job load { builds: [staged] } job one { builds: [big] }`))).toEqual({
    load: 'raw.orders dwh.core.staged',
    one: 'dwh.core.customers dwh.marts.big | dwh.core.staged',
  });
});

test('every task stands after what it reads, once, for any graph and any jobs', () => {
  const graph = fc.array(fc.uniqueArray(fc.nat(20), { maxLength: 3 }), { minLength: 2, maxLength: 12 });
  const jobs = fc.array(fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(graph, jobs, (reads, selections) => {
      const parents = reads.map((list, i) => [...new Set(list.filter(() => i > 0).map((read) => read % i))]);
      const tables = parents.map((list, i) => {
        const [first, ...more] = list.map((read) => `t${read}`);
        const joins = more.map((name) => ` |> join ${name} using (id)`).join('');
        return `table t${i} in dwh.core = from ${first ?? 'orders'}${joins} |> select id`;
      });
      // Deterministic, but not in the order of the names.
      const text = [...tables].sort((a, b) => a.length - b.length || (a < b ? 1 : -1)).join('\n');
      const asked = selections.map(
        (list, i) => `job j${i} { builds: [${[...new Set(list.map((n) => `t${n % reads.length}`))].join(', ')}] }`,
      );
      const plan = planOf(HEAD, text, asked.join('\n'));
      const nameOf = (n: number): string => `dwh.core.t${n % reads.length}`;
      for (const job of plan.jobs) {
        const seen = new Set<string>();
        for (const task of job.tasks) {
          const wanted = plan.datasets.find((dataset) => dataset.name === task.id)?.reads ?? [];
          for (const read of wanted) expect(seen.has(read) || job.waitsFor.includes(read)).toBe(true);
          expect([...task.after].sort()).toEqual(wanted.filter((read) => seen.has(read)).sort());
          expect(seen.has(task.id)).toBe(false);
          seen.add(task.id);
        }
        // It builds what it selects, and all above that as far as nobody else selects it.
        const own = new Set(selections[Number(job.name.slice(1))]?.map(nameOf));
        for (const name of own) expect(seen.has(name)).toBe(true);
        for (const name of seen) expect(own.has(name) || !selections.flat().map(nameOf).includes(name)).toBe(true);
        for (const name of job.waitsFor) expect(own.has(name) || seen.has(name)).toBe(false);
      }
    }),
    { numRuns: 40 },
  );
});
