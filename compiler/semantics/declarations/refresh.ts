/** `refresh: …`: how a table is brought up to date. */

import { valueName } from '../../relational/types.ts';
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
  type Reader,
  readArguments,
  required,
  type ValuesOf,
  word,
} from '../config.ts';
import type { BatchRefresh, Refresh } from '../model.ts';
import { readDate } from '../widening.ts';
import { columnOf, type DeclarationContext, type Shape } from './context.ts';
import { zone } from './source.ts';

const NOT_YET = 'use `refresh: full`, which gives the same rows';

const by = required(name('a column of the table'), 'the date or timestamp that cuts the rows into intervals');
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

/** What a mode asks of the rows; reports what they do not have. */
export function checkRefresh(
  refresh: Refresh,
  declaration: Declaration,
  own: Shape,
  lake: boolean,
  context: DeclarationContext,
): void {
  if (refresh.kind !== 'batch') return;
  const property = declaration.properties.find((one) => one.name.text === 'refresh')?.value;
  const call = property?.kind === 'call' ? property : undefined;
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
  if (lake) context.report('not-supported-yet', { what: '`refresh: batch` in a lake', instead: NOT_YET }, call ?? at);
}

/** A mode that is understood whole, and not run yet. */
function later(
  mode: string,
  schema: Parameters<typeof callRow>[2]['schema'] = {},
  positional: readonly string[] = [],
): CallRow<Refresh> {
  return {
    name: mode,
    shown: mode,
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

export const refresh: Reader<Refresh> = oneOf<Refresh>(
  EXPECTED,
  mapped(
    word('full', 'view', 'batch', 'append', 'upsert', 'stream', 'lambda', 'kappa'),
    (mode, at, _what, context): Refresh => {
      if (mode === 'full' || mode === 'view') return { kind: mode };
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
    later('append', { every }),
    later('upsert', {
      order: optional(columns(), 'the greatest of a key wins'),
      deletes: optional(word('hard', 'soft', 'ignore'), 'what a deleted row does'),
    }),
    later('stream', { every }),
    later('lambda', { by, every, lookback }),
    later('kappa', { every }),
  ]),
);

export const compute = word('auto', 'etl', 'elt');
