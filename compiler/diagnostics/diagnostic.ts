/** What every stage of the compiler reports. Plain data; rendering is in render.ts. */

export type Severity = 'error' | 'warning' | 'info';

/**
 * A place in the program. With a `declaration` (its index in the file's parsed declarations is not stable, so it is an id
 * the workspace gave), offsets are relative to that declaration; without, they are absolute in the file.
 */
export interface Place {
  readonly file: string;
  readonly declaration: string | null;
  readonly start: number;
  readonly end: number;
}

export interface Related {
  readonly place: Place;
  readonly message: string;
}

/** One text replacement; an insertion where `start === end`. */
export interface Edit {
  readonly place: Place;
  readonly text: string;
}

/** `safe` fixes keep or mend the meaning without a choice, so `pipec check --fix` applies them by itself. */
export interface Fix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly Edit[];
}

export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
  /** Words beside the carets, such as "did you mean `delay`?". */
  readonly label: string | null;
  readonly related: readonly Related[];
  readonly fixes: readonly Fix[];
  /** Lines after `=`: facts that help. */
  readonly notes: readonly string[];
}

/** One row of a code table (codes/*.ts). `Params` are the message's typed parameters. */
export interface CodeRow<Params> {
  readonly severity: Severity;
  /** One sentence in the user's words, without a full stop; names in back-ticks. */
  readonly message: (params: Params) => string;
  /** Markdown: what it means, why it is an error, what to do. The page `docs/errors/<code>.md` and `pipec explain` show it. */
  readonly explanation: string;
  /** What it means for the text at its place: an editor fades what nobody uses. */
  readonly tag?: 'unused';
  /** A small program that gives this diagnostic, and the same mended (null where there is no one mend). */
  readonly example: { readonly wrong: string; readonly right: string | null };
}

/** Gives a row its parameter type by inference: `code({ severity, message: (p: { column: string }) => … })`. */
export function code<Params = Record<never, never>>(row: CodeRow<Params>): CodeRow<Params> {
  return row;
}

/** By file, then place; at one place what is worse first. `startOf` tells where in its file a place begins. */
export function inOrder(found: readonly Diagnostic[], startOf: (place: Place) => number): readonly Diagnostic[] {
  if (found.length < 2) return found;
  const rank: Record<Severity, number> = { error: 0, warning: 1, info: 2 };
  const keyed = found.map((one) => ({ one, start: startOf(one.place) }));
  keyed.sort(
    (a, b) =>
      compare(a.one.place.file, b.one.place.file) ||
      a.start - b.start ||
      rank[a.one.severity] - rank[b.one.severity] ||
      compare(a.one.code, b.one.code),
  );
  return keyed.map(({ one }) => one);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
