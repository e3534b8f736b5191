import type { Expr } from '../../relational/rel.ts';
import { type Column, type RowType, sameType, typeName, valueName } from '../../relational/types.ts';
import { mapOperands } from '../../relational/walk.ts';
import type { Declaration, Name, ObjectExpr, Query, Expr as Tree } from '../../syntax/ast.ts';
import {
  bool,
  columns,
  expression,
  integer,
  mapOf,
  mapped,
  name,
  oneOf,
  optional,
  type Reader,
  reader,
  readProperties,
  required,
} from '../config.ts';
import type { ElaboratedQuery } from '../context.ts';
import { reportEnumValue } from '../expression-operators.ts';
import type { DatasetModel } from '../model.ts';
import {
  type Dimension,
  dimensionQuery,
  type History,
  IS_CURRENT,
  IS_INFERRED,
  previousName,
  VALID_FROM,
  VALID_TO,
} from '../models/dimension.ts';
import { elaborateCondition, elaborateQuery } from '../queries.ts';
import { usedColumns } from '../relation.ts';
import { suggestion } from '../suggest.ts';
import { snakeCase, unstorable } from '../symbols.ts';
import { isComparable, literalOf, widen, widens } from '../widening.ts';
import { builtModel, builtProperties, NO_SHAPE, promised, reportRefusals, storedQuery } from './built.ts';
import { columnOf, type DeclarationContext, findColumn, type Shape, traceOwned } from './context.ts';
import { keyColumns } from './dataset.ts';
import type { DeclarationKind } from './kind.ts';

const historyType: Reader<History> = {
  ...mapped(integer(0, 3), (type) => type as History),
  expected: 'a type of history, from 0 to 3',
};
const query = expression(
  'a query in parentheses, such as `(from orders)`',
  (value) => value.kind === 'query-expr' && !value.exists,
);

const { key: _, ...others } = builtProperties;
const properties = {
  key: required(columns(), 'the natural key: columns that say which member a row is about'),
  order: required(
    columns(),
    'the timestamp or date from which a row holds; columns after it tell rows of one instant apart, the greatest wins',
  ),
  deleted: optional(
    expression('a column or a condition, such as `is_deleted`', () => true, [{ kind: 'name', of: 'column' }]),
    'true in rows that say that the member is gone: they end its version; rows after them begin anew, leaving a gap',
  ),
  history: optional(
    oneOf<{ readonly all: History } | { readonly each: readonly { readonly key: Name; readonly value: History }[] }>(
      'the type of history by attribute, such as `{ country: 2, name: 1 }`, or one type for all',
      mapped(historyType, (all) => ({ all })),
      mapped(mapOf(historyType, '', 'column'), (each) => ({ each })),
    ),
    'by attribute: 0 keeps the first value, 1 changes all versions, 2 opens a version, 3 changes all versions and keeps the value before in `prev_…`; `default` is for those that are not named, else 1',
  ),
  inferred: optional(
    query,
    'who names members, such as `(from orders)`: those that the log does not know yet get a row with their key alone',
  ),
  unknown: optional(
    oneOf<boolean | ObjectExpr>(
      "`true`, or values for what is not known, such as `{ country: 'unknown' }`",
      bool(),
      reader(
        'an object',
        (value) => value.kind === 'object',
        (value) => (value.kind === 'object' ? value : undefined),
      ),
    ),
    'gives the member with key −1, for rows whose member is not known; values are for it and for inferred members, and null where none is given',
  ),
  surrogate: optional(name('the name of a column'), 'the name of the surrogate key, `customer_key` of `dim_customer`'),
  ...others,
};
type Properties = ReturnType<typeof readProperties<typeof properties>>;

/** Who or what facts are about, with its history: the change log of a source as versions, each with a surrogate key. */
export const dimension: DeclarationKind<DatasetModel> = {
  word: 'dimension',
  namespace: 'dataset',
  doc: 'Who or what facts are about, with its history: a change log as versions that hold from one instant until another.',
  example:
    'dimension dim_customer in dwh.core { key: customer_id, order: updated_at, history: { country: 2 } } = from customers',
  name: 'required',
  header: { type: 'optional', in: 'required' },
  properties,
  body: null,
  value: 'query',
  shape: (declaration, context) => promised(declaration, context, shape(declaration, context)),
  check: (declaration, context) => {
    const own = context.own ?? NO_SHAPE;
    const values = read(declaration, context);
    const { start, end } = values.surrogate ?? declaration.name ?? declaration.kind;
    const key = { text: surrogateName(declaration, values), start, end };
    const owner = { kind: 'dataset', name: context.symbol.name } as const;
    if (values.surrogate !== null)
      context.trace?.name(values.surrogate, { kind: 'owned', owner, column: key.text }, true);
    return builtModel(
      declaration,
      {
        ...values,
        // A promise without it is reported where it is made.
        key: findColumn(own.row, key.text) === undefined ? null : [key],
        refresh: { kind: 'full' },
        compute: 'auto',
        rel: own.query?.rel ?? null,
        function: null,
      },
      context,
    );
  },
};

