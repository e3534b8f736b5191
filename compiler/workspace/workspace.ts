/** The façade that the command and the editor share: texts in, answers out. Synchronous, no IO. */
import type { Diagnostic, Edit, Place } from '../diagnostics/diagnostic.ts';
import type { RowType } from '../relational/types.ts';
import type { Catalog, CatalogEntry } from '../semantics/catalog.ts';
import type { ElaboratedQuery } from '../semantics/context.ts';
import type { DatasetKind, Models } from '../semantics/declarations/context.ts';
import { builtKinds, namespaceOf } from '../semantics/declarations/registry.ts';
import type { DatasetModel, Program } from '../semantics/model.ts';
import type { Answer, Question } from '../semantics/outside.ts';
import { elaborateQuery } from '../semantics/queries.ts';
import { type DeclarationSymbol, type Namespace, symbolsOf } from '../semantics/symbols.ts';
import type { Trace } from '../semantics/trace.ts';
import type { Declaration, Query, SqlSelect } from '../syntax/ast.ts';
import { type ParsedFile, parseFile, parseQuery } from '../syntax/parser.ts';
import { SourceFile } from '../syntax/source.ts';
import { Facts, type Keep } from './facts.ts';
import { programOf } from './program.ts';

/** A declaration where it stands. Offsets are the file's. */
export interface Declared {
  readonly symbol: DeclarationSymbol;
  /** Its spans are relative to `start`, and its own `start` may be out of date. */
  readonly tree: Declaration;
  readonly start: number;
  readonly end: number;
}

