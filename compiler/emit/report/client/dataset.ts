/** The page of one dataset: where it stands, what it holds, how it is made. */
import type { PageDataset, Preview } from '../input.ts';
import { chartOf } from './chart.ts';
import { type Child, elapsed, grouped, h, schemaOf, shortName } from './dom.ts';
import { lineagePath } from './path.ts';
import { columnLink } from './routes.ts';
import { sqlText } from './sql.ts';
import { table } from './table.ts';

export function datasetPage(dataset: PageDataset, column: string | null): Child[] {
  const { preview, sql } = dataset;
  const chart = chartOf(dataset.name);
  return [
    head(dataset),
    section(
      'Lineage',
      column === null
        ? 'Click a column for its path, up and down.'
        : `The path of ${column}: solid where its values come from and go to, dashed what only decides over them.`,
      lineagePath(dataset, column),
    ),
    chart === null ? null : section('Chart', null, h('div.card.chart', {}, chart)),
    section('Columns', null, columnTable(dataset, column)),
    checks(dataset),
    quarantine(dataset),
    preview === null ? null : section('Rows', `The first ${preview.rows.length}.`, rowTable(dataset, preview)),
    sql === null ? null : section('SQL', null, h('pre', { tabindex: 0 }, sqlText(sql))),
  ];
}

function section(title: string, about: string | null, ...children: readonly Child[]): HTMLElement {
  return h('section', {}, h('h2', {}, title, about === null ? null : h('small', {}, about)), children);
}

function head(dataset: PageDataset): HTMLElement {
  const { task } = dataset;
  const facts = [
    dataset.deferred === null ? dataset.kind : `read from ${dataset.deferred}`,
    dataset.layer === null ? null : `layer ${dataset.layer}`,
    `${dataset.at.file}:${dataset.at.line}`,
    dataset.job === null ? null : `job ${dataset.job}`,
    dataset.owner,
    dataset.key.length === 0 ? null : `key ${dataset.key.join(', ')}`,
    task?.rows == null ? null : `${grouped(task.rows)} rows`,
    task?.status === 'done' ? elapsed(task.ms) : task?.status === 'unchanged' ? task.status : null,
  ].filter((fact) => fact !== null);
  return h(
    'header.dataset',
    {},
    h('p.schema', {}, schemaOf(dataset.name)),
    h('h1', { tabindex: -1 }, shortName(dataset.name)),
    dataset.doc === null ? null : h('p.doc', {}, dataset.doc),
    h(
      'p.meta',
      {},
      facts.map((fact) => h('span', {}, fact)),
    ),
    task === null || task.status === 'done' || task.status === 'unchanged'
      ? null
      : h('p.failure', {}, task.error === null ? task.status : `${task.status}: ${task.error}`),
  );
}

function columnTable(dataset: PageDataset, chosen: string | null): HTMLElement {
  const origins = (name: string): Child => {
    const from = dataset.lineage.find(({ column }) => column === name)?.from ?? [];
    const direct = from.filter(({ kind }) => kind === 'direct');
    return direct.map((origin, i) => [
      i === 0 ? '' : ', ',
      h('a', { href: columnLink(origin.dataset, origin.column) }, `${shortName(origin.dataset)}.${origin.column}`),
    ]);
  };
  return table(
    [{ name: 'column' }, { name: 'type' }, { name: 'values from' }, { name: 'about' }],
    dataset.columns.map((column) => ({
      chosen: column.name === chosen,
      cells: [
        h('a', { href: columnLink(dataset.name, column.name) }, column.name),
        h('code', {}, `${column.type}${column.nullable ? '?' : ''}`),
        h('span', {}, origins(column.name)),
        h('span.doc', {}, [dataset.key.includes(column.name) ? 'Key. ' : '', column.doc ?? '']),
      ],
    })),
  );
}

function checks(dataset: PageDataset): Child {
  if (dataset.checks.length === 0) return null;
  const results = dataset.task?.checks ?? [];
  return section(
    'Checks',
    null,
    h(
      'ul.checks',
      {},
      dataset.checks.map(({ text, severity }) => {
        const result = results.find((candidate) => candidate.text === text);
        const state = result === undefined ? 'planned' : result.passed ? 'good' : severity === 'warn' ? 'warn' : 'bad';
        const words = { planned: '·', good: '✓', warn: '!', bad: '✗' } as const;
        const failing = result?.passed === false && result.failing !== null ? ` ${grouped(result.failing)}` : '';
        return h('li', {}, h(`b.${state}`, {}, words[state]), h('code', {}, text), h('small', {}, failing));
      }),
    ),
  );
}

function quarantine(dataset: PageDataset): Child {
  const load = dataset.task?.load;
  if (load == null) return null;
  return section(
    'Contract',
    `${grouped(load.read)} rows read, ${grouped(load.accepted)} accepted, ${grouped(load.quarantined)} in quarantine.`,
    load.reasons.length === 0
      ? null
      : table(
          [{ name: 'why' }, { name: 'rows', numeric: true }],
          load.reasons.map(({ reason, rows }) => ({ cells: [reason, grouped(rows)] })),
        ),
  );
}

function rowTable(dataset: PageDataset, preview: Preview): HTMLElement {
  const types = new Map(dataset.columns.map((column) => [column.name, column.type]));
  const heads = preview.columns.map((name) => ({
    name,
    numeric: /^(int64|float64|decimal)/.test(types.get(name) ?? ''),
  }));
  return table(
    heads,
    preview.rows.map((row) => ({ cells: row.map((cell) => (cell === null ? h('i.null', {}, 'null') : cell)) })),
  );
}