function read(declaration: Declaration, context: DeclarationContext): Properties {
  return readProperties(
    properties,
    declaration.properties,
    'a dimension',
    declaration.name ?? declaration.kind,
    context,
  );
}

/** The versions of the query's rows. What is wrong with a property by itself is reported by `check`. */
function shape(declaration: Declaration, context: DeclarationContext): Shape {
  const log = storedQuery(declaration, 'a dimension', context);
  const values = read(declaration, { ...context, report: () => {} });
  if (log === null || values.key === undefined || values.order === undefined) return NO_SHAPE;
  if (log.broken || log.row.columns.some(({ type }) => type.kind === 'error')) return NO_SHAPE;
  let isWrong = false;
  const report: typeof context.report = (...given) => {
    isWrong = true;
    context.report(...given);
  };
  const described = dimensionOf(declaration, values, log, { ...context, report });
  if (described === null || isWrong) return NO_SHAPE;
  const { rel, row } = dimensionQuery(described, log, context);
  const taken = new Set<string>();
  for (const { name: made } of row.columns) {
    if (taken.has(made)) reportTaken(made, declaration, log, { ...context, report });
    // What it is made of has a name that can be stored: only `prev_…` may be too long.
    else if (made.startsWith(previousName('')) && unstorable(made) === 'length')
      report(
        'identifier-not-storable',
        { what: 'column', name: made, why: 'length' },
        declaration.name ?? declaration.kind,
        {
          notes: [
            `give \`${made.slice(previousName('').length)}\` another name in the query, with \`as\` or \`rename\``,
          ],
        },
      );
    taken.add(made);
  }
  if (isWrong) return NO_SHAPE;
  const inner = { columns: row.columns, keys: row.keys.slice(1) };
  return { row, broken: false, query: { rel, row: inner, places: row.columns.map(() => null), broken: false } };
}

function dimensionOf(
  declaration: Declaration,
  values: Properties,
  log: ElaboratedQuery,
  context: DeclarationContext,
): Dimension | null {
  const { row } = log;
  const surrogate = surrogateName(declaration, values);
  const why = unstorable(surrogate);
  // Of a name that cannot be stored either, that is said already.
  if (why !== null && (values.surrogate !== null || why === 'length'))
    context.report(
      'identifier-not-storable',
      { what: 'column', name: surrogate, why },
      values.surrogate ?? declaration.name ?? declaration.kind,
      { notes: [values.surrogate === null ? 'name it: `surrogate: …`' : `call it \`${snakeCase(surrogate)}\``] },
    );
  const key = keyOf(values, row, declaration, context);
  const order = orderOf(values, row, declaration, context);
  const deleted = values.deleted === null ? null : deletedOf(values.deleted, log, context);
  if (key === null || order === null || deleted === undefined) return null;
  const aside = new Map([
    ...(deleted?.columns ?? []).map((column) => [column, 'what `deleted` looks at'] as const),
    ...order.map((column) => [column, 'the order'] as const),
    ...key.map((column) => [column, 'the key'] as const),
  ]);
  const attributes = attributesOf(values, row, aside, context);
  const members = values.inferred === null ? null : membersOf(declaration, values.inferred, key, row, context);
  if (members === undefined) return null;
  const unknown = values.unknown === null || values.unknown === false ? null : values.unknown;
  return {
    surrogate,
    key,
    order,
    deleted: deleted?.condition ?? null,
    attributes,
    members,
    unknown:
      unknown === null ? null : unknown === true ? new Map() : unknownValues(unknown, attributes, row, aside, context),
  };
}

/** `dim_customer` and `customer_dim` have a `customer_key`. */
function surrogateName(declaration: Declaration, { surrogate }: Properties): string {
  const name = declaration.name?.text ?? '';
  return surrogate?.text ?? `${name.replace(/^dim_(?=.)|(?<=.)_dim$/g, '')}_key`;
}

// ------------------------------------------------------------------------------------------------ its properties

const KEY_TYPES = 'a whole number, a decimal, a text, a date, a timestamp, a uuid or bytes';

function keyOf(
  { key: names }: Properties,
  row: RowType,
  declaration: Declaration,
  context: DeclarationContext,
): readonly string[] | null {
  if (names === undefined) return null;
  if (names.length === 0) return empty('key', properties.key.reader.expected, declaration, context);
  const key = keyColumns(names, row, false, context);
  if (key.length < names.length) return null;
  for (const [i, each] of key.entries()) {
    const { type } = columnIn(row, each);
    if (type.kind === 'float64' || type.kind === 'json' || type.kind === 'list')
      context.report(
        'type-mismatch',
        { what: `\`${each}\` in a key`, found: `\`${typeName(type)}\``, wanted: KEY_TYPES },
        names[i] ?? declaration.kind,
      );
  }
  return key;
}

