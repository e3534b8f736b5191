/** What the views say of rows, in the words of people. Pure. */
import type { PreviewNote, PreviewShown, PreviewSource } from '../../runtime/preview/messages.ts';

const integers = new Intl.NumberFormat('en');
const rows = (count: number) => `${integers.format(count)} ${count === 1 ? 'row' : 'rows'}`;
export const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

export function countText({ count, isCut }: Pick<PreviewShown, 'count' | 'isCut'>): string {
  return isCut ? `more than ${rows(count)}` : rows(count);
}

/** `over the first 100,000 rows of flights and all 3,376 of airports`. */
export function sourcesText(sources: readonly PreviewSource[]): string {
  if (sources.length === 0) return '';
  const texts = sources.map(({ dataset, read, isPart }, index) => {
    const many = isPart ? `the first ${integers.format(read)}` : `all ${integers.format(read)}`;
    return `${many}${index === 0 ? (read === 1 ? ' row' : ' rows') : ''} of ${lastPart(dataset)}`;
  });
  return `over ${texts.length > 3 ? `${texts.slice(0, 2).join(', ')} and ${texts.length - 2} other sources` : listed(texts)}`;
}

const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;

export function noteText(note: PreviewNote): string {
  switch (note.is) {
    case 'invalid': {
      const { dataset, load, stops } = note;
      const reasons = load.reasons.map((each) => `${integers.format(each.rows)} × ${each.reason}`).join(', ');
      const broken = `${rows(load.quarantined)} of ${lastPart(dataset)} ${load.quarantined === 1 ? 'breaks' : 'break'} its contract (${reasons})`;
      return stops
        ? `${broken}: a run would stop here`
        : `${broken}: a run would put ${load.quarantined === 1 ? 'it' : 'them'} in quarantine`;
    }
    case 'assertion': {
      const where = note.dataset === null ? '' : ` in ${lastPart(note.dataset)}`;
      return `${note.message}: ${rows(note.rows)}${where}, and a run would stop here`;
    }
  }
}

/** A value as it is shown and copied: lists and JSON as JSON. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A share: `12 %`; a few of many are never told as none, nor most as all. */
export function percent(share: number): string {
  if (share === 0) return '0 %';
  if (share < 0.01) return '<1 %';
  return `${share > 0.99 && share < 1 ? 99 : Math.round(share * 100)} %`;
}
