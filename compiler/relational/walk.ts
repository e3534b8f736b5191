/** Going over a Rel: children, rebuilding, the columns an expression stands on. No rule of its own lives here. */
import type { AggregateExpr, ColumnId, Expr, Rel, SortKey } from './rel.ts';

/** The relations a node reads, without those of subqueries in its expressions. */
export function inputsOf(rel: Rel): readonly Rel[] {
  switch (rel.kind) {
    case 'scan':
    case 'values':
    case 'reference':
      return [];
    case 'join':
      return [rel.left, rel.right];
    case 'set-operation':
    case 'raw-sql':
      return rel.inputs;
    case 'named':
      return [rel.definition, rel.body];
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'assert':
    case 'unnest':
      return [rel.input];
  }
}

/** The node with each input replaced by `change(input)`; the node itself where nothing changed. Columns stay. */
export function mapInputs(rel: Rel, change: (input: Rel) => Rel): Rel {
  switch (rel.kind) {
    case 'scan':
    case 'values':
    case 'reference':
      return rel;
    case 'join': {
      const left = change(rel.left);
      const right = change(rel.right);
      return left === rel.left && right === rel.right ? rel : { ...rel, left, right };
    }
    case 'set-operation':
    case 'raw-sql': {
      const inputs = mapSame(rel.inputs, change);
      return inputs === rel.inputs ? rel : { ...rel, inputs };
    }
    case 'named': {
      const definition = change(rel.definition);
      const body = change(rel.body);
      return definition === rel.definition && body === rel.body ? rel : { ...rel, definition, body };
    }
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'assert':
    case 'unnest': {
      const input = change(rel.input);
      return input === rel.input ? rel : { ...rel, input };
    }
  }
}

/** The expressions that stand in the node itself. */
export function expressionsOf(rel: Rel): readonly Expr[] {
  switch (rel.kind) {
    case 'scan':
    case 'reference':
    case 'raw-sql':
    case 'limit':
    case 'named':
    case 'set-operation':
      return [];
    case 'values':
      return rel.rows.flat();
    case 'filter':
    case 'assert':
      return [rel.condition];
    case 'project':
      return rel.values;
    case 'aggregate':
      return [...rel.groups, ...rel.aggregates];
    case 'join':
      return rel.condition === null ? [] : [rel.condition];
    case 'sort':
      return rel.keys.map((key) => key.value);
    case 'distinct':
      return [...(rel.on ?? []), ...rel.keys.map((key) => key.value)];
    case 'unnest':
      return [rel.value];
  }
}

/** The node with each of its own expressions replaced; the node itself where nothing changed. */
export function mapExpressions(rel: Rel, change: (expr: Expr) => Expr): Rel {
  switch (rel.kind) {
    case 'scan':
    case 'reference':
    case 'raw-sql':
    case 'limit':
    case 'named':
    case 'set-operation':
      return rel;
    case 'values': {
      const rows = mapSame(rel.rows, (row) => mapSame(row, change));
      return rows === rel.rows ? rel : { ...rel, rows };
    }
    case 'filter':
    case 'assert': {
      const condition = change(rel.condition);
      return condition === rel.condition ? rel : { ...rel, condition };
    }
    case 'project': {
      const values = mapSame(rel.values, change);
      return values === rel.values ? rel : { ...rel, values };
    }
    case 'aggregate': {
      const groups = mapSame(rel.groups, change);
      // An aggregate stays an aggregate: rules change what it stands on, never what it is.
      const aggregates = mapSame(rel.aggregates, (aggregate) => change(aggregate) as AggregateExpr);
      return groups === rel.groups && aggregates === rel.aggregates ? rel : { ...rel, groups, aggregates };
    }
    case 'join': {
      if (rel.condition === null) return rel;
      const condition = change(rel.condition);
      return condition === rel.condition ? rel : { ...rel, condition };
    }
    case 'sort': {
      const keys = mapKeys(rel.keys, change);
      return keys === rel.keys ? rel : { ...rel, keys };
    }
    case 'distinct': {
      const on = rel.on === null ? null : mapSame(rel.on, change);
      const keys = mapKeys(rel.keys, change);
      return on === rel.on && keys === rel.keys ? rel : { ...rel, on, keys };
    }
    case 'unnest': {
      const value = change(rel.value);
      return value === rel.value ? rel : { ...rel, value };
    }
  }
}

