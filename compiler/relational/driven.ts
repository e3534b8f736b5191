/**
 * Which dataset drives a query, and where the rows that came to it end up: the query with the position of the driving row
 * beside its columns. Only what looks at one driving row at a time can be computed of the new ones alone.
 */
import { columnRef, exactly } from './build.ts';
import type { ColumnId, Rel, RelColumn, ScanRel } from './rel.ts';
import { INT64 } from './types.ts';
import { forEachRel, inputsOf, someExpr } from './walk.ts';

export interface Driven {
  /** The query, with `position` among its columns. */
  readonly rel: Rel;
  /** What the first `from` reads. */
  readonly driver: string;
  readonly position: RelColumn;
}

/** Why new rows alone do not do. */
export interface NotDriven {
  /** "`aggregate`": as in "cannot be computed of new rows alone". */
  readonly what: string;
  readonly at: Rel['at'];
}

/** The dataset of the first `from`; null where it reads none. */
export function driverOf(rel: Rel): string | null {
  return leaf(rel, new Map())?.dataset ?? null;
}

function leaf(rel: Rel, named: ReadonlyMap<string, Rel>): ScanRel | null {
  switch (rel.kind) {
    case 'scan':
      return rel;
    case 'values':
    case 'raw-sql':
      return null;
    case 'reference': {
      const definition = named.get(rel.name);
      return definition === undefined ? null : leaf(definition, named);
    }
    case 'named':
      return leaf(rel.body, new Map([...named, [rel.name, rel.definition]]));
    default: {
      const [first] = inputsOf(rel);
      return first === undefined ? null : leaf(first, named);
    }
  }
}

/**
 * @param name of the position in the driving dataset
 * @param log what the driving scan reads in place of that dataset
 */
export function driven(rel: Rel, name: string, log = (dataset: string): string => dataset): Driven | NotDriven {
  const scan = leaf(rel, new Map());
  if (scan === null) return { what: 'a query that begins with no dataset', at: rel.at };
  const again = secondRead(rel, scan);
  if (again !== null) return again;
  try {
    const { rel: whole, position } = new Positions(rel, scan, name, log).through(rel);
    return { rel: whole, driver: scan.dataset, position };
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.why;
    throw thrown;
  }
}

/** Read once more, it gives all its rows, also those that come later. */
function secondRead(rel: Rel, scan: ScanRel): NotDriven | null {
  const named = new Map<string, Rel>();
  const uses = new Map<string, number>();
  let other: Rel | null = null;
  forEachRel(rel, (node) => {
    if (node.kind === 'named') {
      named.set(node.name, node.definition);
      if (leaf(node.definition, named) === scan) uses.set(node.name, 0);
    }
    if (node.kind === 'scan' && node !== scan && node.dataset === scan.dataset) other ??= node;
    if (node.kind !== 'reference') return;
    const times = uses.get(node.name);
    if (times === undefined) return;
    if (times > 0) other ??= node;
    uses.set(node.name, times + 1);
  });
  return other === null ? null : { what: `\`${scan.dataset}\`, read a second time,`, at: (other as Rel).at };
}

class Refusal extends Error {
  readonly why: NotDriven;

  constructor(what: string, { at }: Pick<Rel, 'at'>) {
    super(what);
    this.why = { what, at };
  }
}

/** A relation with the position among its columns. */
interface Positioned {
  readonly rel: Rel;
  readonly position: RelColumn;
}

/** Adds the position to each node between the driving scan and the whole. */
class Positions {
  readonly #scan: ScanRel;
  readonly #name: string;
  readonly #log: (dataset: string) => string;
  readonly #named = new Map<string, Rel>();
  #free: ColumnId = 0;

  constructor(rel: Rel, scan: ScanRel, name: string, log: (dataset: string) => string) {
    this.#scan = scan;
    this.#name = name;
    this.#log = log;
    forEachRel(rel, ({ columns }) => {
      for (const { id } of columns) this.#free = Math.max(this.#free, id + 1);
    });
  }

  #column(): RelColumn {
    const id = this.#free++;
    const plain = { nullable: false, inexact: false, doc: null, tags: [], origins: [] };
    return { id, name: this.#name, type: INT64, ...plain };
  }

  through(rel: Rel): Positioned {
    switch (rel.kind) {
      case 'scan': {
        const position = this.#column();
        const columns = [...rel.columns, position];
        return {
          rel: { ...rel, dataset: this.#log(rel.dataset), columns, source: [...rel.source, this.#name] },
          position,
        };
      }
      case 'filter':
      case 'assert':
      case 'sort': {
        const { rel: input, position } = this.through(rel.input);
        return { rel: { ...rel, input, columns: [...rel.columns, position] }, position };
      }
      case 'project': {
        if (rel.values.some((value) => someExpr(value, ({ kind }) => kind === 'window')))
          throw new Refusal('a window function', rel);
        const { rel: input, position } = this.through(rel.input);
        const columns = [...rel.columns, position];
        return { rel: { ...rel, input, columns, values: [...rel.values, columnRef(position)] }, position };
      }
      case 'unnest': {
        const { rel: input, position } = this.through(rel.input);
        return { rel: { ...rel, input, columns: [...input.columns, ...rel.columns.slice(-1)] }, position };
      }
      case 'join': {
        if (rel.type === 'right' || rel.type === 'full') throw new Refusal(`\`${rel.type} join\``, rel);
        const { rel: left, position } = this.through(rel.left);
        const count = rel.left.columns.length;
        const columns = [...rel.columns.slice(0, count), position, ...rel.columns.slice(count)];
        return { rel: { ...rel, left, columns }, position };
      }
      case 'named': {
        this.#named.set(rel.name, rel.definition);
        const drives = leaf(rel.definition, this.#named) === this.#scan;
        const definition = drives ? ending(this.through(rel.definition)) : rel.definition;
        const { rel: body, position } = this.through(rel.body);
        return { rel: { ...rel, definition, body, columns: body.columns }, position };
      }
      case 'reference': {
        const position = this.#column();
        return { rel: { ...rel, columns: [...rel.columns, position] }, position };
      }
      case 'aggregate':
        throw new Refusal('`aggregate`', rel);
      case 'limit':
        throw new Refusal('`limit`', rel);
      case 'distinct':
        throw new Refusal('`distinct`', rel);
      case 'set-operation':
        throw new Refusal(`\`${rel.operation}\``, rel);
      case 'values':
      case 'raw-sql':
        throw new Error(`nothing drives a ${rel.kind}`);
    }
  }
}

/** With the position last, where those that refer to it look for it. */
function ending({ rel, position }: Positioned): Rel {
  const others = rel.columns.filter(({ id }) => id !== position.id);
  return exactly(
    rel,
    [...others, position].map(({ id }) => id),
  );
}
