/**
 * Tables that follow a log: after any sequence of runs their rows are those of a full build over all that has landed, on every
 * engine. A random story of a shop: files come, also late ones, change and go; rows break the contract, keys come again, in
 * files that came before as well; deletes come before what they delete; a check fails and is mended; the program changes.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planProgram, planSelection } from '../../compiler/plan/plan.ts';
import type { Program } from '../../compiler/semantics/model.ts';
import type { RunEvent } from '../../runtime/events.ts';
import { runJob } from '../../runtime/run.ts';
import { programOf, runFlights as runProgram } from '../support/flights.ts';
import { projectFolder } from '../support/plans.ts';
import { folderWithEngines } from './targets.ts';

/** Where the log is kept: in the target, or in files of a lake. */
const HOMES = {
  warehouse: 'in dwh.core { invalid: quarantine }',
  lake: 'in raw { invalid: quarantine }',
} as const;
type Home = keyof typeof HOMES;

const text = (
  engine: string,
  more = '',
  home: Home = 'warehouse',
): string => `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
store raw : lake { path: 'lake', owner: 'dwh@shop.example', retention: 7y }
type Change {
  change_id:   int64     @key
  part:        string    @key
  order_id:    int64
  customer_id: int64
  amount:      decimal(12, 2)
  status:      string
  changed_at:  timestamp
  is_deleted:  bool
  expect amount >= 0
}
type Customer { customer_id: int64 @key, country: string }
source changes : Change from file('changes/*.csv') ${HOMES[home]}
source customers : Customer from file('customers.csv') in dwh.core
/// What happened, with the country as it was when it came.
table history in dwh.core {
  refresh: append
  checks { expect amount < 1_000_000 }
} =
  with c as (from changes |> where amount > 1)
  from c
  |> left join customers as k on c.customer_id = k.customer_id
  |> select c.change_id, c.part, c.order_id, c.amount${more} as amount, c.status, k.country, c.changed_at, c.is_deleted
table words in dwh.core { refresh: append } =
  from history |> where status <> 'new' |> extend cast(order_id as string) as text |> select change_id, part, text
table orders_hard in dwh.marts { key: order_id, refresh: upsert(order: changed_at, deletes: hard, deleted: is_deleted) } =
  from changes |> select order_id, change_id, amount, status, changed_at, is_deleted
table orders_soft in dwh.marts { key: [order_id], refresh: upsert(order: [changed_at], deletes: soft, deleted: is_deleted) } =
  from changes |> select order_id, change_id, amount, changed_at, is_deleted
table orders_known in dwh.marts { key: order_id, refresh: upsert(order: changed_at, deletes: ignore, deleted: is_deleted) } =
  from history |> select order_id, change_id, country, changed_at, is_deleted
table pairs in dwh.marts { key: [customer_id, status], refresh: upsert(order: [amount, changed_at]) } =
  from changes |> select customer_id, status, change_id, amount, changed_at
table total in dwh.marts = from orders_hard |> aggregate count() as orders, coalesce(sum(change_id), 0) as changes
job nightly { builds: [changes, dwh.core.*, dwh.marts.*] }
`;

interface Change {
  readonly id: number;
  readonly part: string;
  readonly order: number;
  readonly customer: number;
  readonly cents: number;
  readonly status: string;
  readonly at: number;
  readonly deleted: boolean;
}
interface File {
  readonly name: string;
  rows: readonly Change[];
}

const money = (cents: number): string => (cents / 100).toFixed(2);
const time = (at: number): string => new Date(at).toISOString();

/** What a full build over the files makes, in the order in which they came. */
class Oracle {
  /** Country of a change as it was when the change came, as long as nothing is made anew. */
  readonly #countries = new Map<string, string | null>();

  forget(): void {
    this.#countries.clear();
  }

