/** `pivot` and `unpivot`: values become columns and columns values, with the list known when the query is checked. */
import type { AggregateExpr, RelColumn, Expr as Rex } from '../../relational/rel.ts';
import { STRING, typeName } from '../../relational/types.ts';
import type { Expr, PivotStage, UnpivotStage } from '../../syntax/ast.ts';
import {
  argumentInfo,
  bareName,
  decides,
  type ExprEnv,
  isError,
  knownCall,
  literal,
  tryCall,
} from '../expression-env.ts';
import { literalFits, oneType } from '../expression-operators.ts';
import { knownRow } from '../functions/table.ts';
import {
  columnExpr,
  newColumn,
  type Output,
  passedOn,
  projected,
  type QueryEnv,
  type Relation,
  Scope,
  shown,
  usedColumns,
} from '../relation.ts';
import { isComparable, literalOf, widen } from '../widening.ts';
import { Grouping } from './grouping.ts';
import { combine } from './set-operation.ts';
import { freeName, over, prepared, valueColumn } from './support.ts';

/** Groups by all columns that are not named; each value has its aggregates over the rows that have it. */
export function pivotStage(stage: PivotStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`pivot`', { aggregates: true });
  const column = at.expression(stage.column, { ...at, aggregates: false });
  const aggregates = stage.aggregates.map((item) => ({ item, value: at.expression(item.value, at) }));
  if (
    isError(column) ||
    aggregates.some((a) => isError(a.value)) ||
    !decides(column, stage.column, at, 'which column a row goes to')
  )
    return input;
  for (const { item, value } of aggregates) {
    if (value.kind === 'aggregate') continue;
    env.context.report(
      'type-mismatch',
      { what: 'what `pivot` fills its columns with', found: 'an expression', wanted: 'one aggregate' },
      item.value,
    );
    return input;
  }
  const used = usedColumns([column, ...aggregates.map((a) => a.value)]);
  const keys = input.scope.columns.filter((c) => !used.has(c.id));
  if (!input.scope.broken && !keys.every((key) => groupsBy(key, stage, env))) return input;
  const grouping = new Grouping(
    prepared(input, at, stage),
    keys.map((c) => ({ value: columnExpr(c), name: c.name, at: null, alias: null })),
    null,
    env,
  );
  const outputs: Output[] = grouping.keys.map((key) => passedOn(key.column));
  const names = new Set(keys.map((c) => c.name));
  for (const { value: expr, name } of stage.values) {
    const matched = matches(expr, column, stage.column, at);
    if (matched === null) continue;
    for (const { item, value } of aggregates) {
      if (value.kind !== 'aggregate') continue;
      const prefix = item.name === null ? '' : `${item.name.text}_`;
      const own = `${prefix}${name?.text ?? valueText(expr, env)}`;
      if (names.has(own)) {
        env.context.report('column-exists', { column: own, stage: 'pivot' }, name ?? expr);
        continue;
      }
      names.add(own);
      const filtered: AggregateExpr = {
        ...value,
        filter: value.filter === null ? matched : knownCall('and', [value.filter, matched]),
        nullable: value.nullable || knownRow(value.fn).overNothing === 'null',
      };
      const over = grouping.over(filtered, own, item.value);
      outputs.push({ column: named(over, own, env), value: over });
    }
  }
  const grouped = grouping.finish(stage);
  return projected(
    grouped,
    outputs,
    new Scope(
      outputs.map((o) => o.column),
      [],
      input.scope.broken,
    ),
    stage,
  );
}

/** Whether rows can be grouped by a column that the stage does not name; says why not. */
function groupsBy(key: RelColumn, stage: PivotStage, env: QueryEnv): boolean {
  const notes = [`\`pivot\` groups by every column that it does not name: drop \`${key.name}\` before it`];
  if (!isComparable(key.type)) {
    const wanted = 'a value that can be compared';
    const found = `\`${typeName(key.type)}\``;
    env.context.report('type-mismatch', { what: `the column \`${key.name}\``, found, wanted }, stage, { notes });
    return false;
  }
  if (key.inexact) env.context.report('inexact-decides', { where: 'which rows are one' }, stage, { notes });
  return !key.inexact;
}

function named(value: Rex, name: string, env: QueryEnv): RelColumn {
  const own = value.kind === 'column' ? env.columns[value.id] : undefined;
  return own?.name === name ? own : valueColumn(env, name, value);
}

