/** Rows below heads. */
import { type Child, h } from './dom.ts';

export interface Head {
  readonly name: string;
  readonly numeric?: boolean;
}

export interface Row {
  readonly chosen?: boolean;
  readonly cells: readonly Child[];
}

/** It scrolls by itself where it is wider than its place, also with the keyboard. */
export function table(heads: readonly Head[], rows: readonly Row[]): HTMLElement {
  const side = (index: number): string => (heads[index]?.numeric === true ? '.number' : '');
  return h(
    'div.scroll',
    { tabindex: 0, role: 'region', 'aria-label': heads.map(({ name }) => name).join(', ') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map(({ name }, i) => h(`th${side(i)}`, { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map(({ chosen = false, cells }) =>
          h(
            chosen ? 'tr.chosen' : 'tr',
            {},
            cells.map((cell, i) => h(`td${side(i)}`, {}, cell)),
          ),
        ),
      ),
    ),
  );
}
