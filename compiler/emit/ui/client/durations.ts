/** How long the runs of a job took, or one task in them: a chart over time, with the median as a line. */
import { h, svg } from '../../report/client/dom.ts';
import { lengthText, momentText, toneOf } from './words.ts';

export interface Took {
  readonly run: string;
  readonly startedAt: string;
  readonly status: string;
  readonly reason: string | null;
  readonly ms: number | null;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [720, 150, 52, 18];

export function durationChart(runs: readonly Took[], linkOf: (run: string) => string, label: string): HTMLElement {
  const took = runs.filter((one): one is Took & { readonly ms: number } => one.ms !== null);
  if (took.length === 0) return h('p.none', {}, 'No run has ended yet.');
  const top = niceAbove(Math.max(...took.map(({ ms }) => ms)));
  const room = HEIGHT - BOTTOM - 8;
  const y = (ms: number): number => 8 + room * (1 - ms / top);
  const step = Math.min(18, (WIDTH - LEFT) / took.length);
  const drawing = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: 'durations',
    role: 'group',
    'aria-label': label,
  });
  for (const share of [0, 0.5, 1]) {
    drawing.append(svg('path', { d: `M${LEFT} ${y(top * share)}H${WIDTH}`, class: 'rule' }));
    drawing.append(words(lengthText(top * share), LEFT - 8, y(top * share) + 4, 'end'));
  }
  took.forEach(({ run, ms, status, reason, startedAt }, index) => {
    const link = svg('a', { href: linkOf(run), 'aria-label': `run of ${momentText(startedAt)}: ${lengthText(ms)}` });
    const title = svg('title', {});
    title.textContent = `${momentText(startedAt)} UTC\n${status} in ${lengthText(ms)}`;
    const high = Math.max(2, y(0) - y(ms));
    const x = LEFT + index * step;
    link.append(
      title,
      svg('rect', { x, y: 8, width: step, height: room, class: 'reach' }),
      svg('rect', {
        x: x + step * 0.12,
        y: y(0) - high,
        width: step * 0.76,
        height: high,
        rx: 1.5,
        class: toneOf(status, reason),
      }),
    );
    drawing.append(link);
  });
  const middle = medianOf(took.filter(({ status }) => status === 'succeeded').map(({ ms }) => ms));
  if (middle !== null) {
    drawing.append(svg('path', { d: `M${LEFT} ${y(middle)}H${LEFT + took.length * step}`, class: 'median' }));
    const beside = LEFT + took.length * step + 6;
    if (beside < WIDTH - 110) drawing.append(words(`median ${lengthText(middle)}`, beside, y(middle) + 4, 'start'));
  }
  const [first, last] = [took[0], took.at(-1)];
  if (first !== undefined) drawing.append(words(momentText(first.startedAt).slice(0, 16), LEFT, HEIGHT - 4, 'start'));
  if (last !== undefined && took.length * step > 260)
    drawing.append(words(momentText(last.startedAt).slice(0, 16), LEFT + took.length * step, HEIGHT - 4, 'end'));
  return h('figure', {}, drawing);
}

function words(text: string, x: number, y: number, anchor: 'start' | 'end'): SVGElement {
  const element = svg('text', { x, y, 'text-anchor': anchor });
  element.textContent = text;
  return element;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) return null;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** The next length that people count in. */
function niceAbove(ms: number): number {
  const units = [1, 1000, 60_000, 3_600_000];
  const unit = units.findLast((one) => ms >= one) ?? 1;
  const steps = [1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000];
  return unit * (steps.find((step) => step * unit >= ms) ?? Math.ceil(ms / unit));
}
