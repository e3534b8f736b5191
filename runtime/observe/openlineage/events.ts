/**
 * A run as OpenLineage tells it: the run of a job, and within it a run for each attempt of a task, whose parent it is. What
 * checks found is a run of its own that reads the dataset, as the specification has results of checks on what is read.
 */
import { createHash } from 'node:crypto';
import type { RunError, RunEvent, RunStatus } from '../../events.ts';
import type { DatasetPlan, LoadStep, Step, TaskPlan } from '../../plan.ts';
import type { Observed } from '../observer.ts';
import {
  type DatasetName,
  EVENT_SCHEMA,
  type Facets,
  facet,
  type InputDataset,
  type JobRef,
  type LineageEvent,
  type OutputDataset,
  type RunRef,
} from './model.ts';
import { nameIn, nameOfSource, type Place, placeOfTarget } from './naming.ts';

export interface LineageOptions extends Omit<Observed, 'env'> {
  /** Of all jobs that are told of. */
  readonly namespace: string;
  /** The run of another system that this one is a part of, and the one at the root of that. */
  readonly parent: Parent | null;
  readonly root: Parent | null;
}
export interface Parent {
  readonly run: RunRef;
  readonly job: JobRef;
}

type Of<E extends RunEvent['event']> = Extract<RunEvent, { readonly event: E }>;
type Judged = Of<'check.passed' | 'check.failed'>;
type Attempted = Of<'task.started' | 'task.retrying' | 'task.failed' | 'task.finished'>;
type EventType = LineageEvent['eventType'];

/** An attempt of a task that goes on. */
interface Attempt {
  readonly number: number;
  readonly checks: Judged[];
}

const ENDS: Readonly<Record<RunStatus, EventType>> = { succeeded: 'COMPLETE', failed: 'FAIL', cancelled: 'ABORT' };
/** Of what failed, so many are named. */
const NAMED = 5;

export class Lineage {
  readonly #options: LineageOptions;
  readonly #producer: string;
  readonly #place: Place;
  readonly #tasks: ReadonlyMap<string, TaskPlan>;
  readonly #datasets: ReadonlyMap<string, DatasetPlan>;
  readonly #attempts = new Map<string, Attempt>();
  readonly #failures: string[] = [];

  constructor(options: LineageOptions) {
    const { program, target, folder, texts, job } = options;
    this.#options = options;
    this.#producer = `pkg:npm/pipec${program === null ? '' : `@${program.pipec}`}`;
    this.#place = placeOfTarget(target.engine, folder, texts);
    this.#tasks = new Map(job.tasks.map((task) => [task.id, task]));
    this.#datasets = new Map((program?.datasets ?? []).map((dataset) => [dataset.name, dataset]));
  }

  /** What is told of an event of the run, secrets removed. */
  of(event: RunEvent): readonly LineageEvent[] {
    return this.#options.texts.redact(this.#events(event));
  }

