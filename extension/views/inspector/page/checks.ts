/** What is promised of a dataset and how it went: checks as the last run judged them, tests as they were last run here. */
import type { TestLine } from '../../../../compiler/cli/machine.ts';
import { count, h, rowTable } from '../../page.ts';
import { textOf } from '../../words.ts';
import { ago, checksOf, type Inspector, type JudgedCheck, type JudgedTest, judgingRun, testsOf } from '../model.ts';

export function checksSection(known: Inspector, openPlace: (file: string, line: number) => void): HTMLElement {
  const checks = checksOf(known);
  const run = judgingRun(known);
  return h(
    'section',
    { 'aria-label': 'Checks' },
    h('h2', {}, 'Checks', h('span', { class: 'quiet' }, ` ${checks.length}`)),
    checks.length === 0
      ? h(
          'p',
          { class: 'quiet' },
          'None: what always holds of its rows can be said in ',
          h('code', {}, 'checks { … }'),
          '.',
        )
      : h('p', { class: 'quiet' }, judgedWords(known, run?.finishedAt ?? run?.startedAt ?? null)),
    h('ul', { class: 'judged' }, ...checks.map((check) => checkItem(check, openPlace))),
  );
}

function judgedWords({ runs }: Inspector, at: string | null): string {
  if (runs === null) return 'Reading the last run …';
  if (runs.is === 'unknown') return runs.why;
  if (at === null) return `No run has judged them${runs.target === null ? '' : ` in ${runs.target}`} yet.`;
  return `As a run${runs.target === null ? '' : ` in ${runs.target}`} found them ${ago(at, Date.now())}.`;
}

function checkItem(
  { text, isWarning, result, file, line }: JudgedCheck,
  openPlace: (file: string, line: number) => void,
): HTMLElement {
  const status = result === null ? 'unknown' : result.passed ? 'passed' : isWarning ? 'warned' : 'failed';
  const failing =
    result === null || result.passed || result.failing === null
      ? null
      : `${count(result.failing)}${result.rows === null ? '' : ` of ${count(result.rows)}`} rows`;
  return h(
    'li',
    {},
    h(
      'div',
      { class: 'line' },
      sign(status),
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          'data-key': `check ${text}`,
          title: 'Go to where it stands',
          onclick: () => openPlace(file, line),
        },
        h('code', {}, text),
      ),
      isWarning ? h('span', { class: 'mark' }, 'warns') : null,
      failing === null ? null : h('span', { class: status === 'failed' ? 'bad' : 'warn' }, failing),
      result === null ? h('span', { class: 'quiet' }, 'not judged yet') : null,
    ),
    result === null || result.sample.length === 0
      ? null
      : rowTable(`Rows for which ${text} does not hold`, result.sample),
  );
}

export function testsSection(known: Inspector): HTMLElement {
  const tests = testsOf(known);
  return h(
    'section',
    { 'aria-label': 'Tests' },
    h('h2', {}, 'Tests', h('span', { class: 'quiet' }, ` ${tests.length}`)),
    tests.length === 0
      ? h('p', { class: 'quiet' }, 'None: ', h('code', {}, 'test of …'), ' gives rows, and says which come out.')
      : h('ul', { class: 'judged' }, ...tests.map(testItem)),
  );
}

function testItem({ name, status, outcome }: JudgedTest): HTMLElement {
  const lines = outcome?.lines ?? [];
  const engines = lines.map(({ engine, status: own }) => `${engine}: ${own}`).join(', ');
  return h(
    'li',
    {},
    h(
      'div',
      { class: 'line' },
      sign(status),
      h('span', {}, name),
      h(
        'span',
        { class: 'quiet' },
        outcome === null
          ? 'not run here yet'
          : `${ago(outcome.at, Date.now())}${engines === '' ? '' : ` · ${engines}`}`,
      ),
    ),
    ...(outcome !== null && lines.length === 0
      ? [h('p', { class: 'bad' }, outcome.error === '' ? 'It was not run.' : outcome.error)]
      : []),
    ...lines
      .filter((line) => line.status === 'failed')
      .flatMap((line) => [
        line.error === null ? null : h('p', { class: 'bad' }, `${line.engine}: ${line.error}`),
        line.diff.length === 0 ? null : diffTable(name, line),
      ])
      .filter((part) => part !== null),
  );
}

/** Rows that were expected and are missing, and those that are there and were not expected. */
function diffTable(name: string, { engine, diff }: TestLine): HTMLElement {
  const columns = [...new Set(diff.flatMap(({ row }) => Object.keys(row)))];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Rows that differ in ${name} on ${engine}` },
    h(
      'table',
      { class: 'rows diff' },
      h(
        'thead',
        {},
        h('tr', {}, h('th', { scope: 'col' }, ''), ...columns.map((column) => h('th', { scope: 'col' }, column))),
      ),
      h(
        'tbody',
        {},
        ...diff.map(({ row, is }) =>
          h(
            'tr',
            { class: is },
            h('th', { scope: 'row' }, is === 'missing' ? '− expected' : '+ came'),
            ...columns.map((column) => h('td', {}, textOf(row[column]) ?? h('span', { class: 'null' }, 'null'))),
          ),
        ),
      ),
    ),
  );
}

const SIGNS = {
  passed: { text: '✓', class: 'good', label: 'holds' },
  failed: { text: '✕', class: 'bad', label: 'fails' },
  warned: { text: '!', class: 'warn', label: 'warned' },
  skipped: { text: '○', class: 'quiet', label: 'skipped' },
  unknown: { text: '·', class: 'quiet', label: 'not known' },
} as const;

function sign(status: keyof typeof SIGNS): HTMLElement {
  const { text, class: kind, label } = SIGNS[status];
  return h('span', { class: `sign ${kind}`, role: 'img', 'aria-label': label }, text);
}
