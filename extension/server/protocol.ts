/** What the extension asks its server besides the Language Server Protocol. Positions are LSP's; a project goes by its folder. */

export const requests = {
  /** () → ProjectInfo[] */
  projects: 'pipec/projects',
  /** () → TestInfo[] */
  tests: 'pipec/tests',
  /** TextDocumentPositionParams → DatasetAt | null */
  datasetAt: 'pipec/datasetAt',
  /** DatasetAt → DatasetPlace | null: where it is declared. */
  datasetPlace: 'pipec/datasetPlace',
} as const;

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

/** From 0, in UTF-16 code units. */
export interface WireRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}
