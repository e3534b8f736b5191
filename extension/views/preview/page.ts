/** Draws rows, how they differ from before, and what went wrong with them. What was shown stays until there is something new. */
import { countsText, drawCompared } from '../page/compared.ts';
import { Grid, type GridRow } from '../page/grid.ts';
import { factsOf, notesOf, troubleBox } from '../page/sample.ts';
import { tabButtons } from '../page/tabs.ts';
import { connect, count, duration, h } from '../page.ts';
import { countText, lastPart, textOf } from '../words.ts';
import type { FromPage, Tab, Title, ToPage } from './messages.ts';
import { after, BLOCK, nothing, type Preview, type Shown, sameSort, sorted, tabName } from './model.ts';

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

const TABS = (['rows', 'compare'] as const).map((each) => ({ tab: each, name: tabName(each) }));

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
    ...(title === null ? [] : [...tabButtons(TABS, tab, choose), h('span', { class: 'space' }), ...actions()]),
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
    boxes.replaceChildren(troubleBox(trouble, () => send({ is: 'goToTrouble' })));
  } else if (tab === 'rows') drawRows(preview.shown);
  else drawCompared({ facts, boxes, grid }, preview.compared, { onBase: (base) => send({ is: 'base', base }), onCopy });
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

// ---------------------------------------------------------------------------------------------- words

function announce(message: ToPage): void {
  switch (message.is) {
    case 'shown':
      spoken.textContent = `${lastPart(message.title.dataset)}: ${countText(message.shown)}`;
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
