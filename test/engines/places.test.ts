/** Folders of embedded engines that cannot be used, and disks that are full: told as what they are, and what stood still stands. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toRunError } from '../../runtime/errors.ts';
import { build, job, runTasks } from '../support/plans.ts';
import { asking, clickhouse, folderWithEngines, postgres } from './targets.ts';

const TARGETS = [
  ['postgres', postgres, '.pipec/pg', 'bigint'],
  ['clickhouse', clickhouse, '.pipec/ch', 'Int64'],
] as const;

test.each(TARGETS)(
  '%s: a file where its folder would be, and files that are damaged',
  async (kind, plan, path, int64) => {
    const one = build('core.one', `SELECT CAST(1 AS ${int64}) AS "x"`, { x: int64 });
    const other = folderWithEngines();
    const run = (folder: string) => runTasks(folder, [one], { target: plan }).then(({ errors }) => errors, toRunError);
    mkdirSync(join(other, '.pipec'));
    writeFileSync(join(other, path), 'mine');
    expect(await run(other)).toMatchObject({
      code: 'database-unreadable',
      message: expect.stringMatching(/cannot be opened: it is a file, and an embedded database is a folder$/),
    });
    expect(readFileSync(join(other, path), 'utf8')).toBe('mine');
    const folder = folderWithEngines();
    expect(await run(folder)).toEqual([]);
    if (kind === 'postgres') writeFileSync(join(folder, path, 'global/pg_control'), 'x');
    else
      for (const name of readdirSync(join(folder, path, 'metadata')))
        if (name.endsWith('.sql')) writeFileSync(join(folder, path, 'metadata', name), 'broken');
    expect(await run(folder)).toMatchObject({
      code: 'database-unreadable',
      message: expect.stringMatching(/its files are damaged, of another version, or cannot be written$/),
      hint: expect.stringContaining('put a backup back'),
      retryable: false,
    });
  },
  60_000,
);

test('postgres: a file that cannot grow', async () => {
  const folder = folderWithEngines();
  const one = build('core.one', 'SELECT 1::bigint AS "x"', { x: 'bigint' });
  expect((await runTasks(folder, [one], { target: postgres })).errors).toEqual([]);
  const path = join(folder, 'job.json');
  const wide = build('core.one', 'SELECT x::bigint AS "x" FROM generate_series(1, 100000) AS t(x)', { x: 'bigint' });
  writeFileSync(path, JSON.stringify({ job: job([wide]), target: { ...postgres, project: 'test', fingerprint: '' } }));
  const program = [process.execPath, join(import.meta.dirname, '../support/job-run.ts'), path, 'run', '--json'];
  const child = spawn('bash', ['-c', 'ulimit -f 1000; exec "$@"', 'bash', ...program, '--project', folder]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(3);
  expect(said).toContain('"code":"disk-full"');
  expect(await asking(folder, postgres, (ask) => ask('SELECT x FROM core.one'))).toEqual([['1']]);
  expect((await runTasks(folder, [one], { target: postgres })).errors).toEqual([]);
}, 60_000);
