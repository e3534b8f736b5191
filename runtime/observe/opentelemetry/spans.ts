/**
 * A run as spans: the run, within it a span for each task, and within that one for each attempt, which is a call of the
 * target's engine by OpenTelemetry's conventions for databases.
 * https://opentelemetry.io/docs/specs/semconv/database/database-spans
 */
import type { RunError, RunEvent } from '../../events.ts';
import type { TaskPlan } from '../../plan.ts';
import type { Observed } from '../observer.ts';
import { type Place, placeOfTarget } from '../openlineage/naming.ts';
import { spanOf, type Trace, traceOf } from '../trace.ts';
import { type Attribute, attributesOf, nanosOf, SPAN_KIND, type Span, type SpanEvent, STATUS } from './model.ts';

type Of<E extends RunEvent['event']> = Extract<RunEvent, { readonly event: E }>;

/** A span that has not ended. */
interface Open {
  readonly id: string;
  readonly start: string;
  readonly events: SpanEvent[];
}
interface OpenAttempt extends Open {
  readonly number: number;
}

const SYSTEMS = { duckdb: 'duckdb', postgres: 'postgresql', clickhouse: 'clickhouse' } as const;
/** Characters of a statement that are told: a collector refuses what is too large. */
const STATEMENT = 8192;

export class Spans {
  readonly #observed: Observed;
  readonly #place: Place;
  readonly #tasks: ReadonlyMap<string, TaskPlan>;
  #trace: Trace | null = null;
  #run: Open | null = null;
  readonly #openTasks = new Map<string, Open>();
  readonly #attempts = new Map<string, OpenAttempt>();

  constructor(observed: Observed) {
    const { target, folder, texts, job } = observed;
    this.#observed = observed;
    this.#place = placeOfTarget(target.engine, folder, texts);
    this.#tasks = new Map(job.tasks.map((task) => [task.id, task]));
  }

