/** Operators, comparisons and `case`. */
import type { Fix } from '../diagnostics/diagnostic.ts';
import type { ColumnId, Expr as Rex } from '../relational/rel.ts';
import { BOOL, typeName, type ValueType } from '../relational/types.ts';
import type {
  BetweenExpr,
  BinaryExpr,
  BinaryOperator,
  CaseExpr,
  Expr,
  InExpr,
  IsExpr,
  LikeExpr,
  UnaryExpr,
} from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { CheckContext } from './context.ts';
import { addDuration, isLength } from './expression-dates.ts';
import {
  argumentInfo,
  condition,
  ERROR,
  type ExprEnv,
  isError,
  knownCall,
  NULL,
  tryCall,
  unnested,
} from './expression-env.ts';
import { numberLiteral, reportInvalid } from './expression-literals.ts';
import { type FunctionRow, knownRow } from './functions/table.ts';
import { notNullUnless, notNullWhere } from './nullability.ts';
import { closest } from './suggest.ts';
import { commonType, literalOf, literalShape, widen } from './widening.ts';

type SimpleOperator = Exclude<BinaryOperator, 'and' | 'or'>;

const ROWS: Readonly<Record<SimpleOperator, FunctionRow>> = {
  '=': knownRow('equals'),
  '<>': knownRow('not_equals'),
  '<': knownRow('less'),
  '<=': knownRow('less_or_equal'),
  '>': knownRow('greater'),
  '>=': knownRow('greater_or_equal'),
  '||': knownRow('concat'),
  '+': knownRow('add'),
  '-': knownRow('subtract'),
  '*': knownRow('multiply'),
  '/': knownRow('divide'),
  '%': knownRow('modulo'),
};

export function binaryExpr(expr: BinaryExpr, at: ExprEnv): Rex {
  const { operator } = expr;
  if (operator === 'and' || operator === 'or') return chain(expr, operator, at);
  if ((operator === '+' || operator === '-') && (isLength(expr.right) || (isLength(expr.left) && operator === '+')))
    return addDuration(expr, at);
  const left = at.expression(expr.left, at);
  const right = at.expression(expr.right, at);
  if (isError(left) || isError(right)) return ERROR;
  const row = ROWS[operator];
  if (isComparison(operator)) return compare(row, operator, expr.left, left, expr.right, right, expr, at);
  const call = tryCall(row, [left, right]);
  if (!('reason' in call)) return call;
  const side = call.argument === 0 ? expr.left : call.argument === 1 ? expr.right : expr;
  at.env.context.report('wrong-arguments', { name: operator, reason: call.reason }, side, {
    fixes: arithmeticFixes(expr, left, right, at),
    notes: arithmeticNotes(operator, left, right),
  });
  return ERROR;
}

function isComparison(operator: SimpleOperator): boolean {
  return (
    operator === '=' ||
    operator === '<>' ||
    operator === '<' ||
    operator === '<=' ||
    operator === '>' ||
    operator === '>='
  );
}

/** A chain of one of `and`, `or` is one call of all its parts: long filters stay flat, for the stack and for readers. */
function chain(expr: BinaryExpr, operator: 'and' | 'or', at: ExprEnv): Rex {
  const parts: Expr[] = [];
  let spine: Expr = expr;
  while (spine.kind === 'binary' && spine.operator === operator) {
    parts.push(spine.right);
    spine = spine.left;
  }
  parts.push(spine);
  const conditions = parts.reverse().map((part) => condition(part, at, `each side of \`${operator}\``, null));
  return conditions.some(isError) ? ERROR : knownCall(operator, conditions);
}

function compare(
  row: FunctionRow,
  operator: string,
  leftExpr: Expr,
  left: Rex,
  rightExpr: Expr,
  right: Rex,
  span: Span,
  at: ExprEnv,
): Rex {
  if (left.type.kind === 'null' || right.type.kind === 'null') {
    const other = at.env.context.text(left.type.kind === 'null' ? rightExpr : leftExpr);
    const use = `${other} is ${operator === '<>' ? 'not ' : ''}null`;
    at.env.context.report('compare-with-null', { operator, use }, span, {
      fixes:
        operator === '=' || operator === '<>'
          ? [{ title: `write \`${use}\``, safe: false, edits: [{ place: at.env.context.place(span), text: use }] }]
          : [],
    });
    return ERROR;
  }
  if (!literalFits(left, leftExpr, right, at) || !literalFits(right, rightExpr, left, at)) return ERROR;
  const call = tryCall(row, [left, right]);
  if (!('reason' in call)) return call;
  if (commonType(argumentInfo(left), argumentInfo(right)) !== null)
    at.env.context.report('wrong-arguments', { name: operator, reason: call.reason }, span);
  else {
    at.env.context.report(
      'incomparable-types',
      { operator, left: typeName(left.type), right: typeName(right.type) },
      span,
      {
        fixes: [...comparisonFixes(leftExpr, left, right, at), ...comparisonFixes(rightExpr, right, left, at)],
      },
    );
  }
  return ERROR;
}

