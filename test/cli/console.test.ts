/**
 * Sessions at a terminal as text, each executed: test/fixtures/cli/*.console.
 *
 *     # a sentence about what comes
 *     $ pipec check --all
 *     > the next line of the same command
 *     what it prints, on both streams
 *     [1]                                     its exit code, where it is not 0
 *
 * Commands are run by bash, with the tools of Linux, in one folder, where `cd` stays; $PACKAGES is the folder of the packages installed here. What differs from run to run is told as `timeless` does.
 * `UPDATE_FIXTURES=1` writes what was printed into the file.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { commandFolder, newFolder, plainEnvironment, timeless } from '../support/command.ts';
import { updatesFixtures } from '../support/fixture.ts';

const fixtures = join(import.meta.dirname, '../fixtures/cli');

for (const name of readdirSync(fixtures).filter((file) => file.endsWith('.console'))) {
  test.skipIf(process.platform !== 'linux')(`session: ${name}`, { timeout: 120_000 }, () => {
    const text = readFileSync(join(fixtures, name), 'utf8');
    const printed = replayed(text);
    if (updatesFixtures) writeFileSync(join(fixtures, name), printed);
    else expect(printed).toBe(text);
  });
}

/** The session with what its commands print now. */
function replayed(session: string): string {
  const outside = newFolder('pipec-console');
  const home = join(outside, 'home');
  mkdirSync(home);
  const env = plainEnvironment();
  const path = [commandFolder(outside), env['PATH']].join(delimiter);
  const lines = session.trimEnd().split('\n');
  const rows: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.startsWith('#')) rows.push(...(rows.length > 0 ? [''] : []), line);
    if (!line.startsWith('$ ')) continue;
    const command = [line.slice(2)];
    while (lines[index + 1]?.startsWith('> ') === true) command.push((lines[++index] ?? '').slice(2));
    rows.push(...command.map((part, at) => (at === 0 ? `$ ${part}` : `> ${part}`)));
    const state = join(outside, 'cwd');
    const script = `cd "$(cat '${state}' 2>/dev/null || echo '${home}')"\n${command.join('\n')}\ncode=$?\npwd > '${state}'\nexit $code`;
    const { status, stdout } = spawnSync('bash', ['-c', `{ ${script}\n} 2>&1`], {
      env: { ...env, HOME: home, PATH: path, PACKAGES: join(import.meta.dirname, '../../node_modules') },
      encoding: 'utf8',
    });
    const told = timeless(stdout, home).trimEnd();
    if (told !== '') rows.push(...told.split('\n'));
    if (status !== 0) rows.push(`[${status}]`);
  }
  return `${rows.join('\n')}\n`;
}
