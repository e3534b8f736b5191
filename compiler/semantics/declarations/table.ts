import type { Rel } from '../../relational/rel.ts';
import type { Declaration, ObjectExpr, SqlLiteral } from '../../syntax/ast.ts';
import { defaulted, describeValue, readProperties } from '../config.ts';
import { engineTitles } from '../functions/table.ts';
import type { DatasetModel, Refresh } from '../model.ts';
import { elaborateQuery } from '../queries.ts';
import { refusals } from '../refusals.ts';
import { unstorable } from '../symbols.ts';
import { builtModel, builtProperties, NO_ROW, NO_SHAPE, promised, withDeclaredKey } from './built.ts';
import type { DeclarationContext, Shape } from './context.ts';
import type { DeclarationKind } from './kind.ts';
import { checkAnswers, isRaw, rawQuery, rawQuestions, withoutNulls } from './raw.ts';
import { compute, refresh } from './refresh.ts';

const { key, ...others } = builtProperties;
const properties = {
  key,
  refresh: defaulted<Refresh>(refresh, { kind: 'full' }, 'how it is brought up to date: `view`, `full`, …'),
  compute: defaulted(
    compute,
    'auto',
    'where it is computed: in the target (`elt`), before it (`etl`), or as the planner finds best',
  ),
  ...others,
};

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
  asks: (declaration) => isRaw(declaration.value),
  questions: rawQuestions,
  check: (declaration, context) => {
    const own = context.own ?? NO_SHAPE;
    const values = readProperties(
      properties,
      declaration.properties,
      'a table',
      declaration.name ?? declaration.kind,
      context,
    );
    const raw = isRaw(declaration.value);
    if (raw && !own.broken) checkAnswers(declaration, own.row, context);
    const rel =
      own.query === null ? null : raw && values.refresh.kind === 'view' ? withoutNulls(own.query) : own.query.rel;
    return builtModel(declaration, { ...values, rel, function: null }, context);
  },
};

/** The query's rows, with the promise of `: Type` where there is one. */
function shape(declaration: Declaration, context: DeclarationContext): Shape {
  const { value } = declaration;
  if (value === null) return promised(declaration, context, NO_SHAPE);
  if (isRaw(value)) return rawShape(declaration, value, context);
  const written = value.kind === 'query-expr' ? value.query : value;
  if (written.kind !== 'query' && written.kind !== 'sql-select') {
    if (written.kind !== 'missing')
      context.report(
        'wrong-property-value',
        { property: 'a table', expected: 'a query, `from …`', found: describeValue(written) },
        written,
      );
    return promised(declaration, context, NO_SHAPE);
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
    return NO_SHAPE;
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
  for (const { name: target, engine } of context.targets()) {
    if (engine !== 'postgres' && engine !== 'clickhouse') continue;
    const [first] = refusals(rel, engine);
    if (first === undefined) continue;
    const { fn: name, reason, at } = first;
    context.report('refused-on-engine', { name, engine: engineTitles[engine], reason, target }, at ?? declaration.kind);
  }
}
