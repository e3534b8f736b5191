/** A box of the graph as elements: what it is called, what is to be known of it, and its columns where it is open. */
import type { ColumnPath, LineageColumn, LineageNode } from '../../../server/protocol.ts';
import { h } from '../../page.ts';
import type { FromPage } from '../messages.ts';
import { type Box, columnKey, counted, spoken } from '../model.ts';
import { icon } from './icons.ts';

export interface CardState {
  readonly path: ColumnPath | null;
  readonly isMiddle: boolean;
  readonly isOpen: boolean;
  /** Lines that are drawn into it, and out of it. */
  readonly reads: number;
  readonly readers: number;
  readonly send: (message: FromPage) => void;
  readonly turn: () => void;
  readonly showAll: () => void;
}

export function cardOf(box: Box, state: CardState): HTMLElement {
  const { node, title, about } = box;
  const classes = [
    'card',
    node.kind === 'schema' ? 'schema' : node.is,
    state.isMiddle ? 'middle' : '',
    node.errors > 0 ? 'wrong' : '',
  ];
  const main = h(
    'button',
    {
      class: 'head',
      type: 'button',
      'data-key': node.name,
      tabindex: -1,
      'aria-label': spoken(box, state.reads, state.readers),
      title: tip(node),
      click: () =>
        state.send(node.kind === 'schema' ? { is: 'open', schema: node.name } : { is: 'go', dataset: node.name }),
    },
    icon(node.kind === 'schema' ? 'schema' : node.is),
    h('span', { class: 'title' }, title),
    h('span', { class: 'about' }, about),
  );
  return h(
    'div',
    {
      class: classes.filter((each) => each !== '').join(' '),
      'data-name': node.name,
      'data-layer': node.layer ?? 'other',
    },
    main,
    badges(node, state),
    ...(box.columns.length === 0 && box.more === null ? [] : [columnList(box, state)]),
    ...(node.kind === 'dataset' ? [more(node.moreUp, 'up', state), more(node.moreDown, 'down', state)] : []),
  );
}

/** The keyboard goes from outside into one box. */
export function setCurrent(card: HTMLElement, isCurrent: boolean): void {
  if (card.classList.contains('current') === isCurrent) return;
  card.classList.toggle('current', isCurrent);
  for (const button of card.querySelectorAll('button')) button.tabIndex = isCurrent ? 0 : -1;
}

function badges(node: LineageNode, state: CardState): HTMLElement {
  const marks =
    node.kind === 'schema'
      ? []
      : [
          node.errors === 0
            ? null
            : h('span', { class: 'badge bad', title: counted(node.errors, 'error') }, `✕ ${node.errors}`),
          node.checks === 0
            ? null
            : h('span', { class: 'badge', title: counted(node.checks, 'check') }, `✓ ${node.checks}`),
        ];
  const turn =
    node.kind === 'schema' || node.columns.length === 0
      ? null
      : h(
          'button',
          {
            class: `turn ${state.isOpen ? 'open' : ''}`,
            type: 'button',
            tabindex: -1,
            'aria-expanded': String(state.isOpen),
            'aria-label': `Columns of ${node.name}`,
            title: 'Columns (c)',
            click: state.turn,
          },
          icon('chevron'),
        );
  return h('div', { class: 'badges' }, ...marks, turn);
}

function columnList(box: Box, state: CardState): HTMLElement {
  const { node } = box;
  const onPath = new Set(state.path?.columns.map(columnKey));
  return h(
    'div',
    { class: 'columns', role: 'list', 'aria-label': `Columns of ${node.name}` },
    ...box.columns.map((column) => columnRow(node.name, column, onPath, state)),
    box.more === null
      ? null
      : h('button', { class: 'more', type: 'button', tabindex: -1, click: state.showAll }, `${box.more} more`),
  );
}

function columnRow(
  dataset: string,
  { name, type, isKey, tags }: LineageColumn,
  onPath: ReadonlySet<string>,
  { path, send }: CardState,
): HTMLElement {
  const at = { dataset, column: name };
  const key = columnKey(at);
  const isChosen = path !== null && columnKey(path.of) === key;
  const kind = path === null ? '' : isChosen ? 'chosen' : onPath.has(key) ? 'on' : 'off';
  const told = [name, type, ...(isKey ? ['key'] : []), ...tags];
  return h(
    'button',
    {
      class: `column ${kind}`,
      type: 'button',
      'data-key': key,
      tabindex: -1,
      'aria-pressed': String(isChosen),
      'aria-label': `${told.join(', ')}: show its path`,
      title: told.join(' · '),
      click: () => send({ is: 'column', column: isChosen ? null : at }),
    },
    h('span', { class: 'name' }, name),
    isKey ? h('span', { class: 'mark' }, 'key') : null,
    tags.length === 0 ? null : h('span', { class: 'mark tag' }, tags[0]?.split('(')[0] ?? ''),
    h('span', { class: 'type' }, type),
  );
}

/** Neighbours that are not shown. */
function more(count: number, side: 'up' | 'down', { send }: CardState): HTMLElement | null {
  if (count === 0) return null;
  const words = side === 'up' ? `reads ${count} more` : `read by ${count} more`;
  return h(
    'span',
    { class: `beyond ${side}`, title: words, 'aria-hidden': 'true', click: () => send({ is: 'widen', side }) },
    `+${count}`,
  );
}

function tip(node: LineageNode): string {
  if (node.kind === 'schema') return `${node.name}: show its datasets`;
  return [node.name, node.doc?.trim() ?? null].filter((each) => each !== null).join('\n');
}