/** The relation rebuilt from the leaves up, relations of subqueries included. */
export function rewrite(rel: Rel, change: (rel: Rel) => Rel): Rel {
  const inQuery = (query: Rel): Rel => rewrite(query, change);
  const inside = mapExpressions(mapInputs(rel, inQuery), (expr) => mapQueries(expr, inQuery));
  return change(inside);
}

/** Every node, parents first, relations of subqueries included. */
export function forEachRel(rel: Rel, visit: (rel: Rel) => void): void {
  visit(rel);
  for (const input of inputsOf(rel)) forEachRel(input, visit);
  for (const expr of expressionsOf(rel)) {
    forEachExpr(expr, (part) => {
      const query = queryOf(part);
      if (query !== null) forEachRel(query, visit);
    });
  }
}

/** The relation of a subquery expression, null of any other. */
export function queryOf(expr: Expr): Rel | null {
  return expr.kind === 'scalar-subquery' || expr.kind === 'exists' || expr.kind === 'in-subquery' ? expr.query : null;
}

/** The expressions directly below; a subquery's relation is not an expression. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'literal':
    case 'scalar-subquery':
    case 'exists':
      return [];
    case 'call':
      return expr.args;
    case 'case':
      return [
        ...expr.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(expr.otherwise === null ? [] : [expr.otherwise]),
      ];
    case 'cast':
    case 'in-subquery':
      return [expr.value];
    case 'list':
      return expr.items;
    case 'aggregate':
      return [...expr.args, ...(expr.filter === null ? [] : [expr.filter]), ...expr.order.map((key) => key.value)];
    case 'window':
      return [
        ...expr.args,
        ...(expr.filter === null ? [] : [expr.filter]),
        ...expr.partition,
        ...expr.order.map((key) => key.value),
      ];
  }
}

/** The expression with each operand replaced; itself where nothing changed. */
export function mapOperands<E extends Expr>(expr: E, change: (operand: Expr) => Expr): E;
export function mapOperands(expr: Expr, change: (operand: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'column':
    case 'literal':
    case 'scalar-subquery':
    case 'exists':
      return expr;
    case 'call': {
      const args = mapSame(expr.args, change);
      return args === expr.args ? expr : { ...expr, args };
    }
    case 'case': {
      const branches = mapSame(expr.branches, (branch) => {
        const when = change(branch.when);
        const then = change(branch.then);
        return when === branch.when && then === branch.then ? branch : { when, then };
      });
      const otherwise = expr.otherwise === null ? null : change(expr.otherwise);
      return branches === expr.branches && otherwise === expr.otherwise ? expr : { ...expr, branches, otherwise };
    }
    case 'cast':
    case 'in-subquery': {
      const value = change(expr.value);
      return value === expr.value ? expr : { ...expr, value };
    }
    case 'list': {
      const items = mapSame(expr.items, change);
      return items === expr.items ? expr : { ...expr, items };
    }
    case 'aggregate': {
      const args = mapSame(expr.args, change);
      const filter = expr.filter === null ? null : change(expr.filter);
      const order = mapKeys(expr.order, change);
      return args === expr.args && filter === expr.filter && order === expr.order
        ? expr
        : { ...expr, args, filter, order };
    }
    case 'window': {
      const args = mapSame(expr.args, change);
      const filter = expr.filter === null ? null : change(expr.filter);
      const partition = mapSame(expr.partition, change);
      const order = mapKeys(expr.order, change);
      const same = args === expr.args && filter === expr.filter && partition === expr.partition && order === expr.order;
      return same ? expr : { ...expr, args, filter, partition, order };
    }
  }
}

