/** What an expression is checked in, and the few things that all its checkers share. */

import type { Fix } from '../diagnostics/diagnostic.ts';
import type { Rel, Expr as Rex, SortKey, WindowFrame } from '../relational/rel.ts';
import { BOOL, ERROR_TYPE, type Origin, typeName, type ValueType } from '../relational/types.ts';
import { forEachExpr } from '../relational/walk.ts';
import type { Expr } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { Mismatch } from './functions/row.ts';
import { type ArgumentInfo, type FunctionRow, knownRow } from './functions/table.ts';
import type { QueryEnv, Relation, Scope } from './relation.ts';
import { isComparable, literalOf, widen } from './widening.ts';

/** A query inside an expression that hangs on the rows of the stage: joined to its input. */
export interface Attached {
  readonly type: 'left' | 'semi' | 'anti';
  readonly rel: Rel;
  readonly condition: Rex;
  /** What decides which rows the query has. */
  readonly deciders: readonly Origin[];
}

/** A `cast` that fails where `attempt` is null and `value` is not. */
export interface FailingCast {
  readonly value: Rex;
  readonly attempt: Rex;
  readonly span: Span;
}

/** A window by name: where it was named, and its parts; null after an error in them. */
export interface NamedParts {
  readonly given: Span;
  readonly parts: WindowParts | null;
}

/** What stands in `over (…)`, checked. */
export interface WindowParts {
  readonly partition: readonly Rex[];
  readonly order: readonly SortKey[];
  readonly frame: WindowFrame | null;
}

export interface ExprEnv {
  readonly env: QueryEnv;
  readonly scope: Scope;
  /** The rows that the stage sees; null for a row alone (checks, `values`). */
  readonly relation: Relation | null;
  /** The place in words, for messages: "`where`". */
  readonly place: string;
  /** Names that the stage itself gives, for who looks for them too early. */
  readonly siblings?: ReadonlySet<string>;
  readonly aggregates: boolean;
  readonly windows: boolean;
  /** What `window w as (…)` of the stage names; null where its parts are wrong. */
  readonly named?: ReadonlyMap<string, NamedParts>;
  /** Casts that may fail, for the stage to assert below itself. */
  readonly casts: FailingCast[];
  /** Queries for the stage to join to its input, each before what uses it; null where it joins none. */
  readonly attached: Attached[] | null;
  /** Checks an expression; handed in, as the files of this area need each other. */
  readonly expression: (expr: Expr, at: ExprEnv) => Rex;
}

/** What follows from an error: it agrees with everything. */
export const ERROR: Rex = { kind: 'literal', value: null, type: ERROR_TYPE, nullable: true, inexact: false };
export const NULL: Rex = { kind: 'literal', value: null, type: { kind: 'null' }, nullable: true, inexact: false };
export const TRUE: Rex = { kind: 'literal', value: true, type: BOOL, nullable: false, inexact: false };

export function literal(value: string | boolean, type: ValueType): Rex {
  return { kind: 'literal', value, type, nullable: false, inexact: false };
}

export function isError(expr: Rex): boolean {
  return expr.type.kind === 'error';
}

export function argumentInfo(expr: Rex): ArgumentInfo {
  return { type: expr.type, nullable: expr.nullable, inexact: expr.inexact, literal: literalOf(expr) };
}

/** A call of a row that fits its arguments; the reason where it does not. */
export function tryCall(row: FunctionRow, args: readonly Rex[]): Rex | Mismatch {
  const resolution = row.resolve(args.map(argumentInfo));
  if (!resolution.ok) return resolution;
  return {
    kind: 'call',
    fn: row.name,
    args: args.map((arg, i) => widen(arg, resolution.args[i] ?? arg.type)),
    type: resolution.type,
    nullable: resolution.nullable,
    inexact: resolution.inexact,
  };
}

