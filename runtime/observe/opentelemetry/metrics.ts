/**
 * A run as numbers. Their names are such that a collector which hands them to Prometheus gives them those that
 * `/metrics` has: `pipec.run.duration` in seconds is `pipec_run_duration_seconds`.
 */
import type { RunEvent } from '../../events.ts';
import { BUCKETS, type CounterName, counters, type HistogramName, histograms, measuresOf } from '../measures.ts';
import {
  type Attribute,
  attributesOf,
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  nanosOf,
  TEMPORALITY,
} from './model.ts';

/** Name and unit. */
const SUMS: Readonly<Record<CounterName, readonly [string, string]>> = {
  pipec_runs_total: ['pipec.runs', '{run}'],
  pipec_tasks_total: ['pipec.tasks', '{task}'],
  pipec_task_retries_total: ['pipec.task.retries', '{attempt}'],
  pipec_checks_total: ['pipec.checks', '{check}'],
  pipec_rows_total: ['pipec.rows', '{row}'],
  pipec_rows_quarantined_total: ['pipec.rows.quarantined', '{row}'],
};
const DURATIONS: Readonly<Record<HistogramName, readonly [string, string]>> = {
  pipec_run_duration_seconds: ['pipec.run.duration', 's'],
  pipec_task_duration_seconds: ['pipec.task.duration', 's'],
};

interface Sum {
  readonly attributes: readonly Attribute[];
  value: number;
}
interface Durations {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Of one run, from its first event on. */
export class RunMetrics {
  readonly #job: string;
  readonly #temporality: (typeof TEMPORALITY)[keyof typeof TEMPORALITY];
  #start = nanosOf(new Date().toISOString());
  readonly #sums = new Map<CounterName, Map<string, Sum>>();
  readonly #durations = new Map<HistogramName, Durations>();

  constructor(job: string, isCumulative: boolean) {
    this.#job = job;
    this.#temporality = isCumulative ? TEMPORALITY.cumulative : TEMPORALITY.delta;
  }

  add(event: RunEvent): void {
    if (event.event === 'run.started') this.#start = nanosOf(event.at);
    for (const measure of measuresOf(event)) {
      if ('counter' in measure) this.#count(measure.counter, measure.labels, measure.by);
      else this.#measure(measure.histogram, measure.seconds);
    }
  }

  /** What has been counted since the run began. */
  upTo(at: string): readonly Metric[] {
    const times = { startTimeUnixNano: this.#start, timeUnixNano: nanosOf(at) };
    const aggregationTemporality = this.#temporality;
    return [
      ...[...this.#sums].map(([counter, byLabels]): Metric => {
        const [name, unit] = SUMS[counter];
        const dataPoints = [...byLabels.values()].map(
          ({ attributes, value }): NumberPoint => ({ attributes, ...times, asInt: String(value) }),
        );
        const sum = { dataPoints, aggregationTemporality, isMonotonic: true };
        return { name, unit, description: counters[counter], sum };
      }),
      ...[...this.#durations].map(([histogram, { counts, sum, count }]): Metric => {
        const [name, unit] = DURATIONS[histogram];
        const point: HistogramPoint = {
          attributes: attributesOf({ job: this.#job }),
          ...times,
          count: String(count),
          sum,
          bucketCounts: counts.map(String),
          explicitBounds: BUCKETS,
        };
        return {
          name,
          unit,
          description: histograms[histogram],
          histogram: { dataPoints: [point], aggregationTemporality },
        };
      }),
    ];
  }

  #count(counter: CounterName, labels: Readonly<Record<string, string>>, by: number): void {
    if (by === 0) return;
    const byLabels = this.#sums.get(counter) ?? new Map<string, Sum>();
    this.#sums.set(counter, byLabels);
    const key = JSON.stringify(labels);
    const found = byLabels.get(key) ?? { attributes: attributesOf({ job: this.#job, ...labels }), value: 0 };
    byLabels.set(key, found);
    found.value += by;
  }

  #measure(histogram: HistogramName, seconds: number): void {
    // The last is for what is above every bound.
    const found = this.#durations.get(histogram) ?? { counts: [...BUCKETS.map(() => 0), 0], sum: 0, count: 0 };
    this.#durations.set(histogram, found);
    const at = BUCKETS.findIndex((most) => seconds <= most);
    const bucket = at < 0 ? BUCKETS.length : at;
    found.counts[bucket] = (found.counts[bucket] ?? 0) + 1;
    found.sum += seconds;
    found.count += 1;
  }
}
