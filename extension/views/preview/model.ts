/** What is known of a preview, out of the messages. Plain data; the page draws it. */
import type { PreviewRow, PreviewShown, PreviewSort } from '../../../runtime/preview/messages.ts';
import type { Compared, Trouble } from '../answers.ts';
import type { Tab, Title, ToPage } from './messages.ts';

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
    case 'compared':
      return settled(preview, message.title, { compared: message.compared });
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

/** What a tab is called in the words of people who listen. */
export const tabName = (tab: Tab): string => (tab === 'rows' ? 'Rows' : 'Compare');
