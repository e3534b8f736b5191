/** `refresh: …`: how a table is brought up to date. */

import { driven } from '../../relational/driven.ts';
import { type Column, valueName } from '../../relational/types.ts';
import type { CallExpr, Declaration } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import {
  type CallRow,
  callRow,
  calls,
  columns,
  defaulted,
  duration,
  durationText,
  expression,
  mapped,
  name,
  oneOf,
  optional,
  type PropertyValue,
  type Reader,
  readArguments,
  required,
  type ValuesOf,
  word,
} from '../config.ts';
import type { BatchRefresh, Refresh, UpsertRefresh } from '../model.ts';
import type { DeclarationSymbol } from '../symbols.ts';
import { isComparable, readDate } from '../widening.ts';
import { columnOf, type DeclarationContext, type Shape } from './context.ts';
import { zone } from './source.ts';

const NOT_YET = 'use `refresh: full`, which gives the same rows';

const by = required(name('a column of the table', 'column'), 'the date or timestamp that cuts the rows into intervals');
const every = optional(duration(), 'how often');
const lookback = optional(duration(), 'what is computed again before each interval');

const DAY_MS = 86_400_000;

const batchArguments = {
  by,
  every: defaulted(duration(), DAY_MS, 'the length of an interval: days, or hours that divide one'),
  lookback: defaulted(duration(0), 0, 'what is computed again before the end of the last interval'),
  lateness: defaulted(duration(0), 0, 'how long after its end an interval waits for rows that come late'),
  start: optional(
    expression(
      "a date, such as `date '2024-01-01'`",
      (value) => value.kind === 'date-literal' && value.type === 'date',
    ),
    'where the first interval begins; rows before it are left out',
  ),
  timezone: defaulted(zone, 'UTC', 'the zone in which days begin'),
};

function readBatch(
  values: ValuesOf<typeof batchArguments>,
  call: CallExpr,
  context: DeclarationContext,
): BatchRefresh | undefined {
  if (values.by === undefined) return undefined;
  const at = (argument: string): Span => call.args.find((one) => one.name?.text === argument) ?? call;
  const divides = values.every < DAY_MS ? DAY_MS % values.every === 0 : values.every % DAY_MS === 0;
  if (!divides) {
    context.report(
      'value-out-of-range',
      {
        property: 'every',
        range: 'a number of days, or a length that divides a day, such as `1h`',
        found: durationText(values.every),
      },
      at('every'),
    );
    return undefined;
  }
  const start = values.start?.kind === 'date-literal' ? readDate(values.start.value) : null;
  if (values.start !== null && start === null) {
    const found = values.start.kind === 'date-literal' ? `\`${values.start.value}\`` : 'something else';
    context.report('wrong-property-value', { property: 'start', expected: 'a date', found }, values.start);
    return undefined;
  }
  return {
    kind: 'batch',
    by: values.by.text,
    everyMs: values.every,
    timezone: values.timezone,
    latenessMs: values.lateness,
    lookbackMs: values.lookback,
    start,
  };
}

const upsertArguments = {
  order: required(columns(), 'the columns by which the greatest row of a key wins, such as `changed_at`'),
  deletes: optional(
    word('hard', 'soft', 'ignore'),
    'what becomes of rows that are deletes: `hard` ends their key, `soft` keeps them as rows, `ignore` passes them over',
  ),
  deleted: optional(name('a column of the table', 'column'), 'the bool column that is true in rows that are deletes'),
};

function readUpsert(
  { order, deletes, deleted }: ValuesOf<typeof upsertArguments>,
  call: CallExpr,
  context: DeclarationContext,
): UpsertRefresh | undefined {
  if (order === undefined) return undefined;
  const missing = deletes === null ? 'deletes' : 'deleted';
  if ((deletes === null) !== (deleted === null)) {
    const expected =
      missing === 'deleted'
        ? 'the bool column that is true in rows that are deletes: `deleted: is_deleted`'
        : 'what becomes of rows that are deletes: `hard`, `soft` or `ignore`';
    context.report('missing-property', { owner: '`upsert(…)`', property: missing, expected }, call);
    return undefined;
  }
  return {
    kind: 'upsert',
    order: order.map(({ text }) => text),
    deletes: deletes === null || deleted === null ? null : { column: deleted.text, how: deletes },
  };
}

