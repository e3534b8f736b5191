import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outlineProgram, planProgram, planSelection } from '../../compiler/plan/plan.ts';
import type { Tag } from '../../compiler/relational/types.ts';
import type { ConfigValue, ConnectorUse, DatasetModel, Program } from '../../compiler/semantics/model.ts';
import { program } from '../support/program.ts';
import { col, fn, int, where } from '../support/rel.ts';

const change = (name: string, change: (dataset: DatasetModel) => Partial<DatasetModel>): Program => {
  const base = program();
  return {
    ...base,
    datasets: base.datasets.map((dataset) => (dataset.name === name ? { ...dataset, ...change(dataset) } : dataset)),
  };
};
const fingerprints = (of: Program): Readonly<Record<string, string>> =>
  Object.fromEntries(planSelection(of, 'local', null).tasks.map((task) => [task.id, task.step.into.fingerprint]));

test('the whole plan', async () => {
  await expect(`${JSON.stringify(planProgram(program(), 'local', '0.0.0'), null, 2)}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, '../fixtures/plan/flights.json'),
  );
});

test('the same program gives the same plan, byte for byte', () => {
  expect(JSON.stringify(planProgram(program(), 'local', '1'))).toBe(
    JSON.stringify(planProgram(program(), 'local', '1')),
  );
});

test('an outline says what the whole step says, in the same order', () => {
  const grows = change('dwh.core.flown', () => ({ refresh: { kind: 'view' } }));
  for (const each of [program(), grows]) {
    const whole = planSelection(each, 'local', null).tasks;
    const outline = outlineProgram(each, 'local');
    expect(outline.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
    for (const [index, { step }] of outline.entries()) expect(whole[index]?.step).toMatchObject(step);
  }
});

test('a task stands after what it waits for, a dataset that its checks refer to included', () => {
  const [job] = planProgram(program(), 'local', '1').jobs;
  const seen = new Set<string>();
  for (const task of job?.tasks ?? []) {
    for (const name of task.after) expect(seen).toContain(name);
    seen.add(task.id);
  }
  expect(job?.tasks.find((task) => task.id === 'dwh.core.flown')?.after).toEqual(['raw.flights', 'raw.airports']);
});

test('datasets that refer to each other are still built in an order', () => {
  const both = change('dwh.marts.by_origin', (dataset) => ({
    checks: [
      ...dataset.checks,
      {
        text: 'x',
        severity: 'error',
        at: dataset.at,
        test: { kind: 'references', column: 'origin', dataset: 'dwh.marts.busy', otherColumn: 'origin' },
      },
    ],
  }));
  expect(planSelection(both, 'local', null).tasks.find((task) => task.id === 'dwh.marts.by_origin')?.after).toEqual([
    'dwh.core.flown',
  ]);
});

test('a selection builds what is named and nothing else', () => {
  const tasks = planSelection(program(), 'local', ['dwh.marts.by_origin', 'dwh.core.flown']).tasks;
  expect(tasks.map((task) => [task.id, task.after])).toEqual([
    ['dwh.core.flown', []],
    ['dwh.marts.by_origin', ['dwh.core.flown']],
  ]);
});

test('a fingerprint changes with the meaning of its own dataset only', () => {
  const before = fingerprints(program());
  const after = fingerprints(
    change('dwh.core.flown', (dataset) =>
      dataset.rel === null ? {} : { rel: where(dataset.rel, fn('greater', col(dataset.rel, 'distance'), int(10))) },
    ),
  );
  expect(after['dwh.core.flown']).not.toBe(before['dwh.core.flown']);
  expect({ ...after, 'dwh.core.flown': '' }).toEqual({ ...before, 'dwh.core.flown': '' });
});

test('a fingerprint does not change with docs, positions, checks or columns upstream that nobody reads', () => {
  const before = fingerprints(program());
  expect(
    fingerprints(
      change('dwh.core.flown', () => ({ doc: 'Other words', at: { file: 'b.pipe', line: 99 }, checks: [] })),
    ),
  ).toEqual(before);
  const wider = change('dwh.marts.by_origin', (dataset) => {
    const rel = dataset.rel;
    if (rel?.kind !== 'aggregate' || rel.input.kind !== 'scan') throw new Error('the fixture has changed');
    const [first] = rel.input.columns;
    if (first === undefined) throw new Error('the fixture has changed');
    const input = {
      ...rel.input,
      source: ['fresh', ...rel.input.source],
      columns: [{ ...first, id: 999, name: 'fresh' }, ...rel.input.columns],
    };
    return { rel: { ...rel, input } };
  });
  expect(fingerprints(wider)).toEqual(before);
});

test('two stores with a schema of one name do not share a view', () => {
  const base = program();
  const [flights] = base.datasets;
  if (flights === undefined) throw new Error('the fixture has changed');
  const more = {
    ...base,
    datasets: [
      ...base.datasets,
      { ...flights, name: 'lake.raw.flights', store: 'lake', schema: 'raw', table: 'flights' },
    ],
  };
  expect(
    planSelection(more, 'local', null).tasks.map((task) => `${task.step.into.schema}.${task.step.into.name}`),
  ).toEqual(expect.arrayContaining(['raw_raw.flights', 'lake_raw.flights']));
});

test('inputs are what decides rows and checks; the clock is more than datasets', () => {
  const inputs = (of: Program, name: string) =>
    planSelection(of, 'local', [name]).tasks.find((task) => task.id === name)?.inputs;
  expect(inputs(program(), 'raw.flights')).toEqual([]);
  expect(inputs(program(), 'dwh.core.flown')).toEqual(['raw.airports', 'raw.flights']);
  const check = (test: DatasetModel['checks'][number]['test']) =>
    change('dwh.core.flown', ({ at }) => ({ checks: [{ text: 'x', severity: 'warn', at, test }] }));
  expect(inputs(check({ kind: 'unique', columns: ['origin'] }), 'dwh.core.flown')).toEqual(['raw.flights']);
  expect(inputs(check({ kind: 'fresh', column: 'origin', withinMs: 1 }), 'dwh.core.flown')).toBeNull();
  const late = { ...int(1), kind: 'call', fn: 'now', args: [] } as const;
  expect(
    inputs(check({ kind: 'rows-hold', condition: fn('less', int(1), late), mostly: 1 }), 'dwh.core.flown'),
  ).toBeNull();
  const asks = change('dwh.core.flown', ({ rel }) => ({
    rel: rel === null ? null : where(rel, fn('less', int(1), late)),
  }));
  expect(inputs(asks, 'dwh.core.flown')).toBeNull();
});

test('files that a target puts in place of a connection are read', () => {
  const bus = { kind: 'call', name: 'files', args: [], named: { folder: { kind: 'text', value: 'samples' } } } as const;
  const readFrom = (use: ConnectorUse): unknown => {
    const base = change('raw.flights', ({ source }) => ({ source: source === null ? null : { ...source, use } }));
    const targets = base.targets.map((target) => ({ ...target, replaced: { bus } }));
    const [task] = planSelection({ ...base, targets }, 'local', ['raw.flights']).tasks;
    const step = task?.step;
    return step?.kind === 'load' && step.from.kind === 'file' ? [step.from.path, step.from.format] : null;
  };
  const text = (value: string): ConfigValue => ({ kind: 'text', value });
  expect(readFrom({ connector: 'kafka', args: { topic: text('1c.orders') }, connection: 'bus' })).toEqual([
    ['samples', '1c.orders.json'],
    'json',
  ]);
  expect(readFrom({ connector: 'http', args: { url: text('/rates') }, connection: 'bus' })).toEqual([
    ['samples', 'flights.json'],
    'json',
  ]);
  expect(
    readFrom({ connector: 'file', args: { folder: text('data'), path: text('a.csv') }, connection: 'bus' }),
  ).toEqual([['samples', 'a.csv'], 'csv']);
});

test('samples of rows that break a check show no personal data', () => {
  const base = program();
  const checked = base.datasets.find(({ checks }) => checks.length > 0);
  const [first, ...others] = checked?.row.columns ?? [];
  if (checked === undefined || first === undefined) throw new Error('no dataset has checks');
  const samples = (tags: readonly Tag[]): readonly string[] => {
    const at = checked.at;
    const marked = change(checked.name, () => ({
      row: { ...checked.row, columns: [{ ...first, tags }, ...others] },
      checks: [
        { text: 'x', severity: 'error', at, test: { kind: 'not-null', columns: [first.name] } },
        { text: 'y', severity: 'error', at, test: { kind: 'unique', columns: [first.name] } },
      ],
    }));
    const step = planSelection(marked, 'local', [checked.name]).tasks[0]?.step;
    return (step?.audit?.checks ?? []).flatMap(({ sample }) => sample ?? []);
  };
  const masked = `CASE WHEN this."${first.name}" IS NOT NULL THEN '***' END AS "${first.name}"`;
  const [missing = '', repeated = ''] = samples([{ name: 'pii', value: 'email' }]);
  expect(missing).toContain(`SELECT ${masked}, this."${others[0]?.name}"`);
  expect(repeated).toContain(`SELECT ${masked.replaceAll('this.', 'repeated.')}, repeated."repeats" FROM (`);
  expect(samples([]).join('\n')).not.toContain('***');
});

test('how many versions are kept is said where the target says it', () => {
  const base = program();
  const targets = base.targets.map((target) => ({ ...target, keep: 5 }));
  expect(planProgram(base, 'local', '1').target).not.toHaveProperty('keep');
  expect(planProgram({ ...base, targets }, 'local', '1').target.keep).toBe(5);
});
