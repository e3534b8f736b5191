/**
 * What has run, as Prometheus scrapes it: counted from what any process notes in the record while this one serves it. Labels
 * are jobs of the program and words of a fixed set, so that their number is bounded whatever runs.
 * https://prometheus.io/docs/instrumenting/exposition_formats
 */
import type { RunEvent } from '../events.ts';
import type { History } from '../web/history.ts';
import {
  BUCKETS,
  type CounterName,
  counters,
  type HistogramName,
  histograms,
  measuresOf,
  SELECTION,
} from './measures.ts';

export interface MetricsOptions {
  readonly history: Pick<History, 'told' | 'position' | 'run' | 'queue'>;
  /** Of the program. */
  readonly jobs: readonly string[];
  readonly now: () => number;
  /** Whether the scheduler in this process leads; null where there is none in it. */
  readonly leads: () => boolean | null;
}

/** Events that are read at a time. */
const PART = 2000;
/** A run of a job that the program does not have. */
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
    for (const measure of measuresOf(event)) {
      if ('counter' in measure) this.#add(measure.counter, { job, ...measure.labels }, measure.by);
      else this.#measure(measure.histogram, job, measure.seconds);
    }
    if (event.event === 'run.finished' && event.status === 'succeeded')
      this.#succeededAt.set(job, Date.parse(event.at));
  }

  #add(name: CounterName, of: Readonly<Record<string, string>>, by: number): void {
    const key = name + labels(of);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  #measure(name: HistogramName, job: string, seconds: number): void {
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