/** What a mode asks of the rows; reports what they do not have. */
export function checkRefresh(
  refresh: Refresh,
  declaration: Declaration,
  own: Shape,
  lake: boolean,
  context: DeclarationContext,
): void {
  const property = declaration.properties.find((one) => one.name.text === 'refresh')?.value;
  if (property === undefined || property.kind === 'checks-body' || refresh.kind === 'view' || refresh.kind === 'full')
    return;
  if (lake)
    context.report('not-supported-yet', { what: `\`refresh: ${refresh.kind}\` in a lake`, instead: NOT_YET }, property);
  else if (refresh.kind === 'batch') checkBatch(refresh, declaration, property, own, context);
  else {
    checkDriver(refresh.kind, property, own, context);
    if (refresh.kind === 'upsert') checkUpsert(refresh, declaration, property, own, context);
  }
}

/** New rows of what the query begins with must do, and be told from those before. */
function checkDriver(mode: 'append' | 'upsert', at: Span, own: Shape, context: DeclarationContext): void {
  if (own.broken || own.query === null || own.query.broken) return;
  const found = driven(own.query.rel, '');
  if (!('driver' in found)) {
    context.report('needs-all-rows', { what: found.what, mode }, found.at ?? at, {
      notes: ['`refresh: batch(by: …)` computes whole intervals, and `refresh: full` everything'],
    });
    return;
  }
  const symbol = context.find('dataset', found.driver);
  const why = symbol === null ? null : changes(symbol, context);
  if (symbol === null || why === null) return;
  context.report('driver-changes', { dataset: found.driver, mode, why }, at, {
    related: [
      {
        place: { file: symbol.file, declaration: symbol.id, ...symbol.span },
        message: 'the query begins with it',
      },
    ],
  });
}

/** Why rows that were there before may not be there any more; null for sources and tables that are only added to. */
function changes(symbol: DeclarationSymbol, context: DeclarationContext): string | null {
  const { kind, properties } = context.tree(symbol);
  if (kind.text === 'source') return null;
  const written = properties.find((one) => one.name.text === 'refresh')?.value;
  const isAppended = written?.kind === 'name' && written.name.parts.map(({ text }) => text).join('.') === 'append';
  return isAppended ? null : `is a ${kind.text} that is not \`refresh: append\``;
}

function checkUpsert(
  { order, deletes }: UpsertRefresh,
  declaration: Declaration,
  property: PropertyValue,
  own: Shape,
  context: DeclarationContext,
): void {
  const key = declaration.properties.find((one) => one.name.text === 'key');
  if (key === undefined) {
    const expected = 'the columns that say which rows are versions of one';
    context.report('missing-property', { owner: '`refresh: upsert`', property: 'key', expected }, property);
  }
  const args = property.kind === 'call' ? property.args : [];
  const spanOf = (argument: string): PropertyValue =>
    args.find((one) => one.name?.text === argument)?.value ?? property;
  const { name: dataset } = context.symbol;
  const expectColumn = (column: string, what: string, at: Span, expected: string, fits: (found: Column) => boolean) => {
    const found = columnOf(dataset, own.row, { ...at, text: column }, own.broken, context);
    if (found === null || found.type.kind === 'error' || fits(found)) return;
    const told = `\`${column}\`, which is ${found.inexact ? 'an inexact ' : ''}\`${valueName(found)}\``;
    context.report('wrong-property-value', { property: what, expected, found: told }, at);
  };
  const ordered = spanOf('order');
  const written = 'kind' in ordered && ordered.kind === 'list' ? ordered.items : [];
  for (const [i, column] of order.entries())
    expectColumn(
      column,
      'order',
      written[i] ?? ordered,
      'columns that can be compared exactly and are never null',
      ({ type, nullable, inexact }) => isComparable(type) && !nullable && !inexact,
    );
  if (deletes !== null)
    expectColumn(
      deletes.column,
      'deleted',
      spanOf('deleted'),
      'a `bool` that is never null',
      ({ type, nullable }) => type.kind === 'bool' && !nullable,
    );
}