/** A string literal beside an enum, a date, … is read as one; reports it where it is none. */
export function literalFits(value: Rex, expr: Expr, beside: Rex, at: ExprEnv): boolean {
  if (value.kind !== 'literal' || value.type.kind !== 'string' || typeof value.value !== 'string') return true;
  const { type } = beside;
  if (type.kind === 'enum') {
    at.env.context.trace?.enumValue(expr, type, value.value);
    if (type.values.includes(value.value)) return true;
    reportEnumValue(value.value, type, expr, at.env.context);
    return false;
  }
  if (
    (type.kind !== 'date' && type.kind !== 'timestamp' && type.kind !== 'uuid') ||
    commonType(argumentInfo(value), argumentInfo(beside)) !== null
  )
    return true;
  if (literalShape(type) !== null) reportInvalid(value.value, type, expr, at);
  return false;
}

export function reportEnumValue(
  value: string,
  type: ValueType & { kind: 'enum' },
  span: Span,
  context: CheckContext,
): void {
  const nearest = closest(value, type.values);
  context.report('unknown-enum-value', { value, type: type.name }, span, {
    notes: [`its values: ${type.values.map((v) => `'${v}'`).join(', ')}`],
    ...(nearest === null
      ? {}
      : {
          label: `did you mean '${nearest}'?`,
          fixes: [
            {
              title: `replace '${value}' by '${nearest}'`,
              safe: true,
              edits: [{ place: context.place(span), text: `'${nearest}'` }],
            },
          ],
        }),
  });
}

const INTEGER_TEXT = /^-?\d{1,18}$/;

/** What would make `value` comparable with `beside`. */
function comparisonFixes(expr: Expr, value: Rex, beside: Rex, at: ExprEnv): Fix[] {
  const { context } = at.env;
  const replace = (text: string, safe = false): Fix[] => [
    { title: `write \`${text}\``, safe, edits: [{ place: context.place(expr), text }] },
  ];
  const literal = literalOf(value);
  if (value.type.kind === 'string' && typeof literal === 'string' && beside.type.kind === 'int64')
    return INTEGER_TEXT.test(literal) ? replace(literal, true) : [];
  if (value.type.kind === 'int64' && typeof literal === 'string' && beside.type.kind === 'string')
    return replace(`'${literal}'`);
  if ((value.type.kind === 'int64' || value.type.kind === 'decimal') && beside.type.kind === 'float64')
    return replace(`cast(${context.text(expr)} as float64)`);
  if (value.type.kind === 'timestamp' && beside.type.kind === 'date') return replace(`date(${context.text(expr)})`);
  return [];
}

function arithmeticFixes(expr: BinaryExpr, left: Rex, right: Rex, at: ExprEnv): readonly Fix[] {
  return [...comparisonFixes(expr.left, left, right, at), ...comparisonFixes(expr.right, right, left, at)].filter(
    (fix) => fix.edits[0]?.text.startsWith('cast('),
  );
}

function arithmeticNotes(operator: string, left: Rex, right: Rex): readonly string[] {
  const isDay = (value: Rex): boolean => value.type.kind === 'date' || value.type.kind === 'timestamp';
  if (operator === '-' && isDay(left) && isDay(right)) return ['the time between two: `date_diff(a, b, day)`'];
  if ((operator === '+' || operator === '-') && isDay(left))
    return ['a length of time is written `7d` or `3mo`: `day + 7d`; a computed one: `date_add(day, n, day)`'];
  if (operator === '+' && (left.type.kind === 'string' || right.type.kind === 'string'))
    return ['texts are joined with `||`'];
  return [];
}

