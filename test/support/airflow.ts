/** An Airflow of the tests' own, of the versions in test/e2e/airflow-requirements.txt, in a cache that outlives the tests. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The folder of `airflow` and its `python`, installed first where it is not there; null where that is not possible. */
export function airflowPrograms(): string | null {
  const list = join(root, 'test/e2e/airflow-requirements.txt');
  const version = createHash('sha256').update(readFileSync(list)).digest('hex').slice(0, 12);
  const folder = join(root, 'node_modules/.cache', `airflow-${version}`);
  const whole = join(folder, 'whole');
  if (existsSync(whole)) return join(folder, 'bin');
  rmSync(folder, { recursive: true, force: true });
  const python = join(folder, 'bin/python');
  const began = Date.now();
  // Its resolver and its copies take seconds where those of pip take minutes.
  const steps: readonly (readonly [string, ...string[]])[] = [
    ['python3', '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv==0.13.9'],
    [join(folder, 'bin/uv'), 'pip', 'install', '--quiet', '--python', python, '-r', list],
  ];
  for (const [program, ...args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
    if (status === 0) continue;
    console.warn(`Airflow cannot be installed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
    return null;
  }
  writeFileSync(`${whole}.new`, '');
  renameSync(`${whole}.new`, whole);
  console.log(`Airflow is installed (${Math.round((Date.now() - began) / 1000)} s)`);
  return join(folder, 'bin');
}

export interface Airflow {
  /** Runs `airflow …`, or `python …`; `line` is told each line as it comes. Resolves with the exit code and all lines. */
  readonly run: (
    program: 'airflow' | 'python',
    args: readonly string[],
    line?: (text: string) => void,
  ) => Promise<{ readonly code: number | null; readonly lines: readonly string[] }>;
}

/** One that keeps its state in a folder, and finds DAGs in another. */
export function airflowIn(
  programs: string,
  home: string,
  dags: string,
  more: Readonly<Record<string, string>>,
): Airflow {
  const env = {
    PATH: [programs, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: home,
    LC_ALL: 'C.UTF-8',
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__DAGS_FOLDER: dags,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__LOGGING__COLORED_CONSOLE_LOG: 'False',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    ...more,
  };
  return {
    run: (program, args, line = () => undefined) =>
      new Promise((resolve, reject) => {
        const child = spawn(join(programs, program), args, { cwd: home, env });
        const lines: string[] = [];
        let rest = '';
        const read = (chunk: Buffer): void => {
          const all = (rest + chunk.toString('utf8')).split('\n');
          rest = all.pop() ?? '';
          lines.push(...all);
          for (const text of all) line(text);
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, lines: rest === '' ? lines : [...lines, rest] }));
      }),
  };
}
