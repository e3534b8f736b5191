/** Names in expressions: columns, bare and qualified, and the parameters of a user function. */

import type { Fix, Related } from '../diagnostics/diagnostic.ts';
import type { RelColumn, Expr as Rex } from '../relational/rel.ts';
import { columnsUsed } from '../relational/walk.ts';
import type { NameExpr } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { DatasetRef } from './context.ts';
import { ERROR, type ExprEnv } from './expression-env.ts';
import { namesElsewhere } from './functions/elsewhere.ts';
import {
  type Around,
  columnExpr,
  type Gone,
  isSeveral,
  type Qualifier,
  type QueryEnv,
  type Scope,
  sameColumns,
} from './relation.ts';
import { closest } from './suggest.ts';

export function nameExpr(expr: NameExpr, at: ExprEnv): Rex {
  const parts = expr.name.parts;
  const [first, second] = parts;
  if (first === undefined || first.text === '' || second?.text === '') return ERROR;
  if (second === undefined) return bare(first.text, expr, at);
  if (parts.length > 2) {
    const dataset = parts
      .slice(0, -1)
      .map((p) => p.text)
      .join('.');
    at.env.context.report('unknown-qualifier', { qualifier: dataset }, expr, {
      notes: [`a column is named by the alias of its table: \`${parts.at(-2)?.text}.${parts.at(-1)?.text}\``],
    });
    return ERROR;
  }
  return qualified(first.text, second.text, expr, at);
}

function bare(name: string, expr: NameExpr, at: ExprEnv): Rex {
  const { trace } = at.env.context;
  const binding = at.env.parameters?.get(name);
  if (binding !== undefined) trace?.name(expr, { kind: 'parameter', name });
  if (binding?.kind === 'value') return fromOutside(binding.value, name, expr, at);
  if (binding?.kind === 'column') return named(binding.name, expr, at);
  const found = at.scope.find(name);
  if (found === undefined) {
    const outer = outside(at, (scope) => scope.find(name));
    if (outer === undefined) unknownColumn(name, expr, at);
    else if (isSeveral(outer.found)) reportAmbiguous(name, expr, outer.around.scope, at.env);
    else {
      trace?.column(expr, outer.found.id);
      return correlated(outer, outer.found, name, expr, at);
    }
    return ERROR;
  }
  if (isSeveral(found)) {
    reportAmbiguous(name, expr, at.scope, at.env);
    return ERROR;
  }
  trace?.column(expr, found.id);
  return columnExpr(found);
}

/** The column that a `column` parameter of a function stands for. */
function named(parts: readonly string[], expr: NameExpr, at: ExprEnv): Rex {
  const outside: ExprEnv = { ...at, env: { ...at.env, parameters: null } };
  const [first, second] = parts;
  return second === undefined ? bare(first ?? '', expr, outside) : qualified(first ?? '', second, expr, outside);
}

/** `bareOnly` where the stage takes no qualified name. */
export function reportAmbiguous(name: string, span: Span, scope: Scope, env: QueryEnv, bareOnly = false): void {
  const choices = scope.qualifiers
    .filter((q) => q.columns.some((c) => c.name === name))
    .map((q) => `${q.name}.${name}`);
  if (bareOnly) {
    env.context.report('ambiguous-column', { column: name, choices }, span, {
      notes: ['name one of them apart in a `select` before, or join with `using`, which leaves one'],
    });
    return;
  }
  const fixes = choices.map(
    (text): Fix => ({ title: `write \`${text}\``, safe: false, edits: [{ place: env.context.place(span), text }] }),
  );
  env.context.report('ambiguous-column', { column: name, choices }, span, { fixes });
}

