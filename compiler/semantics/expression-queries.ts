/** Queries inside expressions: `exists (…)`, `x in (…)`, and a query as one value. They see nothing of the rows around them. */
import type { RelColumn, Expr as Rex } from '../relational/rel.ts';
import { BOOL, typeName, type ValueType } from '../relational/types.ts';
import type { InExpr, Query, QueryExpr, SqlSelect } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { argumentInfo, decides, ERROR, type ExprEnv, isError } from './expression-env.ts';
import { literalFits } from './expression-operators.ts';
import { asDeciders, columnExpr, joinOrigins, newColumn, projected, type Relation, Scope, shown } from './relation.ts';
import { commonType, widen } from './widening.ts';

function inner(query: Query | SqlSelect, at: ExprEnv): Relation {
  return at.env.query(query, { ...at.env, around: [at.scope, ...at.env.around] });
}

export function queryExpr(expr: QueryExpr, at: ExprEnv): Rex {
  const relation = inner(expr.query, at);
  if (expr.exists)
    return relation.scope.broken
      ? ERROR
      : {
          kind: 'exists',
          query: whole(shown(relation, expr), 'deciders'),
          negated: false,
          type: BOOL,
          nullable: false,
          inexact: false,
        };
  const column = onlyColumn(relation, expr, at);
  if (column === null) return ERROR;
  const rel = whole(shown(relation, expr));
  // An aggregate of all rows gives exactly one row; any other query may give none, which is null.
  const one = rel.kind === 'aggregate' && rel.groups.length === 0;
  return {
    kind: 'scalar-subquery',
    query: rel,
    type: column.type,
    nullable: !one || column.nullable,
    inexact: column.inexact,
  };
}

/**
 * The Rel with columns that say all that is in them: also what decides which rows there are, as nothing outside of the query
 * will say it. Whether rows exist hangs on that alone.
 */
function whole(relation: Relation, what: 'values' | 'deciders' = 'values'): Relation['rel'] {
  const deciders = asDeciders(relation.deciders);
  const columns = relation.rel.columns.map((column) => ({
    ...column,
    origins: what === 'values' ? joinOrigins(column.origins, deciders) : deciders,
  }));
  return { ...relation.rel, columns };
}

function onlyColumn(relation: Relation, span: Span, at: ExprEnv): RelColumn | null {
  const [column, ...others] = relation.scope.columns;
  if (relation.scope.broken || column === undefined || column.type.kind === 'error') return null;
  if (others.length === 0) return column;
  at.env.context.report('subquery-columns', { found: others.length + 1 }, span);
  return null;
}

export function inQueryExpr(expr: InExpr, query: Query | SqlSelect, at: ExprEnv): Rex {
  const { context } = at.env;
  const value = at.expression(expr.value, at);
  const relation = inner(query, at);
  const column = onlyColumn(relation, query, at);
  if (isError(value) || column === null) return ERROR;
  const side = columnExpr(column);
  if (!literalFits(value, expr.value, side, at)) return ERROR;
  const type = commonType(argumentInfo(value), argumentInfo(side));
  if (type === null) {
    context.report(
      'incomparable-types',
      { operator: 'in', left: typeName(value.type), right: typeName(column.type) },
      expr,
    );
    return ERROR;
  }
  if (expr.negated && column.nullable) {
    context.report('nullable-not-in', { type: typeName(column.type) }, query, {
      notes: [`\`${column.name}\` may be null`],
    });
    return ERROR;
  }
  if (column.inexact && !decides(side, expr.value, at, 'which rows there are')) return ERROR;
  return {
    kind: 'in-subquery',
    value: widen(value, type),
    query: typed(relation, column, type, query, at),
    negated: expr.negated,
    type: BOOL,
    nullable: value.nullable || column.nullable,
    inexact: value.inexact,
  };
}

/** The query's Rel with its one column as `type`. */
function typed(relation: Relation, column: RelColumn, type: ValueType, at: Span, env: ExprEnv): Relation['rel'] {
  const value = widen(columnExpr(column), type);
  if (value.kind === 'column') return whole(shown(relation, at));
  const widened = newColumn(env.env, { ...column, type });
  return whole(
    projected({ ...relation, order: null }, [{ column: widened, value }], new Scope([widened], [], false), at),
  );
}
