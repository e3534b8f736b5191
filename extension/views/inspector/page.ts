/** Draws what is to be known of a dataset. */
import type { Inspection } from '../../server/protocol.ts';
import { connect, h } from '../page.ts';
import { type FromPage, type InspectorCommand, inspectorCommands, type ToPage } from './messages.ts';

const root = document.querySelector('#root') ?? document.body;

const send = connect<ToPage, FromPage>((message) => {
  const focused = document.activeElement?.textContent ?? null;
  root.replaceChildren(...(message.is === 'nothing' ? nothing() : dataset(message.inspection, message.canRun)));
  // Who was on a button is on it still.
  for (const button of root.querySelectorAll('button')) if (button.textContent === focused) button.focus();
});

const nothing = (): HTMLElement[] => [
  h('h1', {}, 'No dataset'),
  h('p', { class: 'quiet' }, 'Put the cursor on a source or a table.'),
];

function dataset(inspection: Inspection, canRun: boolean): HTMLElement[] {
  const { name, is, doc, errors, facts, columns, checks, tests, reads, readers } = inspection;
  return [
    h(
      'header',
      {},
      h('h1', {}, h('button', { type: 'button', class: 'link', click: () => send({ is: 'go', dataset: name }) }, name)),
      h(
        'p',
        { class: 'quiet' },
        is,
        errors === 0 ? null : h('span', { class: 'bad' }, ` · ${errors} error${errors === 1 ? '' : 's'}`),
      ),
      doc === null
        ? h('p', { class: 'quiet' }, 'No documentation yet: a comment `///` above it is shown here.')
        : h('p', {}, doc.trim()),
      h(
        'div',
        { class: 'actions', role: 'toolbar', 'aria-label': `Actions for ${name}` },
        ...Object.entries(inspectorCommands).map(([command, title]) =>
          action(command as InspectorCommand, title, canRun),
        ),
      ),
    ),
    h('dl', {}, ...facts.flatMap((fact) => [h('dt', {}, fact.name), h('dd', {}, fact.value)])),
    section('Columns', columns.length, columnTable(columns)),
    section(
      'Checks',
      checks.length,
      list(
        checks.map(({ text, isWarning }) => [
          h('code', {}, text),
          isWarning ? h('span', { class: 'warn' }, 'warns') : null,
        ]),
      ),
    ),
    section('Tests', tests.length, list(tests.map((test) => [test]))),
    section('Reads', reads.length, list(reads.map((each) => [link(each)]))),
    section('Read by', readers.length, list(readers.map((each) => [link(each)]))),
  ];
}

function action(command: InspectorCommand, title: string, canRun: boolean): HTMLElement {
  const runs = command !== 'pipec.lineage' && command !== 'pipec.sql';
  return h(
    'button',
    {
      type: 'button',
      class: command === 'pipec.runWithUpstream' ? 'main' : null,
      disabled: runs && !canRun,
      title: runs && !canRun ? 'Nothing of a workspace is run before it is trusted' : null,
      click: () => send({ is: 'command', command }),
    },
    title,
  );
}

const section = (title: string, count: number, body: HTMLElement): HTMLElement =>
  h(
    'section',
    { 'aria-label': title },
    h('h2', {}, title, h('span', { class: 'quiet' }, ` ${count}`)),
    count === 0 ? h('p', { class: 'quiet' }, 'None.') : body,
  );

const list = (items: readonly (readonly (Node | string | null)[])[]): HTMLElement =>
  h('ul', {}, ...items.map((item) => h('li', {}, ...item)));

const link = (name: string): HTMLElement =>
  h('button', { type: 'button', class: 'link', click: () => send({ is: 'go', dataset: name }) }, name);

function columnTable(columns: Inspection['columns']): HTMLElement {
  return h(
    'div',
    { class: 'scroll whole', tabindex: 0, role: 'region', 'aria-label': 'Columns' },
    h(
      'table',
      { class: 'rows' },
      h(
        'thead',
        {},
        h('tr', {}, ...['Column', 'Type', 'What it is', 'From'].map((each) => h('th', { scope: 'col' }, each))),
      ),
      h(
        'tbody',
        {},
        ...columns.map(({ name, type, isKey, doc, tags, from }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, name, isKey ? h('span', { class: 'mark' }, 'key') : null),
            h('td', {}, type),
            h(
              'td',
              { class: 'words' },
              ...tags.map((tag) => h('span', { class: 'mark warn' }, tag)),
              (doc ?? '').trim(),
            ),
            h('td', { class: 'quiet' }, from.join(', ')),
          ),
        ),
      ),
    ),
  );
}
