/** What a declaration reads, as written: it must be known before anything of it is checked. */
import type { CatalogEntry } from '../semantics/catalog.ts';
import { referencedDataset } from '../semantics/checks.ts';
import { type EngineName, isEngine } from '../semantics/functions/row.ts';
import { datasetNamed } from '../semantics/raw-sql.ts';
import { namesUsed } from '../semantics/reads.ts';
import { joinName } from '../semantics/symbols.ts';
import type { Declaration, Expr, QualifiedName, Query } from '../syntax/ast.ts';
import { rawNames } from '../syntax/raw-sql.ts';
import type { Names } from './names.ts';

/** What is asked of a project. */
export interface Readable {
  readonly names: Names;
  readonly tree: (id: string) => Declaration;
  /** Whose SQL it is where none is named. */
  readonly engine: () => EngineName;
}

/** Full names of the datasets that it reads, functions of the project followed; each once. */
export function readsOf(of: Declaration, { names, tree, engine }: Readable): readonly string[] {
  const reads = new Set<string>();
  const followed = new Set<string>();
  const add = (name: QualifiedName): void => {
    for (const read of datasetMeant(name, names)) reads.add(read);
  };
  const follow = (declaration: Declaration): void => {
    // What a test is `of` is no matter of this: only datasets are asked.
    if (declaration.of !== null) add(declaration.of);
    for (const query of queriesOf(declaration)) readQuery(query);
  };
  const readQuery = (query: Query | Expr): void => {
    const used = namesUsed(query);
    for (const name of used.datasets) add(name);
    for (const raw of used.raw) {
      const isDataset = (full: string): boolean => names.named('dataset', full).length > 0;
      for (const name of rawNames(raw.text, isEngine(raw.engine) ? raw.engine : engine())) {
        const dataset = datasetNamed(name, isDataset);
        if (dataset !== null) reads.add(dataset.parts.map((part) => part.text).join('.'));
      }
    }
    for (const call of used.calls) {
      const symbol = names.named('function', call)[0];
      if (symbol === undefined || followed.has(symbol.id)) continue;
      followed.add(symbol.id);
      follow(tree(symbol.id));
    }
  };
  follow(of);
  return [...reads];
}

/** Full names of the datasets that its checks compare it with. */
export function comparesOf({ properties }: Declaration, names: Names): readonly string[] {
  return properties.flatMap(({ value }) =>
    value.kind !== 'checks-body'
      ? []
      : value.clauses.flatMap((clause) => {
          const name = referencedDataset(clause);
          return name === null ? [] : datasetMeant(name, names);
        }),
  );
}

/** Selections need them. */
export function tagsOf({ properties }: Declaration): CatalogEntry['tags'] {
  const written = properties.find((property) => property.name.text === 'tags')?.value;
  if (written?.kind !== 'list') return [];
  return written.items.flatMap((item) =>
    item.kind === 'name' ? (item.name.parts[0]?.text ?? []) : item.kind === 'string' ? item.value : [],
  );
}

/** The one dataset that a name means; none where that is not clear. */
function datasetMeant(name: QualifiedName, names: Names): readonly string[] {
  const [first, ...more] = names.datasets(joinName(name));
  return first === undefined || more.length > 0 ? [] : [first.name];
}

/** The query of a dataset (or what a function stands for), and those in its properties, which are parenthesised there. */
function queriesOf({ value, properties }: Declaration): readonly (Query | Expr)[] {
  const inside = properties.flatMap((property) => (property.value.kind === 'query-expr' ? property.value : []));
  return value === null ? inside : [value, ...inside];
}
