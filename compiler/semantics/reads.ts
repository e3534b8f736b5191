/**
 * The datasets that a query names, found without checking it: order and circles must be known before rows are.
 * A name that a `with` defines is not a dataset where that `with` is seen.
 */
import {
  assertNever,
  type Expr,
  type GroupItem,
  type JoinStage,
  type NamedExpr,
  type NamedQuery,
  type NamedWindow,
  type OrderKey,
  type QualifiedName,
  type Query,
  type SelectItem,
  type SqlSelect,
  type Stage,
  type TableExpr,
  type WindowSpec,
} from '../syntax/ast.ts';
import { callName } from './config.ts';

export interface NamesUsed {
  /** In order of appearance, repeats included. */
  readonly datasets: readonly QualifiedName[];
  /** Calls, whose functions may be the project's own and read datasets themselves. */
  readonly calls: ReadonlySet<string>;
  /** Raw SQL, whose engine is named or the project's own: names in it that begin with a dataset's full name read it. */
  readonly raw: readonly { readonly engine: string | null; readonly text: string }[];
}

export function namesUsed(value: Query | SqlSelect | Expr): NamesUsed {
  const walk = new Walk();
  if (value.kind === 'query' || value.kind === 'sql-select') walk.query(value, NONE);
  else walk.expr(value, NONE);
  return walk;
}

/** Names that `with` has defined. */
type Defined = ReadonlySet<string>;
const NONE: Defined = new Set();

class Walk implements NamesUsed {
  readonly datasets: QualifiedName[] = [];
  readonly calls = new Set<string>();
  readonly raw: { readonly engine: string | null; readonly text: string }[] = [];

  query(query: Query | SqlSelect, outer: Defined): void {
    if (query.kind === 'sql-select') {
      this.#sqlSelect(query, outer);
      return;
    }
    let defined = outer;
    for (const stage of query.stages) {
      if (stage.kind === 'with') defined = this.#with(stage.queries, defined);
      else this.#stage(stage, defined);
    }
  }

