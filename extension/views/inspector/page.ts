/** Draws what is to be known of a dataset: what the program says, what its rows and its runs say, and what an edit changes. */
import type { DatasetRunLine } from '../../../compiler/cli/machine.ts';
import type { Inspection } from '../../server/protocol.ts';
import { countsText, drawCompared } from '../page/compared.ts';
import { Grid } from '../page/grid.ts';
import { factsOf, notesOf, troubleBox } from '../page/sample.ts';
import { tabButtons } from '../page/tabs.ts';
import { connect, count, h } from '../page.ts';
import { countText, lastPart, percent } from '../words.ts';
import { type FromPage, type InspectorCommand, inspectorCommands, type Tab, type ToPage } from './messages.ts';
import { after, type Inspector, nothing, tabMark, tabName, tabs } from './model.ts';
import { checksSection, testsSection } from './page/checks.ts';
import { runsPanel } from './page/runs.ts';

const root = document.querySelector('#root') ?? document.body;
/** Read out by screen readers when it changes. */
const spoken = h('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
const progress = h('div', { class: 'progress', 'aria-hidden': 'true' });
const head = h('div', { class: 'top' });
const tabRow = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'What is told of the dataset' });
const body = h('div', { class: 'panel', role: 'tabpanel' });
const facts = h('div', { class: 'facts' });
const boxes = h('div', { class: 'boxes' });
const grid = new Grid();
const compare = h('div', { class: 'compare', role: 'tabpanel', 'aria-label': 'Compare' }, facts, boxes, grid.element);
const page = h('div', { class: 'page' }, spoken, progress, head, tabRow, body, compare);
root.append(page);

let known: Inspector = nothing;
let tab: Tab = 'overview';

/** An answer mostly comes before anybody could read that it is being computed. */
const PATIENCE_MS = 200;
let waiting: ReturnType<typeof setTimeout> | undefined;

const send = connect<ToPage, FromPage>((message) => {
  const before = known;
  known = after(known, message);
  if (known === before) return;
  if (message.is === 'comparing') {
    waiting ??= setTimeout(drawProgress, PATIENCE_MS);
    return;
  }
  clearTimeout(waiting);
  waiting = undefined;
  draw();
  announce(before, message);
});

function draw(): void {
  const { inspection } = known;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  const open = openDetails();
  drawProgress();
  head.replaceChildren(...(inspection === null ? noDataset() : header(inspection)));
  const rows = tabs.map((each) => ({ tab: each, name: tabName(each, known), mark: tabMark(each, known) }));
  tabRow.replaceChildren(...(inspection === null ? [] : tabButtons(rows, tab, choose)));
  body.replaceChildren(...(inspection === null ? [] : panel(inspection)));
  body.setAttribute('aria-label', tabName(tab, known));
  const isCompare = tab === 'compare' && inspection !== null;
  body.classList.toggle('away', isCompare);
  compare.classList.toggle('away', !isCompare);
  if (isCompare) drawCompare();
  for (const each of body.querySelectorAll('details'))
    if (open.has(each.dataset['key'] ?? '')) each.setAttribute('open', '');
  if (focused !== undefined) page.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** What a person has opened stays open. */
const openDetails = (): ReadonlySet<string> =>
  new Set([...body.querySelectorAll('details[open]')].flatMap((each) => each.getAttribute('data-key') ?? []));

function drawProgress(): void {
  const { comparing } = known;
  const isBusy = comparing !== null && tab === 'compare';
  page.classList.toggle('busy', isBusy);
  progress.replaceChildren(
    ...(isBusy && comparing !== '' ? [h('span', {}, `Computing ${lastPart(comparing)} …`)] : []),
  );
}

function choose(next: Tab): void {
  if (tab === next) return;
  tab = next;
  send({ is: 'tab', tab: next });
  draw();
  body.scrollTo(0, 0);
}

// ---------------------------------------------------------------------------------------------- above the tabs

const noDataset = (): HTMLElement[] => [
  h('h1', {}, 'No dataset'),
  h('p', { class: 'quiet' }, 'Put the cursor on a source or a table.'),
];

function header({ name, is, doc, errors }: Inspection): HTMLElement[] {
  const last = lastPart(name);
  return [
    h(
      'h1',
      {},
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          'data-key': 'name',
          title: 'Go to where it is declared',
          onclick: () => send({ is: 'go', dataset: name }),
        },
        h('span', { class: 'home quiet' }, name.slice(0, name.length - last.length)),
        last,
      ),
      h('span', { class: 'kind quiet' }, is),
      errors === 0 ? null : h('span', { class: 'kind bad' }, `${errors} error${errors === 1 ? '' : 's'}`),
    ),
    doc === null
      ? h('p', { class: 'quiet' }, 'No documentation yet: a comment `///` above it is shown here.')
      : h('p', { class: 'doc' }, ...prose(doc)),
    h(
      'div',
      { class: 'actions', role: 'toolbar', 'aria-label': `Actions for ${name}` },
      ...Object.entries(inspectorCommands).map(([command, title]) => action(command as InspectorCommand, title)),
    ),
  ];
}

