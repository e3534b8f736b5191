/** What the pages of all views share: the line to the editor, and elements made without markup in strings. */

interface VsCodeApi {
  postMessage(message: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** Opens the line: `listen` gets each message, the answer sends one. */
export function connect<ToPage, FromPage>(listen: (message: ToPage) => void): (message: FromPage) => void {
  const api = acquireVsCodeApi();
  window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => listen(data));
  api.postMessage({ is: 'ready' });
  return (message) => api.postMessage(message);
}

type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | null>>;

/** An element. An attribute `onclick` is a listener, one that is null or false is left out; texts stay texts. */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Rows as a table: columns are those of the first row. */
export function rowTable(label: string, rows: readonly Readonly<Record<string, unknown>>[]): HTMLElement {
  const columns = Object.keys(rows[0] ?? {});
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      { class: 'rows' },
      h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, column)))),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h(
            'tr',
            {},
            ...columns.map((column) => h('td', { class: isNumber(row[column]) ? 'number' : null }, cell(row[column]))),
          ),
        ),
      ),
    ),
  );
}

function cell(value: unknown): Child {
  if (value === null || value === undefined) return h('span', { class: 'null' }, 'null');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** int64 and decimal come as strings. */
const isNumber = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d[\d.]*$/.test(value));

const integers = new Intl.NumberFormat('en');

export const count = (value: number) => integers.format(value);

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
