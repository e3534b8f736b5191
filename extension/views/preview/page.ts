/** Draws rows, how they differ from before, and what went wrong with them. What was shown stays until there is something new. */
import type { PreviewNote, PreviewSource } from '../../../runtime/preview/messages.ts';
import { Grid, type GridCell, type GridRow } from '../grid.ts';
import { connect, count, duration, h, rowTable } from '../page.ts';
import type { FromPage, Tab, Title, ToPage } from './messages.ts';
import {
  after,
  BLOCK,
  type Compared,
  countText,
  lastPart,
  noteText,
  nothing,
  type Preview,
  type Shown,
  sameSort,
  sorted,
  sourcesText,
  tabName,
  textOf,
} from './model.ts';

const root = document.querySelector('#root') ?? document.body;
/** Read out by screen readers when it changes. */
const spoken = h('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
const progress = h('div', { class: 'progress', 'aria-hidden': 'true' });
const heading = h('div', { class: 'heading' });
const tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'What is shown' });
const facts = h('div', { class: 'facts' });
const boxes = h('div', { class: 'boxes' });
const grid = new Grid();
const page = h('div', { class: 'page' }, spoken, progress, heading, tabs, facts, boxes, grid.element);
root.append(page);

let preview: Preview = nothing;
let tab: Tab = 'rows';
let isPinned = false;
const asked = new Set<number>();

/** An answer mostly comes before anybody could read that it is being computed. */
const PATIENCE_MS = 200;
let waiting: ReturnType<typeof setTimeout> | undefined;

const send = connect<ToPage, FromPage>((message) => {
  const before = preview;
  preview = after(before, message);
  if (preview === before) return;
  if (message.is === 'rows') {
    grid.refresh();
    return;
  }
  if (message.is === 'shown') asked.clear();
  if (message.is === 'computing') {
    waiting ??= setTimeout(drawProgress, PATIENCE_MS);
    if (before.computing !== null && before.computing !== preview.computing && page.classList.contains('busy'))
      drawProgress();
    return;
  }
  clearTimeout(waiting);
  waiting = undefined;
  draw();
  announce(message);
});

