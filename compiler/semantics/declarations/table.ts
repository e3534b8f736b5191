import type { Rel } from '../../relational/rel.ts';
import { type RowType, sameType, valueName } from '../../relational/types.ts';
import { forEachRel } from '../../relational/walk.ts';
import type { Declaration, ObjectExpr, SqlLiteral } from '../../syntax/ast.ts';
import { checkModels, provesUnique } from '../checks.ts';
import { checksBody, columns, defaulted, describeValue, optional, readProperties } from '../config.ts';
import { engineTitles } from '../functions/table.ts';
import type { CheckModel, DatasetModel, Refresh } from '../model.ts';
import { elaborateQuery } from '../queries.ts';
import { refusals } from '../refusals.ts';
import { unstorable } from '../symbols.ts';
import { columnOf, type DeclarationContext, findColumn, resolve, type Shape } from './context.ts';
import { commonProperties, homeOf, keyColumns } from './dataset.ts';
import type { DeclarationKind } from './kind.ts';
import { checkAnswers, isRaw, rawQuery, rawQuestions, withoutNulls } from './raw.ts';
import { compute, refresh } from './refresh.ts';

const properties = {
  key: optional(columns(), 'columns that find one row; checked on data where it cannot be proven'),
  refresh: defaulted<Refresh>(refresh, { kind: 'full' }, 'how it is brought up to date: `view`, `full`, …'),
  compute: defaulted(
    compute,
    'auto',
    'where it is computed: in the target (`elt`), before it (`etl`), or as the planner finds best',
  ),
  partition_by: optional(columns(), 'lakes: columns that cut the files'),
  checks: optional(checksBody(), 'what must hold of the rows before they are visible'),
  ...commonProperties,
};

const NO_ROW: RowType = { columns: [], keys: [] };

/** A dataset that a query computes. */
export const table: DeclarationKind<DatasetModel> = {
  word: 'table',
  namespace: 'dataset',
  doc: 'A dataset that a query computes from others.',
  example: 'table clean_orders in dwh.core = from orders |> where amount > 0',
  name: 'required',
  header: { type: 'optional', in: 'required' },
  properties,
  body: null,
  value: 'query',
  shape,
  questions: rawQuestions,
  check: (declaration, context) => {
    const { name } = context.symbol;
    const own = context.own ?? { row: NO_ROW, broken: true, query: null };
    const home = homeOf(declaration, context);
    const values = readProperties(
      properties,
      declaration.properties,
      'a table',
      declaration.name ?? declaration.kind,
      context,
    );
    const { row, broken } = own;
    const key = keyColumns(values.key ?? [], row, broken, context);
    for (const column of values.partition_by ?? []) columnOf(name, row, column, broken, context);
    const checks = checkModels(values.checks?.clauses ?? [], { name, row, broken }, context);
    const raw = isRaw(declaration.value);
    if (raw && !broken) checkAnswers(declaration, row, context);
    const rel =
      own.query === null ? null : raw && values.refresh.kind === 'view' ? withoutNulls(own.query) : own.query.rel;
    const at = context.definedAt(declaration.kind);
    return {
      name,
      kind: 'table',
      store: home.store,
      schema: home.schema,
      table: home.table,
      doc: declaration.doc,
      owner: values.owner ?? home.model?.owner ?? null,
      retentionMs: values.retention ?? home.model?.retentionMs ?? null,
      tags: values.tags ?? [],
      layer: home.layer,
      at,
      row,
      key,
      refresh: values.refresh,
      compute: values.compute,
      partitionBy: (values.partition_by ?? []).map((column) => column.text),
      rel,
      source: null,
      checks: [...keyCheck(key, own, checks, declaration, context), ...checks],
      reads: readsOf(rel),
    };
  },
};

/** The query's rows, with the promise of `: Type` where there is one. */
function shape(declaration: Declaration, context: DeclarationContext): Shape {
  const { value } = declaration;
  if (value === null) return promised(declaration, context, { row: NO_ROW, broken: true, query: null });
  if (isRaw(value)) return rawShape(declaration, value, context);
  const written = value.kind === 'query-expr' ? value.query : value;
  if (written.kind !== 'query' && written.kind !== 'sql-select') {
    if (written.kind !== 'missing')
      context.report(
        'wrong-property-value',
        { property: 'a table', expected: 'a query, `from …`', found: describeValue(written) },
        written,
      );
    return promised(declaration, context, { row: NO_ROW, broken: true, query: null });
  }
  const query = elaborateQuery(written, context, 'stored');
  const { broken } = query;
  for (const [i, { name, type }] of query.row.columns.entries()) {
    const at = query.places[i] ?? declaration.name ?? declaration.kind;
    const why = unstorable(name);
    if (type.kind === 'error') continue;
    if (why !== null)
      context.report('identifier-not-storable', { what: 'column', name, why }, at, {
        notes: ['give it another name in the query, with `as` or `rename`'],
      });
    else if (type.kind === 'null') context.report('unstorable-type', { column: name, type: 'null in every row' }, at);
    else if (type.kind === 'list' && type.element.kind === 'null')
      context.report('unstorable-type', { column: name, type: 'a list of nothing but nulls' }, at);
  }
  reportRefusals(query.rel, declaration, context);
  const keys = withDeclaredKey(declaration, query.row);
  return promised(declaration, context, { row: keys, broken, query });
}

