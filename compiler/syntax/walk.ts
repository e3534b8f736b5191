/** Ways through the tree. The switches are exhaustive: a new kind of node does not compile until its children are named here. */

import type {
  CheckClause,
  ChecksBody,
  Declaration,
  Expr,
  GroupItem,
  NamedQuery,
  NamedWindow,
  OrderKey,
  Property,
  Query,
  SelectItem,
  SqlSelect,
  Stage,
  TableExpr,
  WindowSpec,
} from './ast.ts';
import { assertNever } from './ast.ts';

/** The nodes a walk visits; names, items and clauses are passed through to the expressions in them. */
export type Node = Declaration | Query | SqlSelect | Stage | TableExpr | Expr;
type Visit = (child: Node) => void;

/** Visits a node and all below it, parents first, in the order of the text. Iterative, as a chain of operators is a deep tree. */
export function walk(root: Node, visit: Visit): void {
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    visit(node);
    const children: Node[] = [];
    forEachChild(node, (child) => children.push(child));
    for (let at = children.length - 1; at >= 0; at--) open.push(children[at]!);
  }
}

/** Visits the nodes directly below one, in the order of the text. */
export function forEachChild(node: Node, visit: Visit): void {
  if (typeof node.kind === 'object') return declarationChildren(node as Declaration, visit);
  switch (node.kind) {
    case 'query':
      return node.stages.forEach(visit);
    case 'sql-select':
      return selectChildren(node, visit);
    case 'dataset':
      return;
    case 'values':
      // A table of values has rows, and no other node has this kind.
      return node.rows.forEach(visit);
    case 'subquery':
      return visit(node.query);
    case 'function':
      return visit(node.call);
    case 'from':
    case 'with':
    case 'where':
    case 'select':
    case 'extend':
    case 'set':
    case 'drop':
    case 'rename':
    case 'aggregate':
    case 'join':
    case 'order':
    case 'limit':
    case 'distinct':
    case 'set-operation':
    case 'pivot':
    case 'unpivot':
    case 'unnest':
    case 'as':
    case 'assert':
      return stageChildren(node, visit);
    case 'call':
      return 'call' in node ? visit(node.call) : expressionChildren(node, visit);
    default:
      return expressionChildren(node, visit);
  }
}

function stageChildren(stage: Stage, visit: Visit): void {
  switch (stage.kind) {
    case 'from':
      return stage.tables.forEach(visit);
    case 'with':
      return namedQueries(stage.queries, visit);
    case 'where':
      return visit(stage.condition);
    case 'select':
      selectItems(stage.items, visit);
      return windows(stage.windows, visit);
    case 'extend':
      values(stage.items, visit);
      return windows(stage.windows, visit);
    case 'set':
      return values(stage.assignments, visit);
    case 'drop':
    case 'rename':
    case 'as':
    case 'missing':
      return;
    case 'aggregate':
      values(stage.items, visit);
      return groupItems(stage.groups, visit);
    case 'join':
      visit(stage.table);
      if (stage.on !== null) visit(stage.on);
      return;
    case 'order':
      return values(stage.keys, visit);
    case 'limit':
      visit(stage.count);
      if (stage.offset !== null) visit(stage.offset);
      return;
    case 'distinct':
      stage.on?.forEach(visit);
      return values(stage.order, visit);
    case 'set-operation':
      return stage.tables.forEach(visit);
    case 'pivot':
      values(stage.aggregates, visit);
      visit(stage.column);
      return values(stage.values, visit);
    case 'unpivot':
      return values(stage.columns, visit);
    case 'unnest':
      return visit(stage.value);
    case 'call':
      return visit(stage.call);
    case 'assert':
      visit(stage.condition);
      if (stage.message !== null) visit(stage.message);
      stage.values.forEach(visit);
      return;
    default:
      return assertNever(stage);
  }
}

