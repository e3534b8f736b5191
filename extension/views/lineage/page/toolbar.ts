/** What stands above the graph: what is shown of it, and how far. */
import type { LineageGraph } from '../../../server/protocol.ts';
import { count, h } from '../../page.ts';
import type { FromPage, Shown } from '../messages.ts';

const MOST_STEPS = 20;

export interface Hands {
  readonly toggleColumns: () => void;
  readonly zoom: (factor: number) => void;
  readonly fitAll: () => void;
}

export function toolbar(
  graph: LineageGraph,
  shown: Shown,
  allColumns: boolean,
  send: (message: FromPage) => void,
  hands: Hands,
): HTMLElement {
  const { around, up, down, column, isPinned } = shown;
  const name = column !== null ? `${column.dataset}.${column.column}` : (around ?? shown.project);
  return h(
    'div',
    { class: 'bar', role: 'toolbar', 'aria-label': 'Lineage' },
    h('div', { class: 'what' }, h('h1', { title: name }, name), h('p', { class: 'quiet' }, told(graph, shown))),
    around === null
      ? null
      : h(
          'div',
          { class: 'group', role: 'group', 'aria-label': 'Steps shown' },
          stepper('up', up, (steps) => send({ is: 'steps', up: steps, down })),
          stepper('down', down, (steps) => send({ is: 'steps', up, down: steps })),
        ),
    h(
      'div',
      { class: 'group' },
      column === null
        ? null
        : button('Clear path', 'Back to the whole of it (Escape)', () => send({ is: 'column', column: null })),
      button('Columns', 'Columns of every box', hands.toggleColumns, allColumns),
      around === null
        ? null
        : button('Project', 'All datasets of the project', () => send({ is: 'around', dataset: null })),
      around === null
        ? null
        : button(
            'Pin',
            'Stay here, wherever the cursor goes',
            () => send({ is: 'pin', isPinned: !isPinned }),
            isPinned,
          ),
      button('Find…', 'Look at another dataset (/)', () => send({ is: 'search' })),
    ),
    h(
      'div',
      { class: 'group' },
      button('−', 'Zoom out (−)', () => hands.zoom(0.8)),
      button('Fit', 'All at once (0)', hands.fitAll),
      button('+', 'Zoom in (+)', () => hands.zoom(1.25)),
    ),
  );
}

function told({ nodes, path, total }: LineageGraph, { around, column }: Shown): string {
  if (column !== null && path !== null) {
    const datasets = new Set(path.columns.map(({ dataset }) => dataset)).size;
    return `${count(path.columns.length)} columns of ${count(datasets)} datasets on its path · dashed: it only decides`;
  }
  const shown = nodes.reduce((sum, node) => sum + (node.kind === 'schema' ? node.datasets : 1), 0);
  return around === null ? `${count(shown)} datasets` : `${count(shown)} of ${count(total)} datasets`;
}

function stepper(side: 'up' | 'down', steps: number, set: (steps: number) => void): HTMLElement {
  const arrow = side === 'up' ? '←' : '→';
  const words = side === 'up' ? 'upstream' : 'downstream';
  return h(
    'span',
    { class: 'stepper', role: 'group', 'aria-label': `Steps ${words}: ${steps}` },
    h('span', { class: 'quiet', 'aria-hidden': 'true' }, arrow),
    button('−', `Fewer steps ${words}`, () => set(Math.max(0, steps - 1))),
    h('span', { class: 'steps', title: `Steps ${words}` }, String(steps)),
    button('+', `More steps ${words}`, () => set(Math.min(MOST_STEPS, steps + 1))),
  );
}

function button(text: string, title: string, click: () => void, isPressed: boolean | null = null): HTMLElement {
  return h(
    'button',
    {
      type: 'button',
      title,
      'aria-label': text.length === 1 ? title : null,
      'aria-pressed': isPressed === null ? null : String(isPressed),
      click,
    },
    text,
  );
}
