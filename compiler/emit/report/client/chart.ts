/** Charts are drawn already: here they are found, and say what stands under the pointer. */
import type { PageData } from '../input.ts';
import { h } from './dom.ts';
import { datasetOf, page } from './program.ts';

/** A copy of a dataset's chart; null where it has none. */
export function chartOf(name: string): HTMLElement | null {
  const drawn = document.querySelector<HTMLElement>(`figure[data-chart="${CSS.escape(name)}"]`);
  if (drawn === null) return null;
  const copy = drawn.cloneNode(true) as HTMLElement;
  copy.style.maxWidth = `${(page.charts[name]?.width ?? 400) * 1.5}px`;
  speaking(copy);
  return copy;
}

/** The row of the mark nearest to the pointer, in a small box beside it. */
export function speaking(figure: HTMLElement): void {
  const name = figure.dataset['chart'] ?? '';
  const chart = page.charts[name];
  const drawing = figure.querySelector('svg');
  if (chart === undefined || drawing === null) return;
  for (const stale of figure.querySelectorAll('.tip, .dot')) stale.remove();
  const dot = h('i.dot', { hidden: true });
  const tip = h('div.tip', { hidden: true });
  figure.append(dot, tip);
  const hide = (): void => {
    dot.hidden = true;
    tip.hidden = true;
  };
  figure.addEventListener('pointerleave', hide);
  figure.addEventListener('pointermove', (event) => {
    const box = drawing.getBoundingClientRect();
    const outer = figure.getBoundingClientRect();
    const scale = box.width / chart.width;
    const mark = nearest(chart, (event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
    if (mark === undefined) return hide();
    const x = mark.x * scale + box.left - outer.left;
    const y = mark.y * scale + box.top - outer.top;
    dot.hidden = false;
    tip.hidden = false;
    dot.style.translate = `${x}px ${y}px`;
    tip.replaceChildren(...words(name, chart.rows[mark.row] ?? []));
    const left = x + 14 + tip.offsetWidth > outer.width ? x - tip.offsetWidth - 14 : x + 14;
    tip.style.translate = `${Math.max(0, left)}px ${Math.max(0, y - tip.offsetHeight / 2)}px`;
  });
}

type Chart = PageData['charts'][string];

function nearest({ marks, nearest: way }: Chart, x: number, y: number): Chart['marks'][number] | undefined {
  const far = (mark: Chart['marks'][number]): number => {
    const [dx, dy] = [Math.abs(mark.x - x), Math.abs(mark.y - y)];
    switch (way) {
      // The moment counts first, then the line.
      case 'moment':
        return dx * 8 + dy;
      case 'across':
        return dx;
      case 'down':
        return dy;
      case 'place':
        return Math.hypot(dx, dy);
    }
  };
  let best = marks[0];
  for (const mark of marks) if (best === undefined || far(mark) < far(best)) best = mark;
  return best === undefined || (way === 'place' && far(best) > 40) ? undefined : best;
}

function words(name: string, row: readonly (string | null)[]): HTMLElement[] {
  return (datasetOf(name)?.columns ?? []).map((column, i) =>
    h('p', {}, h('span', {}, column.name), h('b', {}, row[i] ?? 'null')),
  );
}