function expressionChildren(expr: Expr, visit: Visit): void {
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
    case 'sql':
      return;
    case 'list':
      return expr.items.forEach(visit);
    case 'object':
      return properties(expr.properties, visit);
    case 'unary':
      return visit(expr.operand);
    case 'binary':
      visit(expr.left);
      return visit(expr.right);
    case 'is':
      visit(expr.left);
      if (expr.right !== null) visit(expr.right);
      return;
    case 'between':
      visit(expr.value);
      visit(expr.low);
      return visit(expr.high);
    case 'in':
      visit(expr.value);
      return 'kind' in expr.items ? visit(expr.items) : expr.items.forEach(visit);
    case 'like':
      visit(expr.value);
      return visit(expr.pattern);
    case 'case':
      if (expr.subject !== null) visit(expr.subject);
      for (const branch of expr.branches) {
        visit(branch.when);
        visit(branch.then);
      }
      if (expr.otherwise !== null) visit(expr.otherwise);
      return;
    case 'interval':
      return visit(expr.count);
    case 'cast':
      return visit(expr.value);
    case 'extract':
      visit(expr.value);
      if (expr.zone !== null) visit(expr.zone);
      return;
    case 'call': {
      values(expr.args, visit);
      values(expr.order, visit);
      if (expr.filter !== null) visit(expr.filter);
      if (expr.over !== null) window(expr.over, visit);
      return;
    }
    case 'index':
      visit(expr.value);
      return visit(expr.index);
    case 'paren':
      return visit(expr.inner);
    case 'query-expr':
      return visit(expr.query);
    default:
      return assertNever(expr);
  }
}

function window(spec: WindowSpec, visit: Visit): void {
  spec.partition.forEach(visit);
  values(spec.order, visit);
  for (const bound of [spec.frame?.from, spec.frame?.to]) if (bound?.offset != null) visit(bound.offset);
}

function windows(named: readonly NamedWindow[], visit: Visit): void {
  for (const each of named) window(each.window, visit);
}

function selectChildren(select: SqlSelect, visit: Visit): void {
  namedQueries(select.with, visit);
  selectItems(select.items, visit);
  select.from.forEach(visit);
  select.joins.forEach(visit);
  if (select.where !== null) visit(select.where);
  groupItems(select.groups, visit);
  if (select.having !== null) visit(select.having);
  windows(select.windows, visit);
  values(select.order, visit);
  if (select.limit !== null) visit(select.limit);
  if (select.offset !== null) visit(select.offset);
}

function declarationChildren(declaration: Declaration, visit: Visit): void {
  declaration.type?.args.forEach(visit);
  if (declaration.on !== null) visit(declaration.on);
  if (declaration.from !== null) visit(declaration.from);
  properties(declaration.properties, visit);
  const body = declaration.body;
  switch (body?.kind) {
    case undefined:
    case 'enum-body':
      break;
    case 'type-body':
      for (const field of body.fields) {
        field.type.args.forEach(visit);
        for (const annotation of field.annotations) values(annotation.args, visit);
      }
      clauses(body.expectations, visit);
      break;
    case 'checks-body':
      clauses(body.clauses, visit);
      break;
    case 'test-body':
      for (const given of body.givens) visit(given.query);
      if (body.expect !== null) visit(body.expect);
      properties(body.properties, visit);
      break;
    default:
      assertNever(body);
  }
  if (declaration.value !== null) visit(declaration.value);
}

function values(items: readonly { readonly value: Expr }[] | readonly OrderKey[], visit: Visit): void {
  for (const item of items) visit(item.value);
}

function namedQueries(queries: readonly NamedQuery[], visit: Visit): void {
  for (const named of queries) visit(named.query);
}

function selectItems(items: readonly SelectItem[], visit: Visit): void {
  for (const item of items) {
    if (item.kind === 'column') visit(item.value);
    else values(item.replace, visit);
  }
}

function groupItems(groups: readonly GroupItem[], visit: Visit): void {
  for (const group of groups) {
    switch (group.kind) {
      case 'key':
        visit(group.value);
        break;
      case 'rollup':
      case 'cube':
        values(group.keys, visit);
        break;
      case 'grouping-sets':
        for (const set of group.sets) values(set, visit);
        break;
      default:
        assertNever(group);
    }
  }
}

function properties(all: readonly Property[], visit: Visit): void {
  for (const property of all) {
    if (isChecks(property.value)) clauses(property.value.clauses, visit);
    else visit(property.value);
  }
}

function isChecks(value: Property['value']): value is ChecksBody {
  return value.kind === 'checks-body';
}

function clauses(all: readonly CheckClause[], visit: Visit): void {
  for (const clause of all) {
    visit(clause.condition);
    if (clause.message !== null) visit(clause.message);
    if (clause.mostly !== null) visit(clause.mostly);
  }
}
