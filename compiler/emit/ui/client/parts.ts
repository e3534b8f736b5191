/** Small things that several places show. */
import { type Child, h } from '../../report/client/dom.ts';
import { type Head, table as tableOf } from '../../report/client/table.ts';
import { Refused } from './server.ts';
import { stateText, toneOf } from './words.ts';

export function stateChip(status: string, reason: string | null = null): HTMLElement {
  return h(`span.chip.${toneOf(status, reason)}`, {}, stateText(status, reason));
}

export function section(title: string, about: string | null, ...children: readonly Child[]): HTMLElement {
  return h('section', {}, h('h2', {}, title, about === null ? null : h('small', {}, about)), children);
}

/** A place that fills itself when the answer is there, or says why it is not. */
export function later(answer: Promise<Child>): HTMLElement {
  const place = h('div', { 'aria-busy': 'true' }, h('p.none', {}, '…'));
  const fill = (child: Child): void => {
    place.replaceChildren(h('div', {}, child));
    place.removeAttribute('aria-busy');
  };
  answer.then(fill, (failure: unknown) => fill(problem(failure)));
  return place;
}

export function problem(failure: unknown): HTMLElement {
  const message = failure instanceof Error ? failure.message : String(failure);
  return h(
    `p.problem${failure instanceof Refused && failure.code === 'refused' ? '.mild' : ''}`,
    { role: 'alert' },
    message,
  );
}

export function table(heads: readonly Head[], rows: readonly (readonly Child[])[]): HTMLElement {
  return tableOf(
    heads,
    rows.map((cells) => ({ cells })),
  );
}

/** Rows of data: null is told apart from text. */
export function rowTable(columns: readonly string[], rows: readonly (readonly unknown[])[]): HTMLElement {
  return table(
    columns.map((name) => ({ name })),
    rows.map((row) => row.map(shownValue)),
  );
}

function shownValue(value: unknown): Child {
  if (value === null || value === undefined) return h('i.null', {}, 'null');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
