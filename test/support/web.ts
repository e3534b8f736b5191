/** The server of the page over a record of runs, as a test fills it; and requests as nobody but a test would send them. */
import { request as ask, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { onTestFinished } from 'vitest';
import type { RunEvent } from '../../runtime/events.ts';
import type { Plan } from '../../runtime/plan.ts';
import { Queue } from '../../runtime/schedule/queue.ts';
import type { State } from '../../runtime/state/state.ts';
import type { Actions } from '../../runtime/web/actions.ts';
import { type History, openHistory } from '../../runtime/web/history.ts';
import { serveWeb, type WebOptions } from '../../runtime/web/server.ts';
import { newFolder } from './command.ts';

export interface TestWeb {
  readonly port: number;
  readonly state: State;
  readonly history: History;
  /** Where what is due is written, as a scheduler does. */
  readonly queue: Queue;
  /** What was asked of the actions, in order. */
  readonly acted: readonly unknown[];
  readonly ask: (path: string, options?: Asking) => Promise<Answered>;
}

interface Asking extends Omit<RequestOptions, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** As the page itself asks for something that changes what is. */
export const BY_PAGE = { 'X-Pipec': '1', 'Content-Type': 'application/json' } as const;

type Given = Partial<Pick<WebOptions, 'access' | 'provider' | 'actions' | 'quarantine' | 'assets' | 'hosts' | 'texts'>>;

export async function testWeb(plan: Plan, given: Given = {}): Promise<TestWeb> {
  const folder = newFolder();
  const place = { kind: 'sqlite', path: `${folder}/state.sqlite` } as const;
  const history = await openHistory(place, plan.target.name);
  const queue = await Queue.open(place, plan.target.name);
  const acted: unknown[] = [];
  const note = (name: string) => (body: unknown, person: string | null) => {
    acted.push(person === null ? [name, body] : [name, body, person]);
    return Promise.resolve(`${name} done`);
  };
  const actions: Actions = {
    run: note('run'),
    retry: note('retry'),
    cancel: note('cancel'),
    pause: note('pause'),
    resume: note('resume'),
    backfill: { without: 'nothing is backfilled here' },
  };
  const web = await serveWeb({
    plan,
    place: { folder, target: plan.target, env: {} },
    state: history.state,
    history,
    quarantine: () => Promise.resolve({ columns: [], rows: [] }),
    now: Date.now,
    actions,
    assets: { html: '<!doctype html>', script: '', style: '' },
    listen: { host: '127.0.0.1', port: 0 },
    access: { tokens: { operator: null, viewer: null }, secure: false },
    provider: null,
    hosts: [],
    ...given,
  });
  onTestFinished(async () => {
    await web.close();
    await queue.close();
    await history.close();
  });
  return {
    port: web.port,
    state: history.state,
    history,
    queue,
    acted,
    ask: (path, options = {}) => answered(web.port, path, options),
  };
}

function answered(port: number, path: string, { body, ...options }: Asking): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = ask({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A run of a job as it would tell of itself, up to its end. */
export function eventsOf(plan: Plan, run: string, at: string, failing: string | null = null): readonly RunEvent[] {
  const [job] = plan.jobs;
  const tasks = job?.tasks.map(({ id }) => id) ?? [];
  const failed = failing === null ? 0 : 1;
  return [
    {
      event: 'run.started',
      at,
      run,
      project: plan.project,
      target: plan.target.name,
      engine: plan.target.engine.kind,
      job: job?.name ?? null,
      tasks: tasks.length,
      concurrency: 1,
      pid: process.pid,
    },
    ...tasks.flatMap((task): readonly RunEvent[] => [
      { event: 'task.started', at, run, task, attempt: 1 },
      task === failing
        ? {
            event: 'task.failed',
            at,
            run,
            task,
            ms: 12,
            error: {
              code: 'statement-failed',
              message: 'the statement failed',
              hint: null,
              statement: 'SELECT 1',
              engine: 'no',
              sample: [],
              retryable: false,
            },
          }
        : {
            event: 'task.finished',
            at,
            run,
            task,
            rows: 3,
            ms: 12,
            compute: null,
            load: null,
            intervals: null,
            checksPassed: 0,
            checksWarned: 0,
          },
    ]),
    {
      event: 'run.finished',
      at,
      run,
      status: failing === null ? 'succeeded' : 'failed',
      done: tasks.length - failed,
      failed,
      skipped: 0,
      unchanged: 0,
      checksPassed: 0,
      checksWarned: 0,
      checksFailed: 0,
      ms: 40,
    },
  ];
}

/** Notes a run in the record. */
export async function record(
  { state }: Pick<TestWeb, 'state'>,
  plan: Plan,
  events: readonly RunEvent[],
): Promise<void> {
  const [first] = events;
  if (first?.event !== 'run.started') throw new Error('a run begins with its start');
  const { recorder } = state;
  recorder.record(first);
  const tasks = plan.jobs.find(({ name }) => name === first.job)?.tasks ?? [];
  recorder.expect(
    first.run,
    tasks.map(({ id }) => id),
  );
  for (const event of events.slice(1)) recorder.record(event);
  await recorder.flush();
}
