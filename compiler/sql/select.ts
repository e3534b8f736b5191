/** Queries as text that a person is glad to read: one clause a line, columns one a line where they are many. */

import { call, intLiteral, isNotTrue } from '../relational/build.ts';
import { masked } from '../relational/mask.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { AssertRel, ColumnId, Expr, NamedRel, Rel, SortKey } from '../relational/rel.ts';
import { INT64 } from '../relational/types.ts';
import {
  columnsUsed,
  expressionsOf,
  forEachExpr,
  forEachRel,
  inputsOf,
  queryOf,
  someExpr,
} from '../relational/walk.ts';
import { ordersAlike, PRECEDENCE } from '../semantics/functions/table.ts';
import { rawLines } from '../syntax/raw-sql.ts';
import {
  type Block,
  blocksIn,
  type Clause,
  type Compound,
  type Cte,
  expressionsIn,
  type Query,
  type Raw,
  type RawSource,
  type Source,
  type Step,
  unused,
} from './block.ts';
import { trailText } from './describe.ts';
import type { Dialect } from './dialect.ts';
import { embed } from './dialect.ts';
import { Expressions } from './expr.ts';
import { Folder } from './fold.ts';
import { broken, comment, indent, list, WIDTH, wrapped } from './layout.ts';
import { isSafeWord } from './names.ts';

export interface QueryOptions {
  /** Comment lines above the query, without `--`. */
  readonly head?: readonly string[];
  /** Where a dataset's rows are: schema and name of its public view. */
  readonly table?: (dataset: string) => { readonly schema: string; readonly name: string };
}

/**
 * One SELECT with the relation's columns in order, each of exactly its declared type. Assertions are passed through.
 * The relation is rendered as it stands: `optimize` it first.
 */
export function renderQuery(rel: Rel, dialect: Dialect, options: QueryOptions = {}): string {
  return renderWithParts(rel, dialect, options).sql;
}

/** Where stages of the program are in the text. */
export interface SqlPart {
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** A whole SELECT, or one clause of it. */
  readonly what: 'query' | Clause;
  /** Where the stages that it says are written. */
  readonly says: readonly NonNullable<Rel['at']>[];
}

/** The same text, and which part of it says what. Subqueries in expressions are parts of the clause that they are in. */
export function renderWithParts(
  rel: Rel,
  dialect: Dialect,
  options: QueryOptions = {},
): { readonly sql: string; readonly parts: readonly SqlPart[] } {
  const writer = new Writer(dialect, options.table ?? lastTwoParts);
  const head = (options.head ?? [])
    .flatMap(comment)
    .map((line) => `${line}\n`)
    .join('');
  const { sql, parts } = writer.whole(rel);
  const moved = parts.map((part) => ({ ...part, start: part.start + head.length, end: part.end + head.length }));
  return { sql: head + sql, parts: moved };
}

export interface RenderedAssertion {
  readonly message: string;
  readonly at: Rel['at'];
  /** Returns the rows that break it: all columns at that point, personal data masked. */
  readonly sql: string;
}

/** One query for each assertion, in the order in which rows meet them. Takes the relation as checked and optimises itself. */
export function renderAssertions(rel: Rel, dialect: Dialect, options: QueryOptions = {}): readonly RenderedAssertion[] {
  return assertionsIn(rel, []).map(({ assert, scope }) => {
    const input = withoutAssertions(assert.input);
    const failing: Rel = {
      kind: 'filter',
      input,
      condition: isNotTrue(assert.condition),
      // Of the rows that break it nothing is known that it would have told.
      columns: input.columns,
      at: assert.at,
      label: assert.label,
    };
    const whole = scope.reduceRight<Rel>(
      (body, named) => ({ ...named, definition: withoutAssertions(named.definition), body, columns: body.columns }),
      masked(failing),
    );
    return { message: assert.message, at: assert.at, sql: renderQuery(optimize(whole), dialect, options) };
  });
}

