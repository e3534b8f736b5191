/** What is known of a dataset: parts that its page shows one below the other, and a task beside a run as tabs. */
import type { DatasetAnswer, StatusAnswer } from '../../../../runtime/web/api.ts';
import { type Child, grouped, h, schemaOf, shortName } from '../../report/client/dom.ts';
import { sqlText } from '../../report/client/sql.ts';
import { actionButton, mayNot } from './acting.ts';
import { intervalCalendar } from './calendar.ts';
import { drawnGraph } from './graph.ts';
import { later, rowTable, section, table } from './parts.ts';
import { linkTo, linkToRun } from './routes.ts';
import { ask } from './server.ts';
import { countText, farText, momentText } from './words.ts';

type Check = DatasetAnswer['found'][number];

export function datasetPage(dataset: DatasetAnswer): Child {
  const status = ask.status(dataset.dataset);
  return [
    head(dataset),
    later(status.then((answer) => standing(answer))),
    later(status.then((answer) => intervalPart(answer, dataset.dataset))),
    section('Lineage', null, neighbours(dataset)),
    checkPart(dataset, dataset.found),
    dataset.kind === 'source' ? section('Quarantine', null, quarantined(dataset.dataset)) : null,
    section('Columns', null, columns(dataset)),
    dataset.sql === null ? null : section('SQL', null, sqlPart(dataset)),
  ];
}

function head(dataset: DatasetAnswer): HTMLElement {
  const facts = [
    h('span', {}, dataset.kind),
    dataset.layer === null ? null : h('span', {}, `layer ${dataset.layer}`),
    h('span', {}, `${dataset.at.file}:${dataset.at.line}`),
    dataset.job === null
      ? null
      : h(
          'span',
          {},
          'job ',
          h('a', { href: linkTo({ page: 'job', job: dataset.job, run: null, task: null }) }, dataset.job),
        ),
    dataset.owner === null ? null : h('span', {}, dataset.owner),
    dataset.key.length === 0 ? null : h('span', {}, `key ${dataset.key.join(', ')}`),
  ];
  return h(
    'header.dataset',
    {},
    h('p.schema', {}, schemaOf(dataset.dataset)),
    h('h1', { tabindex: -1 }, shortName(dataset.dataset)),
    dataset.doc === null ? null : h('p.doc', {}, dataset.doc),
    h('p.meta', {}, facts),
  );
}

/** What readers see now. */
function standing({ status }: StatusAnswer): Child {
  const { built, cursor, failed, follows, warnings } = status;
  return [
    h(
      'ul.facts',
      {},
      built === null
        ? fact('never', 'built', 'warn')
        : [
            fact(
              built.rows === null ? 'view' : grouped(built.rows),
              built.rows === null ? 'nothing is stored' : 'rows',
            ),
            built.at === null ? null : fact(farText(built.at), 'published', '', `${momentText(built.at)} UTC`),
            built.rolledBack !== null
              ? fact('rolled back', 'the program says other code', 'warn', built.rolledBack)
              : built.code === 'changed'
                ? fact('changed', 'the program since', 'warn')
                : null,
          ],
      cursor === null ? null : fact(cursor.reached.replace(/\.0+$|(\.\d*?)0+$/, '$1'), `read up to (${cursor.column})`),
      follows === null || built?.code === 'changed' ? null : followed(follows),
      warnings.length === 0 ? null : fact(grouped(warnings.length), 'checks warned', 'warn'),
      status.quarantine === null
        ? null
        : fact(grouped(status.quarantine.rows), 'in quarantine', status.quarantine.rows > 0 ? 'warn' : ''),
    ),
    failed === null
      ? null
      : h(
          'p.problem',
          {},
          `The last try failed${failed.at === null ? '' : ` ${farText(failed.at)}`}: ${failed.message} `,
          h('a', { href: linkToRun(failed.run, null, status.dataset) }, 'its log'),
        ),
  ];
}

/** How far a table that grows has got with what drives it. */
function followed({ dataset, by, taken, waiting }: NonNullable<StatusAnswer['status']['follows']>): HTMLElement {
  const of = `of ${shortName(dataset)}`;
  if (waiting === null)
    return fact('anew', `${shortName(dataset)} was made anew, and so will this be`, 'warn', dataset);
  const label = waiting === 0 ? `${of} taken, all there are` : `${of} taken, ${grouped(waiting)} more since`;
  return fact(countText(taken, by), label, waiting === 0 ? '' : 'running', dataset);
}

function fact(value: string, label: string, tone = '', title: string | null = null): HTMLElement {
  return h('li', { title }, h(tone === '' ? 'b' : `b.${tone}`, {}, value), h('span', {}, label));
}

function intervalPart(answer: StatusAnswer, dataset: string): Child {
  return answer.status.intervals === null ? null : section('Intervals', null, intervalsOf(answer, dataset));
}

