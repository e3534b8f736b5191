/** What engines say of raw SQL, asked while a program is checked. */

export interface DescribedTable {
  /** The dataset's full name. */
  readonly name: string;
  /** In the engine's types. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
}

export interface DescribeQuestion {
  readonly sql: string;
  /** What it may read. */
  readonly tables: readonly DescribedTable[];
  /** Where the SQL names them, in order: offsets, and which of the tables it is. */
  readonly reads: readonly { readonly start: number; readonly end: number; readonly table: number }[];
}

export type Description =
  | { readonly kind: 'described'; readonly columns: readonly { readonly name: string; readonly type: string }[] }
  | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  /** In the engine's words. */
  readonly why: string;
  /** An offset in the SQL, null where the engine tells no place. */
  readonly at: number | null;
  /** A table that it looked for in vain. */
  readonly table: string | null;
  /** Of an engine that tells no place: the name that it is about, where that is known. */
  readonly word: string | null;
}

export interface Describer {
  readonly describe: (question: DescribeQuestion) => Promise<Description>;
  readonly close: () => Promise<void>;
}

/** @param folder of the project, which may have the engine's package. @throws PipecError `package-missing` */
export type OpenDescriber = (folder: string) => Promise<Describer>;

export const refused = (why: string, more: Partial<Refusal> = {}): Refusal => ({
  kind: 'refused',
  why,
  at: null,
  table: null,
  word: null,
  ...more,
});

/** The SQL with other names for the tables, and where a place in it was before. */
export function renamed(
  { sql, tables, reads }: DescribeQuestion,
  nameOf: (table: DescribedTable) => string,
): { readonly sql: string; readonly offset: (at: number) => number } {
  let text = '';
  let done = 0;
  const pieces: { readonly from: number; readonly to: number; readonly copied: boolean }[] = [];
  const put = (piece: string, from: number, copied: boolean): void => {
    pieces.push({ from, to: text.length, copied });
    text += piece;
  };
  for (const { start, end, table } of reads) {
    const read = tables[table];
    if (read === undefined) continue;
    put(sql.slice(done, start), done, true);
    put(nameOf(read), start, false);
    done = end;
  }
  put(sql.slice(done), done, true);
  return {
    sql: text,
    offset(at) {
      const piece = pieces.findLast(({ to }) => to <= at);
      return piece === undefined ? 0 : Math.min(piece.from + (piece.copied ? at - piece.to : 0), sql.length);
    },
  };
}
