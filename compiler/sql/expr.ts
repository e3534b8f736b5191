/** Expressions as SQL, with the parentheses that are needed and no others. */
import { call, columnRef, filtered } from '../relational/build.ts';
import type {
  AggregateExpr,
  ColumnId,
  Expr,
  LiteralValue,
  Rel,
  SortKey,
  WindowBound,
  WindowExpr,
} from '../relational/rel.ts';
import { INT64, type ValueType } from '../relational/types.ts';
import { queryOf, someExpr } from '../relational/walk.ts';
import {
  byOrder,
  type CellCall,
  knownRow,
  PRECEDENCE,
  type SqlFragment,
  scalarCall,
} from '../semantics/functions/table.ts';
import { atom, type Dialect, embed } from './dialect.ts';
import { isExact } from './exact.ts';
import { indent } from './layout.ts';

/** Where an expression stands: how its columns are called there, and how a subquery is written there. */
export interface Scope {
  column(id: ColumnId): string;
  /** The text of a subquery; `exists` asks for no columns. */
  query(rel: Rel, columns: boolean): string;
}

/** The SQL of an expression over columns called `columnName(id)`, such as the condition of a check. */
export function renderExpr(expr: Expr, columnName: (id: ColumnId) => string, dialect: Dialect): string {
  const query = (): never => {
    throw new Error('a subquery stands where none may');
  };
  return new Expressions({ column: columnName, query }, dialect).render(expr).sql;
}

type InSubquery = Expr & { readonly kind: 'in-subquery' };

/** Operators whose sides are compared by value: decimals need no cast there to be compared exactly. */
const ORDERING = new Set(['equals', 'not_equals', 'less', 'less_or_equal', 'greater', 'greater_or_equal', 'between']);
/** Nor does a number written out. */
const COMPARING = new Set([...ORDERING, 'in', 'is_distinct', 'is_not_distinct']);
const ARITHMETIC = new Set(['add', 'subtract', 'multiply', 'negate']);

/** A `case` longer than this is written over several lines. */
const CASE_LINE = 72;
/** So is an `over (…)`. */
const OVER_LINE = 72;

export class Expressions {
  readonly #scope: Scope;
  readonly #dialect: Dialect;

  constructor(scope: Scope, dialect: Dialect) {
    this.#scope = scope;
    this.#dialect = dialect;
  }

