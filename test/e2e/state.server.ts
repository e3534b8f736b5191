/** Operational state on a real PostgreSQL server: shared, away for a while, and refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../runtime/notify/message.ts';
import type { TargetPlan } from '../../runtime/plan.ts';
import { LeaseLost, Queue } from '../../runtime/schedule/queue.ts';
import { isThere, type StatePlace } from '../../runtime/state/place.ts';
import { State } from '../../runtime/state/state.ts';
import { build, local, projectFolder, runTasks } from '../support/plans.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { missing } from '../support/server-needed.ts';

const programs = postgresPrograms();

describe.skipIf(programs === null && missing('PostgreSQL'))('state on PostgreSQL', () => {
  let server: PostgresServer;
  let schemas = 0;
  let schema = '';
  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
  });
  afterAll(() => server.close());
  beforeEach(() => {
    schemas += 1;
    schema = `pipec_shop_${schemas}`;
  });
  const place = (url = server.url): StatePlace => ({ kind: 'postgres', url, schema });
  const target = (): TargetPlan => ({ ...local, state: { kind: 'postgres', url: { secret: 'STATE_URL' }, schema } });
  const run = (folder: string, more: Parameters<typeof runTasks>[2] = {}) =>
    runTasks(folder, [build('core.t', 'SELECT 1::BIGINT AS x', { x: 'BIGINT' })], {
      target: target(),
      env: { STATE_URL: server.url },
      ...more,
    });

  test('runs of two folders are in one record, which was made when it was first needed', async () => {
    expect(await isThere(place())).toBe(false);
    const [one, two] = [await run(projectFolder()), await run(projectFolder())];
    expect(await isThere(place())).toBe(true);
    const state = await State.open(place());
    expect((await state.runs()).map((record) => [record.run, record.status])).toEqual([
      [two.run, 'succeeded'],
      [one.run, 'succeeded'],
    ]);
    expect(await state.audit.verify()).toMatchObject({ whole: true, entries: 2 });
    await state.close();
  });

  test('many open it at once, and each finds it whole', async () => {
    const states = await Promise.all(Array.from({ length: 8 }, () => State.open(place())));
    await Promise.all(
      states.map(({ audit }, index) =>
        audit.append({ action: 'pause', target: 'prod', subject: String(index), run: null, program: null }),
      ),
    );
    expect(await states[0]?.audit.verify()).toMatchObject({ whole: true, entries: 8 });
    for (const state of states) await state.close();
  });

  test('of many that would lead, one does, whatever their clocks say; and a reader waits for nobody', async () => {
    const queues = await Promise.all(Array.from({ length: 6 }, () => Queue.open(place(), 'prod')));
    const answers = await Promise.all(
      queues.map((queue, index) => queue.lead(String(index), Date.now() + (index - 3) * 3_600_000, 60_000)),
    );
    expect(answers.filter(({ leads }) => leads)).toHaveLength(1);
    const leader = queues[answers.findIndex(({ leads }) => leads)] as Queue;
    const other = queues.find((queue) => queue !== leader) as Queue;
    await leader.leading(async (ledger) => {
      await ledger.enqueue([{ job: 'nightly', times: [1], considered: 1 }], 1);
      // Not written to the end yet, so nobody sees it, and nobody waits.
      expect(await other.open()).toEqual([]);
    });
    expect(await other.open()).toMatchObject([{ job: 'nightly' }]);
    await expect(other.leading((ledger) => ledger.runs([]))).rejects.toThrow(LeaseLost);
    for (const queue of queues) await queue.close();
  });

  test('a lease that has run out is taken by another, and its holder writes nothing more', async () => {
    const [first, second] = [await Queue.open(place(), 'prod'), await Queue.open(place(), 'prod')];
    expect(await first.lead('first', Date.now(), 300)).toEqual({ leads: true });
    expect(await second.lead('second', Date.now(), 300)).toEqual({ leads: false, who: 'first' });
    await sleep(400);
    expect(await second.lead('second', Date.now(), 60_000)).toEqual({ leads: true });
    await expect(first.leading((ledger) => ledger.runs([]))).rejects.toThrow(LeaseLost);
    for (const queue of [first, second]) await queue.close();
  });

  test('a message is written once with what it tells of, tried until it is given up, and known until all is well', async () => {
    const queue = await Queue.open(place(), 'prod');
    const other = await Queue.open(place(), 'staging');
    await queue.lead('one', Date.now(), 60_000);
    const message = (about: Message['about'], title: string): Message => ({
      about,
      project: 'shop',
      target: 'prod',
      subject: 'job nightly',
      job: 'nightly',
      dataset: null,
      at: '2026-03-01T04:15:00.000Z',
      dueAt: '2026-03-01T04:15:00.000Z',
      run: null,
      title,
      said: "it's 'so'; -- $1 ?",
      failed: [],
      counts: null,
      inARow: null,
      next: null,
    });
    await expect(
      queue.leading(async ({ notices }) => {
        await notices.add('desk', 'e0', message('failure', 'never'), 1000);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    const added = await queue.leading(async ({ notices }) => [
      await notices.add('desk', 'e1', message('failure', 'first'), 1000),
      await notices.add('desk', 'e1', message('failure', 'twice'), 2000),
      await notices.add('hook', 'e1', message('failure', 'other'), 2000),
    ]);
    expect(added).toEqual([true, false, true]);
    const { notices } = queue;
    const waiting = await notices.waiting();
    expect(
      waiting.map(({ notify, event, tries, madeAt, notBefore }) => [notify, event, tries, madeAt, notBefore]),
    ).toEqual([
      ['desk', 'e1', 0, 1000, null],
      ['hook', 'e1', 0, 2000, null],
    ]);
    expect(waiting[0]?.message).toEqual(message('failure', 'first'));
    expect(await notices.waiting(1)).toHaveLength(1);
    expect(await other.notices.waiting()).toEqual([]);
    const [desk, hook] = waiting.map(({ id }) => id) as [number, number];
    await notices.failed(desk, 'x'.repeat(1000), 5000);
    expect(await notices.waiting()).toMatchObject([{ id: desk, tries: 1, notBefore: 5000 }, { id: hook }]);
    await notices.sent(desk, 6000);
    await notices.failed(hook, 'gone', null);
    expect(await notices.waiting()).toEqual([]);
    expect(await notices.told()).toEqual([
      { notify: 'desk', subject: 'job nightly', occasion: 'failure', at: 1000 },
      { notify: 'hook', subject: 'job nightly', occasion: 'failure', at: 2000 },
    ]);
    await notices.add('desk', 'e2', message('recovery', 'well'), 7000);
    expect(await notices.told()).toMatchObject([{ notify: 'hook' }]);
    await notices.add('desk', 'e3', message('lateness', 'late'), 8000);
    expect((await notices.told()).map(({ notify, occasion }) => [notify, occasion])).toEqual([
      ['hook', 'failure'],
      ['desk', 'lateness'],
    ]);
    for (const one of [queue, other]) await one.close();
  });

  test('a server that goes away and comes back costs a run nothing, and nothing of its record', async () => {
    const summary = await run(projectFolder(), {
      listeners: [
        async ({ event }) => {
          if (event !== 'task.started') return;
          await server.kill();
          await server.start();
        },
      ],
    });
    expect(summary.status).toBe('succeeded');
    const state = await State.open(place());
    expect((await state.runs())[0]).toMatchObject({ run: summary.run, status: 'succeeded', done: 1 });
    expect(await state.tasks(summary.run)).toMatchObject([{ task: 'core.t', status: 'succeeded' }]);
    await state.close();
  });

  test('a server that is away keeps a run from beginning, and says nothing of its password', async () => {
    await server.kill();
    const failure = await run(projectFolder()).then(
      () => null,
      (thrown: Error & { code: string }) => thrown,
    );
    await server.start();
    expect(failure).toMatchObject({ code: 'server-unreachable', retryable: true });
    expect(JSON.stringify(failure)).not.toContain(server.password);
    const url = new URL(server.url);
    url.password = 'wrong-horse';
    await expect(State.open(place(url.href))).rejects.toMatchObject({ code: 'login-refused' });
  });

  test('whoever may make no schema says so, and works in one that was made for them', async () => {
    server.sql("CREATE ROLE anna LOGIN PASSWORD 'anna'; REVOKE CREATE ON DATABASE postgres FROM anna, PUBLIC");
    const anna = server.url.replace(`owner:${server.password}`, 'anna:anna');
    await expect(State.open(place(anna))).rejects.toMatchObject({ code: 'not-permitted' });
    server.sql(`CREATE SCHEMA ${schema} AUTHORIZATION anna`);
    const state = await State.open(place(anna));
    expect(await state.runs()).toEqual([]);
    await state.close();
  });
});