  /** Is asked after each run in which the tables were built. */
  tables(files: readonly File[], customers: ReadonlyMap<number, string>) {
    const seen = new Set<string>();
    const accepted: Change[] = [];
    let rejected = 0;
    for (const change of files.flatMap(({ rows }) => rows)) {
      const key = `${change.id} ${change.part}`;
      if (change.cents < 0 || seen.has(key)) rejected += 1;
      else {
        seen.add(key);
        accepted.push(change);
      }
    }
    const history = accepted
      .filter(({ cents }) => cents > 100)
      .map((change) => {
        const key = `${change.id} ${change.part}`;
        if (!this.#countries.has(key)) this.#countries.set(key, customers.get(change.customer) ?? null);
        return { ...change, country: this.#countries.get(key) ?? null };
      });
    const latest = <C extends Change>(
      changes: readonly C[],
      key: (change: C) => string,
      order: (change: C) => number[],
    ) => {
      const kept = new Map<string, C>();
      for (const change of changes) {
        const before = kept.get(key(change));
        if (before === undefined || compare(order(change), order(before)) >= 0) kept.set(key(change), change);
      }
      return [...kept.values()];
    };
    const byOrder = latest(
      accepted,
      ({ order }) => String(order),
      ({ at }) => [at],
    );
    const hard = byOrder.filter(({ deleted }) => !deleted);
    const known = latest(
      history.filter(({ deleted }) => !deleted),
      ({ order }) => String(order),
      ({ at }) => [at],
    );
    const pairs = latest(
      accepted,
      ({ customer, status }) => `${customer} ${status}`,
      ({ cents, at }) => [cents, at],
    );
    const lines = (rows: readonly unknown[][]): string[] => rows.map((row) => row.join('|')).sort();
    return {
      rejected,
      'dwh.core.changes': lines(accepted.map(({ id, part }) => [id, part])),
      'dwh.core.history': lines(history.map(({ id, part, cents, country }) => [id, part, money(cents), country ?? ''])),
      'dwh.core.words': lines(
        history.filter(({ status }) => status !== 'new').map(({ id, part, order }) => [id, part, order]),
      ),
      'dwh.marts.orders_hard': lines(hard.map(({ order, id, cents, status }) => [order, id, money(cents), status])),
      'dwh.marts.orders_soft': lines(byOrder.map(({ order, id, deleted }) => [order, id, deleted])),
      'dwh.marts.orders_known': lines(known.map(({ order, id, country }) => [order, id, country ?? ''])),
      'dwh.marts.pairs': lines(pairs.map(({ customer, status, id }) => [customer, status, id])),
      'dwh.marts.total': lines([[hard.length, hard.reduce((sum, { id }) => sum + id, 0)]]),
    };
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - (b[i] ?? 0);
  return 0;
}

type Tables = ReturnType<Oracle['tables']>;

/** Positions of the columns that the oracle speaks of. */
const COLUMNS: Readonly<Record<string, readonly number[]>> = {
  'dwh.core.changes': [0, 1],
  'dwh.core.history': [0, 1, 3, 5],
  'dwh.core.words': [0, 1, 2],
  'dwh.marts.orders_hard': [0, 1, 2, 3],
  'dwh.marts.orders_soft': [0, 1, 4],
  'dwh.marts.orders_known': [0, 1, 2],
  'dwh.marts.pairs': [0, 1, 2],
  'dwh.marts.total': [0, 1],
};

/** What is of the log, under one name. */
function named<T>(of: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name.replace(/^raw\./, 'dwh.core.'), value]));
}

function told(found: Readonly<Record<string, readonly string[]>>): Tables {
  const rows = named(found);
  const tables = Object.entries(COLUMNS).map(([name, columns]) => {
    const lines = (rows[name] ?? []).map((row) => {
      const cells = JSON.parse(row) as unknown[];
      return columns
        .map((i) =>
          name === 'dwh.core.history' && i === 3
            ? Number(cells[i]).toFixed(2)
            : name === 'dwh.marts.orders_hard' && i === 2
              ? Number(cells[i]).toFixed(2)
              : (cells[i] ?? ''),
        )
        .join('|');
    });
    return [name, lines.sort()] as const;
  });
  return { rejected: rows['dwh.core.changes --failed']?.length ?? 0, ...Object.fromEntries(tables) } as Tables;
}

/** A generator of numbers in [0, below), the same for a seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ENGINES = {
  duckdb: "duckdb(path: '.pipec/shop.duckdb')",
  postgres: 'postgres(embedded: true)',
  clickhouse: 'clickhouse(embedded: true)',
};

type Story = readonly [seed: number, home: Home];
/** The embedded servers take a second for each run: a story of each kind. */
const STORIES: readonly Story[] = [
  [1, 'warehouse'],
  [3, 'lake'],
];
const MORE: readonly Story[] = [
  [2, 'warehouse'],
  [4, 'lake'],
];