function valueText(expr: Expr, env: QueryEnv): string {
  return expr.kind === 'string' ? expr.value : expr.kind === 'date-literal' ? expr.value : env.context.text(expr);
}

/** `column = value`, for a value written out. */
function matches(expr: Expr, column: Rex, columnExprWritten: Expr, at: ExprEnv): Rex | null {
  const value = at.expression(expr, { ...at, aggregates: false });
  if (isError(value) || !literalFits(value, expr, column, at)) return null;
  if (literalOf(value) === undefined || literalOf(value) === null) {
    at.env.context.report(
      'type-mismatch',
      { what: 'a value of `pivot`', found: 'an expression', wanted: 'written out' },
      expr,
    );
    return null;
  }
  const call = tryCall(knownRow('equals'), [column, value]);
  if (!('reason' in call)) return call;
  at.env.context.report('wrong-arguments', { name: 'pivot', reason: call.reason }, expr, {
    notes: [`it compares with \`${at.env.context.text(columnExprWritten)}\``],
  });
  return null;
}

/** A row for each of the columns, with its name and its value; a row whose value is null is left out. */
export function unpivotStage(stage: UnpivotStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`unpivot`', { queries: false });
  const columns = stage.columns.map((item) => {
    const name = bareName(item.value);
    return { item, label: item.name?.text ?? name ?? '', value: at.expression(item.value, at) };
  });
  if (columns.length === 0 || columns.some((c) => isError(c.value))) return input;
  const type = oneType(
    columns.map((c) => ({ value: c.value, expr: c.item.value })),
    'the columns of `unpivot`',
    at,
  );
  if (type === null) return input;
  const used = usedColumns(columns.map((c) => c.value));
  const kept = input.scope.columns.filter((c) => !used.has(c.id));
  const names = new Set(kept.map((c) => c.name));
  const [valueName, columnName] = [stage.value, stage.column].map((name) => {
    if (names.has(name.text)) env.context.report('column-exists', { column: name.text, stage: 'unpivot' }, name);
    const free = freeName(name.text, names);
    names.add(free);
    return free;
  }) as [string, string];
  // Each part reads the same input: a name of its own keeps it computed once, and ids apart.
  const definition = shown({ ...input, order: null }, stage);
  const name = `unpivot_${env.context.freshId()}`;
  let result: Relation | null = null;
  for (const { label, value } of columns) {
    const copies = new Map(definition.rel.columns.map((c) => [c.id, newColumn(env, c)]));
    for (const [id, copy] of copies) env.context.trace?.sameName(copy.id, id);
    const reference: Relation = {
      ...definition,
      rel: { kind: 'reference', name, columns: [...copies.values()], at: stage, label: name },
      scope: new Scope([...copies.values()], [], input.scope.broken),
      keys: [],
      fanouts: [],
    };
    const source = value.kind === 'column' ? copies.get(value.id) : undefined;
    if (source === undefined) continue;
    const typed = widen(columnExpr(source), type);
    const added: Output[] = [
      {
        column: newColumn(env, {
          name: columnName,
          type: STRING,
          nullable: false,
          inexact: false,
          doc: null,
          tags: [],
          origins: [],
        }),
        value: literal(label, STRING),
      },
      { column: valueColumn(env, valueName, typed), value: typed },
    ];
    const outputs = [
      ...kept.flatMap((c) => {
        const copy = copies.get(c.id);
        return copy === undefined ? [] : [passedOn(copy)];
      }),
      ...added,
    ];
    const present = argumentInfo(typed).nullable
      ? {
          ...reference,
          rel: {
            kind: 'filter' as const,
            input: reference.rel,
            condition: knownCall('is_not_null', [columnExpr(source)]),
            columns: reference.rel.columns,
            at: stage,
            label: name,
          },
        }
      : reference;
    const part = projected(
      present,
      outputs.map((o) => (o.column.name === valueName ? { ...o, column: { ...o.column, nullable: false } } : o)),
      new Scope(
        outputs.map((o) => (o.column.name === valueName ? { ...o.column, nullable: false } : o.column)),
        [],
        false,
      ),
      stage,
    );
    result =
      result === null
        ? part
        : combine(
            result,
            part,
            { operation: 'union', quantifier: 'all', start: stage.start, end: stage.end },
            stage,
            env,
          );
  }
  if (result === null) return input;
  return {
    ...result,
    rel: {
      kind: 'named',
      name,
      definition: definition.rel,
      body: result.rel,
      columns: result.rel.columns,
      at: stage,
      label: null,
    },
  };
}