  /** Spans that end with an event. */
  of(event: RunEvent): readonly Span[] {
    switch (event.event) {
      case 'run.started':
        this.#trace = traceOf(event.run, this.#observed.env);
        this.#run = { id: spanOf(event.run), start: event.at, events: [] };
        return [];
      case 'task.started': {
        const task = this.#openTasks.get(event.task) ?? open(spanOf(event.run, event.task), event.at);
        this.#openTasks.set(event.task, task);
        const attempt = open(spanOf(event.run, event.task, event.attempt), event.at);
        this.#attempts.set(event.task, { ...attempt, number: event.attempt });
        return [];
      }
      case 'task.retrying':
        return this.#attemptEnded(event, event.error);
      case 'task.finished':
        return [...this.#attemptEnded(event, null, event.rows), ...this.#taskEnded(event, null)];
      case 'task.failed':
        return [...this.#attemptEnded(event, event.error), ...this.#taskEnded(event, event.error)];
      case 'check.passed':
      case 'check.failed': {
        const { check, severity, failing } = event;
        const passed = event.event === 'check.passed';
        const attributes = { 'pipec.check': check, 'pipec.check.passed': passed, 'pipec.check.severity': severity };
        this.#attempts
          .get(event.task)
          ?.events.push(happened('pipec.check', event.at, { ...attributes, 'pipec.check.failing_rows': failing }));
        return [];
      }
      case 'task.skipped':
        return this.#note('pipec.task.skipped', event.at, { 'pipec.task': event.task, 'pipec.reason': event.reason });
      case 'run.warned':
        return this.#note('pipec.warning', event.at, { 'pipec.message': event.message });
      case 'run.waiting':
        return this.#note('pipec.waiting', event.at, { 'pipec.message': event.reason });
      case 'dataset.removed':
      case 'dataset.moved':
        return this.#note(`pipec.${event.event}`, event.at, { 'pipec.dataset': event.dataset });
      case 'task.progress':
        return [];
      case 'run.finished':
        return this.#runEnded(event);
    }
  }

  #note(name: string, at: string, attributes: Parameters<typeof attributesOf>[0]): readonly Span[] {
    this.#run?.events.push(happened(name, at, attributes));
    return [];
  }

  #attemptEnded(
    { task, at, run }: Of<'task.retrying' | 'task.finished' | 'task.failed'>,
    error: RunError | null,
    rows: number | null = null,
  ): Span[] {
    const attempt = this.#attempts.get(task);
    if (attempt === undefined) return [];
    this.#attempts.delete(task);
    const step = this.#tasks.get(task)?.step;
    const sql = step === undefined || step.kind === 'load' || !('sql' in step) ? null : step.sql;
    const operation = step?.kind ?? 'build';
    const attributes = attributesOf({
      'pipec.task': task,
      'pipec.attempt': attempt.number,
      ...this.#database(),
      'db.operation.name': operation,
      'db.collection.name': step === undefined ? null : `${step.into.schema}.${step.into.name}`,
      'db.query.text': sql === null ? null : cut(this.#observed.texts.redact(sql)),
      'pipec.rows': rows,
      ...errorAttributes(error),
    });
    return this.#ended(attempt, at, {
      name: `${operation} ${task}`,
      kind: 'client',
      parent: spanOf(run, task),
      attributes,
      error,
    });
  }

  #taskEnded(event: Of<'task.finished' | 'task.failed'>, error: RunError | null): Span[] {
    const task = this.#openTasks.get(event.task);
    if (task === undefined) return [];
    this.#openTasks.delete(event.task);
    const finished = event.event === 'task.finished' ? event : null;
    const attributes = attributesOf({
      'pipec.task': event.task,
      'pipec.rows': finished?.rows,
      'pipec.rows_quarantined': finished?.load?.quarantined,
      'pipec.compute': finished?.compute,
      'pipec.intervals': finished?.intervals,
      ...errorAttributes(error),
    });
    return this.#ended(task, event.at, {
      name: event.task,
      kind: 'internal',
      parent: this.#run?.id ?? null,
      attributes,
      error,
    });
  }

  #runEnded(event: Of<'run.finished'>): Span[] {
    const run = this.#run;
    if (run === null) return [];
    this.#run = null;
    const { project, target, name } = this.#observed;
    const attributes = attributesOf({
      'pipec.project': project,
      'pipec.target': target.name,
      'pipec.job': name,
      'pipec.run': event.run,
      'pipec.status': event.status,
      'pipec.tasks.done': event.done,
      'pipec.tasks.failed': event.failed,
      'pipec.tasks.skipped': event.skipped,
    });
    const error =
      event.status === 'succeeded' ? null : { code: event.status, message: `${event.failed} of its tasks failed` };
    return this.#ended(run, event.at, {
      name: name ?? 'selection',
      kind: 'internal',
      parent: this.#trace?.parent ?? null,
      attributes,
      error,
    });
  }

  /** Nothing where the trace is not kept. */
  #ended(
    { id, start, events }: Open,
    end: string,
    more: {
      readonly name: string;
      readonly kind: keyof typeof SPAN_KIND;
      readonly parent: string | null;
      readonly attributes: readonly Attribute[];
      readonly error: Pick<RunError, 'code' | 'message'> | null;
    },
  ): Span[] {
    const trace = this.#trace;
    if (trace === null || !trace.isSampled) return [];
    const { redact } = this.#observed.texts;
    const { name, kind, parent, attributes, error } = more;
    const thrown = { 'exception.type': error?.code, 'exception.message': error?.message };
    return [
      {
        traceId: trace.id,
        spanId: id,
        ...(parent === null ? {} : { parentSpanId: parent }),
        ...(trace.state === null ? {} : { traceState: trace.state }),
        flags: 1,
        name: redact(name),
        kind: SPAN_KIND[kind],
        startTimeUnixNano: nanosOf(start),
        endTimeUnixNano: nanosOf(end),
        attributes: redact(attributes),
        events: (kind === 'client' && error !== null ? [...events, happened('exception', end, thrown)] : events).map(
          (one) => ({ ...one, attributes: redact(one.attributes) }),
        ),
        status: error === null ? {} : { code: STATUS.error, message: redact(error.message) },
      },
    ];
  }

  #database(): Parameters<typeof attributesOf>[0] {
    const url = URL.parse(this.#place.namespace);
    const port = Number(url?.port ?? '');
    return {
      'db.system.name': SYSTEMS[this.#observed.target.engine.kind],
      'db.namespace': this.#place.database,
      'server.address': url === null || url.hostname === '' ? null : url.hostname,
      'server.port': port > 0 ? port : null,
    };
  }
}

const open = (id: string, start: string): Open => ({ id, start, events: [] });
const happened = (name: string, at: string, attributes: Parameters<typeof attributesOf>[0]): SpanEvent => ({
  name,
  timeUnixNano: nanosOf(at),
  attributes: attributesOf(attributes),
});
const errorAttributes = (error: RunError | null): Parameters<typeof attributesOf>[0] => ({
  'error.type': error?.code,
  'pipec.retryable': error?.retryable,
});
const cut = (text: string): string => (text.length <= STATEMENT ? text : `${text.slice(0, STATEMENT)}…`);
