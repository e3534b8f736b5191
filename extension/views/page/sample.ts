/** What is said about rows that are computed over a sample: what they come from, what a run would say, why there are none. */
import type { PreviewNote, PreviewSource } from '../../../runtime/preview/messages.ts';
import type { Trouble } from '../answers.ts';
import { count, h, rowTable } from '../page.ts';
import { noteText, sourcesText } from '../words.ts';

export function factsOf(sources: readonly PreviewSource[]): HTMLElement[] {
  const text = sourcesText(sources);
  const all = sources.map(({ dataset, read, isPart }) => `${dataset}: ${isPart ? 'the first ' : 'all '}${count(read)}`);
  return text === '' ? [] : [h('span', { class: 'quiet', title: all.join('\n') }, text)];
}

export function notesOf(notes: readonly PreviewNote[]): HTMLElement[] {
  return notes.map((note) => h('div', { class: 'box warned', role: 'note' }, noteText(note)));
}

/** @param onPlace leads to the mistake */
export function troubleBox({ message, notes, engine, sample, hasPlace }: Trouble, onPlace: () => void): HTMLElement {
  return h(
    'div',
    { class: 'box bad-box', role: 'alert' },
    h('p', {}, message),
    ...notes.map((note) => h('p', { class: 'quiet' }, note)),
    engine === null ? null : h('details', {}, h('summary', {}, 'In the words of DuckDB'), h('pre', {}, engine)),
    sample.length === 0 ? null : rowTable('Rows that show it', sample),
    hasPlace
      ? h(
          'p',
          {},
          h('button', { type: 'button', class: 'link', 'data-key': 'place', onclick: onPlace }, 'Go to the mistake'),
        )
      : null,
  );
}