/** Assertions, inputs first, each with the `with` names that it may read. One inside a correlated subquery has no rows of its own. */
function assertionsIn(
  rel: Rel,
  scope: readonly NamedRel[],
): readonly { readonly assert: AssertRel; readonly scope: readonly NamedRel[] }[] {
  const own = rel.kind === 'assert' ? [{ assert: rel, scope }] : [];
  if (rel.kind === 'named') return [...assertionsIn(rel.definition, scope), ...assertionsIn(rel.body, [...scope, rel])];
  const queries: Rel[] = [];
  for (const expr of expressionsOf(rel)) {
    forEachExpr(expr, (part) => {
      const query = queryOf(part);
      if (query !== null) queries.push(query);
    });
  }
  return [...inputsOf(rel), ...queries].flatMap((input) => assertionsIn(input, scope)).concat(own);
}

function lastTwoParts(dataset: string): { readonly schema: string; readonly name: string } {
  const parts = dataset.split('.');
  return { schema: parts.at(-2) ?? 'main', name: parts.at(-1) ?? dataset };
}

type Columns = ReadonlyMap<ColumnId, string>;

/** Where a query is being written. */
interface Place {
  readonly folder: Folder;
  /** The columns that a correlated subquery may read, by what they are called. */
  readonly outer: Columns;
  /** Aliases that are taken further out. */
  readonly aliases: ReadonlySet<string>;
  /** The CTEs of the whole, as text: those of a subquery join them as long as they read nothing from further out. */
  readonly ctes: string[];
  /** Whether parts are marked here: not inside of expressions, whose lines are broken by their length. */
  readonly marks: boolean;
}

class Writer {
  readonly #dialect: Dialect;
  readonly #table: NonNullable<QueryOptions['table']>;
  readonly #texts: string[] = [];
  readonly #marks: Pick<SqlPart, 'what' | 'says'>[] = [];
  /** What the whole query has somewhere. */
  readonly #seen = { constants: false, outerJoins: false };

  constructor(dialect: Dialect, table: NonNullable<QueryOptions['table']>) {
    this.#dialect = dialect;
    this.#table = table;
  }

  whole(rel: Rel): { readonly sql: string; readonly parts: readonly SqlPart[] } {
    const place: Place = {
      folder: new Folder(this.#dialect),
      outer: new Map(),
      aliases: new Set(),
      ctes: [],
      marks: true,
    };
    const text = this.#withCtes(place.ctes, this.#query(rel, place, true));
    const { constants, outerJoins } = this.#seen;
    const tail = constants && outerJoins ? this.#dialect.constantKeys : null;
    return this.#unmarked(tail === null ? text : `${text}\n${tail}`);
  }

  /** Puts in the raw texts, and takes the marks out for the places that they stand at. */
  #unmarked(marked: string): { readonly sql: string; readonly parts: readonly SqlPart[] } {
    const starts = new Map<number, number>();
    const parts: SqlPart[] = [];
    let sql = '';
    let done = 0;
    for (const { 0: whole, index, groups = {} } of marked.matchAll(PLACEHOLDER)) {
      sql += marked.slice(done, index);
      done = index + whole.length;
      const number = Number(groups['raw'] ?? groups['mark']);
      if (groups['raw'] !== undefined) sql += this.#rawText(number, groups['margin'] ?? '');
      else if (groups['side'] === '<') starts.set(number, sql.length);
      else {
        const part = this.#marks[number];
        if (part !== undefined) parts.push({ ...part, start: starts.get(number) ?? 0, end: sql.length });
      }
    }
    return { sql: sql + marked.slice(done), parts };
  }

  #rawText(index: number, margin: string): string {
    return rawLines(this.#texts[index] ?? '', this.#dialect.engine)
      .map((line) => (line.inside || line.text === '' ? line.text : `${margin}${line.text}`))
      .join('\n');
  }