/** An engine's own SQL gives what `: Type` says: what it really gives is for the engine to tell. */
function rawShape(declaration: Declaration, value: SqlLiteral | ObjectExpr, context: DeclarationContext): Shape {
  const { type } = declaration;
  if (type === null) {
    context.report(
      'missing-header',
      { kind: 'table', word: '`: Type`', example: RAW_EXAMPLE },
      declaration.name ?? declaration.kind,
      { label: 'what rows does its SQL give?', notes: [`it is written \`${RAW_EXAMPLE}\``] },
    );
    return { row: NO_ROW, broken: true, query: null };
  }
  const symbol = context.find('type', type.name.text);
  const model = symbol?.kind === 'type' ? context.model('type', symbol) : null;
  const row = model?.row ?? NO_ROW;
  const query = rawQuery(value, { columns: row.columns, keys: [] }, context);
  const keys = withDeclaredKey(declaration, query.row);
  return promised(declaration, context, { row: keys, broken: query.broken || model === null, query });
}

const RAW_EXAMPLE = 'table recent : Order in dwh.core = sql"""select * from dwh.core.orders"""';

/** What no target of the project can run is said where it is written. */
function reportRefusals(rel: Rel, declaration: Declaration, context: DeclarationContext): void {
  for (const target of context.names('target')) {
    const symbol = context.find('target', target);
    const engine = symbol === null ? undefined : context.model('target', symbol)?.engine.connector;
    if (engine !== 'postgres' && engine !== 'clickhouse') continue;
    const [first] = refusals(rel, engine);
    if (first === undefined) continue;
    const { fn: name, reason, at } = first;
    context.report('refused-on-engine', { name, engine: engineTitles[engine], reason, target }, at ?? declaration.kind);
  }
}

/** The declared key counts among the proven ones: what is not provable is checked before rows are visible. */
function withDeclaredKey(declaration: Declaration, row: RowType): RowType {
  const written = declaration.properties.find((property) => property.name.text === 'key')?.value;
  const items = written?.kind === 'list' ? written.items : written?.kind === 'name' ? [written] : [];
  const key = items.flatMap((item) => (item.kind === 'name' ? (item.name.parts[0]?.text ?? []) : []));
  if (key.length === 0 || key.some((name) => findColumn(row, name) === undefined)) return row;
  return { ...row, keys: [...row.keys, key] };
}

/** The row that `: Type` promises; the query must give it. Those who read the table see the promise. */
function promised(declaration: Declaration, context: DeclarationContext, given: Shape): Shape {
  const { type } = declaration;
  if (type === null) return given;
  const symbol = resolve('type', type.name, 'type', context);
  const model = symbol?.kind === 'type' ? context.model('type', symbol) : null;
  if (symbol?.kind === 'enum')
    context.report('unknown-name', { kind: 'type of rows', name: type.name.text }, type, {
      notes: [`\`${type.name.text}\` is an ${symbol.kind}`],
    });
  if (model === null || model.broken) return { ...given, broken: true };
  if (!given.broken) {
    const differences = differencesOf(model.row, given.row);
    if (differences.length > 0) {
      context.report('differs-from-type', { dataset: context.symbol.name, type: type.name.text, differences }, type, {
        related:
          symbol === null
            ? []
            : [
                {
                  place: { file: symbol.file, declaration: symbol.id, ...symbol.span },
                  message: 'the type is declared here',
                },
              ],
      });
    }
  }
  const position = (name: string): number => given.row.columns.findIndex((column) => column.name === name);
  // In the query's order where it gives them all, so that the row and its Rel agree.
  const ordered = given.broken
    ? model.row.columns
    : [...model.row.columns].sort((a, b) => position(a.name) - position(b.name));
  const rows = ordered.map((column) => {
    const own = findColumn(given.row, column.name);
    const tags =
      own === undefined
        ? column.tags
        : [
            ...own.tags,
            ...column.tags.filter(
              (tag) => !own.tags.some((each) => each.name === tag.name && each.value === tag.value),
            ),
          ];
    return {
      ...column,
      tags,
      doc: column.doc ?? own?.doc ?? null,
      inexact: own?.inexact ?? false,
      origins: own?.origins ?? [],
    };
  });
  return { row: { columns: rows, keys: given.row.keys }, broken: false, query: given.query };
}

function differencesOf(wanted: RowType, given: RowType): readonly string[] {
  const differences: string[] = [];
  for (const column of wanted.columns) {
    const own = findColumn(given, column.name);
    if (own === undefined) differences.push(`\`${column.name}\` is missing`);
    else if (
      own.type.kind !== 'error' &&
      column.type.kind !== 'error' &&
      (!sameType(own.type, column.type) || (own.nullable && !column.nullable))
    ) {
      differences.push(`\`${column.name}\` is \`${valueName(own)}\`, not \`${valueName(column)}\``);
    }
  }
  for (const column of given.columns)
    if (findColumn(wanted, column.name) === undefined) differences.push(`\`${column.name}\` is not in it`);
  return differences;
}

/** A check on data for a declared key that neither the query nor another check proves. */
function keyCheck(
  key: readonly string[],
  own: Shape,
  checks: readonly CheckModel[],
  declaration: Declaration,
  context: DeclarationContext,
): readonly CheckModel[] {
  if (key.length === 0 || own.query === null || provesUnique(checks, key)) return [];
  const proven = own.query.row.keys.some((each) => each.every((column) => key.includes(column)));
  if (proven) return [];
  const at = declaration.properties.find((property) => property.name.text === 'key') ?? declaration.kind;
  return [
    {
      text: `key [${key.join(', ')}]`,
      severity: 'error',
      at: context.definedAt(at),
      test: { kind: 'unique', columns: key },
    },
  ];
}

/** What the query reads, each once, in order of appearance. */
function readsOf(rel: DatasetModel['rel']): readonly string[] {
  const reads = new Set<string>();
  if (rel !== null) {
    forEachRel(rel, (node) => {
      if (node.kind === 'scan') reads.add(node.dataset);
    });
  }
  return [...reads];
}
