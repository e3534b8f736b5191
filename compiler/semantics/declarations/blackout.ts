import type { BlackoutTime } from '../../../runtime/plan.ts';
import {
  callRow,
  calls,
  defaulted,
  expression,
  list,
  mapped,
  optional,
  type Reader,
  readProperties,
  required,
  text,
  word,
} from '../config.ts';
import type { BlackoutModel } from '../model.ts';
import type { DeclarationKind } from './kind.ts';
import { namesOf } from './names-of.ts';
import { zone } from './source.ts';

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Minutes since midnight. */
const clock: Reader<number> = mapped(text("a time in quotes, such as `'22:00'`"), (value, at, what, context) => {
  const [, hour, minute] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(value.padStart(5, '0')) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  if (minutes <= 24 * 60) return minutes;
  context.report(
    'wrong-property-value',
    { property: what, expected: "a time of the day between `'00:00'` and `'24:00'`", found: `\`${value}\`` },
    at,
  );
  return undefined;
});

/** `2026-12-24`. */
const day: Reader<string> = mapped(
  expression("a day, such as `date '2026-12-24'`", (value) => value.kind === 'date-literal' && value.type === 'date'),
  (value, at, what, context) => {
    const written = value.kind === 'date-literal' ? value.value : '';
    const isDay = /^\d{4}-\d\d-\d\d$/.test(written) && new Date(`${written}T00:00:00Z`).toJSON()?.startsWith(written);
    if (isDay === true) return written;
    context.report('wrong-property-value', { property: what, expected: 'a day', found: `\`${written}\`` }, at);
    return undefined;
  },
);

const time: Reader<BlackoutTime> = calls<BlackoutTime>([
  callRow(
    'daily',
    "`daily('22:00', '02:00', on: [fri, sat])`",
    {
      positional: ['from', 'to'],
      schema: {
        from: required(clock, 'when it begins, by the clock on the wall'),
        to: required(clock, 'when it is over; on the day after where it is not later'),
        on: defaulted<readonly (typeof WEEKDAYS)[number][]>(
          list(word(...WEEKDAYS), 'a list of days, such as `[fri, sat]`'),
          WEEKDAYS,
          'the days on which it begins; every day where it is left out',
        ),
      },
    },
    ({ from, to, on }, call, context) => {
      if (from === undefined || to === undefined) return undefined;
      if (from === to || from === 24 * 60) {
        const reason = from === to ? 'it ends when it begins' : "it begins at the end of the day: write `'00:00'`";
        context.report('invalid-blackout', { reason }, call);
        return undefined;
      }
      return { kind: 'daily', from, to, weekdays: WEEKDAYS.flatMap((each, index) => (on.includes(each) ? index : [])) };
    },
  ),
  callRow(
    'days',
    "`days(date '2026-12-24', date '2026-12-26')`",
    {
      positional: ['first', 'last'],
      schema: {
        first: required(day, 'the first of them, from midnight on'),
        last: optional(day, 'the last, to its end; the first alone where it is left out'),
      },
    },
    ({ first, last }, call, context) => {
      if (first === undefined) return undefined;
      if (last !== null && last < first) {
        context.report('invalid-blackout', { reason: `${last} is before ${first}` }, call);
        return undefined;
      }
      return { kind: 'days', first, last: last ?? first };
    },
  ),
]);

const properties = {
  times: required(list(time, "a list of times, such as `[daily('22:00', '02:00')]`"), 'when no run begins'),
  timezone: defaulted(zone, 'UTC', 'the zone of the clock on the wall'),
  due: defaulted(
    word('wait', 'skip'),
    'wait',
    'what becomes of a run that is due meanwhile: it begins after, or never',
  ),
  jobs: optional(namesOf('job', 'nightly'), 'the jobs that keep to it; all where it is left out'),
};

/** Times in which no run begins by itself. */
export const blackout: DeclarationKind<BlackoutModel> = {
  word: 'blackout',
  namespace: 'blackout',
  doc: 'When the scheduler begins no run: while a database is serviced, or nobody is there to help. What goes on then goes on, and what is started by hand is started.',
  example: "blackout service { times: [daily('22:00', '02:00', on: [sat])], timezone: 'Europe/Berlin' }",
  name: 'required',
  header: {},
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const at = declaration.name ?? declaration.kind;
    const values = readProperties(properties, declaration.properties, 'a blackout', at, context);
    if (values.times === undefined) return null;
    const { times, timezone, due, jobs } = values;
    return { name: context.symbol.name, times, timezone, due, jobs };
  },
};
