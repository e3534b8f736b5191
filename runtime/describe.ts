/** What engines say of raw SQL, asked while a program is checked. */

export interface DescribeQuestion {
  readonly sql: string;
  /** What it may read: full names, columns in the engine's types. */
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  }[];
}

export type Description =
  | { readonly kind: 'described'; readonly columns: readonly { readonly name: string; readonly type: string }[] }
  | { readonly kind: 'refused'; readonly why: string; readonly at: number | null; readonly table: string | null };

export type Describe = (question: DescribeQuestion) => Promise<Description>;
