/** `unnest xs as x`: a row for each item of the list. */
import type { Expr as Rex } from '../../relational/rel.ts';
import { ERROR_TYPE, INT64, typeName } from '../../relational/types.ts';
import type { TableExpr, UnnestStage } from '../../syntax/ast.ts';
import { isError, knownCall, literal, unnested } from '../expression-env.ts';
import { decidersOf, lineageOf } from '../lineage.ts';
import { joinOrigins, newColumn, type QueryEnv, type Relation, Scope } from '../relation.ts';
import { freeName, over, prepared } from './support.ts';

/** `unnest(xs)` where a table stands, as other SQLs write it: what it means as a stage; null where it is none. */
export function unnestTable(table: TableExpr): UnnestStage | null {
  const value = unnested(table.kind === 'function' ? table.call : null);
  return value === null ? null : { kind: 'unnest', value, alias: table.alias, start: table.start, end: table.end };
}

/** `keepsRows`: a row without items stays, with null for its item. */
export function unnestStage(stage: UnnestStage, input: Relation, env: QueryEnv, keepsRows = false): Relation {
  const at = over(input, env, '`unnest`');
  const list = at.expression(stage.value, at);
  const value = keepsRows ? orOneNull(list) : list;
  const written = stage.alias?.text ?? '';
  if (written === '') {
    if (stage.alias === null) env.context.report('missing-alias', { what: '`unnest`' }, stage);
    return input;
  }
  const names = new Set(input.scope.columns.map((c) => c.name));
  if (names.has(written))
    env.context.report('column-exists', { column: written, stage: 'unnest' }, stage.alias ?? stage);
  const name = freeName(written, names);
  if (!isError(value) && value.type.kind !== 'list')
    env.context.report(
      'type-mismatch',
      { what: '`unnest`', found: `\`${typeName(value.type)}\``, wanted: 'given a list' },
      stage.value,
    );
  const type = value.type.kind === 'list' ? value.type.element : ERROR_TYPE;
  const lineage = lineageOf(value, env.columns);
  // Items may be null whatever the list is (`semantics.md`), except those written out.
  const nullable = value.kind === 'list' ? value.items.some((item) => item.nullable) : true;
  const column = newColumn(env, {
    name,
    type,
    nullable,
    inexact: value.inexact,
    doc: null,
    tags: lineage.tags,
    origins: lineage.origins,
  });
  if (stage.alias !== null) env.context.trace?.column(stage.alias, column.id, true);
  const asserted = prepared(input, at, stage);
  const scope = new Scope([...input.scope.columns, column], input.scope.qualifiers, input.scope.broken);
  if (type.kind === 'error' || value.type.kind !== 'list') return { ...input, scope };
  return {
    ...asserted,
    rel: {
      kind: 'unnest',
      input: asserted.rel,
      value,
      columns: [...asserted.rel.columns, column],
      at: stage,
      label: asserted.rel.label,
    },
    scope,
    keys: [],
    validity: null,
    deciders: joinOrigins(asserted.deciders, decidersOf(value, env.columns)),
    fanouts: [],
  };
}

/** The list, and where it has no items one that is null. */
function orOneNull(list: Rex): Rex {
  const { type } = list;
  if (type.kind !== 'list') return list;
  const given = { nullable: false, inexact: list.inexact };
  const none: Rex = { kind: 'literal', value: null, type: type.element, nullable: true, inexact: false };
  const hasItems = knownCall('greater', [knownCall('array_length', [list]), literal('0', INT64)]);
  return {
    kind: 'case',
    branches: [{ when: hasItems, then: list }],
    otherwise: { kind: 'list', items: [none], type, ...given },
    type,
    ...given,
  };
}