  /** Marks a text as what says these steps. */
  #marked(text: string, what: SqlPart['what'], steps: readonly Step[], place: Place): string {
    const says = steps.flatMap(({ at }) => at ?? []);
    if (!place.marks || text === '' || says.length === 0) return text;
    const number = this.#marks.push({ what, says }) - 1;
    return `\u0000<${number}\u0000${text}\u0000>${number}\u0000`;
  }

  /** A query in its place. CTEs that read columns from further out stay beside it, the others go to the top. */
  #query(rel: Rel, place: Place, columns: boolean): string {
    const query = place.folder.query(rel);
    const here: string[] = [];
    const correlated = new Set<Cte>();
    for (const cte of place.folder.ctes) {
      if (blocksIn(cte.query).some((block) => readsOuter(block, place.outer, correlated))) {
        correlated.add(cte);
        here.push(this.#cte(cte, place));
      } else {
        place.ctes.push(this.#cte(cte, { ...place, outer: new Map(), aliases: new Set() }));
      }
    }
    return this.#withCtes(here, this.#text(query, place, columns));
  }

  #withCtes(ctes: readonly string[], body: string): string {
    if (ctes.length === 0) return body;
    const isBare = this.#dialect.has.parenthesesAfterWith || !PARENTHESIS.test(body);
    return `WITH ${ctes.join(',\n')}\n${isBare ? '' : 'SELECT * FROM '}${body}`;
  }

  #cte(cte: Cte, place: Place): string {
    const fence = isLimited(cte.query) && !this.#dialect.has.fencedLimits ? 'MATERIALIZED ' : '';
    const head = `${this.#word(cte.name)} AS ${fence}(`;
    const comment = `-- ${trailText(cte.query.trail, WIDTH - head.length - 8)}`;
    const text = `${head}  ${comment}\n${indent(this.#text(cte.query, place, true, cte.names))}\n)`;
    return this.#marked(text, 'query', cte.query.trail, place);
  }

  #text(query: Query, place: Place, columns: boolean, names?: readonly string[]): string {
    switch (query.kind) {
      case 'raw':
        return this.#raw(query, place, names);
      case 'compound':
        return this.#compound(query, place, names);
      case 'block':
        return this.#block(query, place, columns, names);
    }
  }

  /** The columns by name, each of its declared type. The text itself is put in when all else is written: nobody indents it. */
  #raw(query: Raw, place: Place, names?: readonly string[]): string {
    const text = query.parts.map((part) => (typeof part === 'string' ? part : this.#rawSource(part))).join('');
    this.#texts.push(text);
    const items = query.columns.map((column, i) => {
      const own = this.#dialect.quote(column.name);
      return `CAST(raw.${own} AS ${this.#dialect.type(column.type)}) AS ${this.#dialect.quote(names?.[i] ?? column.name)}`;
    });
    const whole = `${list('SELECT', items)}\nFROM (\n  ${placeholder(this.#texts.length - 1)}\n) AS raw`;
    return this.#marked(whole, 'query', query.trail, place);
  }

  #rawSource(from: RawSource): string {
    if (from.kind === 'cte') return this.#word(from.cte.name);
    const { schema, name } = this.#table(from.dataset);
    return `${this.#dialect.quote(schema)}.${this.#dialect.quote(name)}`;
  }

  #compound(query: Compound, place: Place, names?: readonly string[]): string {
    const names_ = names ?? query.columns.map((column) => column.name);
    const inputs = query.inputs.map((input) => {
      const text = this.#text(input, place, true, names_);
      const closed = input.kind === 'block' && input.order.length === 0 && input.limit === null;
      // A chain of UNION ALL reads without parentheses; other operations do not associate.
      const chain =
        input.kind === 'compound' &&
        query.operation === 'union' &&
        query.all &&
        input.operation === 'union' &&
        input.all &&
        input.order.length === 0 &&
        input.limit === null;
      return closed || chain ? text : `(\n${indent(text)}\n)`;
    });
    const lines = [inputs.join(`\n${query.operation.toUpperCase()} ${query.all ? 'ALL' : 'DISTINCT'}\n`)];
    if (query.order.length > 0) {
      const position = new Map(query.columns.map((column, i) => [column.id, names_[i] ?? column.name]));
      const scope = { column: (id: ColumnId): string => this.#dialect.quote(position.get(id) ?? ''), query: () => '' };
      const order = list('ORDER BY', new Expressions(scope, this.#dialect).keys(query.order));
      lines.push(this.#marked(order, 'order', stepsOf(query, 'order'), place));
    }
    if (query.limit !== null) lines.push(this.#marked(limitLine(query.limit), 'limit', stepsOf(query, 'limit'), place));
    return this.#marked(lines.join('\n'), 'query', query.trail, place);
  }

  #block(block: Block, place: Place, columns: boolean, names?: readonly string[]): string {
    const alias = this.#aliases(block, place);
    const taken = new Set([...place.aliases, ...[...alias.values()].map((name) => name.toLowerCase())]);
    const inside = new Map(place.outer);
    for (const [id, base] of block.bases)
      inside.set(id, `${this.#word(alias.get(base.source) ?? '')}.${this.#dialect.quote(base.name)}`);
    const expressions = new Expressions(
      {
        column: (id) => {
          const name = inside.get(id);
          if (name === undefined) throw new Error(`column ${id} is not among what the query reads`);
          return name;
        },
        query: (rel, asked) => {
          // A CTE that is made for the subquery is called like no table around it: ClickHouse would look in the wrong one.
          for (const name of taken) place.folder.takenNow.add(name);
          const folder = new Folder(this.#dialect, place.folder);
          return this.#query(rel, { folder, outer: inside, aliases: taken, ctes: place.ctes, marks: false }, asked);
        },
      },
      this.#dialect,
    );

    const lines: string[] = [];
    // Whether rows exist is asked without columns and order, unless these say how many rows there are.
    const bare = !columns && block.group === null && block.limit === null && !block.distinct;
    const part = (what: Clause, text: string, ...more: readonly Clause[]): void => {
      lines.push(this.#marked(text, what, stepsOf(block, what, ...more), place));
    };
    part('select', bare ? 'SELECT 1' : this.#select(block, expressions, inside, alias, names), 'group');
    for (const source of block.sources)
      part(source.join === null ? 'from' : 'join', this.#source(source, alias.get(source) ?? '', expressions));
    if (block.where.length > 0) part('where', conditionLines('WHERE', block.where, expressions));
    if (block.group !== null) for (const line of groupLines(block.group, expressions)) part('group', line);
    const losesWhole = block.group?.sets != null && !this.#dialect.has.wholeWithoutAggregate && !aggregates(block);
    const having = losesWhole ? [...block.having, HAS_COUNT] : block.having;
    if (having.length > 0) part('having', conditionLines('HAVING', having, expressions));
    if (block.order.length > 0 && !bare) part('order', this.#order(block, expressions, names));
    if (block.limit !== null) part('limit', limitLine(block.limit));
    return this.#marked(lines.join('\n'), 'query', block.trail, place);
  }

  #select(
    block: Block,
    expressions: Expressions,
    inside: Columns,
    alias: ReadonlyMap<Source, string>,
    names?: readonly string[],
  ): string {
    const items = block.columns.map((column, i) => {
      const value = block.values.get(column.id);
      if (value === undefined) throw new Error(`column ${column.name} has no value in its query`);
      const name = names?.[i] ?? column.name;
      const base = value.kind === 'column' ? block.bases.get(value.id) : undefined;
      // `f."day"` is called "day" already; only in a correlated column may the name be another's.
      const named = block.sources.length === 1 || this.#dialect.has.bareNamesOfJoins;
      if (base !== undefined && base.name === name && alias.has(base.source) && named)
        return inside.get(value.kind === 'column' ? value.id : -1) ?? '';
      if (isConstant(value)) this.#seen.constants = true;
      return `${expressions.exact(value, column.type)} AS ${this.#dialect.quote(name)}`;
    });
    return list(block.distinct ? 'SELECT DISTINCT' : 'SELECT', items);
  }

  #source(source: Source, alias: string, expressions: Expressions): string {
    const { from, join } = source;
    const word = this.#word(alias);
    if (join?.latest !== undefined) return this.#latest(source, word, join.words, join.on, join.latest, expressions);
    const words = join === null ? 'FROM' : join.words;
    if (/^(LEFT|RIGHT|FULL) /.test(words)) this.#seen.outerJoins = true;
    const on = join === null || join.on === null ? '' : ` ON ${expressions.render(join.on).sql}`;
    switch (from.kind) {
      case 'table': {
        const { schema, name } = this.#table(from.dataset);
        return broken(`${words} ${this.#dialect.quote(schema)}.${this.#dialect.quote(name)} AS ${word}`, on);
      }
      case 'cte': {
        const name = this.#word(from.cte.name);
        return broken(`${words} ${name === word ? name : `${name} AS ${word}`}`, on);
      }
      case 'values': {
        const rows = from.rows.map(
          (row, r) =>
            `(${row.map((value, i) => (r === 0 && from.columns[i] !== undefined ? expressions.exact(value, from.columns[i].type) : this.#later(value, from.columns[i]?.type ?? value.type, expressions))).join(', ')})`,
        );
        const names = from.names.map((name) => this.#dialect.quote(name)).join(', ');
        return broken(`${words} (\n  VALUES\n${indent(indent(rows.join(',\n')))}\n) AS ${word}(${names})`, on);
      }
      case 'unnest':
        return this.#dialect.unnest(expressions.render(from.value).sql, word, this.#dialect.quote(from.name));
    }
  }

  /** The one row of the source that `order` puts first among those that match. */
  #latest(
    source: Source,
    alias: string,
    words: string,
    on: Expr | null,
    order: SortKey,
    expressions: Expressions,
  ): string {
    const lines = [
      `SELECT ${alias}.*`,
      this.#source({ ...source, join: null }, alias.replaceAll('"', ''), expressions),
      ...(on === null ? [] : [conditionLines('WHERE', [on], expressions)]),
      list('ORDER BY', expressions.keys([order])),
      'LIMIT 1',
    ];
    return `${words} (\n${indent(lines.join('\n'))}\n) AS ${alias} ON TRUE`;
  }

  /** The first row's casts give `VALUES` its types; only decimals could widen them again. */
  #later(value: Expr, type: Expr['type'], expressions: Expressions): string {
    return type.kind === 'decimal' ? expressions.exact(value, type) : expressions.render(value).sql;
  }

  #order(block: Block, expressions: Expressions, names?: readonly string[]): string {
    const outputs = new Map(
      block.columns.flatMap((column, i) => {
        const value = block.values.get(column.id);
        return value === undefined || value.kind === 'column'
          ? []
          : [[JSON.stringify(value), names?.[i] ?? column.name]];
      }),
    );
    const keys = expressions.keys(block.order, (key) => {
      const output = outputs.get(JSON.stringify(key));
      // An output's name may only stand alone.
      return output === undefined || !ordersAlike(this.#dialect.engine, key.type)
        ? expressions.orderKey(key)
        : this.#dialect.quote(output);
    });
    return list('ORDER BY', keys);
  }

  /**
   * No alias is what another table of the block, or one of its subqueries, is called under its own alias: ClickHouse finds
   * `t."a"` there first, and a condition on the rows around would compare a row with itself.
   */
  #aliases(block: Block, place: Place): ReadonlyMap<Source, string> {
    const inside = this.#namesInside(block, place.folder);
    const taken = new Set(place.aliases);
    const aliases = new Map<Source, string>();
    for (const source of block.sources) {
      const others = block.sources.filter((other) => !readsSame(other, source)).map((other) => this.#nameOf(other));
      const name = unused(source.wish.toLowerCase(), new Set([...taken, ...inside, ...others]));
      taken.add(name);
      aliases.set(source, name);
    }
    return aliases;
  }

  /** What the source is called without its alias. */
  #nameOf({ from }: Source): string {
    switch (from.kind) {
      case 'table':
        return this.#table(from.dataset).name.toLowerCase();
      case 'cte':
        return from.cte.name.toLowerCase();
      case 'values':
      case 'unnest':
        return '';
    }
  }

  /** The names of the tables that the block's subqueries read. */
  #namesInside(block: Block, folder: Folder): readonly string[] {
    const names: string[] = [];
    const visit = (rel: Rel): void => {
      if (rel.kind === 'scan') names.push(this.#table(rel.dataset).name.toLowerCase());
      if (rel.kind === 'reference')
        names.push((folder.namedNow.get(rel.name.toLowerCase())?.name ?? rel.name).toLowerCase());
    };
    for (const expr of expressionsIn(block)) {
      forEachExpr(expr, (part) => {
        const query = queryOf(part);
        if (query !== null) forEachRel(query, visit);
      });
    }
    return names;
  }

  /** A name of ours or an alias of the person's: quoted only where it must be. */
  #word(word: string): string {
    return isSafeWord(word) ? word : this.#dialect.quote(word);
  }
}

/** The same in every row. A query in an expression reads nothing of the rows around it. */
const isConstant = (expr: Expr): boolean =>
  !someExpr(expr, (part) => part.kind === 'column' || part.kind === 'aggregate' || part.kind === 'window');

const readsSame = ({ from: a }: Source, { from: b }: Source): boolean =>
  a === b ||
  (a.kind === 'table' && b.kind === 'table' && a.dataset === b.dataset) ||
  (a.kind === 'cte' && b.kind === 'cte' && a.cte === b.cte);

/** Stands for a text on a line of its own. No text of a person reaches SQL with such a character in it outside of raw SQL. */
const placeholder = (index: number): string => `\u0000${index}\u0000`;
/** At the beginning of a text, behind the marks of what it says. */
const PARENTHESIS = /^(?:\0<\d+\0)*\(/;
/** Those, and the ends of what is marked. */
const PLACEHOLDER = /^(?<margin> *)\0(?<raw>\d+)\0$|\0(?<side>[<>])(?<mark>\d+)\0/gm;

const stepsOf = ({ trail }: Block | Compound, ...clauses: readonly Clause[]): readonly Step[] =>
  trail.filter(({ clause }) => clauses.includes(clause));

/** Whether a `LIMIT` chooses its rows, or those of a query that it joins together. */
const isLimited = (query: Query): boolean =>
  (query.kind !== 'raw' && query.limit !== null) || blocksIn(query).some(({ limit }) => limit !== null);

/** Whether the block has an aggregate. */
/** True of any group: it makes a query one that aggregates. */
const HAS_COUNT: Expr = call('greater_or_equal', [
  {
    kind: 'aggregate',
    fn: 'count',
    args: [],
    distinct: false,
    filter: null,
    order: [],
    type: INT64,
    nullable: false,
    inexact: false,
  },
  intLiteral(0),
]);

function aggregates(block: Block): boolean {
  let found = false;
  for (const value of expressionsIn(block)) forEachExpr(value, (part) => (found ||= part.kind === 'aggregate'));
  return found;
}

/** True where the block reads a column from further out, itself or through a CTE that does. */
function readsOuter(block: Block, outer: Columns, correlated: ReadonlySet<Cte>): boolean {
  if (block.sources.some(({ from }) => from.kind === 'cte' && correlated.has(from.cte))) return true;
  return expressionsIn(block).some((expr) =>
    [...columnsUsed(expr)].some((id) => outer.has(id) && !block.bases.has(id)),
  );
}

function conditionLines(words: string, conditions: readonly Expr[], expressions: Expressions): string {
  const parts = conditions
    .flatMap((condition) => andParts(condition))
    .map((condition) => embed(expressions.condition(condition), PRECEDENCE.not));
  const [first, ...rest] = parts;
  if (first !== undefined && rest.length === 0) return wrapped(`${words} ${first}`, WIDTH);
  const line = `${words} ${parts.join(' AND ')}`;
  return line.length <= WIDTH && !line.includes('\n')
    ? line
    : wrapped(`${words} ${[first, ...rest.map((part) => indent(`AND ${part}`))].join('\n')}`, WIDTH);
}

function andParts(condition: Expr): readonly Expr[] {
  return condition.kind === 'call' && condition.fn === 'and' ? condition.args.flatMap(andParts) : [condition];
}

function groupLines(group: NonNullable<Block['group']>, expressions: Expressions): readonly string[] {
  const keys = group.keys.map((key) => expressions.key(key));
  if (group.sets === null) return keys.length === 0 ? [] : [list('GROUP BY', keys)];
  const sets = group.sets.map((set) => `(${set.map((i) => keys[i] ?? '').join(', ')})`);
  return [`GROUP BY GROUPING SETS (${sets.join(', ')})`];
}

function limitLine({ count, offset }: NonNullable<Block['limit']>): string {
  return offset === 0 ? `LIMIT ${count}` : `LIMIT ${count} OFFSET ${offset}`;
}
