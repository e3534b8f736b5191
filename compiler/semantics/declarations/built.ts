/** What tables and steps share: a dataset that is computed here, with the promise of its type, its key and its checks. */
import type { Rel } from '../../relational/rel.ts';
import { type RowType, sameType, valueName } from '../../relational/types.ts';
import { forEachRel } from '../../relational/walk.ts';
import type { ChecksBody, Declaration, Name } from '../../syntax/ast.ts';
import { checkModels, provesUnique } from '../checks.ts';
import { checksBody, columns, describeValue, optional } from '../config.ts';
import type { ElaboratedQuery } from '../context.ts';
import { engineTitles } from '../functions/table.ts';
import type { CheckModel, DatasetModel, FunctionModel, Refresh } from '../model.ts';
import { elaborateQuery } from '../queries.ts';
import { refusals } from '../refusals.ts';
import { unstorable } from '../symbols.ts';
import { columnOf, type DeclarationContext, findColumn, resolve, type Shape, traceOwned } from './context.ts';
import { commonProperties, homeOf, keyColumns } from './dataset.ts';

export const builtProperties = {
  key: optional(columns(), 'columns that find one row; checked on data where it cannot be proven'),
  partition_by: optional(columns(), 'lakes: columns that cut the files'),
  checks: optional(checksBody(), 'what must hold of the rows before they are visible'),
  ...commonProperties,
};

export const NO_ROW: RowType = { columns: [], keys: [] };
export const NO_SHAPE: Shape = { row: NO_ROW, broken: true, query: null };

/** The properties as read, and how its rows come about. */
interface Built {
  readonly key: readonly Name[] | null;
  readonly partition_by: readonly Name[] | null;
  readonly checks: ChecksBody | null;
  readonly owner: string | null;
  readonly retention: number | null;
  readonly tags: readonly string[] | null;
  readonly pool: string | null;
  readonly refresh: Refresh;
  readonly compute: DatasetModel['compute'];
  readonly rel: Rel | null;
  readonly function: FunctionModel | null;
}

export function builtModel(declaration: Declaration, built: Built, context: DeclarationContext): DatasetModel {
  const { name } = context.symbol;
  const { rel } = built;
  const own = context.own ?? NO_SHAPE;
  const home = homeOf(declaration, context);
  const { row, broken } = own;
  const key = keyColumns(built.key ?? [], row, broken, context);
  for (const column of built.partition_by ?? []) columnOf(name, row, column, broken, context);
  const checks = checkModels(built.checks?.clauses ?? [], { name, row, broken }, context);
  return {
    name,
    kind: 'table',
    store: home.store,
    schema: home.schema,
    table: home.table,
    doc: declaration.doc,
    owner: built.owner ?? home.model?.owner ?? null,
    retentionMs: built.retention ?? home.model?.retentionMs ?? null,
    tags: built.tags ?? [],
    pool: built.pool,
    layer: home.layer,
    at: context.definedAt(declaration.kind),
    row,
    key,
    refresh: built.refresh,
    compute: built.compute,
    partitionBy: (built.partition_by ?? []).map((column) => column.text),
    rel,
    function: built.function,
    source: null,
    checks: [...(built.refresh.kind === 'upsert' ? [] : keyCheck(key, own, checks, declaration, context)), ...checks],
    reads: readsOf(rel),
  };
}

/** The declaration's query, elaborated, with what cannot be stored or run of it reported; null where there is none. */
export function storedQuery(
  declaration: Declaration,
  owner: string,
  context: DeclarationContext,
): ElaboratedQuery | null {
  const { value } = declaration;
  const written = value?.kind === 'query-expr' ? value.query : value;
  if (written === null) return null;
  if (written.kind !== 'query' && written.kind !== 'sql-select') {
    if (written.kind !== 'missing')
      context.report(
        'wrong-property-value',
        { property: owner, expected: 'a query, `from …`', found: describeValue(written) },
        written,
      );
    return null;
  }
  const query = elaborateQuery(written, context, 'stored');
  traceOwned(query, context.symbol.name, context);
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
  return query;
}

/** What no target of the project can run is said where it is written. */
export function reportRefusals(rel: Rel, declaration: Declaration, context: DeclarationContext): void {
  for (const { name: target, engine } of context.targets()) {
    if (engine !== 'postgres' && engine !== 'clickhouse') continue;
    const [first] = refusals(rel, engine);
    if (first === undefined) continue;
    const { fn: name, reason, at } = first;
    context.report('refused-on-engine', { name, engine: engineTitles[engine], reason, target }, at ?? declaration.kind);
  }
}

/** The declared key counts among the proven ones: what is not provable is checked before rows are visible. */
export function withDeclaredKey(declaration: Declaration, row: RowType): RowType {
  const written = declaration.properties.find((property) => property.name.text === 'key')?.value;
  const items = written?.kind === 'list' ? written.items : written?.kind === 'name' ? [written] : [];
  const key = items.flatMap((item) => (item.kind === 'name' ? (item.name.parts[0]?.text ?? []) : []));
  if (key.length === 0 || key.some((name) => findColumn(row, name) === undefined)) return row;
  return { ...row, keys: [...row.keys, key] };
}

/** The row that `: Type` promises; the query must give it. Those who read the table see the promise. */
export function promised(declaration: Declaration, context: DeclarationContext, given: Shape): Shape {
  const { type } = declaration;
  if (type === null) return given;
  const symbol = resolve('type', type.name, 'type', context);
  if (symbol?.kind === 'type') context.trace?.promises.push({ dataset: context.symbol.name, type: symbol.name });
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
  return { row: { ...given.row, columns: rows }, broken: false, query: given.query };
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