function orderOf(
  { order: names }: Properties,
  row: RowType,
  declaration: Declaration,
  context: DeclarationContext,
): Dimension['order'] | null {
  if (names === undefined) return null;
  const found = names.flatMap((each) => columnOf(context.symbol.name, row, each, false, context) ?? []);
  const [instant, ...ties] = found;
  const [at = declaration.kind] = names;
  if (names.length === 0) return empty('order', properties.order.reader.expected, declaration, context);
  if (instant === undefined || found.length < names.length) return null;
  const isInstant = instant.type.kind === 'timestamp' || instant.type.kind === 'date';
  if (!isInstant || instant.nullable)
    context.report(
      'type-mismatch',
      {
        what: `\`${instant.name}\`, from which a row holds,`,
        found: `\`${valueName(instant)}\``,
        wanted: isInstant ? `\`${typeName(instant.type)}\`, never null` : 'a timestamp or a date',
      },
      at,
      { notes: isInstant ? ['filter with `where … is not null`, or give a value with `coalesce`'] : [] },
    );
  for (const [i, tie] of ties.entries()) checkCompared(tie, names[i + 1] ?? at, 'which row is the last', context);
  return [instant.name, ...ties.map((tie) => tie.name)];
}

function empty(property: string, expected: string, declaration: Declaration, context: DeclarationContext): null {
  const at = declaration.properties.find((each) => each.name.text === property)?.value ?? declaration.kind;
  context.report('wrong-property-value', { property, expected, found: 'an empty list' }, at);
  return null;
}

/** Reports a column by which rows cannot be told apart. */
function checkCompared(column: Column, at: Name, deciding: string, context: DeclarationContext): void {
  if (column.inexact) context.report('inexact-decides', { where: deciding }, at);
  else if (!isComparable(column.type))
    context.report(
      'type-mismatch',
      { what: `\`${column.name}\``, found: `\`${typeName(column.type)}\``, wanted: 'a value that can be compared' },
      at,
    );
}

/** The condition over the log's columns, and which of them it looks at; undefined after a report. */
function deletedOf(
  written: Tree,
  log: ElaboratedQuery,
  context: DeclarationContext,
): { readonly condition: Expr; readonly columns: readonly string[] } | undefined {
  const checked = elaborateCondition(
    written,
    log.row,
    context,
    '`deleted`',
    { kind: 'dataset', name: context.symbol.name },
    'when a member is gone',
  );
  if (checked === null) return undefined;
  let asks = false;
  // Columns are numbered by their place in the row.
  const own = (expr: Expr): Expr => {
    if (expr.kind === 'column') return { ...expr, id: log.rel.columns[expr.id]?.id ?? expr.id };
    if (expr.kind === 'scalar-subquery' || expr.kind === 'exists' || expr.kind === 'in-subquery') asks = true;
    return mapOperands(expr, own);
  };
  const condition = own(checked);
  if (asks)
    context.report(
      'not-supported-yet',
      { what: 'a query in `deleted`', instead: 'make it a column of the query of the dimension' },
      written,
    );
  return { condition, columns: [...usedColumns([checked])].flatMap((id) => log.row.columns[id]?.name ?? []) };
}

/** What is neither key nor order, in the query's order. A column that `deleted` looks at is one where `history` names it. */
function attributesOf(
  { history }: Properties,
  row: RowType,
  aside: ReadonlyMap<string, string>,
  context: DeclarationContext,
): Dimension['attributes'] {
  const named = history !== null && 'each' in history ? history.each : [];
  const types = new Map<string, { readonly type: History; readonly at: Name }>();
  let rest: History = history !== null && 'all' in history ? history.all : 1;
  for (const { key: at, value } of named) {
    const column = findColumn(row, at.text);
    if (at.text === 'default') rest = value;
    else if (column !== undefined && (aside.get(at.text)?.startsWith('the') ?? false)) reportAside(at, aside, context);
    else if (column === undefined) reportNoAttribute(at, row, aside, context);
    else {
      const owner = { kind: 'dataset', name: context.symbol.name } as const;
      context.trace?.name(at, { kind: 'owned', owner, column: column.name });
      types.set(column.name, { type: value, at });
    }
  }
  const isCompared = (type: History): boolean => type === 2 || type === 3;
  return row.columns.flatMap((column) => {
    const own = types.get(column.name);
    if (own === undefined && aside.has(column.name)) return [];
    const type = own?.type ?? rest;
    if (!isCompared(type)) return [{ name: column.name, history: type }];
    if (own !== undefined) checkCompared(column, own.at, 'what opens a version', context);
    // What cannot be compared is not among those that a rule for all of them means.
    else if (column.inexact || !isComparable(column.type)) return [{ name: column.name, history: 1 as const }];
    return [{ name: column.name, history: type }];
  });
}

