/** What the last runs did to a dataset: a bar a run, the oldest first, and a line a run, the newest first. */
import type { DatasetRunLine } from '../../../../compiler/cli/machine.ts';
import { count, duration, h, rowTable } from '../../page.ts';
import { ago, type Inspector } from '../model.ts';

export function runsPanel({ runs: told }: Inspector): readonly HTMLElement[] {
  if (told === null) return [h('p', { class: 'quiet' }, 'Reading …')];
  if (told.is === 'unknown') return [h('p', { class: 'quiet' }, told.why)];
  const { runs, target } = told;
  const where = target === null ? '' : ` in ${target}`;
  if (runs.length === 0) return [h('p', { class: 'quiet' }, `No run has come to it${where} yet.`)];
  return [
    h('section', { 'aria-label': 'Times' }, h('h2', {}, `The last ${runs.length}${where}`), bars(runs)),
    h(
      'section',
      { 'aria-label': 'Runs' },
      h(
        'table',
        { class: 'runs' },
        h(
          'thead',
          { class: 'spoken' },
          h('tr', {}, ...['', 'When', 'What', 'Rows', 'Time', 'Checks'].map((each) => h('th', { scope: 'col' }, each))),
        ),
        h('tbody', {}, ...runs.flatMap(lines)),
      ),
    ),
  ];
}

function bars(runs: readonly DatasetRunLine[]): HTMLElement {
  const most = Math.max(1, ...runs.map(({ ms }) => ms ?? 0));
  const words = `${runs.length} runs, the longest took ${duration(most)}`;
  return h(
    'div',
    { class: 'bars', role: 'img', 'aria-label': words },
    ...runs.toReversed().map((run) => {
      const bar = h('i', { class: kindOf(run), title: `${ago(run.startedAt ?? '', Date.now())}: ${inWords(run)}` });
      bar.style.setProperty('--height', String((run.ms ?? 0) / most));
      return bar;
    }),
  );
}

const inWords = ({ status, ms, rows }: DatasetRunLine): string =>
  [status, ...(rows === null ? [] : [`${count(rows)} rows`]), ...(ms === null ? [] : [duration(ms)])].join(', ');

function lines(run: DatasetRunLine): readonly HTMLElement[] {
  const { status, startedAt, rows, ms, job, quarantined, why, sample, checks } = run;
  const failed = checks.filter(({ passed }) => !passed);
  const told = [
    job === null ? null : `job ${job}`,
    quarantined === null || quarantined === 0 ? null : `${count(quarantined)} in quarantine`,
  ].filter((part) => part !== null);
  return [
    h(
      'tr',
      { class: 'run' },
      h('td', { class: `sign ${kindOf(run)}` }, signOf(run)),
      h('td', { title: startedAt ?? '' }, startedAt === null ? '' : ago(startedAt, Date.now())),
      h('td', {}, status, told.length === 0 ? null : h('span', { class: 'quiet' }, ` · ${told.join(' · ')}`)),
      h('td', { class: 'figure' }, rows === null ? '' : `${count(rows)} row${rows === 1 ? '' : 's'}`),
      h('td', { class: 'figure quiet' }, ms === null ? '' : duration(ms)),
      h('td', { class: 'figure quiet' }, checksWords(checks.length, failed.length)),
    ),
    ...(why === null
      ? []
      : [
          below(
            h('div', { class: 'why' }, why),
            sample.length === 0 ? null : rowTable('Rows that made it fail', sample),
          ),
        ]),
    ...failed.map((check) =>
      below(
        h(
          'div',
          {},
          h('code', {}, check.check.replace(/ warn$/, '')),
          h(
            'span',
            { class: check.severity === 'warn' ? 'warn' : 'bad' },
            check.failing === null ? ' does not hold' : ` does not hold on ${count(check.failing)} rows`,
          ),
        ),
        null,
      ),
    ),
  ];
}

const below = (...content: readonly (HTMLElement | null)[]): HTMLElement =>
  h('tr', { class: 'below' }, h('td', {}), h('td', { colspan: 5 }, ...content));

function checksWords(all: number, failed: number): string {
  if (all === 0) return '';
  return failed === 0 ? `${all} check${all === 1 ? '' : 's'} ✓` : `${all - failed} of ${all} checks ✓`;
}

function signOf({ status, checks }: DatasetRunLine): string {
  switch (status) {
    case 'succeeded':
      return checks.some(({ passed }) => !passed) ? '!' : '✓';
    case 'running':
      return '›';
    case 'unchanged':
      return '=';
    case 'skipped':
    case 'cancelled':
      return '○';
    case 'failed':
    case 'died':
      return '✕';
  }
}

function kindOf({ status, checks }: DatasetRunLine): string {
  switch (status) {
    case 'succeeded':
      return checks.some(({ passed }) => !passed) ? 'warn' : 'good';
    case 'failed':
    case 'died':
      return 'bad';
    case 'running':
    case 'unchanged':
    case 'skipped':
    case 'cancelled':
      return 'quiet';
  }
}