  #with(queries: readonly NamedQuery[], outer: Defined): Defined {
    let defined = outer;
    for (const { name, query } of queries) {
      this.query(query, defined);
      defined = new Set([...defined, name.text]);
    }
    return defined;
  }

  #sqlSelect(query: SqlSelect, outer: Defined): void {
    const defined = this.#with(query.with, outer);
    for (const table of query.from) this.#table(table, defined);
    for (const join of query.joins) this.#join(join, defined);
    this.#items(query.items, defined);
    this.#groups(query.groups, defined);
    this.#windows(query.windows, defined);
    this.#orders(query.order, defined);
    for (const expr of [query.where, query.having, query.limit, query.offset])
      if (expr !== null) this.expr(expr, defined);
  }

  #stage(stage: Exclude<Stage, { kind: 'with' }>, defined: Defined): void {
    switch (stage.kind) {
      case 'from':
      case 'set-operation':
        for (const table of stage.tables) this.#table(table, defined);
        return;
      case 'join':
        this.#join(stage, defined);
        return;
      case 'where':
        this.expr(stage.condition, defined);
        return;
      case 'assert':
        this.expr(stage.condition, defined);
        for (const value of stage.values) this.expr(value, defined);
        return;
      case 'select':
        this.#items(stage.items, defined);
        this.#windows(stage.windows, defined);
        return;
      case 'extend':
        this.#named(stage.items, defined);
        this.#windows(stage.windows, defined);
        return;
      case 'set':
        for (const { value } of stage.assignments) this.expr(value, defined);
        return;
      case 'aggregate':
        this.#named(stage.items, defined);
        this.#groups(stage.groups, defined);
        return;
      case 'order':
        this.#orders(stage.keys, defined);
        return;
      case 'distinct':
        for (const expr of stage.on ?? []) this.expr(expr, defined);
        this.#orders(stage.order, defined);
        return;
      case 'pivot':
        this.#named(stage.aggregates, defined);
        this.expr(stage.column, defined);
        this.#named(stage.values, defined);
        return;
      case 'unnest':
        this.expr(stage.value, defined);
        return;
      case 'call':
        this.expr(stage.call, defined);
        return;
      case 'limit':
      case 'unpivot':
      case 'drop':
      case 'rename':
      case 'as':
      case 'missing':
        return;
      default:
        assertNever(stage);
    }
  }

  #table(table: TableExpr, defined: Defined): void {
    switch (table.kind) {
      case 'dataset': {
        const [first] = table.name.parts;
        if (first === undefined || first.text === '') return;
        if (table.name.parts.length > 1 || !defined.has(first.text)) this.datasets.push(table.name);
        return;
      }
      case 'values':
        for (const row of table.rows) this.expr(row, defined);
        return;
      case 'subquery':
        this.query(table.query, defined);
        return;
      case 'function':
        this.expr(table.call, defined);
        return;
      default:
        assertNever(table);
    }
  }

  #join(join: JoinStage, defined: Defined): void {
    this.#table(join.table, defined);
    if (join.on !== null) this.expr(join.on, defined);
  }

  #items(items: readonly SelectItem[], defined: Defined): void {
    for (const item of items) {
      if (item.kind === 'column') this.expr(item.value, defined);
      else this.#named(item.replace, defined);
    }
  }

  #named(items: readonly NamedExpr[], defined: Defined): void {
    for (const item of items) this.expr(item.value, defined);
  }

  #groups(groups: readonly GroupItem[], defined: Defined): void {
    for (const group of groups) {
      switch (group.kind) {
        case 'key':
          this.expr(group.value, defined);
          break;
        case 'rollup':
        case 'cube':
          this.#named(group.keys, defined);
          break;
        case 'grouping-sets':
          for (const set of group.sets) this.#named(set, defined);
          break;
        default:
          assertNever(group);
      }
    }
  }

  #orders(keys: readonly OrderKey[], defined: Defined): void {
    for (const key of keys) this.expr(key.value, defined);
  }

  #window(window: WindowSpec, defined: Defined): void {
    for (const key of window.partition) this.expr(key, defined);
    this.#orders(window.order, defined);
  }

  #windows(named: readonly NamedWindow[], defined: Defined): void {
    for (const { window } of named) this.#window(window, defined);
  }

  expr(expr: Expr, defined: Defined): void {
    switch (expr.kind) {
      case 'missing':
      case 'name':
      case 'star-argument':
      case 'null':
      case 'bool':
      case 'number':
      case 'string':
      case 'date-literal':
      case 'duration':
        return;
      case 'sql':
        this.raw.push({ engine: null, text: expr.text });
        return;
      case 'list':
        for (const item of expr.items) this.expr(item, defined);
        return;
      case 'object':
        for (const { name, value } of expr.properties) {
          if (value.kind === 'sql') this.raw.push({ engine: name.text, text: value.text });
          else if (value.kind !== 'checks-body') this.expr(value, defined);
        }
        return;
      case 'unary':
        this.expr(expr.operand, defined);
        return;
      case 'binary':
        this.expr(expr.left, defined);
        this.expr(expr.right, defined);
        return;
      case 'is':
        this.expr(expr.left, defined);
        if (expr.right !== null) this.expr(expr.right, defined);
        return;
      case 'between':
        this.expr(expr.value, defined);
        this.expr(expr.low, defined);
        this.expr(expr.high, defined);
        return;
      case 'in':
        this.expr(expr.value, defined);
        if (isQuery(expr.items)) this.query(expr.items, defined);
        else for (const item of expr.items) this.expr(item, defined);
        return;
      case 'like':
        this.expr(expr.value, defined);
        this.expr(expr.pattern, defined);
        return;
      case 'case':
        if (expr.subject !== null) this.expr(expr.subject, defined);
        for (const branch of expr.branches) {
          this.expr(branch.when, defined);
          this.expr(branch.then, defined);
        }
        if (expr.otherwise !== null) this.expr(expr.otherwise, defined);
        return;
      case 'interval':
        this.expr(expr.count, defined);
        return;
      case 'cast':
      case 'extract':
        this.expr(expr.value, defined);
        return;
      case 'call':
        this.calls.add(callName(expr));
        for (const argument of expr.args) this.expr(argument.value, defined);
        this.#orders(expr.order, defined);
        if (expr.filter !== null) this.expr(expr.filter, defined);
        if (expr.over !== null) this.#window(expr.over, defined);
        return;
      case 'index':
        this.expr(expr.value, defined);
        this.expr(expr.index, defined);
        return;
      case 'paren':
        this.expr(expr.inner, defined);
        return;
      case 'query-expr':
        this.query(expr.query, defined);
        return;
      default:
        assertNever(expr);
    }
  }
}

function isQuery(items: readonly Expr[] | Query | SqlSelect): items is Query | SqlSelect {
  return !Array.isArray(items);
}