function checkBatch(
  refresh: BatchRefresh,
  declaration: Declaration,
  property: PropertyValue,
  own: Shape,
  context: DeclarationContext,
): void {
  const call = property.kind === 'call' ? property : undefined;
  const argument = call?.args.find((one) => one.name?.text === 'by');
  const at: Span = argument?.value ?? declaration.kind;
  const column = columnOf(context.symbol.name, own.row, { ...at, text: refresh.by }, own.broken, context);
  if (column === null || column.type.kind === 'error') return;
  const isTime = column.type.kind === 'date' || column.type.kind === 'timestamp';
  if (!isTime || column.nullable) {
    context.report(
      'wrong-property-value',
      {
        property: 'by',
        expected: 'a column that is a `date` or a `timestamp` and never null',
        found: `\`${refresh.by}\`, which is \`${valueName(column)}\``,
      },
      at,
    );
  } else if (column.type.kind === 'date' && refresh.everyMs % DAY_MS !== 0) {
    context.report(
      'value-out-of-range',
      { property: 'every', range: 'a number of days, as `by` is a date', found: durationText(refresh.everyMs) },
      call?.args.find((one) => one.name?.text === 'every') ?? at,
    );
  }
}

/** A mode that is understood whole, and not run yet. */
function later(
  mode: string,
  schema: Parameters<typeof callRow>[2]['schema'] = {},
  positional: readonly string[] = [],
): CallRow<Refresh> {
  return {
    name: mode,
    shown: `\`${mode}(…)\``,
    signature: { positional, schema },
    read: (call, _what, context) => {
      let isWrong = false;
      const report: typeof context.report = (...given) => {
        isWrong = true;
        context.report(...given);
      };
      readArguments({ positional, schema }, call, { ...context, report });
      if (!isWrong) notYet(mode, call, context);
      return { kind: 'full' };
    },
  };
}

function notYet(mode: string, at: Span, context: DeclarationContext): void {
  context.report('not-supported-yet', { what: `\`refresh: ${mode}\``, instead: NOT_YET }, at);
}

const EXPECTED =
  '`view`, `full`, `batch(by: day)`, `append`, `upsert(order: changed_at)`, `stream(every: 5s)`, `lambda(by: day, every: 5s)` or `kappa(every: 5s)`';

const modes: Reader<Refresh> = oneOf<Refresh>(
  EXPECTED,
  mapped(
    word('full', 'view', 'batch', 'append', 'upsert', 'stream', 'lambda', 'kappa'),
    (mode, at, _what, context): Refresh => {
      if (mode === 'full' || mode === 'view' || mode === 'append') return { kind: mode };
      if (mode === 'upsert') {
        const expected = 'the columns by which the greatest row of a key wins: `upsert(order: changed_at)`';
        context.report('missing-property', { owner: '`upsert`', property: 'order', expected }, at);
        return { kind: 'full' };
      }
      if (mode === 'batch') {
        const expected = 'a column of the table: `batch(by: day)`';
        context.report('missing-property', { owner: '`batch`', property: 'by', expected }, at);
        return { kind: 'full' };
      }
      notYet(mode, at, context);
      return { kind: 'full' };
    },
  ),
  calls<Refresh>([
    callRow('batch', '`batch(by: day)`', { positional: [], schema: batchArguments }, readBatch),
    callRow('upsert', '`upsert(order: changed_at)`', { positional: [], schema: upsertArguments }, readUpsert),
    later('stream', { every }),
    later('lambda', { by, every, lookback }),
    later('kappa', { every }),
  ]),
);

const LATER = new Set(['stream', 'lambda', 'kappa']);

export const refresh: Reader<Refresh> = {
  ...modes,
  forms: modes.forms.map((form) => {
    const name = form.kind === 'word' ? form.word : form.kind === 'call' ? form.name : '';
    return LATER.has(name) ? { ...form, later: true } : form;
  }),
};