function qualified(qualifierName: string, name: string, expr: NameExpr, at: ExprEnv): Rex {
  const { context } = at.env;
  const qualifier = at.scope.qualifier(qualifierName);
  const span = expr.name.parts[1] ?? expr;
  if (qualifier === undefined) {
    if (at.scope.broken) return ERROR;
    const outer = outside(at, (scope) => scope.qualifier(qualifierName));
    if (outer !== undefined) {
      const column = qualified(qualifierName, name, expr, { ...at, scope: outer.around.scope });
      const known = column.kind === 'column' ? at.env.columns[column.id] : undefined;
      return known === undefined ? ERROR : correlated(outer, known, `${qualifierName}.${name}`, expr, at);
    }
    if (at.env.around.some(({ scope }) => scope.broken)) return ERROR;
    unknownQualifier(qualifierName, name, expr, at);
    return ERROR;
  }
  traceQualifier(qualifier, expr.name.parts[0] ?? expr, at);
  const gone = qualifier.gone?.get(name);
  if (gone !== undefined) {
    reportStale(qualifierName, name, gone, expr, at);
    return ERROR;
  }
  const column = qualifier.columns.find((each) => each.name === name);
  if (column !== undefined) {
    context.trace?.column(span, column.id);
    return columnExpr(column);
  }
  if (qualifier.dataset?.broken === true || at.scope.broken) return ERROR;
  const dataset = qualifier.dataset;
  context.report(
    'unknown-column',
    { column: name, of: dataset?.name ?? qualifierName },
    span,
    suggestion(
      name,
      qualifier.columns.map((c) => c.name),
      span,
      at,
      dataset,
    ),
  );
  return ERROR;
}

/** What `o` means in `o.amount`: the name given to a table here, or the dataset's own. */
export function traceQualifier({ given, dataset }: Qualifier, span: Span, at: ExprEnv): void {
  if (given !== null) at.env.context.trace?.name(span, { kind: 'local', given, what: 'table' });
  else if (dataset !== null)
    at.env.context.trace?.name(span, { kind: 'declaration', namespace: 'dataset', name: dataset.name });
}

function reportStale(qualifier: string, column: string, gone: Gone, expr: NameExpr, at: ExprEnv): void {
  const text = gone.how === 'set' ? column : gone.now;
  at.env.context.report('stale-qualifier', { qualifier, column, how: gone.how, now: gone.now }, expr, {
    fixes:
      text === null
        ? []
        : [{ title: `write \`${text}\``, safe: false, edits: [{ place: at.env.context.place(expr), text }] }],
  });
}

function unknownQualifier(qualifier: string, name: string, expr: NameExpr, at: ExprEnv): void {
  const { context } = at.env;
  const span = expr.name.parts[0] ?? expr;
  const names = at.scope.qualifiers.map((q) => q.name);
  const owner = at.scope.qualifiers.find((q) => q.dataset?.name.split('.').at(-1) === qualifier);
  const nearest = owner?.name ?? closest(qualifier, names);
  if (nearest !== null) {
    context.report('unknown-qualifier', { qualifier }, span, {
      label: `did you mean \`${nearest}\`?`,
      fixes: [
        {
          title: `replace \`${qualifier}\` by \`${nearest}\``,
          safe: true,
          edits: [{ place: context.place(span), text: nearest }],
        },
      ],
    });
    return;
  }
  // After `select` and `aggregate` the bare name is what is left of a qualified one.
  const left = at.scope.find(name);
  context.report('unknown-qualifier', { qualifier }, span, {
    notes:
      names.length === 0
        ? ['the stage before ended the qualifiers: columns go by their bare names']
        : [`here are ${names.map((n) => `\`${n}\``).join(', ')}`],
    fixes:
      left === undefined || isSeveral(left)
        ? []
        : [{ title: `write \`${name}\``, safe: false, edits: [{ place: context.place(expr), text: name }] }],
  });
}

