/**
 * Names as memoised lookups. A new declaration makes every lookup run again, which costs next to nothing, but only those who
 * asked for its name are told another answer.
 */
import { type DeclarationSymbol, fileOf, type Namespace, SymbolIndex } from '../semantics/symbols.ts';
import type { Files } from './files.ts';
import { symbolForm, symbolsForm } from './forms.ts';
import { type Database, KEPT, type Query, sameData } from './query.ts';

export class Names {
  readonly #index: Query<SymbolIndex>;
  /** Of a file, by id, with the place among its declarations. */
  readonly #positions: Query<ReadonlyMap<string, number>>;
  readonly #symbols: Query<readonly DeclarationSymbol[]>;
  readonly #symbol: Query<DeclarationSymbol | null>;
  readonly #named: Query<readonly DeclarationSymbol[]>;
  readonly #datasets: Query<readonly DeclarationSymbol[]>;
  readonly #first: Query<DeclarationSymbol | null>;
  readonly #inNamespace: Query<readonly string[]>;

  constructor(db: Database, files: Files) {
    const { symbols } = files;
    this.#symbols = symbols;
    this.#index = db.query('index', () => new SymbolIndex(files.all().map((file) => symbols.get(file))));
    this.#positions = db.query(
      'positions',
      (file) => new Map(symbols.get(file).map((symbol, position) => [symbol.id, position])),
    );
    const many = { equal: sameData, kept: symbolsForm };
    const one = { equal: sameData, kept: symbolForm };
    this.#symbol = db.query('symbol', (id) => symbols.get(fileOf(id))[this.position(id)] ?? null, one);
    this.#named = db.query(
      'named',
      (key) => {
        const end = key.indexOf(' ');
        return this.#all.named(key.slice(0, end) as Namespace, key.slice(end + 1));
      },
      many,
    );
    this.#datasets = db.query('datasets', (written) => this.#all.datasets(written), many);
    this.#first = db.query(
      'first',
      (namespace) => this.#all.symbols.find((symbol) => symbol.namespace === namespace) ?? null,
      one,
    );
    this.#inNamespace = db.query('names', (namespace) => this.#all.names(namespace as Namespace), KEPT);
  }

  /** Finds out whether the project declares what it did. */
  settle(): void {
    this.#index.settle('');
  }

  /** And whether names mean what they did to those who asked; false where nothing was in doubt. */
  settleRestored(): boolean {
    const queries = [this.#named, this.#datasets, this.#first, this.#inNamespace];
    return queries.map((query) => query.settleRestored()).includes(true);
  }

  get #all(): SymbolIndex {
    return this.#index.get('');
  }

  /** Every declaration of the project: whoever asks depends on all of them. */
  all(): readonly DeclarationSymbol[] {
    return this.#all.symbols;
  }

  /** A declaration that is there. */
  symbol(id: string): DeclarationSymbol {
    const symbol = this.#symbol.get(id);
    if (symbol === null) throw new Error(`no declaration ${id}`);
    return symbol;
  }

  /** Place of a declaration among those of its file; -1 where it is not there. */
  position(id: string): number {
    return this.#positions.get(fileOf(id)).get(id) ?? -1;
  }

  /** Ids of a file's declarations, in order. */
  ids(file: string): readonly string[] {
    return this.#symbols.get(file).map((symbol) => symbol.id);
  }

  /** Declarations of exactly this name, the first in the project first. */
  named(namespace: Namespace, name: string): readonly DeclarationSymbol[] {
    return this.#named.get(`${namespace} ${name}`);
  }

  /** Datasets that a name, written in whole or in part, may mean. */
  datasets(written: string): readonly DeclarationSymbol[] {
    return this.#datasets.get(written);
  }

  /** The first declaration of a namespace in the project. */
  first(namespace: Namespace): DeclarationSymbol | null {
    return this.#first.get(namespace);
  }

  names(namespace: Namespace): readonly string[] {
    return this.#inNamespace.get(namespace);
  }
}
