/** Text for HTML: one escape, and a template tag through which every value goes. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that is already safe. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

type Part = Html | string | number | null | readonly Part[];

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

function markupOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(markupOf).join('');
}

/** `html\`<b>${text}</b>\``: every value is escaped unless it is Html itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  let markup = strings[0] ?? '';
  values.forEach((value, index) => {
    markup += markupOf(value) + (strings[index + 1] ?? '');
  });
  return new Html(markup);
}

/** 2999613 → 2,999,613. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** 420 → 0.42 s; 12 → 12 ms. */
export function elapsed(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** Where the page shows a dataset: what `client/routes.ts` reads. */
export function datasetLink(dataset: string): string {
  return `#/dataset/${encodeURIComponent(dataset)}`;
}

/** JSON that may stand in a script element: no text in it ends the element or begins a comment. */
export function jsonIn(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Whether a task's rows are there and right. */
export const succeeded = (task: { readonly status: string }): boolean =>
  task.status === 'done' || task.status === 'unchanged';
