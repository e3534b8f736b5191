/** What the shell and the terminal see: completion, help, the live view, a reader that goes away. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { check } from '../../compiler/cli/check.ts';
import type { CommandModule } from '../../compiler/cli/command.ts';
import { commands } from '../../compiler/cli/commands.ts';
import { starter } from '../../compiler/cli/init.ts';
import { bin, commandFolder, newFolder, pipec, plainEnvironment, write } from '../support/command.ts';

function project(): string {
  const folder = newFolder();
  write(folder, Object.fromEntries(starter('shop')));
  return folder;
}

const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

describe('completion', () => {
  const words: readonly (readonly [typed: readonly string[], found: readonly string[]])[] = [
    [['che'], ['check']],
    [
      ['fmt', '--'],
      ['--check', '--json', '--project', '--help'],
    ],
    [['show', 'dwh.m'], ['dwh.marts.daily_revenue']],
    [['show', 'dai'], ['daily_revenue']],
    [['run', '--concurrency', ''], []],
    [['run', '+kept'], ['+kept_orders']],
    [['run', 'nigh'], ['nightly']],
    [['run', 'dwh.*'], []],
    [['test', 'daily'], ['daily_revenue']],
    [['explain', 'never-b'], ['never-built']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['-C', '.', 'lineage', 'kept'], ['kept_orders']],
    [['help', 'li'], ['lineage']],
    [['init', ''], []],
    [['nope', ''], []],
  ];
  test.each(words)('of %j', async (typed, found) => {
    const { code, out, err } = await pipec(['completion', 'words', '--', ...typed], { folder: project() });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const offered = out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0]]));
    expect(offered).toEqual(found);
  });

  test('bash, as it asks', () => {
    const folder = project();
    const outside = newFolder();
    const env = plainEnvironment();
    const asked = (line: string) => {
      const script = `source <(pipec completion bash)
COMP_WORDS=(${line}); [[ "$LINE" == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_pipec; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p pipec`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], {
        cwd: folder,
        env: { ...env, LINE: line, PATH: [commandFolder(outside), env['PATH']].join(delimiter) },
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return stdout.trimEnd().split('\n');
    };
    expect(asked('pipec ex')).toEqual(['explain', 'complete -o default -F _pipec pipec']);
    expect(asked('pipec show daily')).toEqual(['daily_revenue', 'complete -o default -F _pipec pipec']);
    expect(asked('pipec completion ')).toEqual(['bash', 'zsh', 'fish', 'complete -o default -F _pipec pipec']);
  });

  test.each(['zsh', 'fish'])('%s takes its script', async (shell) => {
    const { code, out } = await pipec(['completion', shell], { folder: newFolder() });
    expect(code).toBe(0);
    expect(out).toContain('pipec completion words');
    if (!has(shell)) return;
    expect(spawnSync(shell, ['-n'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('help', () => {
  test('every command has examples that call it, and says what it gives to programs', async () => {
    for (const row of commands) {
      const module: CommandModule<never> = await row.load();
      expect(module.examples.length, row.name).toBeGreaterThan(0);
      const called = module.examples.filter(({ text }) => text.includes(`pipec ${row.name}`));
      expect(called.length, row.name).toBeGreaterThan(0);
      // What editors and agents start speaks JSON, and nothing else.
      const hasJsonFlag = !['init', 'completion', 'lsp', 'preview', 'mcp'].includes(row.name);
      expect(
        module.options.some(({ flags }) => flags === '--json'),
        row.name,
      ).toBe(hasJsonFlag);
    }
  });

  test('of all commands loads none of them; of one, neither parser nor engine', () => {
    const loaded = (...words: string[]) => {
      const folder = newFolder('pipec-loads');
      write(folder, {
        'note.mjs': `import { registerHooks } from 'node:module';
import { appendFileSync } from 'node:fs';
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(join(folder, 'loaded'))}, url + '\\n'); return next(url, context); } });
`,
      });
      const { status, stderr } = spawnSync(process.execPath, ['--import', join(folder, 'note.mjs'), bin, ...words], {
        cwd: folder,
        env: plainEnvironment(),
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const files = readFileSync(join(folder, 'loaded'), 'utf8')
        .split('\n')
        .filter((url) => url.startsWith('file:'));
      return { files, text: files.map((url) => readFileSync(new URL(url), 'utf8')).join('\n') };
    };
    const parser = /performSelfAnalysis/;
    for (const flag of ['--help', '--version']) {
      const { text } = loaded(flag);
      expect(text).not.toMatch(parser);
      expect(text).not.toContain(check.details);
    }
    const help = loaded('check', '--help');
    expect(help.files.filter((url) => url.includes('@duckdb'))).toEqual([]);
    // The instrument sees what is loaded.
    expect(help.text).toMatch(parser);
    expect(help.text).toContain(check.details);
  });
});

describe.skipIf(!has('script'))('on a terminal', () => {
  /** What a terminal of so many columns gets. */
  const shown = (folder: string, columns: number, command: string, env: Record<string, string> = {}) =>
    spawnSync('script', ['-qec', `stty cols ${columns} rows 30; ${command}`, '/dev/null'], {
      cwd: folder,
      env: plainEnvironment({ TERM: 'xterm', PIPEC: `${process.execPath} ${bin}`, ...env }),
      encoding: 'utf8',
    });
  const sequence = '\u001b\\[';
  const escapes = new RegExp(`${sequence}[0-9;?]*[A-Za-z]`, 'g');

  test('a run is drawn and drawn over, and the cursor comes back', () => {
    const { status, stdout } = shown(project(), 100, '$PIPEC run');
    expect(status).toBe(0);
    expect(stdout).toContain('\u001b[?25l');
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
    expect(stdout).toContain('\u001b[32m✔');
    const plain = stdout.replaceAll(escapes, '');
    expect(plain).toMatch(/✔ dwh\.marts\.daily_revenue +3 rows +[\d.]+ s +1 check passed/);
    expect(plain).toMatch(/3 done · 0 failed · 0 skipped · 1 check passed/);
    expect(plain).not.toContain('started');
  });

  test('no line of the drawing is wider than the terminal, and colours go where NO_COLOR is set', () => {
    const { stdout } = shown(project(), 60, '$PIPEC run', { NO_COLOR: '1' });
    expect(stdout).not.toMatch(new RegExp(`${sequence}[0-9;]*m`));
    const drawn = stdout.replaceAll(escapes, '').split(/\r?\n/);
    const done = drawn.findIndex((line) => line.startsWith('See:'));
    expect(done).toBeGreaterThan(0);
    expect(drawn.slice(0, done).filter((line) => line.length > 60)).toEqual([]);
  });

  test('where the locale has ASCII only, so has what is shown', () => {
    const { stdout } = shown(
      project(),
      60,
      '$PIPEC run; $PIPEC run --help; $PIPEC lineage daily_revenue; $PIPEC test',
      {
        LC_ALL: 'C',
      },
    );
    expect([...stdout].filter((character) => character > '\u007f')).toEqual([]);
  });

  test('CI is no place to draw in', () => {
    const { stdout } = shown(project(), 100, '$PIPEC run', { CI: 'true' });
    expect(stdout).not.toContain('\u001b[?25l');
    expect(stdout).toContain('_landing.orders started');
  });
});

test('a reader that goes away ends the command in peace', () => {
  const folder = project();
  write(folder, {
    'data/orders.csv': `order_id,country,status,amount,ordered_at\n${Array.from({ length: 50_000 }, (_, index) => `${index},DE,paid,1.00,2026-01-01 00:00:00`).join('\n')}\n`,
  });
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', '$PIPEC run | head -n 1; $PIPEC show kept_orders --limit 0 --csv | head -n 2; echo $PIPESTATUS'],
    { cwd: folder, env: plainEnvironment({ PIPEC: `${process.execPath} ${bin}` }), encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(
    'shop · local (duckdb) · job nightly · 3 tasks, 3 at a time\norder_id,country,status,amount,ordered_at\n0,DE,paid,1.00,2026-01-01T00:00:00Z\n0\n',
  );
});