/** The calendar, and below it what is to be done with what was chosen in it. */
export function intervalsOf({ status }: StatusAnswer, dataset: string): Child {
  const { intervals, built } = status;
  if (intervals === null) return h('p.none', {}, 'It is not in intervals.');
  const chosen = h('div.chosen-interval');
  const choose = (from: string, to: string, isMissing: boolean): void =>
    chosen.replaceChildren(
      h('span', {}, `${from} up to ${to}`),
      actionButton(
        'backfill',
        { dataset, from, to },
        {
          label: isMissing ? 'Compute' : 'Compute again',
          title: `pipec backfill ${dataset} --from '${from}' --to '${to}'`,
        },
      ),
    );
  const missing = intervals.gaps.length + intervals.due.length;
  return [
    built === null
      ? h('p.none', {}, 'It has never been built.')
      : intervalCalendar(intervals, mayNot('backfill') === null ? choose : null),
    chosen,
    missing === 0 || built === null
      ? null
      : h(
          'p.acts',
          {},
          actionButton(
            'backfill',
            { dataset, from: null, to: null },
            { label: 'Fill what is missing', title: `pipec backfill ${dataset}` },
          ),
        ),
  ];
}

function neighbours({ dataset, around }: DatasetAnswer): HTMLElement {
  const flows = around.flatMap(({ dataset: to, reads }) => reads.map((from) => ({ from, to })));
  const drawing = drawnGraph(
    around.map((one) => one.dataset),
    flows,
    {
      stateOf: () => null,
      linkOf: (id) => linkTo({ page: 'dataset', dataset: id }),
      chosen: dataset,
      label: 'What it reads, and what reads it',
    },
  );
  return h('div.graph', { tabindex: 0, role: 'region', 'aria-label': 'Lineage' }, drawing as unknown as HTMLElement);
}

function checkPart(dataset: DatasetAnswer, found: readonly Check[]): Child {
  if (dataset.checks.length === 0 && found.length === 0) return null;
  const last = found[0];
  const about = last === undefined ? 'not judged yet' : `as judged ${farText(last.at)}`;
  return section('Checks', about, checksOf(dataset.checks, found));
}

/** Those of the program, and what was found of each; a check that rows broke shows some of them. */
export function checksOf(planned: DatasetAnswer['checks'], found: readonly Check[]): Child {
  // A run that tries again judges again: what it found last counts.
  const results = new Map(found.map((check) => [check.check, check]));
  const all = [
    ...planned.map(({ text, severity }) => ({ text, severity, result: results.get(text) ?? null })),
    ...[...results.values()]
      .filter(({ check }) => !planned.some(({ text }) => text === check))
      .map((result) => ({ text: result.check, severity: result.severity, result })),
  ];
  if (all.length === 0) return h('p.none', {}, 'It has no checks.');
  return h(
    'ul.checks',
    {},
    all.map(({ text, severity, result }) => oneCheck(text, severity, result)),
  );
}

function oneCheck(text: string, severity: 'error' | 'warn', result: Check | null): HTMLElement {
  const look = result === null ? 'planned' : result.passed ? 'good' : severity === 'warn' ? 'warn' : 'bad';
  const sign = { planned: '·', good: '✓', warn: '!', bad: '✗' }[look];
  const on =
    result === null || result.passed || result.failing === null
      ? null
      : `${grouped(result.failing)}${result.rows === null ? '' : ` of ${countText(result.rows, 'row')}`}`;
  const columnNames = Object.keys(result?.sample[0] ?? {});
  return h(
    'li',
    {},
    h(`b.${look}`, { title: look }, sign),
    h(
      'div',
      {},
      h('code', {}, text),
      on === null ? null : h('small', {}, on),
      columnNames.length === 0 || result?.passed !== false
        ? null
        : rowTable(
            columnNames,
            result.sample.map((row) => columnNames.map((name) => row[name])),
          ),
    ),
  );
}

export function quarantined(dataset: string): HTMLElement {
  return later(
    ask
      .quarantine(dataset)
      .then(({ columns: names, rows }) =>
        rows.length === 0
          ? h('p.none', {}, 'Nothing is in quarantine.')
          : [
              rowTable(names, rows),
              h(
                'p.about',
                {},
                `The first ${rows.length}; personal data is masked. All of them: pipec quarantine show ${dataset} --limit 0`,
              ),
            ],
      ),
  );
}

export function columns(dataset: DatasetAnswer): HTMLElement {
  const origins = (name: string): Child => {
    const from = dataset.lineage.find(({ column }) => column === name)?.from ?? [];
    return from
      .filter(({ kind }) => kind === 'direct')
      .map((origin, index) => [
        index === 0 ? '' : ', ',
        h(
          'a',
          { href: linkTo({ page: 'dataset', dataset: origin.dataset }), title: origin.dataset },
          `${shortName(origin.dataset)}.${origin.column}`,
        ),
      ]);
  };
  return table(
    [{ name: 'column' }, { name: 'type' }, { name: 'values from' }, { name: 'about' }],
    dataset.columns.map(({ name, type, nullable, doc }) => [
      name,
      h('code', {}, `${type}${nullable ? '?' : ''}`),
      h('span', {}, origins(name)),
      h('span.doc', {}, dataset.key.includes(name) ? 'Key. ' : '', doc ?? ''),
    ]),
  );
}

export function sqlPart({ sql }: DatasetAnswer): Child {
  return sql === null ? h('p.none', {}, 'It is read, not computed.') : h('pre', { tabindex: 0 }, sqlText(sql));
}
