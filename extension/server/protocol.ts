/** What the extension asks its server besides the Language Server Protocol. Positions are LSP's; a project goes by its folder. */

import type { LineageQuestion } from '../../compiler/ide/lineage-graph.ts';
import type { EngineSql } from '../../compiler/ide/sql-parts.ts';
import type { PreviewPlan } from '../../runtime/preview/messages.ts';

export type { Inspection } from '../../compiler/ide/inspection.ts';
export type {
  ColumnAt,
  ColumnEdge,
  ColumnPath,
  LineageColumn,
  LineageDataset,
  LineageGraph,
  LineageNode,
} from '../../compiler/ide/lineage-graph.ts';

export const requests = {
  /** () → ProjectInfo[] */
  projects: 'pipec/projects',
  /** () → TestInfo[] */
  tests: 'pipec/tests',
  /** TextDocumentPositionParams → DatasetAt | null */
  datasetAt: 'pipec/datasetAt',
  /** DatasetAt → DatasetPlace | null: where it is declared. */
  datasetPlace: 'pipec/datasetPlace',
  /** PreviewParams → PreviewHere | null */
  preview: 'pipec/preview',
  /** CompareParams → CompareHere | null */
  compare: 'pipec/compare',
  /** DatasetAt → Inspection (compiler/ide/inspection.ts) | null */
  inspect: 'pipec/inspect',
  /** Asked → SqlHere | null where there is no dataset */
  sql: 'pipec/sql',
  /** LineageAt → LineageGraph (compiler/ide/lineage-graph.ts) | null where the project is gone */
  lineage: 'pipec/lineage',
  /** { root } → string[]: full names of all datasets, each after what it reads */
  datasets: 'pipec/datasets',
} as const;

/** Which part of a project's lineage. */
export interface LineageAt extends LineageQuestion {
  readonly root: string;
}

export interface ProjectInfo {
  /** Its folder, an absolute path. */
  readonly root: string;
  readonly name: string;
  /** The one it names as its default; null where it names none. */
  readonly target: string | null;
  readonly targets: readonly { readonly name: string; readonly engine: string | null }[];
}

export interface TestInfo {
  readonly root: string;
  /** Null where the test has no name. */
  readonly name: string | null;
  /** With store and schema, as `pipec test --json` says it. */
  readonly dataset: string;
  readonly uri: string;
  readonly range: WireRange;
}

export interface DatasetAt {
  readonly root: string;
  readonly dataset: string;
}

/** Of a dataset's name in its declaration. */
export interface DatasetPlace {
  readonly uri: string;
  readonly range: WireRange;
}

/** From the server, a moment after projects, tests or what they say may have become others. */
export const changedNotification = 'pipec/changed';

/** A place in a text, or a dataset by its name. */
export type Asked =
  | { readonly textDocument: { readonly uri: string }; readonly position: WireRange['start'] }
  | DatasetAt;

export interface PreviewParams {
  readonly of: Asked;
  /** Whose sources are read; null is the project's own. */
  readonly target: string | null;
  /** Rows of each source at most. */
  readonly sample: number;
}

/** What is shown of the data at a place, or why nothing is. */
export type PreviewHere = DatasetAt &
  (
    | {
        readonly is: 'plan';
        /** The stage after which the rows are, as written; null where all of the dataset is shown. */
        readonly stage: string | null;
        readonly plan: PreviewPlan;
      }
    | PreviewTrouble
  );
export interface PreviewTrouble {
  readonly is: 'mistake' | 'refused';
  readonly message: string;
  /** More lines that help. */
  readonly notes: readonly string[];
  readonly at: { readonly uri: string; readonly range: WireRange } | null;
}

export interface CompareParams extends PreviewParams {
  /** Texts of before that are others than now, by their path in the project: null where there was no such file. */
  readonly before: Readonly<Record<string, string | null>>;
}
export type CompareHere = DatasetAt &
  (
    | {
        readonly is: 'plans';
        /** Null where there was no such dataset. */
        readonly before: PreviewPlan | null;
        readonly after: PreviewPlan;
        readonly key: readonly string[];
      }
    | (PreviewTrouble & { readonly of: 'before' | 'after' })
  );

/** The SQL of a dataset; null where it has a mistake. Stages are in the text, each after the one that it stands in. */
export interface SqlHere extends DatasetAt {
  readonly engines: readonly EngineSql[] | null;
  readonly stages: readonly { readonly uri: string; readonly range: WireRange }[];
}

/** From 0, in UTF-16 code units. */
export interface WireRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}