export function unknownColumn(name: string, span: Span, at: Pick<ExprEnv, 'scope' | 'env' | 'siblings'>): void {
  if (at.scope.broken || at.env.around.some(({ scope }) => scope.broken)) return;
  const only = at.scope.qualifiers.length === 1 ? at.scope.qualifiers[0] : undefined;
  const dataset = only?.dataset !== null && only !== undefined && isWhole(only, at.scope) ? only.dataset : null;
  const extras = suggestion(
    name,
    at.scope.columns.map((c) => c.name),
    span,
    at,
    dataset,
  );
  if (at.siblings?.has(name) === true)
    extras.notes.push(`\`${name}\` is made in this same stage: it can be used from the next stage on`);
  if (at.env.parameters !== null && at.scope.columns.length === 0)
    extras.notes.push('a function of the project sees its parameters only');
  if (at.scope.qualifier(name) !== undefined) extras.notes.push(`\`${name}\` is a table here, not a column`);
  const elsewhere = namesElsewhere.get(name.toLowerCase());
  if (elsewhere !== undefined) extras.notes.push(elsewhere);
  at.env.context.report('unknown-column', { column: name, of: dataset?.name ?? null }, span, extras);
}

/** Whether the scope is the table and nothing else, with no column of it changed. */
function isWhole(qualifier: Qualifier, scope: Scope): boolean {
  return qualifier.gone === null && sameColumns(qualifier.columns, scope.columns);
}

interface Outside<T> {
  readonly around: Around;
  readonly found: T;
  /** 0 for the query that this one stands in. */
  readonly depth: number;
}

/** The innermost of the queries around in which something is found. */
function outside<T>(at: Pick<ExprEnv, 'env'>, find: (scope: Scope) => T | undefined): Outside<T> | undefined {
  for (const [depth, around] of at.env.around.entries()) {
    const found = find(around.scope);
    if (found !== undefined) return { around, found, depth };
  }
  return undefined;
}

/** A column of the query around this one: the stage there will join this query to its rows. */
function correlated(outer: Outside<unknown>, column: RelColumn, written: string, span: Span, at: ExprEnv): Rex {
  if (outer.depth === 0 && outer.around.open) {
    outer.around.used.add(column.id);
    const now = outer.around.scope.columns.find(({ id }) => id === column.id) ?? column;
    return columnExpr(now);
  }
  const what =
    outer.depth === 0
      ? `a query here that uses \`${written}\` of the one around it`
      : `a query that uses \`${written}\` of one further out than the one around it`;
  at.env.context.report('not-supported-yet', { what, instead: 'join the two in stages of their own' }, span);
  return ERROR;
}

/** The value of a function's parameter; inside a query of the function's body its columns are those of the query around. */
function fromOutside(value: Rex, name: string, span: Span, at: ExprEnv): Rex {
  const depth = at.env.around.length - at.env.parametersDepth;
  const around = at.env.around[0];
  const used = depth > 0 ? columnsUsed(value) : null;
  if (used === null || used.size === 0 || around === undefined) return value;
  if (depth === 1 && around.open) {
    for (const id of used) around.used.add(id);
    return value;
  }
  at.env.context.report(
    'not-supported-yet',
    { what: `a query in a function that uses \`${name}\` like this`, instead: 'join the two in stages of their own' },
    span,
  );
  return ERROR;
}

interface Suggestion {
  label?: string;
  readonly related: readonly Related[];
  readonly fixes: readonly Fix[];
  readonly notes: string[];
}

/** The nearest name as label and fix, and the columns there are, at the dataset's declaration where one is known. */
function suggestion(
  name: string,
  candidates: readonly string[],
  span: Span,
  at: Pick<ExprEnv, 'env'>,
  dataset: DatasetRef | null,
): Suggestion {
  const { context } = at.env;
  const nearest = closest(name, candidates);
  const list = columnList(candidates);
  const related =
    dataset !== null && dataset.place !== null ? [{ place: dataset.place, message: `its columns: ${list}` }] : [];
  const notes = related.length === 0 && candidates.length > 0 ? [`columns here: ${list}`] : [];
  if (nearest === null) return { related, notes, fixes: [] };
  return {
    label: `did you mean \`${nearest}\`?`,
    related,
    notes,
    fixes: [
      {
        title: `replace \`${name}\` by \`${nearest}\``,
        safe: true,
        edits: [{ place: context.place(span), text: nearest }],
      },
    ],
  };
}

const MOST_COLUMNS = 12;

function columnList(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length > MOST_COLUMNS
    ? `${distinct.slice(0, MOST_COLUMNS).join(', ')} … (${distinct.length} in all)`
    : distinct.join(', ');
}
