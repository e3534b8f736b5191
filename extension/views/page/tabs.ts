/** A row of tabs, chosen with the mouse or the arrow keys. */
import { h } from '../page.ts';

export interface TabRow<Tab extends string> {
  readonly tab: Tab;
  readonly name: string;
  /** A class of the dot behind the name; null where it has none. */
  readonly mark?: 'bad' | 'warn' | null;
}

/** Drawing anew keeps the focus by `data-key`; whoever draws looks for it. */
export function tabButtons<Tab extends string>(
  rows: readonly TabRow<Tab>[],
  current: Tab,
  choose: (tab: Tab) => void,
): HTMLElement[] {
  const step = (by: number) => {
    const at = rows.findIndex(({ tab }) => tab === current);
    const next = rows[(at + by + rows.length) % rows.length]?.tab ?? current;
    choose(next);
    document.querySelector<HTMLElement>(`[data-key="tab ${next}"]`)?.focus();
  };
  return rows.map(({ tab, name, mark = null }) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        class: 'tab',
        'data-key': `tab ${tab}`,
        'aria-selected': String(tab === current),
        tabindex: tab === current ? 0 : -1,
        onclick: () => choose(tab),
        onkeydown: (event) => {
          if (!(event instanceof KeyboardEvent)) return;
          if (event.key === 'ArrowLeft') step(-1);
          else if (event.key === 'ArrowRight') step(1);
        },
      },
      name,
      mark === null ? null : h('span', { class: `dot ${mark}`, role: 'img', 'aria-label': ', needs a look' }),
    ),
  );
}