function draw(): void {
  drawProgress();
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  const { title, trouble } = preview;
  page.classList.toggle('troubled', trouble !== null);
  heading.replaceChildren(...(title === null ? [] : headingOf(title)));
  tabs.replaceChildren(
    ...(title === null ? [] : [tabOf('rows'), tabOf('compare'), h('span', { class: 'space' }), ...actions()]),
  );
  if (title === null) {
    boxes.replaceChildren(
      h(
        'p',
        { class: 'quiet' },
        'Put the cursor in a dataset: its rows are shown here, after the stage that the cursor is in.',
      ),
    );
  } else if (trouble !== null) {
    facts.replaceChildren();
    boxes.replaceChildren(troubleBox(trouble));
  } else if (tab === 'rows') drawRows(preview.shown);
  else drawCompared(preview.compared);
  const isThere = tab === 'rows' ? preview.shown !== null : preview.compared !== null;
  grid.element.classList.toggle('hidden', !isThere);
  if (focused !== undefined) page.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function drawProgress(): void {
  const { computing } = preview;
  page.classList.toggle('busy', computing !== null);
  progress.replaceChildren(
    ...(computing === null || computing === '' ? [] : [h('span', {}, `Computing ${lastPart(computing)} …`)]),
  );
}

function headingOf({ dataset, stage }: Title): HTMLElement[] {
  const name = lastPart(dataset);
  const home = dataset.slice(0, dataset.length - name.length);
  return [
    h('h1', {}, h('span', { class: 'quiet home' }, home), name),
    stage === null
      ? h('span', { class: 'stage quiet' }, preview.trouble === null ? 'all of it' : '')
      : h('span', { class: 'stage' }, h('span', { class: 'quiet' }, 'after '), h('code', { title: stage }, stage)),
  ];
}

function tabOf(own: Tab): HTMLElement {
  return h(
    'button',
    {
      type: 'button',
      role: 'tab',
      class: 'tab',
      'data-key': `tab ${own}`,
      'aria-selected': String(tab === own),
      tabindex: tab === own ? 0 : -1,
      onclick: () => choose(own),
      onkeydown: (event) => {
        if (event instanceof KeyboardEvent && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
          choose(own === 'rows' ? 'compare' : 'rows');
          page.querySelector<HTMLElement>(`[data-key="tab ${tab}"]`)?.focus();
        }
      },
    },
    tabName(own),
  );
}

function choose(next: Tab): void {
  if (tab === next) return;
  tab = next;
  send({ is: 'tab', tab: next });
  preview = { ...preview, trouble: null };
  draw();
}

function actions(): HTMLElement[] {
  const refresh = h(
    'button',
    {
      type: 'button',
      class: 'action',
      title: 'Read the sources again',
      'data-key': 'refresh',
      onclick: () => send({ is: 'refresh' }),
    },
    'Read sources again',
  );
  const stop = h(
    'button',
    { type: 'button', class: 'action stop', 'data-key': 'stop', onclick: () => send({ is: 'stop' }) },
    'Stop',
  );
  const pin = h(
    'button',
    {
      type: 'button',
      class: 'action',
      'aria-pressed': String(isPinned),
      title: 'Stay with this dataset, wherever the cursor goes: to see what an edit upstream does to it',
      'data-key': 'pin',
      onclick: () => {
        isPinned = !isPinned;
        send({ is: 'pin', isPinned });
        draw();
      },
    },
    isPinned ? 'Pinned' : 'Pin',
  );
  return [stop, pin, refresh];
}

// ---------------------------------------------------------------------------------------------- rows

function drawRows(now: Shown | null): void {
  if (now === null) {
    facts.replaceChildren();
    boxes.replaceChildren();
    return;
  }
  const { shown, sort } = now;
  facts.replaceChildren(
    h('strong', {}, countText(shown)),
    ...factsOf(shown.sources),
    h('span', { class: 'quiet' }, duration(shown.ms)),
    ...(shown.isCut ? [h('span', { class: 'warn' }, `of which ${count(shown.count)} are kept`)] : []),
  );
  boxes.replaceChildren(...notesOf(shown.notes));
  const column = sort === null ? -1 : shown.columns.findIndex(({ name }) => name === sort.column);
  grid.show({
    label: `${now.title.dataset}: ${countText(shown)}`,
    columns: shown.columns.map(({ name, type, nulls, numeric, doc }) => ({
      name,
      detail: type,
      nulls: shown.count === 0 ? null : nulls / shown.count,
      numeric,
      mark: null,
      title: [`${name}: ${type}`, ...(doc === null ? [] : [doc]), nullsText(nulls, shown.count)].join('\n'),
    })),
    count: shown.count,
    row: (index) => rowAt(index),
    sort: sort === null || column === -1 ? null : { column, order: sort.order },
    onSort: (at) => {
      const name = shown.columns[at]?.name;
      if (name === undefined) return;
      preview = sorted(preview, name);
      asked.clear();
      draw();
    },
    onCopy,
  });
}

const onCopy = (text: string) => {
  send({ is: 'copy', text });
  spoken.textContent = 'Copied';
};

function nullsText(nulls: number, rows: number): string {
  return nulls === 0 ? 'no nulls' : `${count(nulls)} of ${count(rows)} are null`;
}

/** Of a row that has yet to come, its block is asked for. */
function rowAt(index: number): GridRow | null {
  const { shown: now } = preview;
  if (now === null) return null;
  const block = Math.floor(index / BLOCK);
  const rows = now.blocks.get(block);
  if ((rows === undefined || !sameSort(now.isSorted, now.sort)) && !asked.has(block)) {
    asked.add(block);
    send({ is: 'rows', result: now.shown.result, sort: now.sort, from: block * BLOCK, count: BLOCK });
  }
  const row = rows?.[index - block * BLOCK];
  return row === undefined ? null : { cells: row.map((value) => ({ text: textOf(value) })), sign: null };
}

function factsOf(sources: readonly PreviewSource[]): HTMLElement[] {
  const text = sourcesText(sources);
  const all = sources.map(({ dataset, read, isPart }) => `${dataset}: ${isPart ? 'the first ' : 'all '}${count(read)}`);
  return text === '' ? [] : [h('span', { class: 'quiet', title: all.join('\n') }, text)];
}

function notesOf(notes: readonly PreviewNote[]): HTMLElement[] {
  return notes.map((note) => h('div', { class: 'box warned', role: 'note' }, noteText(note)));
}

function troubleBox({ message, notes, engine, sample, hasPlace }: NonNullable<Preview['trouble']>): HTMLElement {
  return h(
    'div',
    { class: 'box bad-box', role: 'alert' },
    h('p', {}, message),
    ...notes.map((note) => h('p', { class: 'quiet' }, note)),
    engine === null ? null : h('details', {}, h('summary', {}, 'In the words of DuckDB'), h('pre', {}, engine)),
    sample.length === 0 ? null : rowTable('Rows that show it', sample),
    hasPlace
      ? h(
          'p',
          {},
          h(
            'button',
            { type: 'button', class: 'link', 'data-key': 'place', onclick: () => send({ is: 'goToTrouble' }) },
            'Go to the mistake',
          ),
        )
      : null,
  );
}

// ---------------------------------------------------------------------------------------------- before and after

const SIGNS = {
  added: { text: '+', label: 'added' },
  removed: { text: '−', label: 'removed' },
  changed: { text: '~', label: 'changed' },
} as const;

function drawCompared(now: Compared | null): void {
  if (now === null) {
    facts.replaceChildren();
    boxes.replaceChildren();
    return;
  }
  const { compared, base, hasCommit } = now;
  const { counts, key, rows } = compared;
  const order = firstThings(compared);
  const columns = order.flatMap((at) => compared.columns[at] ?? []);
  const counted = (['added', 'removed', 'changed'] as const).map((is) =>
    h('span', { class: `counted ${counts[is] === 0 ? 'quiet' : is}` }, `${SIGNS[is].text} ${count(counts[is])} ${is}`),
  );
  const differing = counts.added + counts.removed + counts.changed;
  facts.replaceChildren(
    ...counted,
    h('span', { class: 'quiet' }, `${count(counts.same)} the same`),
    baseChoice(base, hasCommit),
    h('span', { class: 'quiet' }, key.length === 0 ? 'by all values' : `by ${key.join(', ')}`),
    ...factsOf(compared.sources),
    h('span', { class: 'quiet' }, duration(compared.ms)),
  );
  const moved = columns.filter(({ is }) => is !== 'same');
  boxes.replaceChildren(
    ...(differing === 0 && moved.length === 0 ? [h('div', { class: 'box note' }, 'The edit changes no row.')] : []),
    ...(differing > rows.length
      ? [h('div', { class: 'box note' }, `The first ${count(rows.length)} of ${count(differing)} rows that differ.`)]
      : []),
    ...notesOf(compared.notes),
  );
  grid.show({
    label: `${now.title.dataset}: ${count(differing)} rows differ`,
    columns: columns.map(({ name, type, is, changed, numeric, doc }) => ({
      name,
      detail: is === 'same' ? (changed === 0 ? type : `${type} · ${count(changed)} changed`) : `${type} · ${is}`,
      nulls: null,
      numeric,
      mark: is === 'added' || is === 'removed' ? is : changed > 0 || is === 'retyped' ? 'changed' : null,
      title: [`${name}: ${type}`, ...(doc === null ? [] : [doc])].join('\n'),
    })),
    count: rows.length,
    row: (index) => comparedRow(rows[index], compared.columns, order),
    sort: null,
    onSort: null,
    onCopy,
  });
}

type ComparedRow = Compared['compared']['rows'][number];

/** Places of the columns: the key, then what changes, then the rest. */
function firstThings({ key, columns }: Compared['compared']): readonly number[] {
  const ranks = columns.map(({ name, is, changed }) => (key.includes(name) ? 0 : is !== 'same' || changed > 0 ? 1 : 2));
  return columns.map((_, at) => at).sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0) || a - b);
}

