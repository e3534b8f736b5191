/**
 * Expressions: checked and lowered in one pass. An expression that is wrong is reported once and becomes a value of the
 * type `error`, which agrees with everything, so that nothing that follows from it is reported again.
 */
import type { Expr as Rex } from '../relational/rel.ts';
import { BOOL, STRING } from '../relational/types.ts';
import { assertNever, type Expr } from '../syntax/ast.ts';
import { callExpr, listItems } from './expression-calls.ts';
import { castExpr } from './expression-casts.ts';
import { extractExpr } from './expression-dates.ts';
import { ERROR, type ExprEnv, isError, literal, NULL, tryCall } from './expression-env.ts';
import { dateLiteral, numberLiteral } from './expression-literals.ts';
import { nameExpr } from './expression-names.ts';
import { betweenExpr, binaryExpr, caseExpr, inListExpr, isExpr, likeExpr, unaryExpr } from './expression-operators.ts';
import { inQueryExpr, queryExpr } from './expression-queries.ts';
import { knownRow } from './functions/table.ts';

export function expression(expr: Expr, at: ExprEnv): Rex {
  const checked = valueOfExpr(expr, at);
  at.env.context.trace?.expression(expr, checked);
  return checked;
}

function valueOfExpr(expr: Expr, at: ExprEnv): Rex {
  switch (expr.kind) {
    case 'missing':
      return ERROR;
    case 'name':
      return nameExpr(expr, at);
    case 'null':
      return NULL;
    case 'bool':
      return literal(expr.value, BOOL);
    case 'number':
      return numberLiteral(expr, false, expr, at);
    case 'string':
      return literal(expr.value, STRING);
    case 'date-literal':
      return dateLiteral(expr, at);
    case 'paren':
      return at.expression(expr.inner, at);
    case 'unary':
      return unaryExpr(expr, at);
    case 'binary':
      return binaryExpr(expr, at);
    case 'is':
      return isExpr(expr, at);
    case 'between':
      return betweenExpr(expr, at);
    case 'in':
      return isList(expr.items) ? inListExpr(expr, expr.items, at) : inQueryExpr(expr, expr.items, at);
    case 'like':
      return likeExpr(expr, at);
    case 'case':
      return caseExpr(expr, at);
    case 'cast':
      return castExpr(expr, at);
    case 'extract':
      return extractExpr(expr, at);
    case 'call':
      return callExpr(expr, at);
    case 'index':
      return indexExpr(expr.value, expr.index, expr, at);
    case 'list':
      return listItems(expr.items, at);
    case 'query-expr':
      return queryExpr(expr, at);
    case 'duration':
    case 'interval':
      return notAValue('a length of time', expr, at);
    case 'object':
      return notAValue('an object', expr, at);
    case 'star-argument':
      return notAValue('`*`', expr, at);
    case 'sql':
      at.env.context.report(
        'not-supported-yet',
        { what: '`sql"""…"""` in an expression', instead: 'write it with functions of the language' },
        expr,
      );
      return ERROR;
    default:
      return assertNever(expr);
  }
}

function isList<T>(items: readonly Expr[] | T): items is readonly Expr[] {
  return Array.isArray(items);
}

function notAValue(what: string, expr: Expr, at: ExprEnv): Rex {
  at.env.context.report('not-a-value', { what }, expr);
  return ERROR;
}

/** `xs[1]`: the first item has number 1; null where there is none. */
function indexExpr(listExpr: Expr, index: Expr, expr: Expr, at: ExprEnv): Rex {
  const values = [at.expression(listExpr, at), at.expression(index, at)];
  if (values.some(isError)) return ERROR;
  const call = tryCall(knownRow('array_get'), values);
  if (!('reason' in call)) return call;
  at.env.context.report('wrong-arguments', { name: '[ ]', reason: call.reason }, expr);
  return ERROR;
}
