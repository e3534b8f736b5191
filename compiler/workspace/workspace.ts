/** The façade that the command and the editor share: texts in, answers out. Synchronous, no IO. */
import type { Diagnostic, Edit, Place } from '../diagnostics/diagnostic.ts';
import type { Column, RowType } from '../relational/types.ts';
import type { CatalogEntry } from '../semantics/catalog.ts';
import type { ElaboratedQuery } from '../semantics/context.ts';
import type { Program } from '../semantics/model.ts';
import type { Answer, Question } from '../semantics/outside.ts';
import { elaborateQuery } from '../semantics/queries.ts';
import { parseQuery } from '../syntax/parser.ts';
import { Facts } from './facts.ts';
import { programOf } from './program.ts';

/** The rows of a dataset, and of its query on the way to them. Offsets are the file's. */
export interface DatasetRows {
  readonly dataset: string;
  readonly start: number;
  readonly end: number;
  readonly row: RowType;
  /** After each stage, those of inner queries included, in the order they were checked. */
  readonly stages: readonly { readonly start: number; readonly end: number; readonly columns: readonly Column[] }[];
}

export class Workspace {
  readonly #facts: Facts;

  /** Goes on from what `save` gave in another process; where that is of no use, from nothing. */
  constructor(saved: Uint8Array | null = null) {
    this.#facts = Facts.restored(saved) ?? new Facts();
  }

  /**
   * What is known, for a later process: all but what follows from texts quickly, in bytes that belong one after the other. It
   * holds for these texts only and is found out of date text by text. Null where what this workspace began from serves as well.
   */
  save(): readonly Uint8Array[] | null {
    return this.#facts.isWorthSaving ? this.#facts.db.save() : null;
  }

  /** From here on the project has exactly these files. Paths are relative to the project's folder, with `/`. */
  setFiles(files: Iterable<{ readonly path: string; readonly text: string }>): void {
    this.#facts.files.setAll(files);
  }

  setFile(path: string, text: string): void {
    this.#facts.files.set(path, text);
  }

  removeFile(path: string): void {
    this.#facts.files.remove(path);
  }

  /** Tests assert which queries ran. */
  onQuery(listener: (query: string, key: string) => void): void {
    this.#facts.db.onRun = listener;
  }

  /**
   * Everything that is wrong, file by file. Places may be relative to a declaration: see `absolute`. Who will ask for nothing
   * but findings says so, and the check of a large project takes half the memory.
   */
  check(keep: 'all' | 'findings' = 'all'): readonly Diagnostic[] {
    return this.#facts.check(keep);
  }

  /** The checked project; null where there is an error, or no project. */
  program(): Program | null {
    return this.check().some((each) => each.severity === 'error') ? null : programOf(this.#facts);
  }

  /** A query that stands in no file. Its own places are offsets in its text, in the file `<query>`. */
  adHocQuery(text: string): { readonly diagnostics: readonly Diagnostic[]; readonly query: ElaboratedQuery | null } {
    const parsed = parseQuery(text);
    if (parsed.diagnostics.some((each) => each.severity === 'error'))
      return { diagnostics: parsed.diagnostics, query: null };
    const { context, diagnostics } = this.#facts.queryContext(
      ({ start, end }) => ({ file: '<query>', declaration: null, start, end }),
      ({ start, end }) => text.slice(start, end),
    );
    const query = elaborateQuery(parsed.query, context, 'shown');
    return { diagnostics: [...parsed.diagnostics, ...diagnostics], query: query.broken ? null : query };
  }

  /** What only an engine can tell: whoever has IO finds it out, and tells it with `answer`. */
  questions(): readonly Question[] {
    return this.#facts.questions();
  }

  /** From here on this is known. An answer of another process has to be told again. */
  answer(question: Question, answer: Answer): void {
    this.#facts.answer(question, answer);
  }

  get datasetCount(): number {
    return this.#facts.count;
  }

  /** All datasets, each after what it reads. */
  datasets(): readonly CatalogEntry[] {
    const { catalog } = this.#facts;
    return catalog.order.flatMap((name) => catalog.get(name) ?? []);
  }

  /** The datasets that a file declares, with what is known of their rows: hovers and hints stand on it. */
  rows(file: string): readonly DatasetRows[] {
    return this.#facts.files.symbols.get(file).flatMap(({ id, name, namespace }): DatasetRows[] => {
      if (namespace !== 'dataset') return [];
      const start = this.#facts.startOf(id);
      const { end } = this.#facts.tree(id);
      const stages = this.#facts
        .stages(id)
        .map((stage) => ({ start: start + stage.span.start, end: start + stage.span.end, columns: stage.columns }));
      return [{ dataset: name, start, end: start + end, row: this.#facts.shape.get(id).shape.row, stages }];
    });
  }

  /** Offsets in the file of a place that may be relative to a declaration. */
  absolute(place: Place): { readonly start: number; readonly end: number } {
    if (place.declaration === null) return place;
    const start = this.#facts.startOf(place.declaration);
    return { start: start + place.start, end: start + place.end };
  }

  /** New texts of the files that safe fixes change; of two fixes that touch, the first in the text is taken. */
  applyFixes(): ReadonlyMap<string, string> {
    const byFile = new Map<string, { readonly start: number; readonly end: number; readonly text: string }[]>();
    const taken = (edit: Edit): boolean => {
      const { start, end } = this.absolute(edit.place);
      return (byFile.get(edit.place.file) ?? []).some((other) => start <= other.end && other.start <= end);
    };
    for (const { fixes } of this.check()) {
      const fix = fixes.find((each) => each.safe);
      if (fix === undefined || fix.edits.some(taken)) continue;
      for (const { place, text } of fix.edits) {
        const list = byFile.get(place.file) ?? [];
        list.push({ ...this.absolute(place), text });
        byFile.set(place.file, list);
      }
    }
    return new Map(
      [...byFile].map(([file, edits]) => {
        let text = this.#facts.files.text(file);
        for (const edit of edits.sort((a, b) => b.start - a.start))
          text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
        return [file, text];
      }),
    );
  }
}