function action(command: InspectorCommand, title: string): HTMLElement {
  const runs = command !== 'pipec.lineage' && command !== 'pipec.sql';
  const refused = runs && !known.canRun;
  return h(
    'button',
    {
      type: 'button',
      class: command === 'pipec.runWithUpstream' ? 'main' : null,
      disabled: refused,
      'data-key': command,
      title: refused ? 'Nothing of a workspace is run before it is trusted' : null,
      onclick: () => send({ is: 'command', command }),
    },
    title,
  );
}

/** A doc comment, with what stands in back-ticks as code. */
const prose = (doc: string): (HTMLElement | string)[] =>
  doc
    .trim()
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part : h('code', {}, part)));

// ---------------------------------------------------------------------------------------------- the tabs

function panel(inspection: Inspection): readonly HTMLElement[] {
  const openPlace = (file: string, line: number) => send({ is: 'openPlace', file, line });
  switch (tab) {
    case 'overview':
      return overview(inspection);
    case 'checks':
      return [checksSection(known, openPlace), testsSection(known)];
    case 'runs':
      return runsPanel(known);
    case 'compare':
      return [];
  }
}

function overview({ facts: told, columns, reads, readers }: Inspection): readonly HTMLElement[] {
  const last = known.runs?.is === 'known' ? known.runs.runs[0] : undefined;
  return [
    h(
      'dl',
      {},
      ...told.flatMap((fact) => [h('dt', {}, fact.name), h('dd', {}, fact.value)]),
      ...(last === undefined ? [] : [h('dt', {}, 'Last run'), h('dd', {}, lastRun(last))]),
    ),
    section('Columns', columns.length, columnTable(columns), sampleLine()),
    h(
      'div',
      { class: 'beside' },
      section('Reads', reads.length, links(reads)),
      section('Read by', readers.length, links(readers)),
    ),
  ];
}

function lastRun(run: DatasetRunLine): HTMLElement {
  return h(
    'button',
    { type: 'button', class: 'link', 'data-key': 'last run', onclick: () => choose('runs') },
    h('span', { class: run.status === 'failed' || run.status === 'died' ? 'bad' : null }, run.status),
    run.rows === null ? '' : `, ${count(run.rows)} row${run.rows === 1 ? '' : 's'}`,
  );
}

const section = (title: string, number: number, content: HTMLElement, ...more: readonly HTMLElement[]): HTMLElement =>
  h(
    'section',
    { 'aria-label': title },
    h('h2', {}, title, h('span', { class: 'quiet' }, ` ${number}`)),
    ...more,
    number === 0 ? h('p', { class: 'quiet' }, 'None.') : content,
  );

