/** What is asked about lineage, and the answer: plain data, which goes to an editor as it is. */

export interface LineageQuestion {
  /** Full name of a dataset; null is the whole project. */
  readonly around: string | null;
  /** Steps from `around`: to what it reads, and to what reads it. */
  readonly up: number;
  readonly down: number;
  /** Whose path is shown as well, all of it. */
  readonly column: ColumnAt | null;
  /** Schemas of a large project whose datasets are shown: `dwh.core`. */
  readonly open: readonly string[];
}

export interface ColumnAt {
  readonly dataset: string;
  readonly column: string;
}

export interface LineageGraph {
  /** Each after what it reads. */
  readonly nodes: readonly LineageNode[];
  /** By names of nodes, each once. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Null where no column is asked for, or it is gone. */
  readonly path: ColumnPath | null;
  /** Datasets of the project. */
  readonly total: number;
}

export type LineageNode = LineageDataset | LineageSchema;

export interface LineageDataset {
  readonly kind: 'dataset';
  /** Full. */
  readonly name: string;
  readonly is: 'source' | 'table' | 'view' | 'step' | 'dimension';
  readonly layer: string | null;
  readonly doc: string | null;
  readonly columns: readonly LineageColumn[];
  readonly errors: number;
  readonly checks: number;
  readonly tests: number;
  /** Neighbours that are not shown. */
  readonly moreUp: number;
  readonly moreDown: number;
}

export interface LineageColumn {
  readonly name: string;
  /** In the language's words: `decimal(12, 2)?`. */
  readonly type: string;
  readonly isKey: boolean;
  /** `pii(email)` */
  readonly tags: readonly string[];
}

export interface LineageSchema {
  readonly kind: 'schema';
  /** `dwh.core`, or a store without schemas; what is in none goes by the empty name. */
  readonly name: string;
  readonly layer: string | null;
  readonly datasets: number;
  readonly errors: number;
}

export interface ColumnPath {
  readonly of: ColumnAt;
  readonly columns: readonly ColumnAt[];
  readonly edges: readonly ColumnEdge[];
}

export interface ColumnEdge {
  readonly from: ColumnAt;
  readonly to: ColumnAt;
  /** direct: the value is carried. indirect: it only decides. */
  readonly kind: 'direct' | 'indirect';
}