  render(expr: Expr): SqlFragment {
    switch (expr.kind) {
      case 'column':
        return atom(this.#scope.column(expr.id));
      case 'literal':
        return this.#dialect.literal(expr.value, expr.type);
      case 'call':
        return this.#call(expr);
      case 'case':
        return this.#case(expr);
      case 'cast': {
        const value = this.render(expr.value);
        if (expr.mode === 'try') return this.#dialect.tryCast(value, expr.value.type, expr.type);
        // An enum is stored as text, so seeing it as text is no work.
        if (this.#dialect.type(expr.value.type) === this.#dialect.type(expr.type)) return value;
        return this.#dialect.cast(value, expr.value.type, expr.type);
      }
      case 'scalar-subquery':
        return atom(paragraph(this.#scope.query(expr.query, true)));
      case 'exists':
        return negatable(expr.negated, `EXISTS ${paragraph(this.#scope.query(expr.query, false))}`, PRECEDENCE.atom);
      case 'in-subquery':
        return this.#in(expr);
      case 'list':
        return atom(
          this.#dialect.list(
            expr.items.map((item) => this.render(item).sql),
            expr.type,
          ),
        );
      case 'aggregate':
      case 'window':
        return this.#aggregate(expr);
    }
  }

  /** A condition of which only the rows matter for which it is true. */
  condition(expr: Expr): SqlFragment {
    return expr.kind === 'in-subquery' && !expr.negated ? this.#amongst(expr) : this.render(expr);
  }

  #amongst(expr: InSubquery): SqlFragment {
    const value = embed(this.render(expr.value), PRECEDENCE.concat);
    const query = paragraph(this.#scope.query(expr.query, true));
    return { sql: `${value} ${expr.negated ? 'NOT IN' : 'IN'} ${query}`, precedence: PRECEDENCE.comparison };
  }

  /** Null where whether the value is among the others is not known: there are others, and it or one of them is null. */
  #in(expr: InSubquery): SqlFragment {
    const [column] = expr.query.columns;
    if (this.#dialect.has.ternaryIn || column === undefined || !(expr.value.nullable || column.nullable))
      return this.#amongst(expr);
    const exists = (query: Rel): string => `EXISTS ${paragraph(this.#scope.query(query, false))}`;
    const unknown = [
      ...(expr.value.nullable
        ? [`${embed(this.render(expr.value), PRECEDENCE.concat)} IS NULL AND ${exists(expr.query)}`]
        : []),
      ...(column.nullable ? [exists(filtered(expr.query, [call('is_null', [columnRef(column)])], expr.query))] : []),
    ];
    const [found, missing] = expr.negated ? ['FALSE', 'TRUE'] : ['TRUE', 'FALSE'];
    const lines = [
      `WHEN ${this.#amongst({ ...expr, negated: false }).sql} THEN ${found}`,
      ...unknown.map((condition) => `WHEN ${condition} THEN NULL`),
      `ELSE ${missing}`,
    ];
    return atom(`CASE\n${lines.map(indent).join('\n')}\nEND`);
  }

  /** The expression with exactly its declared type: what a column of a query is. */
  exact(expr: Expr, type: ValueType): string {
    const { engine } = this.#dialect;
    // ClickHouse has no decimals written out: they are casts already.
    const isCast = expr.kind === 'literal' && expr.value !== null && type.kind === 'decimal' && engine === 'clickhouse';
    const value = isCast ? this.#dialect.literal(expr.value, type) : this.render(expr);
    return isCast || value.exact || isExact(expr, engine) ? value.sql : this.#cast(value, type).sql;
  }

  keys(keys: readonly SortKey[], written: (key: Expr) => string = (key) => this.orderKey(key)): readonly string[] {
    return keys.map((key) => `${written(key.value)} ${key.order.toUpperCase()} NULLS ${key.nulls.toUpperCase()}`);
  }

  /** An expression in GROUP BY or ORDER BY, where a bare number would mean a position. */
  key(expr: Expr): string {
    const value = this.render(expr);
    return expr.kind === 'literal' ? this.#cast(value, expr.type).sql : value.sql;
  }

  /** A key of an order: as `key`, in the words that make the engine order it as all do. */
  orderKey(expr: Expr): string {
    return byOrder(this.#dialect.engine, { ...this.render(expr), sql: this.key(expr) }, expr.type).sql;
  }

  #cast(value: SqlFragment, type: ValueType): SqlFragment {
    return atom(`CAST(${value.sql} AS ${this.#dialect.type(type)})`);
  }

  #call(expr: Expr & { readonly kind: 'call' }): SqlFragment {
    const { engine } = this.#dialect;
    const narrow =
      ARITHMETIC.has(expr.fn) && expr.type.kind === 'int64' && !expr.args.some((arg) => isExact(arg, engine));
    const args = expr.args.map((arg, i) => {
      const compared = isComparedAsItIs(expr.fn, arg) ? arg.value : arg;
      const whole = ORDERING.has(expr.fn) ? wholeNumber(compared) : null;
      if (whole !== null) return this.#dialect.literal(whole, INT64);
      if (compared !== arg) return this.render(compared);
      // DuckDB and PostgreSQL compute `1000000 * 1000000` in 32 bits.
      if (narrow && i === 0) return this.#cast(this.render(arg), arg.type);
      return this.#argument(arg);
    });
    return this.#cell(
      expr.fn,
      args,
      scalarCall({ ...describeArgs(expr.args), resultType: expr.type, quote: this.#dialect.text }),
    );
  }

  /** A null by its type, as a name may be several functions' that differ in the type they take. */
  #argument(arg: Expr): SqlFragment {
    const isNull = arg.kind === 'literal' && arg.value === null && arg.type.kind !== 'null';
    return isNull && this.#dialect.engine !== 'clickhouse' ? this.#cast(this.render(arg), arg.type) : this.render(arg);
  }

  #aggregate(expr: AggregateExpr | WindowExpr): SqlFragment {
    const order = expr.kind === 'aggregate' ? expr.order : [];
    return this.#cell(
      expr.fn,
      // A text that stands alone has no type yet on PostgreSQL, where these take any.
      expr.args.map((arg) => {
        const isLone = this.#dialect.engine === 'postgres' && arg.kind === 'literal' && isTextual(arg.type);
        if (isLone && arg.value !== null) return this.#cast(this.render(arg), arg.type);
        const { narrow, ...value } = this.#argument(arg);
        // DuckDB tries no subqueries.
        return narrow === undefined || someExpr(arg, (part) => queryOf(part) !== null) ? value : { ...value, narrow };
      }),
      {
        ...describeArgs(expr.args),
        resultType: expr.type,
        quote: this.#dialect.text,
        order: order.map(({ value, ...key }) => ({
          ...key,
          value: this.render(value),
          type: value.type,
          nullable: value.nullable,
        })),
        distinct: expr.distinct,
        filter: expr.filter === null ? null : this.render(expr.filter).sql,
        orderBy: order.length > 0 ? this.keys(order).join(', ') : null,
        over: expr.kind === 'window' ? this.#over(expr) : null,
      },
    );
  }