function reportNoAttribute(
  at: Name,
  row: RowType,
  aside: ReadonlyMap<string, string>,
  context: DeclarationContext,
): void {
  if (at.text === '') return;
  const known = row.columns.map(({ name: each }) => each).filter((each) => !aside.has(each));
  context.report('no-such-column', { dataset: context.symbol.name, column: at.text }, at, {
    ...suggestion(at, known, context),
    notes: [`its attributes: ${known.join(', ')}`],
  });
}

function reportAside(at: Name, aside: ReadonlyMap<string, string>, context: DeclarationContext): void {
  context.report('not-an-attribute', { column: at.text, is: aside.get(at.text) ?? '' }, at);
}

/** Undefined where nothing can be said of them. */
function membersOf(
  declaration: Declaration,
  written: Tree,
  key: readonly string[],
  row: RowType,
  context: DeclarationContext,
): ElaboratedQuery | undefined {
  if (written.kind !== 'query-expr') return undefined;
  const members = elaborateQuery(written.query, context, 'shown');
  if (members.broken) return undefined;
  traceOwned(members, context.symbol.name, context);
  reportRefusals(members.rel, declaration, context);
  for (const each of key) {
    const own = columnIn(row, each);
    const found = findColumn(members.row, each);
    if (found === undefined)
      context.report('no-such-column', { dataset: 'inferred', column: each }, written, {
        notes: [`it gives the columns of the key: ${key.join(', ')}`],
      });
    else if (!sameType(found.type, own.type) && !widens({ type: found.type, literal: undefined }, own.type))
      context.report(
        'type-mismatch',
        {
          what: `\`${each}\` of \`inferred\``,
          found: `\`${typeName(found.type)}\``,
          wanted: `\`${typeName(own.type)}\``,
        },
        written,
      );
  }
  return members;
}

/** Values written out, as values of their attributes. */
function unknownValues(
  written: ObjectExpr,
  attributes: Dimension['attributes'],
  row: RowType,
  aside: ReadonlyMap<string, string>,
  context: DeclarationContext,
): ReadonlyMap<string, Expr> {
  const values = new Map<string, Expr>();
  if (written.properties.length === 0) return values;
  const { start, end } = written;
  const constants: Query = {
    start,
    end,
    kind: 'query',
    stages: [{ start, end, kind: 'from', tables: [{ start, end, alias: null, kind: 'values', rows: [written] }] }],
  };
  const query = elaborateQuery(constants, context, 'shown');
  const { rel, row: given, broken } = query;
  if (broken || rel.kind !== 'values') return values;
  traceOwned(query, context.symbol.name, context);
  for (const [i, { name: column }] of given.columns.entries()) {
    const property = written.properties.find((each) => each.name.text === column);
    const cell = rel.rows[0]?.[i];
    if (property === undefined || cell === undefined || property.value.kind === 'checks-body') continue;
    const attribute = attributes.find((each) => each.name === column);
    if (attribute === undefined) {
      if (aside.has(column)) reportAside(property.name, aside, context);
      else reportNoAttribute(property.name, row, aside, context);
      continue;
    }
    const { type } = columnIn(row, column);
    const text = literalOf(cell);
    context.trace?.enumValue(property.value, type, text);
    if (widens({ type: cell.type, literal: text }, type)) values.set(column, widen(cell, type));
    else if (type.kind === 'enum' && typeof text === 'string' && cell.type.kind === 'string')
      reportEnumValue(text, type, property.value, context);
    else
      context.report(
        'type-mismatch',
        {
          what: `\`${column}\` where it is unknown`,
          found: `\`${typeName(cell.type)}\``,
          wanted: `\`${typeName(type)}\``,
        },
        property.value,
      );
  }
  return values;
}

/** A column of the query that the dimension makes as well. */
function reportTaken(
  column: string,
  declaration: Declaration,
  log: ElaboratedQuery,
  context: DeclarationContext,
): void {
  const index = log.row.columns.findIndex((each) => each.name === column);
  const at = log.places[index] ?? declaration.name ?? declaration.kind;
  const isOwn = [VALID_FROM, VALID_TO, IS_CURRENT, IS_INFERRED].includes(column);
  context.report('column-taken', { column }, at, {
    notes: [
      isOwn || column.startsWith(previousName(''))
        ? 'give it another name in the query, with `as` or `rename`'
        : 'name the surrogate key: `surrogate: …`',
    ],
  });
}

function columnIn(row: RowType, column: string): Column {
  const found = findColumn(row, column);
  if (found === undefined) throw new Error(`no column ${column}`);
  return found;
}