export function unaryExpr(expr: UnaryExpr, at: ExprEnv): Rex {
  if (expr.operator === 'not') {
    const operand = condition(expr.operand, at, 'what `not` turns round', null);
    return isError(operand) ? ERROR : knownCall('not', [operand]);
  }
  if (expr.operator === '-' && expr.operand.kind === 'number') return numberLiteral(expr.operand, true, expr, at);
  const operand = at.expression(expr.operand, at);
  if (isError(operand)) return ERROR;
  const call = tryCall(knownRow('negate'), [operand]);
  if ('reason' in call) {
    at.env.context.report('wrong-arguments', { name: expr.operator, reason: call.reason }, expr);
    return ERROR;
  }
  return expr.operator === '-' ? call : operand;
}

export function isExpr(expr: IsExpr, at: ExprEnv): Rex {
  if (expr.test === 'distinct') {
    const left = at.expression(expr.left, at);
    const right = expr.right === null ? NULL : at.expression(expr.right, at);
    if (isError(left) || isError(right)) return ERROR;
    if (expr.right !== null && (!literalFits(left, expr.left, right, at) || !literalFits(right, expr.right, left, at)))
      return ERROR;
    const call = tryCall(knownRow(expr.negated ? 'is_not_distinct' : 'is_distinct'), [left, right]);
    if (!('reason' in call)) return call;
    at.env.context.report(
      'incomparable-types',
      { operator: 'is distinct from', left: typeName(left.type), right: typeName(right.type) },
      expr,
    );
    return ERROR;
  }
  const value =
    expr.test === 'null'
      ? at.expression(expr.left, at)
      : condition(expr.left, at, `what \`is ${expr.test}\` tests`, null);
  return isError(value) ? ERROR : knownCall(`is_${expr.negated ? 'not_' : ''}${expr.test}`, [value]);
}

function negatedIf(negated: boolean, call: Rex): Rex {
  return negated ? knownCall('not', [call]) : call;
}

export function betweenExpr(expr: BetweenExpr, at: ExprEnv): Rex {
  const parts = [expr.value, expr.low, expr.high];
  const values = parts.map((part) => at.expression(part, at));
  const [value, low, high] = values;
  if (value === undefined || low === undefined || high === undefined || values.some(isError)) return ERROR;
  for (const [end, endExpr] of [[low, expr.low] as const, [high, expr.high] as const]) {
    if (end.type.kind === 'null') {
      at.env.context.report(
        'compare-with-null',
        { operator: 'between', use: `${at.env.context.text(expr.value)} is null` },
        endExpr,
      );
      return ERROR;
    }
    if (!literalFits(end, endExpr, value, at)) return ERROR;
    if (commonType(argumentInfo(value), argumentInfo(end)) === null) {
      at.env.context.report(
        'incomparable-types',
        { operator: 'between', left: typeName(value.type), right: typeName(end.type) },
        endExpr,
        { fixes: comparisonFixes(endExpr, end, value, at) },
      );
      return ERROR;
    }
  }
  const call = tryCall(knownRow('between'), values);
  if (!('reason' in call)) return negatedIf(expr.negated, call);
  at.env.context.report('wrong-arguments', { name: 'between', reason: call.reason }, expr);
  return ERROR;
}

/** `x in (a, b)`; `in (query)` is in expression-queries.ts. */
export function inListExpr(expr: InExpr, written: readonly Expr[], at: ExprEnv): Rex {
  const list = written.length === 1 ? unnested(written[0] ?? null) : null;
  if (list !== null && list.kind !== 'list') {
    at.env.context.report(
      'not-supported-yet',
      { what: '`in unnest(…)` of a list that is not written out', instead: 'spread it first: `|> unnest xs as x`' },
      written[0] ?? expr,
    );
    return ERROR;
  }
  const items = list?.items ?? written;
  const value = at.expression(expr.value, at);
  if (isError(value)) return ERROR;
  const values = [value];
  for (const item of items) {
    const checked = at.expression(item, at);
    if (isError(checked)) return ERROR;
    if (checked.type.kind === 'null') {
      if (expr.negated) at.env.context.report('nullable-not-in', { type: 'null' }, item);
      else
        at.env.context.report(
          'compare-with-null',
          { operator: 'in', use: `${at.env.context.text(expr.value)} is null` },
          item,
        );
      return ERROR;
    }
    if (!literalFits(checked, item, value, at)) return ERROR;
    if (commonType(argumentInfo(value), argumentInfo(checked)) === null) {
      at.env.context.report(
        'incomparable-types',
        { operator: 'in', left: typeName(value.type), right: typeName(checked.type) },
        item,
        { fixes: comparisonFixes(item, checked, value, at) },
      );
      return ERROR;
    }
    if (expr.negated && checked.nullable) {
      at.env.context.report('nullable-not-in', { type: typeName(checked.type) }, item);
      return ERROR;
    }
    values.push(checked);
  }
  const call = tryCall(knownRow('in'), values);
  if (!('reason' in call)) return negatedIf(expr.negated, call);
  at.env.context.report('wrong-arguments', { name: 'in', reason: call.reason }, expr);
  return ERROR;
}