  #over(expr: WindowExpr): string {
    const parts: string[] = [];
    if (expr.partition.length > 0) parts.push(`PARTITION BY ${expr.partition.map((key) => this.key(key)).join(', ')}`);
    const { frame } = expr;
    const rangeType = expr.order[0]?.value.type;
    const isFar = frame?.unit === 'range' && ('offset' in frame.from || 'offset' in frame.to);
    const counted = isFar && rangeType !== undefined ? rangeType : null;
    const key = (of: Expr): string => (counted === null ? this.orderKey(of) : this.exact(of, counted));
    if (expr.order.length > 0) parts.push(`ORDER BY ${this.keys(expr.order, key).join(', ')}`);
    const bound = (of: WindowBound): string =>
      boundText(of, (offset) => (counted === null ? String(offset) : this.#dialect.distance(offset, counted)));
    if (frame !== null) parts.push(`${frame.unit.toUpperCase()} BETWEEN ${bound(frame.from)} AND ${bound(frame.to)}`);
    const line = parts.join(' ');
    return line.length <= OVER_LINE ? line : `\n${parts.map(indent).join('\n')}\n`;
  }

  #case(expr: Expr & { readonly kind: 'case' }): SqlFragment {
    const none = this.#dialect.noValue(expr.type);
    const value = (of: Expr): string =>
      none !== null && of.kind === 'literal' && of.value === null ? none : this.render(of).sql;
    const branches = expr.branches.map((branch) => `WHEN ${this.render(branch.when).sql} THEN ${value(branch.then)}`);
    const otherwise = expr.otherwise === null ? none : value(expr.otherwise);
    const lines = otherwise === null ? branches : [...branches, `ELSE ${otherwise}`];
    const short = `CASE ${lines.join(' ')} END`;
    if (short.length <= CASE_LINE && !short.includes('\n')) return atom(short);
    return atom(`CASE\n${lines.map((line) => indent(line)).join('\n')}\nEND`);
  }

  #cell(fn: string, args: readonly SqlFragment[], call: CellCall): SqlFragment {
    const sql = knownRow(fn).sql[this.#dialect.engine](args, call);
    if ('refused' in sql)
      throw new Error(
        `${fn} is refused on ${this.#dialect.engine}: ${sql.refused}; the checker lets no such program pass`,
      );
    return sql;
  }
}

const paragraph = (query: string): string => (query.includes('\n') ? `(\n${indent(query)}\n)` : `(${query})`);

const negatable = (negated: boolean, sql: string, precedence: number): SqlFragment =>
  negated ? { sql: `NOT ${sql}`, precedence: PRECEDENCE.not } : { sql, precedence };

function describeArgs(args: readonly Expr[]): Pick<CellCall, 'argTypes' | 'literals' | 'nullable'> {
  return {
    argTypes: args.map((arg) => arg.type),
    literals: args.map(literalOf),
    nullable: args.map((arg) => arg.nullable),
  };
}

function literalOf(expr: Expr): LiteralValue | undefined {
  if (expr.kind === 'cast' && expr.mode === 'widen') return literalOf(expr.value);
  return expr.kind === 'literal' ? expr.value : undefined;
}

const isNumberLiteral = (expr: Expr): boolean =>
  expr.kind === 'literal' && (expr.type.kind === 'int64' || expr.type.kind === 'decimal');

/** `24.00` is compared as `24`. */
function wholeNumber(expr: Expr): string | null {
  const match =
    expr.kind === 'literal' && expr.type.kind === 'decimal' ? /^(\d{1,15})\.0*$/.exec(String(expr.value)) : null;
  return match?.[1] ?? null;
}

const isComparedAsItIs = (fn: string, arg: Expr): arg is Expr & { readonly kind: 'cast' } =>
  arg.kind === 'cast' &&
  arg.mode === 'widen' &&
  ((COMPARING.has(fn) && isNumberLiteral(arg.value)) ||
    (ORDERING.has(fn) && arg.type.kind === 'decimal' && arg.value.type.kind === 'decimal'));

function boundText(of: WindowBound, distance: (offset: number) => string): string {
  switch (of.kind) {
    case 'preceding':
      return `${distance(of.offset)} PRECEDING`;
    case 'following':
      return `${distance(of.offset)} FOLLOWING`;
    case 'unbounded-preceding':
      return 'UNBOUNDED PRECEDING';
    case 'unbounded-following':
      return 'UNBOUNDED FOLLOWING';
    case 'current-row':
      return 'CURRENT ROW';
  }
}

const isTextual = (type: ValueType): boolean => type.kind === 'string' || type.kind === 'enum';
