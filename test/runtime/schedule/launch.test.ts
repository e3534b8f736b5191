/** What a run in a process of its own says, and what of it is heard. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../runtime/events.ts';
import { launch } from '../../../runtime/schedule/launch.ts';
import { newFolder } from '../../support/command.ts';

const ended = async (text: string) => {
  const folder = newFolder();
  const module = join(folder, 'run.mjs');
  writeFileSync(module, text);
  const runs: string[] = [];
  const end = await launch({ module, args: [], folder, by: 'schedule' }, (run) => runs.push(run)).ended;
  return { runs, ...end };
};
const tell = (event: object): string => `console.log(${JSON.stringify(JSON.stringify(event))});`;

test('a line without end is let go, and what comes after it is heard', async () => {
  const long = "process.stdout.write('x'.repeat(40_000_000)); console.log();";
  const started = tell({ event: 'run.started', run: 'r' });
  const finished = tell({ event: 'run.finished', status: 'succeeded' });
  expect(await ended(`${started}${long}${finished}`)).toEqual({ runs: ['r'], status: 'succeeded', said: null });
}, 60_000);

test('a process that goes away without a word has died; one that says why has failed', async () => {
  expect(await ended("process.kill(process.pid, 'SIGKILL')")).toEqual({
    runs: [],
    status: 'died',
    said: 'its process was ended by SIGKILL',
  });
  expect(await ended("console.error('no'); process.exit(3)")).toEqual({ runs: [], status: 'failed', said: 'no' });
});

describe('a process that lets the timeout of a task pass', () => {
  const begun = `${tell({ event: 'run.started', run: 'r', at: new Date().toISOString() })}${tell({ event: 'task.started', run: 'r', task: 'core.a', attempt: 1 })}`;
  const done = tell({ event: 'task.finished', run: 'r', task: 'core.a' });
  const hang = 'for (;;);';
  const noted = async (text: string, timeoutMs: number | null = 200) => {
    const folder = newFolder();
    const module = join(folder, 'run.mjs');
    writeFileSync(module, text);
    const events: RunEvent[] = [];
    const heard: string[] = [];
    const command = { module, args: [], folder, by: 'schedule', timeoutMs, stoppingMs: 300 } as const;
    const { ended: end } = launch(
      { ...command, note: async (some) => void events.push(...some) },
      () => undefined,
      ({ event }) => heard.push(event),
    );
    return { end: await end, events, heard };
  };

  test.each([
    ['computes without a pause', hang],
    ['was stopped', "process.kill(process.pid, 'SIGSTOP');"],
    ['does not hear that it is to end', "process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000);"],
  ])('it is ended where it %s', async (_what, how) => {
    const { end, events, heard } = await noted(
      `${tell({ event: 'task.skipped', reason: 'unchanged', task: 'core.z' })}${begun}${how}`,
    );
    expect(end).toMatchObject({
      status: 'failed',
      overdue: true,
      said: 'core.a: took longer than its timeout of 0.2 s, and its process, which did not stop it, was ended',
      failed: [{ task: 'core.a', code: 'timed-out' }],
    });
    expect(events).toMatchObject([
      { event: 'task.failed', run: 'r', task: 'core.a', error: { code: 'timed-out', retryable: true } },
      { event: 'run.finished', run: 'r', status: 'failed', done: 0, failed: 1, skipped: 1, unchanged: 1 },
    ]);
    expect(heard).toEqual(['task.skipped', 'run.started', 'task.started', 'task.failed', 'run.finished']);
  });

  test('what it has started goes with it', async () => {
    const { end } = await noted(
      `import { spawn } from 'node:child_process'; spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });${begun}${hang}`,
    );
    // Its output would be open as long as they have it.
    expect(end.overdue).toBe(true);
  });

  test.each([
    ['it ended the task in time', `${begun}${done}setTimeout(() => undefined, 2500);`, 200],
    ['it may take as long as it wants', `${begun}setTimeout(() => undefined, 2500);`, null],
    [
      'a second attempt has its own time',
      `${begun}setTimeout(() => {${tell({ event: 'task.retrying', task: 'core.a' })}${tell({ event: 'task.started', task: 'core.a' })}}, 800); setTimeout(() => {${done}}, 1600);`,
      400,
    ],
  ])('nobody ends one where %s', async (_what, text, timeoutMs) => {
    const { end, events } = await noted(text, timeoutMs);
    expect(end.overdue).toBeUndefined();
    expect(end.status).toBe('died');
    expect(events).toEqual([]);
  });

  test('a cancel that it does not hear ends it too', async () => {
    const folder = newFolder();
    const module = join(folder, 'run.mjs');
    writeFileSync(module, `process.on('SIGTERM', () => undefined);${begun}${hang}`);
    const launched = launch({ module, args: [], folder, by: 'schedule', stoppingMs: 300 }, () => launched.cancel());
    expect(await launched.ended).toMatchObject({ status: 'died', said: 'its process was ended by SIGKILL' });
  });
});