const links = (names: readonly string[]): HTMLElement =>
  h(
    'ul',
    {},
    ...names.map((name) =>
      h(
        'li',
        {},
        h(
          'button',
          { type: 'button', class: 'link', 'data-key': `to ${name}`, onclick: () => send({ is: 'go', dataset: name }) },
          name,
        ),
      ),
    ),
  );

/** What the shares of nulls are of. */
function sampleLine(): HTMLElement {
  const { sample, isSampling } = known;
  const about =
    sample === null
      ? [h('span', { class: 'quiet' }, isSampling ? 'Counting nulls …' : '')]
      : sample.is === 'unknown'
        ? [h('span', { class: 'quiet' }, `Nulls are not counted: ${sample.why}`)]
        : [h('span', {}, countText(sample)), ...factsOf(sample.sources)];
  const notes = sample?.is === 'known' ? notesOf(sample.notes) : [];
  return h('div', { class: `sample${isSampling ? ' old' : ''}` }, h('p', {}, ...spaced(about)), ...notes);
}

const spaced = (parts: readonly HTMLElement[]): (HTMLElement | string)[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [' ', part]));

function columnTable(columns: Inspection['columns']): HTMLElement {
  return h(
    'div',
    { class: 'scroll whole', tabindex: 0, role: 'region', 'aria-label': 'Columns' },
    h(
      'table',
      { class: 'rows columns' },
      h(
        'thead',
        {},
        h('tr', {}, ...['Column', 'Type', 'Nulls', 'What it is'].map((each) => h('th', { scope: 'col' }, each))),
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
            nullsCell(name, type),
            h(
              'td',
              { class: 'words' },
              ...tags.map((tag) => h('span', { class: 'mark warn' }, tag)),
              ...prose(doc ?? ''),
              from.length === 0
                ? null
                : h('div', { class: 'quiet from', title: from.join('\n') }, `from ${from.map(shortPlace).join(', ')}`),
            ),
          ),
        ),
      ),
    ),
  );
}

/** `dwh.core.orders.amount` is `orders.amount`. */
const shortPlace = (place: string): string => place.split('.').slice(-2).join('.');

function nullsCell(column: string, type: string): HTMLElement {
  const { sample, isSampling } = known;
  if (sample?.is !== 'known' || sample.count === 0) return h('td', { class: 'nulls' });
  const nulls = sample.nulls[column];
  if (nulls === undefined) return h('td', { class: 'nulls' });
  const share = nulls / sample.count;
  const bar = h('i', { class: 'share', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', String(share));
  return h(
    'td',
    {
      class: `nulls${isSampling ? ' old' : ''}`,
      title: nulls === 0 ? `No null in ${countText(sample)}` : `${count(nulls)} of ${countText(sample)}`,
    },
    // A column that can hold no null has none.
    nulls === 0 && !type.endsWith('?') ? h('span', { class: 'quiet' }, '–') : h('span', {}, bar, percent(share)),
  );
}

function drawCompare(): void {
  const { trouble, compared } = known;
  compare.classList.toggle('troubled', trouble !== null);
  grid.element.classList.toggle('away', compared === null || trouble !== null);
  if (trouble !== null) {
    facts.replaceChildren();
    boxes.replaceChildren(troubleBox(trouble, () => send({ is: 'goToTrouble' })));
    return;
  }
  drawCompared({ facts, boxes, grid }, compared, {
    onBase: (base) => send({ is: 'base', base }),
    onCopy: (text) => {
      send({ is: 'copy', text });
      spoken.textContent = 'Copied';
    },
  });
}

function announce(before: Inspector, message: ToPage): void {
  switch (message.is) {
    case 'dataset':
      if (before.inspection?.name !== message.inspection.name) spoken.textContent = message.inspection.name;
      break;
    case 'compared':
      spoken.textContent = countsText(message.compared.compared.counts);
      break;
    case 'trouble':
      spoken.textContent = message.trouble.message;
      break;
    default:
      break;
  }
}