describe.each(Object.entries(ENGINES))('%s', (kind, engine) => {
  test.each(kind === 'duckdb' ? [...STORIES, ...MORE] : STORIES)(
    'rows are those of a full build over what has landed, whatever has happened (story %i, in a %s)',
    async (seed, home) => {
      const usual = programOf([{ path: 'project.pipe', text: text(engine, '', home) }]);
      const changed = programOf([{ path: 'project.pipe', text: text(engine, ' + 0', home) }]);
      const folder = folderWithEngines();
      mkdirSync(join(folder, 'changes'));
      const random = numbers(seed);
      const oracle = new Oracle();
      const customers = new Map([1, 2, 3].map((id) => [id, 'DE']));
      /** In the order in which they came. */
      let files: File[] = [];
      let id = 0;
      let written = '';
      const at = (): number => Date.parse('2024-03-01T00:00:00Z') + random(30) * 3_600_000;
      const change = (): Change => {
        id += 1;
        return {
          id,
          part: ['a', 'ß'][random(2)] ?? '',
          order: random(12),
          customer: 1 + random(4),
          cents: random(12) === 0 ? -5 : random(30_000),
          status: ['new', 'paid', 'sent'][random(3)] ?? '',
          at: at(),
          deleted: random(4) === 0,
        };
      };
      const put = (file: File): void => {
        const lines = file.rows.map((row) =>
          [row.id, row.part, row.order, row.customer, money(row.cents), row.status, time(row.at), row.deleted].join(
            ',',
          ),
        );
        const head = 'change_id,part,order_id,customer_id,amount,status,changed_at,is_deleted';
        writeFileSync(join(folder, 'changes', file.name), `${[head, ...lines].join('\n')}\n`);
      };
      const come = (name: string, count = 6): File => {
        const again = files.flatMap(({ rows }) => rows);
        const rows = Array.from({ length: count }, change);
        // A key that is there already, with other values.
        const first = again[random(Math.max(1, again.length))];
        if (first !== undefined) rows.splice(random(rows.length), 0, { ...change(), id: first.id, part: first.part });
        const file = { name, rows };
        files.push(file);
        put(file);
        return file;
      };
      const run = async (program: Program, more: { readonly full?: boolean } = {}) => {
        const lines = [...customers].map(([key, country]) => `${key},${country}`);
        const csv = `${['customer_id,country', ...lines].join('\n')}\n`;
        if (csv !== written) writeFileSync(join(folder, 'customers.csv'), csv);
        written = csv;
        const outcome = await runProgram(folder, program, more);
        return { ...outcome, tasks: named(outcome.tasks) };
      };
      const check = (outcome: Awaited<ReturnType<typeof run>>): void => {
        expect([outcome.status, outcome.tasks]).toEqual(['succeeded', expect.anything()]);
        expect(told(outcome.rows)).toEqual(oracle.tables(files, customers));
      };
      const read = (outcome: Awaited<ReturnType<typeof run>>): unknown => {
        const [, load] = outcome.tasks['dwh.core.changes'] as [unknown, { read: number } | null];
        return load?.read;
      };

      for (const day of [1, 2, 3]) come(`2024-03-0${day}.csv`);
      check(await run(usual));
      // Nothing has come.
      const idle = await run(usual);
      expect([idle.tasks['dwh.core.changes'], idle.tasks['dwh.core.history']]).toEqual(['unchanged', 'unchanged']);

      for (let step = 0; step < 3; step += 1) {
        if (random(2) === 0) customers.set(1 + random(4), ['FR', 'PL', 'ß'][random(3)] ?? '');
        // Names say nothing of the order in which files come; of those that come together they do.
        const came = [come(`2024-03-1${step}.csv`), ...(random(2) === 0 ? [come(`2024-03-1${step}b.csv`, 3)] : [])];
        const late = random(2) === 0 ? [come(`2024-02-0${step}.csv`, 3)] : [];
        if (late.length > 0) files = [...files.slice(0, -came.length - 1), ...late, ...came];
        const outcome = await run(usual);
        check(outcome);
        expect(read(outcome)).toBe([...late, ...came].reduce((sum, { rows }) => sum + rows.length, 0));
      }

      // What breaks a check is not in, nor what comes after it, until it is mended: everything is read again.
      const file = come('2024-04-01.csv');
      const good = file.rows;
      const before = oracle.tables(files.slice(0, -1), customers);
      file.rows = [...good, { ...change(), cents: 200_000_000, customer: 4 }];
      put(file);
      const failed = await run(usual);
      expect([failed.status, failed.tasks['dwh.core.history']]).toEqual(['failed', 'checks-failed']);
      for (const name of ['dwh.core.history', 'dwh.core.words', 'dwh.marts.orders_known'] as const)
        expect(told(failed.rows)[name]).toEqual(before[name]);
      come('2024-04-02.csv', 2);
      expect((await run(usual)).tasks['dwh.core.history']).toBe('checks-failed');
      file.rows = good;
      put(file);
      oracle.forget();
      check(await run(usual));

      // A file that goes takes its rows along.
      const [, gone] = files;
      if (gone !== undefined) rmSync(join(folder, 'changes', gone.name));
      files = files.filter((one) => one !== gone);
      oracle.forget();
      check(await run(usual));

      // Other code makes its table anew, and what follows it; with other countries, as of now. So does `--full`.
      customers.set(1, 'IT');
      come('2024-04-03.csv', 3);
      oracle.forget();
      check(await run(changed));
      come('2024-01-01.csv', 3);
      check(await run(changed));
      customers.set(2, 'IT');
      oracle.forget();
      check(await run(changed, { full: true }));
      come('2024-04-05.csv', 3);
      check(await run(changed));
    },
    180_000,
  );
});