export function likeExpr(expr: LikeExpr, at: ExprEnv): Rex {
  const value = at.expression(expr.value, at);
  const pattern = at.expression(expr.pattern, at);
  if (isError(value) || isError(pattern)) return ERROR;
  const name = expr.caseInsensitive ? 'ilike' : 'like';
  const call = tryCall(knownRow(name), [value, pattern]);
  if (!('reason' in call)) return negatedIf(expr.negated, call);
  at.env.context.report(
    'wrong-arguments',
    { name, reason: call.reason },
    call.argument === 1 ? expr.pattern : expr.value,
  );
  return ERROR;
}

/** Always searched: with a subject each branch is an equality, as engines disagree on `case null when null`. */
export function caseExpr(expr: CaseExpr, at: ExprEnv): Rex {
  const subject = expr.subject === null ? null : at.expression(expr.subject, at);
  const branches: { readonly when: Rex; readonly then: Rex; readonly thenExpr: Expr }[] = [];
  let failed = subject !== null && isError(subject);
  // A branch is reached by rows for which none of the conditions before it was true.
  let left = at;
  for (const branch of expr.branches) {
    const when =
      subject === null || expr.subject === null
        ? condition(branch.when, left, '`when`', null)
        : isError(subject)
          ? ERROR
          : caseEquality(expr.subject, subject, branch.when, left);
    const then = at.expression(branch.then, isError(when) ? left : narrowedBy(notNullWhere(when), left));
    if (!isError(when)) left = narrowedBy(notNullUnless(when), left);
    if (isError(when) || isError(then)) failed = true;
    branches.push({ when, then, thenExpr: branch.then });
  }
  const otherwise = expr.otherwise === null ? null : at.expression(expr.otherwise, left);
  if (failed || (otherwise !== null && isError(otherwise))) return ERROR;
  const results = branches.map((b) => ({ value: b.then, expr: b.thenExpr }));
  if (otherwise !== null && expr.otherwise !== null) results.push({ value: otherwise, expr: expr.otherwise });
  const type = oneType(results, 'the branches of `case`', at);
  if (type === null) return ERROR;
  for (const { value, expr: written } of results) at.env.context.trace?.enumValue(written, type, literalOf(value));
  return {
    kind: 'case',
    branches: branches.map((b) => ({ when: b.when, then: widen(b.then, type) })),
    otherwise: otherwise === null ? null : widen(otherwise, type),
    type,
    nullable: otherwise === null || results.some((r) => r.value.nullable),
    inexact: branches.some((b) => b.when.inexact) || results.some((r) => r.value.inexact),
  };
}

function narrowedBy(known: ReadonlySet<ColumnId>, at: ExprEnv): ExprEnv {
  const scope = known.size === 0 ? at.scope : at.scope.narrowed(known);
  return scope === at.scope ? at : { ...at, scope };
}

function caseEquality(subjectExpr: Expr, subject: Rex, whenExpr: Expr, at: ExprEnv): Rex {
  const when = at.expression(whenExpr, at);
  return isError(when) ? ERROR : compare(knownRow('equals'), '=', subjectExpr, subject, whenExpr, when, whenExpr, at);
}

/** The type that all widen to; reports the first that does not fit. */
export function oneType(
  results: readonly { readonly value: Rex; readonly expr: Expr }[],
  what: string,
  at: ExprEnv,
): ValueType | null {
  let type: ValueType | null = null;
  let literal: ReturnType<typeof literalOf>;
  for (const { value, expr } of results) {
    const next: ValueType | null = type === null ? value.type : commonType({ type, literal }, argumentInfo(value));
    if (next === null) {
      at.env.context.report(
        'mixed-types',
        { what, found: `\`${typeName(value.type)}\``, wanted: `\`${typeName(type ?? BOOL)}\`` },
        expr,
      );
      return null;
    }
    literal = type === null ? literalOf(value) : next === type ? literal : undefined;
    type = next;
  }
  return type;
}