/** A replacement; offsets are the file's. */
export interface AbsoluteEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Offsets are those of its text. */
export interface Draft extends Declared {
  readonly trace: Trace;
  /** Its own rows, where it is a dataset. */
  readonly row: RowType | null;
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
   * Everything that is wrong, in the order of the text. Places may be relative to a declaration: see `absolute`. Who will ask for
   * nothing but findings says so, and the check of a large project takes half the memory.
   */
  check(keep: Keep = 'all'): readonly Diagnostic[] {
    const steps = this.checking(keep);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /**
   * `check` in small steps, for an editor that has other things to do meanwhile. A step yields the path of a file of `first`
   * when `problems` of it are known. A change of a text makes the rest of the steps worthless.
   */
  checking(keep: Keep = 'all', first: readonly string[] = []): Generator<string | null, readonly Diagnostic[]> {
    return this.#facts.checking(keep, first);
  }

  /** What is wrong in a file, as far as it and what it reads tell. */
  problems(file: string): readonly Diagnostic[] {
    return this.#facts.problemsOf(file);
  }

  /** What is wrong with the project as a whole. */
  projectProblems(): readonly Diagnostic[] {
    return this.#facts.together.get('');
  }

  /** What does not read in a file's text. */
  syntax(file: string): readonly Diagnostic[] {
    return this.#facts.files.syntax.get(file);
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
    const { context, diagnostics } = this.#facts.contexts.query(
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

  /** From here on this is known; null where it is not any more. An answer of another process has to be told again. */
  answer(question: Question, answer: Answer | null): void {
    this.#facts.answer(question, answer);
  }

  get declaresProject(): boolean {
    return this.#facts.names.first('project') !== null;
  }

  get datasetCount(): number {
    return this.#facts.count;
  }

  /** All datasets, each after what it reads. */
  datasets(): readonly CatalogEntry[] {
    const { catalog } = this.#facts;
    return catalog.order.flatMap((name) => catalog.get(name) ?? []);
  }

  // ---------------------------------------------------------------------------------------------- for those who look closely

  /** Paths, in order. */
  get files(): readonly string[] {
    return this.#facts.files.all();
  }

  has(path: string): boolean {
    return this.#facts.files.has(path);
  }

  /** A file as it is read: its text, its comments, its declarations in order. */
  parsed(path: string): ParsedFile {
    return this.#facts.files.parse.get(path);
  }

  text(path: string): string {
    return this.#facts.files.text(path);
  }

  /** What a file declares, in the order of its text. */
  declared(path: string): readonly Declared[] {
    return this.#facts.files.symbols.get(path).map((symbol) => this.declaration(symbol));
  }

  declaration(symbol: DeclarationSymbol): Declared {
    const tree = this.#facts.tree(symbol.id);
    const start = this.#facts.startOf(symbol.id);
    return { symbol, tree, start, end: start + tree.end };
  }

  /** All declarations, file by file. */
  get symbols(): readonly DeclarationSymbol[] {
    return this.#facts.names.all();
  }

  /** The declaration of exactly this name; the first where there are several. */
  symbol(namespace: Namespace, name: string): DeclarationSymbol | null {
    return this.#facts.names.named(namespace, name)[0] ?? null;
  }

  /** Names of a namespace; of datasets the full ones. */
  names(namespace: Namespace): readonly string[] {
    return this.#facts.names.names(namespace);
  }

  /** Datasets that a name, written in whole or in part, may mean. */
  datasetsNamed(written: string): readonly DeclarationSymbol[] {
    return this.#facts.names.datasets(written);
  }

  /** The rows of a dataset by its full name, with where their values come from. */
  row(dataset: string): RowType | null {
    const symbol = this.symbol('dataset', dataset);
    return symbol === null ? null : this.#facts.shape.get(symbol.id).shape.row;
  }

  /** The same as it was last known, by a dataset's full name: at once, where something else has changed since. */
  lastRow(dataset: string): RowType | null {
    const symbol = this.symbol('dataset', dataset);
    return symbol === null ? null : this.#facts.face.last(symbol.id).row;
  }

  /** What checking a declaration gives, by kind; null where it has errors or is of another kind. */
  model<K extends keyof Models>(kind: K, symbol: DeclarationSymbol): Models[K] | null {
    return this.#facts.model(kind, symbol);
  }

  /** What checking a dataset gives, whatever its kind; null where it has errors, or is none. */
  dataset(symbol: DeclarationSymbol): DatasetModel | null {
    return builtKinds.includes(symbol.kind as DatasetKind) || symbol.kind === 'source'
      ? this.#facts.model(symbol.kind as DatasetKind, symbol)
      : null;
  }

  /** A query that is made of parts of a declaration, to be looked at as if it stood there. Its spans are the declaration's. */
  elaborate(
    symbol: DeclarationSymbol,
    query: Query | SqlSelect,
  ): { readonly diagnostics: readonly Diagnostic[]; readonly query: ElaboratedQuery | null } {
    const { context, diagnostics } = this.#facts.context(symbol.id, null);
    const made = elaborateQuery(query, context, 'shown');
    return { diagnostics, query: made.broken ? null : made };
  }

  /** What names mean in a declaration, of what type its expressions are, what its stages see. Spans are the declaration's. */
  trace(symbol: DeclarationSymbol): Trace {
    return this.#facts.trace.get(symbol.id);
  }

  /**
   * A declaration that is being written, in the place of a file's: what its names mean as far as it goes. `text` holds it, and
   * maybe others; `at` is an offset in it. Nothing that is known of the files is asked anew for it. Null where there is none.
   */
  draft(file: string, text: string, at: number): Draft | null {
    const { declarations } = parseFile(new SourceFile(file, text));
    const tree = declarations.findLast(({ start }) => start <= at);
    const symbol = tree === undefined ? undefined : symbolsOf(file, [tree], namespaceOf)[0];
    if (tree === undefined || symbol === undefined) return null;
    const { start, end } = tree;
    const { trace, row } = this.#facts.draft(symbol, tree, text.slice(start, start + end), at - start);
    return { symbol, tree, start, end: start + end, trace, row };
  }

  /** All datasets with what they read. */
  get catalog(): Catalog {
    return this.#facts.catalog;
  }

  /** Offsets in the file of a place that may be relative to a declaration. */
  absolute(place: Place): { readonly start: number; readonly end: number } {
    const start = this.#facts.startOfPlace(place);
    return { start, end: start + place.end - place.start };
  }

  /** The same for a place that may be of an earlier check; null where its declaration is gone. */
  whereIs(place: Place): { readonly start: number; readonly end: number } | null {
    return place.declaration === null || this.#facts.names.position(place.declaration) !== -1
      ? this.absolute(place)
      : null;
  }

  /** What the safe fixes of these would change, by file; of two fixes that touch, the first is taken. */
  safeEdits(found: readonly Diagnostic[]): ReadonlyMap<string, readonly AbsoluteEdit[]> {
    const byFile = new Map<string, AbsoluteEdit[]>();
    const taken = (edit: Edit): boolean => {
      const { start, end } = this.absolute(edit.place);
      return (byFile.get(edit.place.file) ?? []).some((other) => start <= other.end && other.start <= end);
    };
    for (const { fixes } of found) {
      const fix = fixes.find((each) => each.safe);
      if (fix === undefined || fix.edits.some(taken)) continue;
      for (const { place, text } of fix.edits) {
        const list = byFile.get(place.file) ?? [];
        list.push({ ...this.absolute(place), text });
        byFile.set(place.file, list);
      }
    }
    return byFile;
  }

  /** New texts of the files that safe fixes change. */
  applyFixes(): ReadonlyMap<string, string> {
    return new Map(
      [...this.safeEdits(this.check())].map(([file, edits]) => {
        let text = this.#facts.files.text(file);
        for (const edit of [...edits].sort((a, b) => b.start - a.start))
          text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
        return [file, text];
      }),
    );
  }
}