  #events(event: RunEvent): readonly LineageEvent[] {
    switch (event.event) {
      case 'run.started':
        return [this.#whole(event, 'START')];
      case 'run.finished':
        return [this.#whole(event, ENDS[event.status])];
      case 'task.started':
        this.#attempts.set(event.task, { number: event.attempt, checks: [] });
        return [this.#attempted(event, event.attempt, 'START')];
      case 'task.retrying':
        return this.#ended(event, 'FAIL', event.error);
      case 'task.failed':
        this.#failures.push(`${event.task}: ${event.error.message}`);
        return this.#ended(event, event.error.code === 'cancelled' ? 'ABORT' : 'FAIL', event.error);
      case 'task.finished':
        return this.#ended(event, 'COMPLETE', null);
      case 'check.passed':
      case 'check.failed':
        // What another run found was told of that one.
        if (event.foundBy === null) this.#attempts.get(event.task)?.checks.push(event);
        return [];
      case 'run.warned':
      case 'run.waiting':
      case 'dataset.removed':
      case 'dataset.moved':
      case 'task.progress':
      case 'task.skipped':
        return [];
    }
  }

  #whole({ run, at }: Of<'run.started' | 'run.finished'>, eventType: EventType): LineageEvent {
    const { parent, root, job } = this.#options;
    const named = this.#failures.slice(0, NAMED).join('\n');
    const more = this.#failures.length > NAMED ? `\nand ${this.#failures.length - NAMED} more` : '';
    const facets = {
      ...(parent === null ? {} : this.#parentFacet(parent, root ?? parent)),
      ...(named === '' ? {} : this.#errorFacet(named + more, null)),
    };
    return this.#event(
      eventType,
      at,
      this.#runOf(run),
      { ...this.#jobOf(), facets: this.#jobFacets('JOB', job.doc) },
      facets,
    );
  }

  #attempted(event: Attempted, attempt: number, eventType: EventType, error: RunError | null = null): LineageEvent {
    const { task: id, run, at } = event;
    const step = this.#tasks.get(id)?.step;
    const outer = { run: this.#runOf(run), job: this.#jobOf() };
    const rows = event.event === 'task.finished' ? event.rows : null;
    return {
      ...this.#event(
        eventType,
        at,
        this.#runOf(run, id, attempt),
        {
          ...this.#jobOf(id),
          facets: { ...this.#jobFacets('TASK', this.#datasets.get(id)?.doc ?? null), ...this.#sqlFacet(step) },
        },
        {
          ...this.#parentFacet(outer, this.#options.root ?? this.#options.parent ?? outer),
          ...(error === null ? {} : this.#errorFacet(error.message, error)),
        },
      ),
      inputs: step === undefined ? [] : this.#inputs(id, step),
      outputs: step === undefined ? [] : [this.#output(id, step, rows)],
    };
  }

  /** Nothing where no attempt goes on: one that was cancelled while it waited to be tried again. */
  #ended(event: Exclude<Attempted, Of<'task.started'>>, eventType: EventType, error: RunError | null): LineageEvent[] {
    const attempt = this.#attempts.get(event.task);
    if (attempt === undefined) return [];
    this.#attempts.delete(event.task);
    return [this.#attempted(event, attempt.number, eventType, error), ...this.#checked(event.task, attempt)];
  }

  #checked(id: string, { number, checks }: Attempt): LineageEvent[] {
    const [first] = checks;
    const last = checks.at(-1);
    const name = this.#nameOf(id);
    if (first === undefined || last === undefined || name === null) return [];
    const outer = { run: this.#runOf(first.run), job: this.#jobOf() };
    const run = this.#runOf(first.run, `${id}.checks`, number);
    const job = { ...this.#jobOf(`${id}.checks`), facets: this.#jobFacets('CHECKS', null) };
    const facets = this.#parentFacet(outer, this.#options.root ?? this.#options.parent ?? outer);
    const assertions = checks.map(({ event, check, severity, failing }) => ({
      assertion: check,
      success: event === 'check.passed',
      severity,
      ...(failing === null ? {} : { actual: String(failing) }),
    }));
    const broken = checks.some(({ event, severity }) => event === 'check.failed' && severity === 'error');
    const judged: InputDataset = {
      ...name,
      facets: {},
      inputFacets: { dataQualityAssertions: facet(this.#producer, 'dataQualityAssertions', { assertions }) },
    };
    return [
      { ...this.#event('START', first.at, run, job, facets), inputs: [{ ...name, facets: {} }] },
      { ...this.#event(broken ? 'FAIL' : 'COMPLETE', last.at, run, job, facets), inputs: [judged] },
    ];
  }

  #event(eventType: EventType, eventTime: string, run: RunRef, job: LineageEvent['job'], facets: Facets): LineageEvent {
    const version = this.#options.program?.pipec;
    const engine =
      version === undefined
        ? {}
        : {
            processing_engine: facet(this.#producer, 'processing_engine', {
              name: 'pipec',
              version,
              openlineageAdapterVersion: version,
            }),
          };
    return {
      eventType,
      eventTime,
      run: { ...run, facets: { ...engine, ...facets } },
      job,
      inputs: [],
      outputs: [],
      producer: this.#producer,
      schemaURL: EVENT_SCHEMA,
    };
  }

  /** The same for the same attempt, wherever it is told: a UUID of version 8, whose bits are the teller's. */
  #runOf(...what: readonly (string | number)[]): RunRef {
    const { project, target } = this.#options;
    const bytes = createHash('sha256')
      .update(JSON.stringify([project, target.name, ...what]))
      .digest();
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = bytes.toString('hex', 0, 16);
    return { runId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
  }

  /** `nightly`, and of a task in it `nightly.dwh.core.orders`. */
  #jobOf(task: string | null = null): JobRef {
    const { namespace, name } = this.#options;
    return { namespace, name: [name ?? 'selection', ...(task === null ? [] : [task])].join('.') };
  }

  #jobFacets(jobType: string, doc: string | null): Facets {
    return {
      jobType: facet(this.#producer, 'jobType', { processingType: 'BATCH', integration: 'PIPEC', jobType }),
      ...(doc === null ? {} : { documentation: facet(this.#producer, 'jobDocumentation', { description: doc }) }),
    };
  }

  #sqlFacet(step: Step | undefined): Facets {
    if (step === undefined || step.kind === 'load') return {};
    return { sql: facet(this.#producer, 'sql', { query: step.sql, dialect: this.#options.target.engine.kind }) };
  }

  #parentFacet({ run, job }: Parent, root: Parent): Facets {
    return { parent: facet(this.#producer, 'parent', { run, job, root }) };
  }

  /** Rows that did it are not told: they may hold anybody's data. */
  #errorFacet(message: string, error: RunError | null): Facets {
    const statement = error?.statement ?? null;
    return {
      errorMessage: facet(this.#producer, 'errorMessage', {
        message: error === null ? message : `[${error.code}] ${message}`,
        programmingLanguage: statement === null ? 'pipec' : 'SQL',
        ...(statement === null ? {} : { stackTrace: statement }),
      }),
    };
  }

  #nameOf(dataset: string): DatasetName | null {
    const view = this.#tasks.get(dataset)?.step.into ?? this.#datasets.get(dataset)?.view;
    return view === undefined ? null : nameIn(this.#place, view.schema, view.name);
  }

  #inputs(id: string, step: Step): InputDataset[] {
    if (step.kind === 'load') {
      const source = this.#source(step);
      return source === null ? [] : [{ ...source, facets: {} }];
    }
    const reads = this.#datasets.get(id)?.reads ?? step.into.record?.reads ?? [];
    return reads.flatMap((dataset) => {
      const name = this.#nameOf(dataset);
      return name === null ? [] : [{ ...name, facets: this.#schemaFacet(dataset) }];
    });
  }

  #source(step: LoadStep): DatasetName | null {
    return nameOfSource(step.from, this.#options.folder, this.#options.texts);
  }

  #output(id: string, step: Step, rows: number | null): OutputDataset {
    const dataset = this.#datasets.get(id);
    const { doc = null, owner = null } = dataset ?? {};
    return {
      ...nameIn(this.#place, step.into.schema, step.into.name),
      facets: {
        ...this.#schemaFacet(id),
        ...this.#lineageFacet(id, step),
        ...(doc === null ? {} : { documentation: facet(this.#producer, 'documentation', { description: doc }) }),
        ...(owner === null ? {} : { ownership: facet(this.#producer, 'ownership', { owners: [{ name: owner }] }) }),
      },
      ...(rows === null
        ? {}
        : { outputFacets: { outputStatistics: facet(this.#producer, 'outputStatistics', { rowCount: rows }) } }),
    };
  }

  #schemaFacet(id: string): Facets {
    const known = this.#datasets.get(id)?.columns.map(({ name, type, nullable, doc }) => ({
      name,
      type: `${type}${nullable ? '?' : ''}`,
      ...(doc === null ? {} : { description: doc }),
    }));
    const fields =
      known ?? this.#tasks.get(id)?.step.into.record?.columns.map(([name, type]) => ({ name, type })) ?? [];
    return fields.length === 0 ? {} : { schema: facet(this.#producer, 'schema', { fields }) };
  }

  /** Where each column comes from: of a source, from the fields of what is read; of a table, from columns one step up. */
  #lineageFacet(id: string, step: Step): Facets {
    const fields = step.kind === 'load' ? this.#fieldsOfSource(step) : this.#fieldsOfColumns(id);
    return Object.keys(fields).length === 0
      ? {}
      : { columnLineage: facet(this.#producer, 'columnLineage', { fields }) };
  }

  #fieldsOfSource(step: LoadStep): Fields {
    const source = this.#source(step);
    if (source === null) return {};
    return Object.fromEntries(
      step.columns.map(({ name, path }) => [name, { inputFields: [{ ...source, field: path.join('.'), ...DIRECT }] }]),
    );
  }

  #fieldsOfColumns(id: string): Fields {
    return Object.fromEntries(
      (this.#datasets.get(id)?.lineage ?? []).map(({ column, from }) => [
        column,
        {
          inputFields: from.flatMap(({ dataset, column: field, kind }) => {
            const name = this.#nameOf(dataset);
            return name === null ? [] : [{ ...name, field, ...(kind === 'direct' ? DIRECT : INDIRECT) }];
          }),
        },
      ]),
    );
  }
}

/** A value is made of the field's (direct), or is only decided by it, as by a filter or the key of a join. */
const DIRECT = { transformations: [{ type: 'DIRECT' }] } as const;
const INDIRECT = { transformations: [{ type: 'INDIRECT' }] } as const;
type Fields = Readonly<
  Record<
    string,
    { readonly inputFields: readonly (DatasetName & { readonly field: string } & (typeof DIRECT | typeof INDIRECT))[] }
  >
>;
