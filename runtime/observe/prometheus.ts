/**
 * What has run, as Prometheus scrapes it: counted from what any process notes in the record while this one serves it. Labels
 * are jobs of the program and words of a fixed set, so that their number is bounded whatever runs.
 * https://prometheus.io/docs/instrumenting/exposition_formats
 */
import type { RunEvent } from '../events.ts';
import type { History } from '../web/history.ts';

export interface MetricsOptions {
  readonly history: Pick<History, 'told' | 'position' | 'run' | 'queue'>;
  /** Of the program. */
  readonly jobs: readonly string[];
  readonly now: () => number;
  /** Whether the scheduler in this process leads; null where there is none in it. */
  readonly leads: () => boolean | null;
}

const counters = {
  pipec_runs_total: 'Runs that ended, by job and status.',
  pipec_tasks_total: 'Tasks that ended, by job and status.',
  pipec_task_retries_total: 'Attempts of tasks that failed and are tried again, by job.',
  pipec_checks_total: 'Checks that were judged, by job and result.',
  pipec_rows_total: 'Rows that readers see of what tasks made, by job.',
  pipec_rows_quarantined_total: 'Rows that did not fit the contract of their source, by job.',
} as const;
const histograms = {
  pipec_run_duration_seconds: 'How long runs took, by job.',
  pipec_task_duration_seconds: 'How long tasks took, by job.',
} as const;
/** Upper bounds, in seconds. */
const BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];
/** Events that are read at a time. */
const PART = 2000;
/** A run that is no job's, and one of a job that the program does not have. */
const SELECTION = '(selection)';
const OTHER = '(other)';

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

