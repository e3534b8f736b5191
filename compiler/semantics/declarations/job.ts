import {
  bool,
  callRow,
  calls,
  defaulted,
  duration,
  expression,
  integer,
  list,
  mapped,
  optional,
  type Reader,
  readProperties,
  required,
  text,
} from '../config.ts';
import { cronNamed, cronProblem } from '../cron.ts';
import type { JobModel } from '../model.ts';
import { selected } from '../selection.ts';
import { commonProperties } from './dataset.ts';
import type { DeclarationKind } from './kind.ts';
import { nameOf } from './names-of.ts';
import { zone } from './source.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;

const cron: Reader<string> = mapped(
  text("a schedule in quotes, such as `'15 4 * * *'`"),
  (value, at, _what, context) => {
    const reason = cronProblem(value);
    if (reason === null) return value.trim().replace(/\s+/g, ' ');
    const meant = cronNamed(value);
    context.report(
      'invalid-cron',
      { text: value, reason },
      at,
      meant === null
        ? {}
        : {
            label: `write \`'${meant}'\``,
            fixes: [
              { title: `write \`'${meant}'\``, safe: true, edits: [{ place: context.place(at), text: `'${meant}'` }] },
            ],
          },
    );
    return undefined;
  },
);

type Schedule = NonNullable<JobModel['schedule']>;
const schedule: Reader<Schedule> = calls<Schedule>([
  callRow(
    'cron',
    "`cron('15 4 * * *', timezone: 'Europe/Berlin')`",
    {
      positional: ['schedule'],
      schema: { schedule: required(cron, 'five fields'), timezone: defaulted(zone, 'UTC', 'UTC where it is left out') },
    },
    (values) => (values.schedule === undefined ? undefined : { cron: values.schedule, timezone: values.timezone }),
  ),
  callRow(
    'every',
    '`every(15m)`',
    { positional: ['length'], schema: { length: required(duration(1000, YEAR), 'from one start to the next') } },
    ({ length }) => (length === undefined ? undefined : { everyMs: length }),
  ),
  callRow('arrival', '`arrival()`', { positional: [], schema: {} }, () => ({ arrival: true })),
]);

type Backoff = JobModel['backoff'];
const first = required(duration(1, DAY), 'before the second try');
const backoff: Reader<Backoff> = calls<Backoff>([
  callRow(
    'exponential',
    '`exponential(30s, max: 10m)`',
    { positional: ['first'], schema: { first, max: defaulted(duration(1, DAY), 10 * MINUTE, 'the longest wait') } },
    (values) =>
      values.first === undefined
        ? undefined
        : { kind: 'exponential', initialMs: values.first, maxMs: Math.max(values.max, values.first) },
  ),
  callRow('fixed', '`fixed(30s)`', { positional: ['first'], schema: { first } }, (values) =>
    values.first === undefined ? undefined : { kind: 'fixed', initialMs: values.first, maxMs: values.first },
  ),
]);

const properties = {
  builds: required(
    list(
      expression('a dataset, `store.schema.*`, `tag(x)`, `upstream(x)` or `downstream(x)`', () => true, [
        { kind: 'name', of: 'selection' },
      ]),
      'a list of what it builds, such as `[dwh.marts.*]`',
    ),
    'the datasets it builds, with whatever upstream no other job builds',
  ),
  schedule: optional(
    schedule,
    'when it runs by itself: at times, or when all has arrived that other jobs build and it reads; only by hand where it is left out',
  ),
  catchup: defaulted(bool(), false, 'whether runs that were missed are made up for'),
  retries: defaulted(integer(0, 100), 0, 'how often a failed task is tried again'),
  backoff: defaulted<Backoff>(
    backoff,
    { kind: 'exponential', initialMs: 10_000, maxMs: 10 * MINUTE },
    'how long to wait between tries',
  ),
  timeout: optional(duration(1000, 30 * DAY), 'of one try of one task'),
  concurrency: defaulted(integer(1, 1000), 4, 'tasks at a time'),
  priority: defaulted(integer(-1000, 1000), 0, 'of what is due and could begin, the greatest goes first'),
  sla: optional(duration(MINUTE, 30 * DAY), 'so long after it was due it is to be done; what is not is late'),
  pool: optional(nameOf('pool'), 'what its tasks take a place in, where their datasets name no other'),
  owner: commonProperties.owner,
  tags: commonProperties.tags,
};

/** When what is built. */
export const job: DeclarationKind<JobModel> = {
  word: 'job',
  namespace: 'job',
  doc: 'What is built together, when, and what happens where a task fails.',
  example: "job nightly { schedule: cron('15 4 * * *'), builds: [dwh.marts.*], retries: 3 }",
  name: 'required',
  header: {},
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const values = readProperties(
      properties,
      declaration.properties,
      'a job',
      declaration.name ?? declaration.kind,
      context,
    );
    if (values.builds?.length === 0) {
      const at = declaration.properties.find((each) => each.name.text === 'builds')?.value ?? declaration.kind;
      context.report('empty-selection', { selection: '[]' }, at);
    }
    if (values.sla !== null && values.schedule === null) {
      const at = declaration.properties.find((each) => each.name.text === 'sla')?.name ?? declaration.kind;
      const isMissing = declaration.properties.every((each) => each.name.text !== 'schedule');
      if (isMissing) context.report('sla-without-schedule', { job: context.symbol.name }, at);
    }
    const builds = (values.builds ?? []).flatMap((item) => selected(item, context.catalog(), context));
    return {
      name: context.symbol.name,
      doc: declaration.doc,
      schedule: values.schedule,
      catchup: values.catchup,
      builds: [...new Set(builds)],
      waitsFor: [],
      retries: values.retries,
      backoff: values.backoff,
      timeoutMs: values.timeout,
      concurrency: values.concurrency,
      priority: values.priority,
      slaMs: values.sla,
      pool: values.pool,
      at: context.definedAt(declaration.kind),
    };
  },
};
