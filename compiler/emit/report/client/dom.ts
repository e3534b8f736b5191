/** Elements from plain values. Text only ever becomes text nodes, so what people named can be no markup. */

export type Child = Node | string | number | null | readonly Child[];

type Properties = Readonly<Record<string, string | number | boolean | null | ((event: Event) => void)>>;

/** `h('a.card', { href: '#' }, 'text')`; a function is a listener, null and false leave an attribute out. */
export function h(selector: string, properties: Properties = {}, ...children: readonly Child[]): HTMLElement {
  const [tag = 'div', ...classes] = selector.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== false) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

function append(to: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null) continue;
    if (Array.isArray(child)) append(to, child);
    else to.append(child instanceof Node ? child : String(child));
  }
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, properties: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, String(value));
  return element;
}

export const grouped = (count: number): string => count.toLocaleString('en-US');

export const elapsed = (ms: number): string => (ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

export const shortName = (dataset: string): string => dataset.slice(dataset.lastIndexOf('.') + 1);

export const schemaOf = (dataset: string): string => dataset.slice(0, Math.max(0, dataset.lastIndexOf('.')));
