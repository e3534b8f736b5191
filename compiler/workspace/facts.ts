/**
 * What is known of a project, as memoised queries: `parse(file) → symbols(file) → shape(declaration) → checked(declaration)`.
 * Editing the body of a table checks its readers again only where its rows have another type.
 */
import { diagnostic } from '../diagnostics/codes.ts';
import type { Diagnostic, Place } from '../diagnostics/diagnostic.ts';
import type { Rel } from '../relational/rel.ts';
import type { Column } from '../relational/types.ts';
import { forEachRel } from '../relational/walk.ts';
import { Catalog, type CatalogEntry } from '../semantics/catalog.ts';
import { referencedDataset } from '../semantics/checks.ts';
import type { CheckContext, DatasetRef } from '../semantics/context.ts';
import type { DeclarationContext, Models, Shape } from '../semantics/declarations/context.ts';
import { checkForm } from '../semantics/declarations/kind.ts';
import { laterKinds } from '../semantics/declarations/later.ts';
import { kindNamed, kindWords, namespaceOf } from '../semantics/declarations/registry.ts';
import { namesUsed } from '../semantics/reads.ts';
import { closest } from '../semantics/suggest.ts';
import { type DeclarationSymbol, joinName, SymbolIndex, symbolPlace, symbolsOf } from '../semantics/symbols.ts';
import type { Declaration, QualifiedName } from '../syntax/ast.ts';
import { type ParsedFile, parseFile } from '../syntax/parser.ts';
import { SourceFile, type Span } from '../syntax/source.ts';
import { Database, type Query, sameData } from './query.ts';

/** What checking a declaration gives; the model is null where there is none. */
export interface Checked {
  readonly model: unknown;
  readonly diagnostics: readonly Diagnostic[];
}
interface Shaped {
  readonly shape: Shape;
  readonly diagnostics: readonly Diagnostic[];
}

const UNTOLD: Shape = { row: { columns: [], keys: [] }, broken: true, query: null };

export class Facts {
  readonly db = new Database();
  readonly texts = this.db.input<string>();
  readonly #files = this.db.input<readonly string[]>();
  readonly #names = new Set<string>();

  readonly parse: Query<ParsedFile> = this.db.query('parse', (file) =>
    parseFile(new SourceFile(file, this.texts.get(file) ?? '')),
  );

  readonly symbols: Query<readonly DeclarationSymbol[]> = this.db.query(
    'symbols',
    (file) => symbolsOf(file, this.parse.get(file).declarations, namespaceOf),
    { equal: sameData },
  );

