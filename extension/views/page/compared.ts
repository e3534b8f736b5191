/** Rows before and after an edit: what is counted above them, and those that differ in a grid. */
import type { Base, Compared } from '../answers.ts';
import { count, duration, h } from '../page.ts';
import { textOf } from '../words.ts';
import type { Grid, GridCell, GridRow } from './grid.ts';
import { factsOf, notesOf } from './sample.ts';

const SIGNS = {
  added: { text: '+', label: 'added' },
  removed: { text: '−', label: 'removed' },
  changed: { text: '~', label: 'changed' },
} as const;

/** Where it is drawn. */
interface Parts {
  readonly facts: HTMLElement;
  readonly boxes: HTMLElement;
  readonly grid: Grid;
}

interface Doing {
  readonly onBase: (base: Base) => void;
  readonly onCopy: (text: string) => void;
}

/** What a screen reader says of them. */
export function countsText({ added, removed, changed }: Compared['compared']['counts']): string {
  return `${count(added)} added, ${count(removed)} removed, ${count(changed)} changed`;
}

export function drawCompared({ facts, boxes, grid }: Parts, now: Compared | null, { onBase, onCopy }: Doing): void {
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
    baseChoice(base, hasCommit, onBase),
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
    label: `${now.dataset}: ${count(differing)} rows differ`,
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

function baseChoice(base: Base, hasCommit: boolean, onBase: (base: Base) => void): HTMLElement {
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
        if (event.target instanceof HTMLSelectElement) onBase(event.target.value === 'saved' ? 'saved' : 'committed');
      },
    },
    ...options.map(({ value, text }) => h('option', { value, selected: value === base }, text)),
  );
  return h('label', { class: 'quiet' }, 'against ', select);
}