test('a log that was built before anything followed it is built again first', async () => {
  const folder = projectFolder();
  mkdirSync(join(folder, 'changes'));
  const rows = ['1,a,1,1,5.00,new,2024-03-01T00:00:00Z,false', '2,a,1,1,6.00,new,2024-03-02T00:00:00Z,false'];
  const head = 'change_id,part,order_id,customer_id,amount,status,changed_at,is_deleted';
  writeFileSync(join(folder, 'changes', '1.csv'), `${[head, ...rows].join('\n')}\n`);
  writeFileSync(join(folder, 'customers.csv'), 'customer_id,country\n1,DE\n');
  const following = text(ENGINES.duckdb);
  const whole = programOf([
    {
      path: 'project.pipe',
      text: following
        .replaceAll(/refresh: (append|upsert\(.*\)) }/g, 'refresh: full }')
        .replace('refresh: append', 'refresh: full')
        .replaceAll('key: order_id, ', '')
        .replaceAll('key: [order_id], ', '')
        .replaceAll('key: [customer_id, status], ', ''),
    },
  ]);
  expect((await runProgram(folder, whole)).status).toBe('succeeded');
  const program = programOf([{ path: 'project.pipe', text: following }]);
  const { project, target } = planProgram(program, 'local', '0.0.0');
  const alone = async (...names: string[]): Promise<string[]> => {
    const codes: string[] = [];
    const job = planSelection(program, 'local', names);
    const listeners = [
      (event: RunEvent) => {
        if (event.event === 'task.failed') codes.push(event.error.code);
      },
    ];
    await runJob({ folder, project, target, job, listeners });
    return codes;
  };
  expect(await alone('dwh.core.history')).toEqual(['log-missing']);
  expect(await alone('dwh.core.changes', 'dwh.core.history')).toEqual([]);
  expect(await alone('dwh.core.history')).toEqual([]);
});

test('a log in a lake goes on where the project was moved, and is made anew where its database was lost', async () => {
  const first = projectFolder();
  const program = programOf([
    {
      path: 'project.pipe',
      text: `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${ENGINES.duckdb} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }
store raw : lake { path: 'lake', owner: 'dwh@shop.example', retention: 7y }
type Item { id: int64 @key, note: string }
source items : Item from file('items/*.csv') in raw { invalid: quarantine }
table seen in dwh.core { refresh: append } = from items |> where note <> 'no' |> select id
job all { builds: [items, seen] }
`,
    },
  ]);
  const come = (folder: string, name: string, ...rows: readonly string[]): void => {
    mkdirSync(join(folder, 'items'), { recursive: true });
    writeFileSync(join(folder, 'items', name), `${['id,note', ...rows].join('\n')}\n`);
  };
  const run = async (folder: string): Promise<readonly unknown[]> => {
    const { status, tasks, rows } = await runProgram(folder, program);
    const [, load] = (Array.isArray(tasks['raw.items']) ? tasks['raw.items'] : []) as [unknown, { read: number }?];
    const parts = readdirSync(join(folder, 'lake/items'), { recursive: true }).filter((name) =>
      String(name).endsWith('.parquet'),
    );
    return [status, load?.read, parts.length, rows['raw.items'], rows['dwh.core.seen']];
  };
  const items = ['["1","a"]', '["2","b"]'];
  come(first, '1.csv', '1,a');
  expect(await run(first)).toEqual(['succeeded', 1, 1, items.slice(0, 1), ['["1"]']]);
  // Its files are those of the version before, by links, and one more.
  come(first, '2.csv', '2,b', '1,again');
  expect(await run(first)).toEqual(['succeeded', 2, 3, items, ['["1"]', '["2"]']]);

  const second = `${first}_moved`;
  renameSync(first, second);
  // Its files are others by their place, so that they are read again.
  expect(await run(second)).toEqual(['succeeded', 3, 4, items, ['["1"]', '["2"]']]);
  come(second, '3.csv', '3,no', '4,d');
  const more = [...items, '["3","no"]', '["4","d"]'];
  expect(await run(second)).toEqual(['succeeded', 2, 6, more, ['["1"]', '["2"]', '["4"]']]);

  rmSync(join(second, '.pipec'), { recursive: true });
  const [status, read, , landed, seen] = await run(second);
  expect([status, read, landed, seen]).toEqual(['succeeded', 5, more, ['["1"]', '["2"]', '["4"]']]);
  rmSync(second, { recursive: true });
});