/** A call whose arguments are known to fit, such as one that the compiler itself puts in. */
export function knownCall(name: string, args: readonly Rex[]): Rex {
  if (args.some(isError)) return ERROR;
  const call = tryCall(knownRow(name), args);
  if ('reason' in call) throw new Error(`\`${name}\`: ${call.reason}`);
  return call;
}

export function conjunction(conditions: readonly Rex[]): Rex {
  const [first, ...rest] = conditions;
  if (first === undefined) return TRUE;
  return rest.length === 0 ? first : knownCall('and', conditions);
}

/** Checks a condition: a bool that is the same on every engine. `deciding` says what it decides, for the message. */
export function condition(
  expr: Expr,
  at: ExprEnv,
  what: string,
  deciding: string | null = 'which rows there are',
): Rex {
  const checked = at.expression(expr, at);
  if (isError(checked)) return checked;
  if (checked.type.kind === 'null') return widen(checked, BOOL);
  if (checked.type.kind !== 'bool') {
    at.env.context.report(
      'type-mismatch',
      { what, found: `\`${typeName(checked.type)}\``, wanted: 'a condition' },
      expr,
    );
    return ERROR;
  }
  if (deciding !== null && !decides(checked, expr, at, deciding)) return ERROR;
  return checked;
}

/** Reports a value that has no equality on every engine; true where it has one. */
export function comparable(checked: Rex, expr: Expr, at: ExprEnv, what: string): boolean {
  if (isComparable(checked.type)) return true;
  at.env.context.report(
    'type-mismatch',
    { what, found: `\`${typeName(checked.type)}\``, wanted: 'a value that can be compared' },
    expr,
  );
  return false;
}

/** Reports where an inexact value would decide; true where it does not. */
export function decides(checked: Rex, expr: Expr, at: ExprEnv, where: string): boolean {
  if (!checked.inexact) return true;
  at.env.context.report('inexact-decides', { where }, expr, {
    label: 'differs in its last digits between engines',
    fixes: inexactFixes(checked, expr, at),
  });
  return false;
}

/** `to_decimal(x, 6)` where the whole value is the inexact number. In a comparison, the side that is one. */
function inexactFixes(checked: Rex, expr: Expr, at: ExprEnv): readonly Fix[] {
  const inner = expr.kind === 'paren' ? expr.inner : expr;
  if (checked.type.kind === 'float64') return [roundingFix(inner, at)];
  if (inner.kind !== 'binary' || checked.kind !== 'call') return [];
  const fixes: Fix[] = [];
  for (const [i, side] of [inner.left, inner.right].entries()) {
    const value = checked.args[i];
    if (value?.inexact === true && value.type.kind === 'float64') fixes.push(roundingFix(side, at));
  }
  return fixes;
}

function roundingFix(expr: Expr, at: ExprEnv): Fix {
  const { context } = at.env;
  return {
    title: `round \`${context.text(expr)}\` to 6 digits`,
    safe: false,
    edits: [{ place: context.place(expr), text: `to_decimal(${context.text(expr)}, 6)` }],
  };
}

export function contains(expr: Rex, kind: 'aggregate' | 'window'): boolean {
  if (expr.kind === 'column' || expr.kind === 'literal') return false;
  let found = false;
  forEachExpr(expr, (part) => {
    if (part.kind === kind) found = true;
  });
  return found;
}

/** A name of one part as written, or null. */
export function bareName(expr: Expr): string | null {
  return expr.kind === 'name' && expr.name.parts.length === 1 && !expr.name.wildcard
    ? (expr.name.parts[0]?.text ?? null)
    : null;
}

/** The list in `unnest(list)`, or null. */
export function unnested(expr: Expr | null): Expr | null {
  if (expr?.kind !== 'call' || expr.name.parts.length !== 1 || expr.args.length !== 1) return null;
  return expr.name.parts[0]?.text.toLowerCase() === 'unnest' ? (expr.args[0]?.value ?? null) : null;
}
