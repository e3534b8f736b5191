/** What is known of a preview, out of the messages. Plain data; the page draws it. */
import type {
  PreviewCompared,
  PreviewNote,
  PreviewRow,
  PreviewShown,
  PreviewSort,
  PreviewSource,
} from '../../../runtime/preview/messages.ts';
import type { Base, Tab, Title, ToPage, Trouble } from './messages.ts';

export interface Preview {
  readonly title: Title | null;
  /** What is computed for it: null where nothing is, '' where it is not known yet. */
  readonly computing: string | null;
  readonly shown: Shown | null;
  readonly compared: Compared | null;
  readonly trouble: Trouble | null;
}

export interface Shown {
  readonly title: Title;
  readonly shown: PreviewShown;
  readonly sort: PreviewSort | null;
  /** How the rows are sorted that are there: until others have come, they stay. */
  readonly isSorted: PreviewSort | null;
  /** Rows in blocks, as they came. */
  readonly blocks: ReadonlyMap<number, readonly PreviewRow[]>;
}

export interface Compared {
  readonly title: Title;
  readonly base: Base;
  readonly hasCommit: boolean;
  readonly compared: PreviewCompared;
}

/** Rows that are asked for at a time. */
export const BLOCK = 500;

export const nothing: Preview = { title: null, computing: null, shown: null, compared: null, trouble: null };

export function after(preview: Preview, message: ToPage): Preview {
  switch (message.is) {
    case 'computing':
      return { ...preview, title: message.title, computing: message.what ?? '' };
    case 'nowhere':
    case 'idle':
      // What was shown stays.
      return { ...preview, computing: null };
    case 'same':
      return settled(preview, message.title, {});
    case 'shown': {
      const { title, shown } = message;
      const blocks = new Map<number, readonly PreviewRow[]>([[0, shown.rows]]);
      const sort = keptSort(preview, shown);
      return settled(preview, title, { shown: { title, shown, sort, isSorted: null, blocks } });
    }
    case 'rows': {
      const { shown } = preview;
      if (shown === null || shown.shown.result !== message.result || !sameSort(shown.sort, message.sort))
        return preview;
      const standing = sameSort(shown.isSorted, message.sort) ? shown.blocks : [];
      const blocks = new Map(standing).set(message.from / BLOCK, message.rows);
      return { ...preview, shown: { ...shown, isSorted: message.sort, blocks } };
    }
    case 'compared': {
      const { title, base, hasCommit, compared } = message;
      return settled(preview, title, { compared: { title, base, hasCommit, compared } });
    }
    case 'trouble':
      return { ...preview, title: message.title, computing: null, trouble: message.trouble };
  }
}

const settled = (preview: Preview, title: Title, more: Partial<Preview>): Preview => ({
  ...preview,
  ...more,
  title,
  computing: null,
  trouble: null,
});

/** A sort outlives an edit that leaves its column, and ends where another dataset is looked at. */
function keptSort({ shown }: Preview, now: PreviewShown): PreviewSort | null {
  const sort = shown?.sort ?? null;
  return sort !== null && now.columns.some(({ name }) => name === sort.column) ? sort : null;
}

export function sorted(preview: Preview, column: string): Preview {
  const { shown } = preview;
  if (shown === null) return preview;
  const { sort } = shown;
  const next: PreviewSort | null =
    sort?.column !== column ? { column, order: 'asc' } : sort.order === 'asc' ? { column, order: 'desc' } : null;
  return { ...preview, shown: { ...shown, sort: next } };
}

export const sameSort = (a: PreviewSort | null, b: PreviewSort | null): boolean =>
  a?.column === b?.column && a?.order === b?.order;

// ---------------------------------------------------------------------------------------------- words

const integers = new Intl.NumberFormat('en');
const rows = (count: number) => `${integers.format(count)} ${count === 1 ? 'row' : 'rows'}`;
export const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

export function countText({ count, isCut }: PreviewShown): string {
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

/** What a tab is called in the words of people who listen. */
export const tabName = (tab: Tab): string => (tab === 'rows' ? 'Rows' : 'Compare');

/** A value as it is shown and copied: lists and JSON as JSON. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
