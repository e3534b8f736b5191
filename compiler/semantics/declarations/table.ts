import type { Declaration, ObjectExpr, SqlLiteral } from '../../syntax/ast.ts';
import { defaulted, readProperties } from '../config.ts';
import type { DatasetModel, Refresh } from '../model.ts';
import { builtModel, builtProperties, NO_ROW, NO_SHAPE, promised, storedQuery, withDeclaredKey } from './built.ts';
import { checkCompute, compute } from './compute.ts';
import type { DeclarationContext, Shape } from './context.ts';
import type { DeclarationKind } from './kind.ts';
import { checkAnswers, isRaw, rawQuery, rawQuestions, withoutNulls } from './raw.ts';
import { checkRefresh, refresh } from './refresh.ts';

const { key, ...others } = builtProperties;
const properties = {
  key,
  refresh: defaulted<Refresh>(refresh, { kind: 'full' }, 'how it is brought up to date: `view`, `full`, …'),
  compute,
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
    const inLake = isLake(declaration, context);
    checkRefresh(values.refresh, declaration, own, inLake, context);
    checkCompute(values.compute, { kind: 'table', inLake }, declaration, context);
    const rel =
      own.query === null ? null : raw && values.refresh.kind === 'view' ? withoutNulls(own.query) : own.query.rel;
    return builtModel(declaration, { ...values, rel, function: null }, context);
  },
};

function isLake(declaration: Declaration, context: DeclarationContext): boolean {
  const [store] = declaration.in?.parts ?? [];
  const symbol = store === undefined ? null : context.find('store', store.text);
  return symbol !== null && context.model('store', symbol)?.kind === 'lake';
}

/** The query's rows, with the promise of `: Type` where there is one. */
function shape(declaration: Declaration, context: DeclarationContext): Shape {
  const { value } = declaration;
  if (value === null) return promised(declaration, context, NO_SHAPE);
  if (isRaw(value)) return rawShape(declaration, value, context);
  const query = storedQuery(declaration, 'a table', context);
  if (query === null) return promised(declaration, context, NO_SHAPE);
  const keys = withDeclaredKey(declaration, query.row);
  return promised(declaration, context, { row: keys, broken: query.broken, query });
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
