/** Boxes and the lines between them, with the state of each as it is. */
import { schemaOf, shortName, svg } from '../../report/client/dom.ts';
import { type Flow, HEIGHT, layOut } from './layout.ts';
import { lengthText, stateText, type Tone, toneOf } from './words.ts';

export interface BoxState {
  readonly status: string;
  readonly reason: string | null;
  readonly ms: number | null;
}

interface Look {
  /** Null where it is nothing of a run. */
  readonly stateOf: (id: string) => BoxState | null;
  readonly linkOf: (id: string) => string;
  readonly chosen: string | null;
  readonly label: string;
}

/** Mean width of a character of the page's font at 12.5 px. */
const CHARACTER = 7.1;
/** What a state adds to the second line at most. */
const STATE = ' · 00 m 00 s';

function widthOf(id: string): number {
  const about = schemaOf(id).length + STATE.length;
  return Math.ceil(Math.max(shortName(id).length * 1.06, about * 0.86) * CHARACTER + 28);
}

export function drawnGraph(
  ids: readonly string[],
  given: readonly Flow[],
  { stateOf, linkOf, chosen, label }: Look,
): SVGElement {
  const { width, height, boxes, flows } = layOut(
    ids.map((id) => ({ id, width: widthOf(id) })),
    given,
  );
  const drawing = svg('svg', {
    class: 'flowchart',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'group',
    'aria-label': label,
  });
  const near = new Set(chosen === null ? [] : [chosen]);
  for (const { from, to, path } of flows)
    drawing.append(svg('path', { d: path, class: near.has(from) || near.has(to) ? 'flow on' : 'flow' }));
  for (const { id, x, y, width: wide } of boxes) {
    const state = stateOf(id);
    const tone: Tone | 'plain' = state === null ? 'plain' : toneOf(state.status, state.reason);
    const link = svg('a', {
      href: linkOf(id),
      class: `box ${tone}${id === chosen ? ' chosen' : ''}`,
      transform: `translate(${x} ${y})`,
      'data-id': id,
    });
    const told =
      state === null ? '' : ` · ${state.ms === null ? stateText(state.status, state.reason) : lengthText(state.ms)}`;
    link.append(
      svg('rect', { width: wide, height: HEIGHT, rx: 7 }),
      svg('rect', { class: 'edge', x: 5, y: 8, width: 3, height: HEIGHT - 16, rx: 1.5 }),
      words(shortName(id), 15, 18, 'name'),
      words(`${schemaOf(id)}${told}`, 15, 34, 'about'),
    );
    const title = svg('title', {});
    title.textContent = state === null ? id : `${id}: ${stateText(state.status, state.reason)}`;
    link.prepend(title);
    drawing.append(link);
  }
  return drawing;
}

function words(text: string, x: number, y: number, look: string): SVGElement {
  const element = svg('text', { x, y, class: look });
  element.textContent = text;
  return element;
}
