/**
 * What is known of a project, as memoised queries: `parse(file) → symbols(file) → shape(declaration) → checked(declaration)`.
 * Editing the body of a table checks its readers again only where its rows have another type.
 *
 * Queries marked `kept` are those that a second process needs to say what is wrong without looking at what has not changed:
 * names, what readers see of a dataset, and what was reported. Trees, queries and models are made anew where they are asked for.
 */
import { hash } from 'node:crypto';
import { diagnostic } from '../diagnostics/codes.ts';
import { type Diagnostic, inOrder, type Place } from '../diagnostics/diagnostic.ts';
import type { RowType } from '../relational/types.ts';
import { Catalog, type CatalogEntry } from '../semantics/catalog.ts';
import type { DatasetRef } from '../semantics/context.ts';
import type { DeclarationContext, Models, Shape, TargetEngine } from '../semantics/declarations/context.ts';
import { kindNamed } from '../semantics/declarations/registry.ts';
import { type EngineName, isEngine } from '../semantics/functions/row.ts';
import { projectLints } from '../semantics/lint/registry.ts';
import type { DatasetModel } from '../semantics/model.ts';
import type { Answer, Question } from '../semantics/outside.ts';
import {
  type DatasetBrief,
  type Declared,
  type ProjectContext,
  projectRules,
  type WholeKind,
} from '../semantics/project.ts';
import { sourceUse } from '../semantics/runnable.ts';
import { type DeclarationSymbol, fileOf, joinName } from '../semantics/symbols.ts';
import { Trace } from '../semantics/trace.ts';
import type { Declaration, QualifiedName } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { type Checked, checkDeclaration, type Shaped } from './checked.ts';
import { Contexts } from './contexts.ts';
import { faceForm, faceOf } from './face.ts';
import { Files } from './files.ts';
import { briefForm } from './forms.ts';
import { Names } from './names.ts';
import { Database, type Input, KEPT, type Query, sameData } from './query.ts';
import { comparesOf, readsOf, tagsOf } from './reads-of.ts';

/** A declaration as written. `start` of the tree may be out of date: see `startOf`. */
interface Written {
  readonly tree: Declaration;
  readonly text: string;
}

/** What is kept of a check: all, or what is needed to say what is wrong; or all of these files and that of the others. */
export type Keep = 'all' | 'findings' | ReadonlySet<string>;

/** The share of what was restored that is not worth writing it all again. */
const LITTLE = 0.02;

const UNTOLD: Shape = { row: { columns: [], keys: [] }, broken: true, query: null };

export class Facts {
  readonly db = new Database();
  readonly files = new Files(this.db);
  /** How much was known from the start. */
  #restored = 0;
  #isTakenUp = true;

  readonly names = new Names(this.db, this.files);

