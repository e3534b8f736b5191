/** What a run in a process of its own says, and what of it is heard. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
