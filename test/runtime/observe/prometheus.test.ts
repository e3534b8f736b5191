/** What Prometheus scrapes, by a record that a test has filled. */
import { expect, test } from 'vitest';
import { Metrics } from '../../../runtime/observe/prometheus.ts';
import { plan } from '../../emit/plan.ts';
import { eventsOf, record, testWeb } from '../../support/web.ts';

const AT = '2026-01-01T00:00:00.000Z';
/** A comment, or a name with labels and a number: what the text format allows of what is told here. */
const LINE =
  /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})? -?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;

async function served(jobs: readonly string[], leads: boolean | null = true) {
  const web = await testWeb(plan);
  const metrics = new Metrics({ history: web.history, jobs, now: () => Date.parse(AT), leads: () => leads });
  const lines = async (): Promise<string[]> => {
    const text = await metrics.text();
    expect(text.endsWith('\n')).toBe(true);
    const all = text.trimEnd().split('\n');
    expect(all.filter((line) => !LINE.test(line))).toEqual([]);
    return all;
  };
  // What has been before it is not counted.
  await lines();
  return { web, lines };
}

test('runs, tasks, durations, and each only once however often it is asked for', async () => {
  const { web, lines } = await served(['nightly']);
  await record(web, plan, eventsOf(plan, 'r1', AT, null));
  await record(web, plan, eventsOf(plan, 'r2', AT, 'dwh.core.orders'));
  const [first, second] = await Promise.all([lines(), lines()]);
  expect(second).toEqual(first);
  expect(first).toEqual(
    expect.arrayContaining([
      'pipec_runs_total{job="nightly",status="succeeded"} 1',
      'pipec_runs_total{job="nightly",status="failed"} 1',
      'pipec_tasks_total{job="nightly",status="succeeded"} 5',
      'pipec_tasks_total{job="nightly",status="failed"} 1',
      'pipec_run_duration_seconds_bucket{job="nightly",le="+Inf"} 2',
      'pipec_run_duration_seconds_count{job="nightly"} 2',
      'pipec_task_duration_seconds_bucket{job="nightly",le="0.1"} 6',
      'pipec_runs_queued 0',
      'pipec_schedule_lateness_seconds 0',
      'pipec_jobs_paused 0',
      'pipec_scheduler_leads 1',
    ]),
  );
  await web.history.pause('nightly', Date.now(), null);
  expect(await lines()).toContain('pipec_jobs_paused 1');
});

test('a job that the program does not have shares one label with all such', async () => {
  const { web, lines } = await served([], null);
  await record(web, plan, eventsOf(plan, 'r1', AT, null));
  const all = await lines();
  expect(all).toContain('pipec_runs_total{job="(other)",status="succeeded"} 1');
  expect(all.join('\n')).not.toMatch(/nightly|scheduler_leads/);
});

test('a name with anything in it stays in its label', async () => {
  const name = 'a"b\\c\nd';
  const hostile = { ...plan, jobs: plan.jobs.map((job) => ({ ...job, name })) };
  const { web, lines } = await served([name]);
  const events = eventsOf(hostile, 'r1', AT, null).map((event) =>
    event.event === 'run.started' ? { ...event, job: name } : event,
  );
  await record(web, hostile, events);
  expect(await lines()).toContain('pipec_runs_total{job="a\\"b\\\\c\\nd",status="succeeded"} 1');
});