/** Every part of the expression, outermost first; what stands inside a subquery's relation is not visited. */
export function forEachExpr(expr: Expr, visit: (part: Expr) => void): void {
  visit(expr);
  for (const operand of operandsOf(expr)) forEachExpr(operand, visit);
}

export function someExpr(expr: Expr, test: (part: Expr) => boolean): boolean {
  return test(expr) || operandsOf(expr).some((operand) => someExpr(operand, test));
}

/** The number of parts: a plain measure of what writing it twice would cost a reader. A subquery counts as many. */
export function sizeOf(expr: Expr): number {
  return operandsOf(expr).reduce((sum, operand) => sum + sizeOf(operand), queryOf(expr) === null ? 1 : 100);
}

/** The ids the expression reads, those read inside subqueries included (a superset of the outer ones, as ids are unique). */
export function columnsUsed(expr: Expr, into: Set<ColumnId> = new Set()): Set<ColumnId> {
  forEachExpr(expr, (part) => {
    if (part.kind === 'column') into.add(part.id);
    const query = queryOf(part);
    if (query !== null) {
      forEachRel(query, (rel) => {
        for (const inner of expressionsOf(rel))
          forEachExpr(inner, (deep) => deep.kind === 'column' && into.add(deep.id));
      });
    }
  });
  return into;
}

/** The ids that the expression reads of what is around it: those that its subqueries make themselves are not among them. */
export function columnsNeeded(expr: Expr): ReadonlySet<ColumnId> {
  const used = columnsUsed(expr);
  forEachExpr(expr, (part) => {
    const query = queryOf(part);
    if (query === null) return;
    forEachRel(query, ({ columns }) => {
      for (const { id } of columns) used.delete(id);
    });
  });
  return used;
}

/** The expression with columns replaced by what `values` has for them, inside subqueries too. */
export function substitute<E extends Expr>(expr: E, values: ReadonlyMap<ColumnId, Expr>): E {
  const change = (part: Expr): Expr => {
    if (part.kind === 'column') return values.get(part.id) ?? part;
    return mapOwnQuery(mapOperands(part, change), inQuery);
  };
  const inQuery = (query: Rel): Rel => mapExpressions(mapInputs(query, inQuery), change);
  // A column may become any expression, but whoever passes a narrower kind than Expr passes no bare column.
  return change(expr) as E;
}

/** The expression with the relations of its subqueries, at any depth, replaced. */
export function mapQueries(expr: Expr, change: (query: Rel) => Rel): Expr {
  return mapOwnQuery(
    mapOperands(expr, (operand) => mapQueries(operand, change)),
    change,
  );
}

function mapOwnQuery(expr: Expr, change: (query: Rel) => Rel): Expr {
  if (expr.kind !== 'scalar-subquery' && expr.kind !== 'exists' && expr.kind !== 'in-subquery') return expr;
  const query = change(expr.query);
  return query === expr.query ? expr : { ...expr, query };
}

export function mapKeys(keys: readonly SortKey[], change: (expr: Expr) => Expr): readonly SortKey[] {
  return mapSame(keys, (key) => {
    const value = change(key.value);
    return value === key.value ? key : { ...key, value };
  });
}

/** `map`, but the same array where no item changed: rules that change nothing then cost no memory. */
export function mapSame<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let changed = false;
  const mapped = items.map((item) => {
    const next = change(item);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? mapped : items;
}

/** Datasets that a relation reads, each once, in order of appearance. */
export function datasetsRead(rel: Rel): readonly string[] {
  const read = new Set<string>();
  forEachRel(rel, (node) => {
    if (node.kind === 'scan') read.add(node.dataset);
  });
  return [...read];
}