  /** Equal where only its place in the file is another. */
  readonly #declared: Query<Written> = this.db.query<Written>(
    'declared',
    (id) => {
      const { source, declarations } = this.files.parse.get(this.names.symbol(id).file);
      const tree = declarations[this.names.position(id)];
      if (tree === undefined) throw new Error(`no declaration ${id}`);
      return { tree, text: source.text.slice(tree.start, tree.start + tree.end) };
    },
    {
      equal: (before, after) =>
        before.text === after.text && sameData({ ...before.tree, start: 0 }, { ...after.tree, start: 0 }),
    },
  );

  /** Full names of the datasets that a dataset's query reads, functions of the project followed. */
  readonly reads: Query<readonly string[]> = this.db.query(
    'reads',
    (id) =>
      readsOf(this.tree(id), { names: this.names, tree: (other) => this.tree(other), engine: () => this.#ownEngine() }),
    KEPT,
  );

  readonly #entry: Query<CatalogEntry> = this.db.query<CatalogEntry>(
    'entry',
    (id) => ({
      name: this.names.symbol(id).name,
      kind: this.names.symbol(id).kind === 'source' ? 'source' : 'table',
      tags: tagsOf(this.tree(id)),
      reads: this.reads.get(id),
      compares: comparesOf(this.tree(id), this.names),
    }),
    KEPT,
  );

  readonly #catalog = this.db.query('catalog', () => {
    const datasets = this.names.all().filter(({ name, namespace }) => name !== '' && namespace === 'dataset');
    return new Catalog(datasets.map(({ id }) => this.#entry.get(id)));
  });

  /** Ids of all datasets, each after what it reads. */
  readonly #order: Query<readonly string[]> = this.db.query(
    'order',
    () => this.catalog.order.flatMap((name) => this.names.named('dataset', name)[0]?.id ?? []),
    KEPT,
  );

  /** The circle that a dataset is caught in, by the name it begins with; null where there is none. */
  readonly #circle: Query<string | null> = this.db.query(
    'circle',
    (name) => {
      const { catalog } = this;
      const number = catalog.circleOf(name);
      return number === undefined ? null : (catalog.cycles[number]?.[0] ?? null);
    },
    KEPT,
  );

  readonly shape: Query<Shaped> = this.db.query(
    'shape',
    (id) => {
      const declaration = this.tree(id);
      const kind = kindNamed(declaration.kind.text);
      if (kind?.shape === undefined) return { shape: UNTOLD, diagnostics: [] };
      const { context, diagnostics } = this.context(id, null);
      return { shape: kind.shape(declaration, context), diagnostics };
    },
    { equal: sameData },
  );

  /** What readers see of a dataset (face.ts). */
  readonly face: Query<DatasetRef> = this.db.query<DatasetRef>(
    'face',
    (id) => {
      const { row, broken } = this.shape.get(id).shape;
      return faceOf(this.names.symbol(id), row, broken);
    },
    { equal: sameData, kept: faceForm },
  );

  readonly #targets: Query<readonly TargetEngine[]> = this.db.query<readonly TargetEngine[]>(
    'targets',
    () => {
      const project = this.names.first('project');
      const own = project === null ? null : (this.model('project', project)?.target ?? null);
      return this.names.names('target').flatMap((name) => {
        const symbol = this.names.named('target', name)[0];
        const engine = symbol === undefined ? undefined : this.model('target', symbol)?.engine.connector;
        return engine === undefined ? [] : [{ name, engine, own: name === own }];
      });
    },
    KEPT,
  );

  /** What those with IO have found out, by the key of the question. */
  readonly #answers: Input<Answer> = this.db.input('answer', (answer) => JSON.stringify(answer ?? null));

  /** The declarations of a file that ask something. */
  readonly #askers: Query<readonly string[]> = this.db.query(
    'askers',
    (file) => this.names.ids(file).filter((id) => this.#mayAsk(id)),
    KEPT,
  );

  /** All of them, file by file. */
  readonly #asking: Query<readonly string[]> = this.db.query(
    'asking',
    () => this.files.all().flatMap((file) => this.#askers.get(file)),
    KEPT,
  );

  readonly #questions: Query<readonly Question[]> = this.db.query(
    'questions',
    (id) => {
      const declaration = this.tree(id);
      return kindNamed(declaration.kind.text)?.questions?.(declaration, this.context(id, null).context) ?? [];
    },
    KEPT,
  );

  readonly checked: Query<Checked> = this.db.query(
    'checked',
    (id) => {
      const declaration = this.tree(id);
      const shaped = kindNamed(declaration.kind.text)?.shape === undefined ? null : this.shape.get(id);
      return checkDeclaration(declaration, shaped, this.context(id, shaped?.shape ?? null), this.names);
    },
    { equal: sameData },
  );

  /** What the check of a declaration comes past: which names mean what, for those who ask (trace.ts). */
  readonly trace: Query<Trace> = this.db.query('trace', (id) => {
    const declaration = this.tree(id);
    const kind = kindNamed(declaration.kind.text);
    const trace = new Trace();
    const traced = (own: Shape | null): DeclarationContext => ({
      ...this.context(id, own).context,
      trace: trace.nested(),
    });
    kind?.shape?.(declaration, traced(null));
    kind?.check(declaration, traced(kind.shape === undefined ? null : this.shape.get(id).shape));
    return trace;
  });

  readonly #reported: Query<readonly Diagnostic[]> = this.db.query(
    'reported',
    (id) => inOrder(this.checked.get(id).diagnostics, ({ start }) => start),
    KEPT,
  );

  /** Also for a query that stands in no file. */
  readonly contexts: Contexts = new Contexts({
    names: this.names,
    catalog: () => this.catalog,
    tree: (id) => this.tree(id),
    shape: (id) => this.shape.get(id).shape,
    face: (id) => this.face.get(id),
    model: (kind, symbol) => this.model(kind, symbol),
    reported: (id) => this.#reported.get(id),
    targets: () => this.#targets.get(''),
    circle: (dataset) => this.#circle.get(dataset),
    answer: (question) => this.#answers.get(questionKey(question)),
  });

  /** All that is wrong in a file: in its text and in its declarations. */
  readonly problems: Query<readonly Diagnostic[]> = this.db.query(
    'problems',
    (file) => {
      const syntax = this.files.syntax.get(file);
      const reported = this.names.ids(file).map((id) => ({ id, found: this.#reported.get(id) }));
      const all = reported.flatMap(({ found }) => found);
      // One after the other they are in the order of the text, wherever in it the declarations begin.
      const isInOrder = reported.every(({ id, found }) => found.every(({ place }) => place.declaration === id));
      return isInOrder && syntax.length === 0
        ? all
        : inOrder([...syntax, ...this.#readable(file, syntax, all)], (place) => this.startOfPlace(place));
    },
    KEPT,
  );

  /** What the rules about the project ask of a dataset. */
  readonly #brief: Query<DatasetBrief | null> = this.db.query<DatasetBrief | null>(
    'brief',
    (id) => {
      const model = this.checked.get(id).model as DatasetModel | null;
      if (model === null) return null;
      const { layer, source } = model;
      const use = source === null ? null : sourceUse(source.use);
      return { symbol: this.names.symbol(id), layer, use };
    },
    { equal: sameData, kept: briefForm },
  );

  /** The models that the rules about the project ask for whole. */
  readonly #known: Query<unknown> = this.db.query<unknown>('known', (id) => this.checked.get(id).model, KEPT);

  /** What is wrong with the project as a whole. */
  readonly together: Query<readonly Diagnostic[]> = this.db.query('together', () => this.#project(), KEPT);

  /** Facts of another process; null where its bytes do not fit these queries. */
  static restored(saved: Uint8Array | null): Facts | null {
    if (saved === null) return null;
    const facts = new Facts();
    try {
      facts.#restored = facts.db.restore(saved);
      facts.#isTakenUp = false;
      return facts;
    } catch {
      return null;
    }
  }

  /** Whether much had to be found out beyond what was restored. A little is found out anew as fast as it is read. */
  get isWorthSaving(): boolean {
    return this.db.runs > this.#restored * LITTLE;
  }

  /**
   * Everything that is wrong, found out in small steps between which others may have their turn; all that was found is of no
   * use any more once an input has changed. Upstream datasets are asked first, as each asks for those it reads: a long chain
   * of them would overflow the stack from its end. Files of `first` come before all others: a step yields the path of each as
   * soon as what `problems` says of it holds. Where only findings are kept, the trees, queries and models on the way are let go as
   * soon as nobody in the check needs them any more; whoever asks for them later makes them anew.
   */
  *checking(keep: Keep, first: readonly string[]): Generator<string | null, readonly Diagnostic[]> {
    const files = this.files.all();
    const isKept = (file: string): boolean => keep === 'all' || (keep !== 'findings' && keep.has(file));
    yield* this.#takingUp();
    for (const file of first) {
      this.problemsOf(file);
      yield file;
    }
    if (!this.#order.has(''))
      for (const { id, namespace } of this.names.all()) {
        if (namespace === 'dataset') this.#entry.settle(id);
        yield null;
      }
    const order = this.#order.get('');
    for (const file of files) if (!isKept(file)) this.#forgetFile(file);
    for (const id of order) {
      this.face.settle(id);
      if (!isKept(fileOf(id))) this.#forgetDataset(id);
      yield null;
    }
    for (const file of files) {
      this.problems.settle(file);
      yield null;
    }
    const found = files.map((file) => ({ file, own: this.problems.get(file) }));
    const all = [...found.flatMap(({ own }) => own), ...this.together.get('')];
    const isInOrder =
      this.together.get('').length === 0 &&
      found.every(({ file, own }) => own.every(({ place }) => place.file === file));
    return isInOrder ? all : inOrder(all, (place) => this.startOfPlace(place));
  }

  /** Reads what was edited, and finds out which part of what an earlier process knew holds. */
  *#takingUp(): Generator<null> {
    for (const file of this.files.all()) {
      this.files.symbols.settle(file);
      yield null;
    }
    if (this.#isTakenUp) return;
    this.#isTakenUp = true;
    // Nearly all stands on the names of the project and on what reads what: mostly no edit changes what one of them means.
    this.names.settle();
    this.db.sweep();
    if (this.names.settleRestored()) this.db.sweep();
    this.#catalog.settle('');
    this.db.sweep();
    if (this.#circle.settleRestored()) this.db.sweep();
  }

  /** What is wrong in one file, found out before all of the project is checked. */
  problemsOf(file: string): readonly Diagnostic[] {
    this.#settleUpstream(this.names.ids(file));
    return this.problems.get(file);
  }

  /** Brings what these declarations read up to date, the furthest first. */
  #settleUpstream(ids: readonly string[]): void {
    const seen = new Set<string>();
    // A dataset is settled when it comes up again, above all that it reads.
    const waiting: { readonly id: string; readonly isReady: boolean }[] = ids.map((id) => ({ id, isReady: false }));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { id, isReady } = next;
      if (isReady) this.face.settle(id);
      if (isReady || seen.has(id)) continue;
      seen.add(id);
      if (this.names.symbol(id).namespace === 'dataset') waiting.push({ id, isReady: true });
      for (const name of this.reads.get(id)) {
        const read = this.names.named('dataset', name)[0];
        if (read !== undefined) waiting.push({ id: read.id, isReady: false });
      }
    }
  }

  /** Lets go of a file's parse once all that asks for it has; its declarations are kept, each for itself. */
  #forgetFile(file: string): void {
    if (!this.files.parse.has(file)) return;
    for (const query of [this.files.syntax, this.files.starts]) query.settle(file);
    for (const id of this.names.ids(file)) this.#declared.settle(id);
    this.files.parse.drop(file);
  }

  #forgetDataset(id: string): void {
    if (![this.#declared, this.shape, this.checked].some((query) => query.has(id))) return;
    for (const query of [this.#reported, this.#brief]) query.settle(id);
    for (const query of [this.#declared, this.shape, this.checked]) query.drop(id);
  }

  /** Of all datasets. */
  get count(): number {
    return this.#order.get('').length;
  }

  /** What a line that does not read means is a guess, and would be told as a second mistake. */
  #readable(file: string, syntax: readonly Diagnostic[], reported: readonly Diagnostic[]): readonly Diagnostic[] {
    if (syntax.length === 0) return reported;
    const { source } = this.files.parse.get(file);
    const lineOf = ({ place }: Diagnostic): number => source.position(this.startOfPlace(place)).line;
    const unread = new Set(syntax.map(lineOf));
    return reported.filter((each) => !unread.has(lineOf(each)));
  }

  #project(): readonly Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const symbols = this.names.all();
    const context: ProjectContext = {
      symbols,
      named: (namespace, name) => this.names.named(namespace, name)[0] ?? null,
      catalog: this.catalog,
      files: this.files.all(),
      datasets: (which) =>
        symbols.flatMap(({ id, kind, namespace }) =>
          namespace === 'dataset' && (kind === 'source') === (which === 'source') ? (this.#brief.get(id) ?? []) : [],
        ),
      models: <K extends WholeKind>(kind: K) =>
        symbols.flatMap((symbol): Declared<K>[] => {
          const model = symbol.kind === kind ? (this.#known.get(symbol.id) as Models[K] | null) : null;
          return model === null ? [] : [{ symbol, model }];
        }),
      report: (code, params, place, extras) => {
        diagnostics.push(diagnostic(code, params, place, extras));
      },
    };
    for (const rule of [...projectRules, ...projectLints]) rule.check(context);
    return diagnostics;
  }

  /** What is to be asked outside, file by file. */
  questions(): readonly Question[] {
    for (const _ of this.#takingUp());
    return this.#asking.get('').flatMap((id) => this.#questions.get(id));
  }

  answer(question: Question, answer: Answer | null): void {
    const key = questionKey(question);
    if (answer === null) this.#answers.delete(key);
    else this.#answers.set(key, answer);
  }

  #mayAsk(id: string): boolean {
    const declaration = this.tree(id);
    return kindNamed(declaration.kind.text)?.asks?.(declaration) ?? false;
  }

  get catalog(): Catalog {
    return this.#catalog.get('');
  }

  tree(id: string): Declaration {
    return this.#declared.get(id).tree;
  }

  /** Offset of a declaration's first word. */
  startOf(id: string): number {
    return this.files.starts.get(this.names.symbol(id).file)[this.names.position(id)] ?? 0;
  }

  /** Offset in its file. */
  startOfPlace({ declaration, start }: Place): number {
    return declaration === null ? start : this.startOf(declaration) + start;
  }

  /** Line of a declaration's first word, from 1. */
  lineOf(id: string): number {
    return this.files.parse.get(this.names.symbol(id).file).source.position(this.startOf(id)).line;
  }

  model<K extends keyof Models>(kind: K, symbol: DeclarationSymbol): Models[K] | null {
    return symbol.kind === kind ? (this.checked.get(symbol.id).model as Models[K] | null) : null;
  }

  /** What a declaration's check asks the project, and where it reports. */
  context(id: string, own: Shape | null): { readonly context: DeclarationContext; readonly diagnostics: Diagnostic[] } {
    const symbol = this.names.symbol(id);
    const textOf = (span: Span): string => this.#declared.get(id).text.slice(span.start, span.end);
    return this.contexts.of(symbol, textOf, own, symbol.namespace === 'dataset' ? symbol.name : null);
  }

  /**
   * What a declaration means that stands in no file: one that is being written. `at` is an offset in it: what is not about that
   * place is left out. Rows of datasets are those that were last known, as only this declaration has changed since.
   */
  draft(
    symbol: DeclarationSymbol,
    tree: Declaration,
    text: string,
    at: number,
  ): { readonly trace: Trace; readonly row: RowType | null } {
    const kind = kindNamed(tree.kind.text);
    const trace = new Trace();
    const textOf = ({ start, end }: Span): string => text.slice(start, end);
    const traced = (own: Shape | null): DeclarationContext => ({
      ...this.contexts.of(symbol, textOf, own, null).context,
      dataset: (name) => this.#lastKnown(name),
      trace: trace.nested(),
    });
    const shape = kind?.shape?.(tree, traced(null)) ?? null;
    const isInQuery = shape !== null && tree.value !== null && at > tree.value.start;
    if (!isInQuery) kind?.check(tree, traced(shape));
    return { trace, row: shape?.row ?? null };
  }

  /** Nothing is said of names that mean none. */
  #lastKnown(name: QualifiedName): DatasetRef | null {
    const [first, ...more] = this.names.datasets(joinName(name));
    return first === undefined || more.length > 0 ? null : this.face.last(first.id);
  }

  /** Whose SQL it is where none is named. */
  #ownEngine(): EngineName {
    const engine = this.#targets.get('').find(({ own }) => own)?.engine ?? null;
    return isEngine(engine) ? engine : 'duckdb';
  }
}

const questionKey = (question: Question): string => hash('sha256', JSON.stringify(question), 'base64');
