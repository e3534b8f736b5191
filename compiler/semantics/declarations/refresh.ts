/** `refresh: …`: how a table is brought up to date. */

import type { Span } from '../../syntax/source.ts';
import {
  type CallRow,
  type callRow,
  calls,
  columns,
  duration,
  expression,
  mapped,
  name,
  oneOf,
  optional,
  type Reader,
  readArguments,
  required,
  word,
} from '../config.ts';
import type { Refresh } from '../model.ts';
import type { DeclarationContext } from './context.ts';

const NOT_YET = 'use `refresh: full`, which gives the same rows';

const by = required(name('a column of the table'), 'the date or timestamp that cuts the rows into intervals');
const every = optional(duration(), 'how often');
const lookback = optional(duration(), 'what is computed again before each interval');

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
      notYet(mode, at, context);
      return { kind: 'full' };
    },
  ),
  calls<Refresh>([
    later('batch', {
      by,
      lookback,
      start: optional(
        expression("a date, such as `date '2024-01-01'`", (value) => value.kind === 'date-literal'),
        'the first interval',
      ),
    }),
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