function comparedRow(
  row: ComparedRow | undefined,
  columns: Compared['compared']['columns'],
  order: readonly number[],
): GridRow | null {
  if (row === undefined) return null;
  const { is, before, after: now, changed } = row;
  const cells = order.map((index): GridCell => {
    const [was, value] = [textOf(before?.[index]), textOf(now?.[index])];
    if (columns[index]?.is === 'removed') return { text: was, mark: is === 'changed' ? 'gone' : '' };
    if (is === 'removed') return { text: was };
    if (changed.includes(index)) return { text: value, before: was, mark: 'edited' };
    return { text: value };
  });
  return { cells, sign: { ...SIGNS[is], mark: is } };
}

function baseChoice(base: 'saved' | 'committed', hasCommit: boolean): HTMLElement {
  const options = [
    { value: 'committed', text: 'the last commit' },
    { value: 'saved', text: 'the saved text' },
  ] as const;
  const select = h(
    'select',
    {
      'data-key': 'base',
      'aria-label': 'What the rows are compared with',
      disabled: !hasCommit,
      title: hasCommit ? null : 'There is no commit to compare with',
      onchange: (event) => {
        if (event.target instanceof HTMLSelectElement)
          send({ is: 'base', base: event.target.value === 'saved' ? 'saved' : 'committed' });
      },
    },
    ...options.map(({ value, text }) => h('option', { value, selected: value === base }, text)),
  );
  return h('label', { class: 'quiet' }, 'against ', select);
}

// ---------------------------------------------------------------------------------------------- words

function announce(message: ToPage): void {
  switch (message.is) {
    case 'shown':
      spoken.textContent = `${lastPart(message.title.dataset)}: ${countText(message.shown)}`;
      break;
    case 'compared': {
      const { added, removed, changed } = message.compared.counts;
      spoken.textContent = `${count(added)} added, ${count(removed)} removed, ${count(changed)} changed`;
      break;
    }
    case 'trouble':
      spoken.textContent = message.trouble.message;
      break;
    default:
      break;
  }
}
