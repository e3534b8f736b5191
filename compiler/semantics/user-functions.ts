/** Functions of the project: written into the query at each use and typed there. */
import type { Expr as Rex } from '../relational/rel.ts';
import { decimal, typeName, type ValueType } from '../relational/types.ts';
import type { CallExpr, Parameter } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { CheckContext, UserFunction } from './context.ts';
import { argumentInfo, ERROR, type ExprEnv, isError } from './expression-env.ts';
import { type Binding, type QueryEnv, Scope, usedColumns } from './relation.ts';
import { valueType } from './value-types.ts';
import { decimalOf, isExactNumber, literalOf, widen, widens } from './widening.ts';

const NO_SCOPE = new Scope([], [], false);

/** A scalar function's body with its parameters bound to the arguments. */
export function inlineFunction(fn: UserFunction, call: CallExpr, at: ExprEnv): Rex {
  const { declaration } = fn;
  const name = declaration.name?.text ?? '';
  const body = declaration.value;
  if (body === null) return ERROR;
  if (body.kind === 'query') {
    at.env.context.report('wrong-arguments', { name, reason: `it works on rows: \`|> call ${name}(…)\`` }, call);
    return ERROR;
  }
  if (call.over !== null || call.distinct || call.filter !== null || call.order.length > 0) {
    at.env.context.report('wrong-arguments', { name, reason: 'a function of the project takes values only' }, call);
    return ERROR;
  }
  const bindings = bindParameters(fn, call, at);
  if (bindings === null) return ERROR;
  const inner = functionEnv(fn, call, at.env, bindings);
  if (inner === null) return ERROR;
  return at.expression(body, { ...at, env: inner, scope: NO_SCOPE, place: `the body of \`${name}\`` });
}

/** What each parameter stands for at this call; null after an error. */
export function bindParameters(fn: UserFunction, call: CallExpr, at: ExprEnv): ReadonlyMap<string, Binding> | null {
  const { declaration } = fn;
  const { context } = at.env;
  const name = declaration.name?.text ?? '';
  const parameters = declaration.parameters ?? [];
  if (call.args.length !== parameters.length) {
    const wanted = `${parameters.length} argument${parameters.length === 1 ? '' : 's'}`;
    context.report('wrong-arguments', { name, reason: `it takes ${wanted}, not ${call.args.length}` }, call, {
      notes: [`it is \`${signatureOf(name, parameters)}\``],
    });
    return null;
  }
  const bindings = new Map<string, Binding>();
  let failed = false;
  for (const [i, parameter] of parameters.entries()) {
    const argument = call.args[i];
    if (argument === undefined) continue;
    if (parameter.type?.name.text === 'column') {
      // Looked up here too, so that a name that is none is reported where it is written.
      if (argument.value.kind === 'name' && isError(at.expression(argument.value, at))) failed = true;
      else if (argument.value.kind === 'name')
        bindings.set(parameter.name.text, { kind: 'column', name: argument.value.name.parts.map((p) => p.text) });
      else {
        context.report(
          'wrong-arguments',
          { name, reason: `\`${parameter.name.text}\` takes the name of a column` },
          argument,
        );
        failed = true;
      }
      continue;
    }
    const value = at.expression(argument.value, at);
    if (declaration.value?.kind === 'query' && usedColumns([value]).size > 0) {
      // The rows change from stage to stage, so a value of theirs would have no meaning after the first.
      const reason = `\`${parameter.name.text}\` is known before there are rows; a column of them is a parameter \`${parameter.name.text}: column\``;
      context.report('wrong-arguments', { name, reason }, argument);
      failed = true;
      continue;
    }
    const typed = isError(value) ? null : parameterValue(fn, parameter, value, argument.value, at);
    if (typed === null) failed = true;
    else bindings.set(parameter.name.text, { kind: 'value', value: typed });
  }
  return failed ? null : bindings;
}

function parameterValue(fn: UserFunction, parameter: Parameter, value: Rex, span: Span, at: ExprEnv): Rex | null {
  const name = fn.declaration.name?.text ?? '';
  if (parameter.type === null) return value;
  const anyDecimal: ValueType = isExactNumber(value.type) ? decimalOf(argumentInfo(value)) : decimal(38, 0);
  const type = valueType(parameter.type, inlined(at.env.context, span, fn), anyDecimal);
  if (type === null) return null;
  at.env.context.trace?.enumValue(span, type, literalOf(value));
  if (widens(argumentInfo(value), type)) return widen(value, type);
  at.env.context.report(
    'wrong-arguments',
    {
      name,
      reason: `\`${parameter.name.text}\` is \`${typeName(value.type)}\`, it must be \`${parameter.type.args.length === 0 && type.kind === 'decimal' ? 'decimal' : typeName(type)}\``,
    },
    span,
  );
  return null;
}

function signatureOf(name: string, parameters: readonly Parameter[]): string {
  return `${name}(${parameters.map((p) => (p.type === null ? p.name.text : `${p.name.text}: ${p.type.name.text}`)).join(', ')})`;
}

/** The environment of a function's body; null, after a report, where it calls itself. */
export function functionEnv(
  fn: UserFunction,
  call: Span,
  env: QueryEnv,
  parameters: ReadonlyMap<string, Binding>,
): QueryEnv | null {
  const name = fn.declaration.name?.text ?? '';
  if (env.inlining.includes(name)) {
    env.context.report('recursive-function', { path: [...env.inlining.slice(env.inlining.indexOf(name)), name] }, call);
    return null;
  }
  return {
    ...env,
    context: inlined(env.context, call, fn),
    parameters,
    parametersDepth: env.around.length,
    inlining: [...env.inlining, name],
  };
}

/**
 * Reports at the call what its arguments or rows make wrong in the body of the function, and shows where. What is wrong in
 * the body whatever the call is told there, once.
 */
function inlined(context: CheckContext, call: Span, fn: UserFunction): CheckContext {
  return {
    report: (code, params, span, extras) => {
      if (fn.tells(code, span)) return;
      const message = `here, in the body of \`${fn.declaration.name?.text ?? ''}\``;
      const related = [...(extras?.related ?? []), { place: fn.place(span), message }];
      context.report(code, params, call, { ...extras, fixes: [], related } as typeof extras);
    },
    place: () => context.place(call),
    text: () => context.text(call),
    dataset: (dataset) => context.dataset(dataset),
    enumType: (type) => context.enumType(type),
    userFunction: (other) => context.userFunction(other),
    enumNames: () => context.enumNames(),
    userFunctionNames: () => context.userFunctionNames(),
    freshId: () => context.freshId(),
    // Its names stand in the function, and are told where that is checked.
    trace: null,
  };
}
