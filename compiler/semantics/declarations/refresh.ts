/** `refresh: …`: how a table is brought up to date. */
import {
  type CallRow,
  callRow,
  calls,
  columns,
  duration,
  expression,
  mapped,
  name,
  oneOf,
  optional,
  type Reader,
  required,
  word,
} from '../config.ts';
import type { Refresh } from '../model.ts';

const NOT_YET = 'use `refresh: full`, which gives the same rows';

const by = required(name('a column of the table'), 'the date or timestamp that cuts the rows into intervals');
const every = optional(duration(), 'how often');
const lookback = optional(duration(), 'what is computed again before each interval');

/** A mode that is understood whole, and not run yet. */
function later(
  mode: string,
  shown: string,
  schema: Parameters<typeof callRow>[2]['schema'],
  positional: readonly string[] = [],
): CallRow<Refresh> {
  return callRow(mode, shown, { positional, schema }, (_values, call, context) => {
    context.report('not-supported-yet', { what: `\`refresh: ${mode}\``, instead: NOT_YET }, call);
    return { kind: 'full' };
  });
}

export const refresh: Reader<Refresh> = oneOf<Refresh>(
  mapped(word('full', 'view', 'append', 'upsert', 'stream', 'kappa'), (mode, at, _what, context): Refresh => {
    if (mode === 'full' || mode === 'view') return { kind: mode };
    context.report('not-supported-yet', { what: `\`refresh: ${mode}\``, instead: NOT_YET }, at);
    return { kind: 'full' };
  }),
  calls<Refresh>([
    later('batch', '`batch(by: day)`', {
      by,
      lookback,
      start: optional(
        expression("a date, such as `date '2024-01-01'`", (value) => value.kind === 'date-literal'),
        'the first interval',
      ),
    }),
    later('append', '`append(every: 5m)`', { every }),
    later('upsert', '`upsert(order: changed_at)`', {
      order: optional(columns(), 'the greatest of a key wins'),
      deletes: optional(word('hard', 'soft', 'ignore'), 'what a deleted row does'),
    }),
    later('stream', '`stream(every: 5s)`', { every }),
    later('lambda', '`lambda(by: day, every: 5s)`', { by, every, lookback }),
    later('kappa', '`kappa(every: 5s)`', { every }),
  ]),
);

export const compute = word('auto', 'etl', 'elt');