export class Metrics {
  readonly #options: MetricsOptions;
  readonly #counts = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #succeededAt = new Map<string, number>();
  /** The job of each run that goes on; null of a run of another target. */
  readonly #runs = new Map<string, string | null>();
  /** Up to where the record is counted; null before the first look at it. */
  #position: number | null = null;
  /** What reads it, one after the other: nothing is counted twice. */
  #reading: Promise<void>;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#reading = this.#read().catch(() => undefined);
  }

  /** In the text format. @throws what the record says where it is away; what is missed then is counted later */
  async text(): Promise<string> {
    const read = this.#reading.then(async () => await this.#read());
    this.#reading = read.catch(() => undefined);
    await read;
    const { open, paused } = await this.#options.history.queue();
    const queued = open.filter(({ status }) => status === 'queued');
    const now = this.#options.now();
    const late = Math.max(0, ...queued.map(({ dueAt }) => (now - dueAt) / 1000));
    const leads = this.#options.leads();
    return [
      ...Object.entries(counters).flatMap(([name, help]) => [...about(name, 'counter', help), ...this.#counted(name)]),
      ...Object.entries(histograms).flatMap(([name, help]) => [
        ...about(name, 'histogram', help),
        ...this.#measured(name),
      ]),
      ...about('pipec_last_success_timestamp_seconds', 'gauge', 'When a run of a job last succeeded.'),
      ...[...this.#succeededAt].map(
        ([job, at]) => `pipec_last_success_timestamp_seconds${labels({ job })} ${at / 1000}`,
      ),
      ...gauge('pipec_runs_queued', 'Runs that are due and have not begun.', queued.length),
      ...gauge('pipec_runs_running', 'Runs that a scheduler has begun.', open.length - queued.length),
      ...gauge('pipec_schedule_lateness_seconds', 'How long the run that was due first has waited.', late),
      ...gauge('pipec_jobs_paused', 'Jobs that are paused.', paused.size),
      ...(leads === null
        ? []
        : gauge('pipec_scheduler_leads', '1 where the scheduler in this process leads.', leads ? 1 : 0)),
      '',
    ].join('\n');
  }

  async #read(): Promise<void> {
    this.#position ??= await this.#options.history.position();
    for (;;) {
      const told = await this.#options.history.told(this.#position, PART);
      for (const { seq, event } of told) {
        const job = await this.#jobOf(event);
        if (job !== null) this.#count(event, job);
        this.#position = seq;
      }
      if (told.length < PART) return;
    }
  }

  async #jobOf(event: RunEvent): Promise<string | null> {
    const known = this.#runs.get(event.run);
    if (event.event === 'run.finished') this.#runs.delete(event.run);
    if (known !== undefined) return known;
    const run = await this.#options.history.run(event.run);
    const { jobs } = this.#options;
    const job = run === null ? null : run.job === null ? SELECTION : jobs.includes(run.job) ? run.job : OTHER;
    if (event.event !== 'run.finished') this.#runs.set(event.run, job);
    return job;
  }

  #count(event: RunEvent, job: string): void {
    switch (event.event) {
      case 'run.finished':
        this.#add('pipec_runs_total', { job, status: event.status });
        this.#measure('pipec_run_duration_seconds', job, event.ms / 1000);
        if (event.status === 'succeeded') this.#succeededAt.set(job, Date.parse(event.at));
        return;
      case 'task.finished':
        this.#add('pipec_tasks_total', { job, status: 'succeeded' });
        this.#measure('pipec_task_duration_seconds', job, event.ms / 1000);
        this.#add('pipec_rows_total', { job }, event.rows ?? 0);
        this.#add('pipec_rows_quarantined_total', { job }, event.load?.quarantined ?? 0);
        return;
      case 'task.failed':
        this.#add('pipec_tasks_total', { job, status: event.error.code === 'cancelled' ? 'cancelled' : 'failed' });
        this.#measure('pipec_task_duration_seconds', job, event.ms / 1000);
        return;
      case 'task.skipped':
        this.#add('pipec_tasks_total', { job, status: event.reason === 'unchanged' ? 'unchanged' : 'skipped' });
        return;
      case 'task.retrying':
        this.#add('pipec_task_retries_total', { job });
        return;
      case 'check.passed':
      case 'check.failed': {
        // What another run found was counted there.
        if (event.foundBy !== null) return;
        const broken = event.severity === 'warn' ? 'warned' : 'failed';
        this.#add('pipec_checks_total', { job, result: event.event === 'check.passed' ? 'passed' : broken });
        return;
      }
      case 'run.started':
      case 'run.warned':
      case 'run.waiting':
      case 'dataset.removed':
      case 'dataset.moved':
      case 'task.started':
      case 'task.progress':
        return;
    }
  }

  #add(name: keyof typeof counters, of: Readonly<Record<string, string>>, by = 1): void {
    const key = name + labels(of);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  #measure(name: keyof typeof histograms, job: string, seconds: number): void {
    const key = `${name} ${job}`;
    const found = this.#durations.get(key) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(key, found);
    BUCKETS.forEach((most, index) => {
      if (seconds <= most) found.counts[index] = (found.counts[index] ?? 0) + 1;
    });
    found.sum += seconds;
    found.count += 1;
  }

  #counted(name: string): string[] {
    return [...this.#counts].filter(([key]) => key.startsWith(`${name}{`)).map(([key, count]) => `${key} ${count}`);
  }

  #measured(name: string): string[] {
    return [...this.#durations].flatMap(([key, { counts, sum, count }]) => {
      if (!key.startsWith(`${name} `)) return [];
      const job = key.slice(name.length + 1);
      return [
        ...BUCKETS.map((most, index) => `${name}_bucket${labels({ job, le: String(most) })} ${counts[index] ?? 0}`),
        `${name}_bucket${labels({ job, le: '+Inf' })} ${count}`,
        `${name}_sum${labels({ job })} ${sum}`,
        `${name}_count${labels({ job })} ${count}`,
      ];
    });
  }
}

const about = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];
const gauge = (name: string, help: string, value: number): string[] => [
  ...about(name, 'gauge', help),
  `${name} ${value}`,
];

/** A value may have anything in it: what would end it is escaped. */
function labels(of: Readonly<Record<string, string>>): string {
  const written = Object.entries(of).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return `{${written.join(',')}}`;
}