  readonly #index = this.db.query('index', () => {
    const index = new SymbolIndex(this.files().map((file) => this.symbols.get(file)));
    return { index, byId: new Map(index.symbols.map((symbol) => [symbol.id, symbol])) };
  });

  /** A declaration's tree; equal where only its place in the file is another. */
  readonly tree: Query<Declaration> = this.db.query(
    'tree',
    (id) => {
      const { file } = this.symbol(id);
      const found = this.parse.get(file).declarations[this.symbols.get(file).findIndex((symbol) => symbol.id === id)];
      if (found === undefined) throw new Error(`no declaration ${id}`);
      return found;
    },
    { equal: (before, after) => sameData({ ...before, start: 0 }, { ...after, start: 0 }) },
  );

  /** Full names of the datasets that a dataset's query reads, functions of the project followed. */
  readonly reads: Query<readonly string[]> = this.db.query('reads', (id) => this.#readsOf(id), { equal: sameData });

  readonly #catalog = this.db.query('catalog', () => {
    const entries = this.index.symbols.flatMap((symbol): CatalogEntry[] =>
      symbol.namespace === 'dataset' && symbol.name !== '' && (symbol.kind === 'source' || symbol.kind === 'table')
        ? [
            {
              name: symbol.name,
              kind: symbol.kind,
              tags: tagsOf(this.tree.get(symbol.id)),
              reads: this.reads.get(symbol.id),
              compares: this.#compares(symbol.id),
            },
          ]
        : [],
    );
    return new Catalog(entries);
  });

  readonly shape: Query<Shaped> = this.db.query(
    'shape',
    (id) => {
      const declaration = this.tree.get(id);
      const kind = kindNamed(declaration.kind.text);
      if (kind?.shape === undefined) return { shape: UNTOLD, diagnostics: [] };
      const { context, diagnostics } = this.context(id, null);
      return { shape: kind.shape(declaration, context), diagnostics };
    },
    { equal: sameData, onCycle: () => ({ shape: UNTOLD, diagnostics: [] }) },
  );

  /** What readers see of a dataset: less than its shape, so that they are left alone where only its query changed. */
  readonly face: Query<DatasetRef> = this.db.query<DatasetRef>(
    'face',
    (id) => {
      const symbol = this.symbol(id);
      const { row, broken } = this.shape.get(id).shape;
      return { name: symbol.name, row, broken, place: symbolPlace(symbol) };
    },
    { equal: sameData, onCycle: (id) => ({ name: this.symbol(id).name, row: UNTOLD.row, broken: true, place: null }) },
  );

  readonly checked: Query<Checked> = this.db.query('checked', (id) => this.#check(id), {
    equal: sameData,
    onCycle: () => ({ model: null, diagnostics: [] }),
  });

  setFile(path: string, text: string): void {
    if (!this.#names.has(path)) {
      this.#names.add(path);
      this.#files.set('', [...this.#names].sort());
    }
    this.texts.set(path, text);
  }

  removeFile(path: string): void {
    if (!this.#names.delete(path)) return;
    this.#files.set('', [...this.#names].sort());
    this.texts.delete(path);
  }

  files(): readonly string[] {
    return this.#files.get('') ?? [];
  }

  get index(): SymbolIndex {
    return this.#index.get('').index;
  }

  get catalog(): Catalog {
    return this.#catalog.get('');
  }

  symbol(id: string): DeclarationSymbol {
    const symbol = this.#index.get('').byId.get(id);
    if (symbol === undefined) throw new Error(`no declaration ${id}`);
    return symbol;
  }

  /** Line of a declaration's first word, from 1. */
  lineOf(id: string): number {
    return this.parse.get(this.symbol(id).file).source.position(this.tree.get(id).start).line;
  }

  model<K extends keyof Models>(kind: K, symbol: DeclarationSymbol): Models[K] | null {
    return symbol.kind === kind ? (this.checked.get(symbol.id).model as Models[K] | null) : null;
  }

  /** Rows after each stage of a dataset's query, found anew at each call. Spans are the declaration's. */
  stages(id: string): readonly { readonly span: Span; readonly columns: readonly Column[] }[] {
    const declaration = this.tree.get(id);
    const stages: { readonly span: Span; readonly columns: readonly Column[] }[] = [];
    const { context } = this.context(id, null);
    kindNamed(declaration.kind.text)?.shape?.(declaration, {
      ...context,
      stageRow: (span, columns) => stages.push({ span, columns }),
    });
    return stages;
  }

  /** What a declaration's check asks the project, and where it reports. */
  context(id: string, own: Shape | null): { readonly context: DeclarationContext; readonly diagnostics: Diagnostic[] } {
    const symbol = this.symbol(id);
    const textOf = (span: Span): string =>
      this.db.untracked(() => {
        const { start } = this.tree.get(id);
        return (this.texts.get(symbol.file) ?? '').slice(start + span.start, start + span.end);
      });
    const { context, diagnostics, reserveIds } = this.queryContext(
      (span) => ({ file: symbol.file, declaration: id, start: span.start, end: span.end }),
      textOf,
    );
    const whole: DeclarationContext = {
      ...context,
      symbol,
      own,
      definedAt: (span) => ({ file: symbol.file, line: textOf({ start: 0, end: span.start }).split('\n').length }),
      find: (namespace, name) => this.index.named(namespace, name)[0] ?? null,
      names: (namespace) => this.index.names(namespace),
      model: (kind, other) => this.model(kind, other),
      datasetNamed: (name) => {
        const found = this.index.named('dataset', name)[0];
        return found === undefined ? null : this.face.get(found.id);
      },
      elaborated: (other) => this.shape.get(other.id).shape.query,
      catalog: () => this.catalog,
      reserveIds,
    };
    return { context: whole, diagnostics };
  }

  /** The part of a context that queries need: also of one that stands in no file. */
  queryContext(
    place: (span: Span) => Place,
    text: (span: Span) => string,
  ): { readonly context: CheckContext; readonly diagnostics: Diagnostic[]; readonly reserveIds: (rel: Rel) => void } {
    const diagnostics: Diagnostic[] = [];
    let next = 0;
    const context: CheckContext = {
      report: (code, params, span, extras) => {
        diagnostics.push(diagnostic(code, params, place(span), extras));
      },
      place,
      text,
      dataset: (name) => this.#dataset(name, context),
      enumType: (name) => {
        const symbol = this.index.named('type', name)[0];
        return symbol === undefined ? null : this.model('enum', symbol);
      },
      userFunction: (name) => {
        const symbol = this.index.named('function', name)[0];
        return symbol === undefined ? null : { declaration: this.tree.get(symbol.id), file: symbol.file };
      },
      userFunctionNames: () => this.index.names('function'),
      freshId: () => next++,
    };
    const reserveIds = (rel: Rel): void => {
      forEachRel(rel, (node) => {
        for (const column of node.columns) next = Math.max(next, column.id + 1);
      });
    };
    return { context, diagnostics, reserveIds };
  }

  #dataset(name: QualifiedName, context: CheckContext): DatasetRef | null {
    const written = joinName(name);
    if (written === '') return null;
    const found = this.index.datasets(written);
    const [first] = found;
    if (first !== undefined && found.length === 1) return this.face.get(first.id);
    if (first !== undefined) {
      context.report('ambiguous-dataset', { name: written, candidates: found.map((symbol) => symbol.name) }, name, {
        related: found.map((symbol) => ({ place: symbolPlace(symbol), message: `\`${symbol.name}\`` })),
      });
      return null;
    }
    const meant = closest(
      written,
      this.index.names('dataset').flatMap((each) => [each, each.slice(each.lastIndexOf('.') + 1)]),
    );
    context.report(
      'unknown-dataset',
      { name: written },
      name,
      meant === null
        ? {}
        : {
            label: `did you mean \`${meant}\`?`,
            fixes: [
              {
                title: `replace \`${written}\` by \`${meant}\``,
                safe: true,
                edits: [{ place: context.place(name), text: meant }],
              },
            ],
          },
    );
    return null;
  }

  /** Datasets that the checks of one compare it with. */
  #compares(id: string): readonly string[] {
    return this.tree.get(id).properties.flatMap(({ value }) =>
      value.kind !== 'checks-body'
        ? []
        : value.clauses.flatMap((clause) => {
            const name = referencedDataset(clause);
            const found = name === null ? [] : this.index.datasets(joinName(name));
            return found.length === 1 && found[0] !== undefined ? [found[0].name] : [];
          }),
    );
  }

  #readsOf(id: string): readonly string[] {
    const reads = new Set<string>();
    const followed = new Set<string>();
    const follow = (declaration: Declaration): void => {
      if (declaration.value === null) return;
      const used = namesUsed(declaration.value);
      for (const name of used.datasets) {
        const found = this.index.datasets(joinName(name));
        if (found.length === 1 && found[0] !== undefined) reads.add(found[0].name);
      }
      for (const call of used.calls) {
        const symbol = this.index.named('function', call)[0];
        if (symbol === undefined || followed.has(symbol.id)) continue;
        followed.add(symbol.id);
        follow(this.tree.get(symbol.id));
      }
    };
    follow(this.tree.get(id));
    return [...reads];
  }

  #check(id: string): Checked {
    const declaration = this.tree.get(id);
    const word = declaration.kind.text;
    const kind = kindNamed(word);
    const shaped = kind?.shape === undefined ? null : this.shape.get(id);
    const { context, diagnostics } = this.context(id, shaped?.shape ?? null);
    if (kind === undefined) {
      reportKind(word, declaration, context);
      return { model: null, diagnostics };
    }
    checkForm(kind, declaration, context);
    this.#checkName(context, declaration);
    const model = kind.check(declaration, context);
    return { model, diagnostics: [...(shaped?.diagnostics ?? []), ...diagnostics] };
  }

  /** The second of two equal names is reported, and the second project of a folder. */
  #checkName(context: DeclarationContext, declaration: Declaration): void {
    const { symbol } = context;
    const at = declaration.name ?? declaration.kind;
    if (symbol.namespace === 'project') {
      const first = this.index.symbols.find((other) => other.namespace === 'project');
      if (first !== undefined && first.id !== symbol.id)
        context.report('two-projects', { name: first.name }, at, {
          related: [{ place: symbolPlace(first), message: 'it is declared here' }],
        });
      return;
    }
    if (symbol.name === '') return;
    const [first] = this.index.named(symbol.namespace, symbol.name);
    if (first === undefined || first.id === symbol.id) return;
    context.report('duplicate-name', { kind: first.kind, name: symbol.name }, at, {
      related: [{ place: symbolPlace(first), message: 'the first is here' }],
    });
  }
}

function reportKind(word: string, declaration: Declaration, context: DeclarationContext): void {
  const instead = Object.hasOwn(laterKinds, word) ? laterKinds[word] : undefined;
  if (instead !== undefined) {
    context.report('not-supported-yet', { what: `\`${word}\``, instead }, declaration.kind);
    return;
  }
  const meant = closest(word, kindWords);
  context.report(
    'unknown-kind',
    { kind: word },
    declaration.kind,
    meant === null
      ? {}
      : {
          label: `did you mean \`${meant}\`?`,
          fixes: [
            {
              title: `replace \`${word}\` by \`${meant}\``,
              safe: true,
              edits: [{ place: context.place(declaration.kind), text: meant }],
            },
          ],
        },
  );
}

/** Tags as written: selections need them before the declaration is checked. */
function tagsOf(declaration: Declaration): readonly string[] {
  const written = declaration.properties.find((property) => property.name.text === 'tags')?.value;
  if (written?.kind !== 'list') return [];
  return written.items.flatMap((item) =>
    item.kind === 'name' ? (item.name.parts[0]?.text ?? []) : item.kind === 'string' ? item.value : [],
  );
}
