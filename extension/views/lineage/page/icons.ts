/** What is drawn before a name: each kind of dataset has a shape of its own, so that none is told by colour alone. */
import type { LineageDataset } from '../../../server/protocol.ts';

/** In a square of 16. */
const SHAPES: Readonly<Record<LineageDataset['is'] | 'schema' | 'chevron', string>> = {
  source:
    'M2.5 4c0-1.1 2.5-2 5.5-2s5.5.9 5.5 2-2.5 2-5.5 2-5.5-.9-5.5-2zM2.5 4v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2',
  table: 'M2 3h12v10H2zM2 6.5h12M6.5 6.5V13M2 9.8h12',
  view: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  step: 'M6 3 2 8l4 5M10 3l4 5-4 5',
  dimension: 'M8 2 14 5 8 8 2 5zM2 8l6 3 6-3M2 11l6 3 6-3',
  schema: 'M2 4h5l1.5 1.5H14V13H2z',
  chevron: 'M4 6l4 4 4-4',
};

export function icon(shape: keyof typeof SHAPES): HTMLElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [name, value] of Object.entries({ viewBox: '0 0 16 16', class: `icon ${shape}`, 'aria-hidden': 'true' }))
    svg.setAttribute(name, value);
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', SHAPES[shape]);
  svg.append(path);
  const holder = document.createElement('span');
  holder.className = 'icon-box';
  holder.append(svg);
  return holder;
}
