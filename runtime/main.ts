/** A built job as a program: `node dist/jobs/<job>.mjs run`. It needs nothing but the bundle and the engine's package. */
import './threads.ts';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FunctionLoader, functionsOf } from './batches.ts';
import type { Target } from './builders.ts';
import { toRunError } from './errors.ts';
import type { RunError, RunEvent } from './events.ts';
import { lineOfFailure } from './observe/log/lines.ts';
import { openLog } from './observe/log/open.ts';
import { LogSettingError, type LogSettings, logFormat, logLevel } from './observe/log/settings.ts';
import { errorText } from './observe/log/words.ts';
import type { JobPlan, Plan } from './plan.ts';
import { runJob, selectTasks } from './run.ts';
import { endBy } from './signals.ts';

const help = (
  job: JobPlan,
): string => `${job.doc === null ? '' : `${job.doc}\n\n`}node ${job.name}.mjs run                run the job once, here: ${job.tasks.length} tasks
node ${job.name}.mjs run --task X       one task of it, with what the others have published; again for more
node ${job.name}.mjs attempt --task X   the same for a scheduler that tries again by itself: each task is tried once
node ${job.name}.mjs plan               its tasks, in order, and what each waits for

  --project DIR   the project's folder, where relative paths start (default: the parent of dist)
  --full          also what is unchanged: without it, equal code over equal inputs is not run again
  --log-format F  a log as \`text\` (default) or \`json\`, an object a line; PIPEC_LOG_LEVEL says from which level on
  --json          for programs: one event a line of \`run\` and \`attempt\`, one object of \`plan\`
  --help          this

Exit codes: 0 done, 2 the command line is wrong, 3 the run failed, 4 a check failed, 130 cancelled.
Of \`attempt\`, 3 says that another may succeed, and 4 that it would fail as well.
`;

/** Why this Node cannot run a job; null where it can. */
export function tooOld(node: string): string | null {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13)
    ? null
    : `a job needs Node 22.13 or later, and this is Node ${node}`;
}

/** Runs the command line of a job, with the project's own functions by the names that its steps have for them, and sets the process's exit code. */
export async function main(
  job: JobPlan,
  target: Target,
  functions: Readonly<Record<string, unknown>> = {},
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const old = tooOld(process.versions.node);
  if (old !== null) return wrong(old);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (failure) {
    return wrong(failure instanceof Error ? failure.message : String(failure));
  }
  const { values, positionals } = parsed;
  const [command, ...more] = positionals;
  if (values.help === true) return void process.stdout.write(help(job));
  if (more.length > 0) return wrong(`one command at a time, not \`${positionals.join(' ')}\``);
  switch (command) {
    case 'run':
    case 'attempt': {
      const chosen = tasksNamed(job, values.task ?? []);
      if (typeof chosen === 'string') return wrong(chosen);
      const log = logOf(values['log-format']);
      if (typeof log === 'string') return wrong(log);
      process.exitCode = await run(command === 'run' ? chosen : { ...chosen, retries: 0 }, target, {
        failure: command === 'run' ? failureOfRun : failureOfAttempt,
        folder: resolve(values.project ?? projectFolder()),
        full: values.full === true,
        json: values.json === true,
        log,
        functions: functionsOf(functions),
      });
      return;
    }
    case 'plan':
      process.stdout.write(values.json === true ? `${JSON.stringify(job)}\n` : planText(job));
      return;
    default:
      return wrong(
        command === undefined
          ? 'say what to do: `run`, `attempt` or `plan`'
          : `there is no command \`${command}\`; there are \`run\`, \`attempt\` and \`plan\``,
      );
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      'log-format': { type: 'string' },
      full: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      project: { type: 'string' },
      task: { type: 'string', multiple: true },
    },
  });
}

/** As text where nobody says otherwise; what is wrong in words. */
function logOf(option: string | undefined): LogSettings | string {
  try {
    return { format: logFormat(process.env, option) ?? 'text', level: logLevel(process.env) };
  } catch (failure) {
    if (failure instanceof LogSettingError) return failure.message;
    throw failure;
  }
}

/** The job with the tasks named only, by their whole names or by ends of them that only one has; what is wrong in words. */
function tasksNamed(job: JobPlan, names: readonly string[]): JobPlan | string {
  if (names.length === 0) return job;
  const chosen = new Set<string>();
  for (const name of names) {
    const found = job.tasks.filter(({ id }) => id === name || id.endsWith(`.${name}`)).map(({ id }) => id);
    const [id, ...more] = found.includes(name) ? [name] : found;
    if (id === undefined) return `the job ${job.name} has no task \`${name}\`; \`plan\` shows them`;
    if (more.length > 0) return `\`${name}\` may be ${found.join(' or ')}`;
    chosen.add(id);
  }
  return selectTasks(job, chosen);
}

function wrong(message: string): void {
  process.stderr.write(`${message}\nSee --help.\n`);
  process.exitCode = 2;
}

/** `<project>/dist/jobs/<job>.mjs`, wherever the project is now. */
function projectFolder(): string {
  const script = process.argv[1] ?? fileURLToPath(import.meta.url);
  return dirname(dirname(dirname(resolve(script))));
}

/** The plan that the job was built from, which lies beside it; null where it does not, or is of another build. */
async function manifest(fingerprint: string): Promise<Plan | null> {
  const script = process.argv[1] ?? fileURLToPath(import.meta.url);
  try {
    const plan: Plan = JSON.parse(await readFile(join(dirname(resolve(script)), '..', 'manifest.json'), 'utf8'));
    return plan.fingerprint === fingerprint ? plan : null;
  } catch {
    return null;
  }
}

function planText(job: JobPlan): string {
  const lines = job.tasks.map(
    ({ id, step, after }) => `  ${id}  ${step.kind}${after.length === 0 ? '' : `  after ${after.join(', ')}`}`,
  );
  return `${job.name}: ${job.tasks.length} tasks, ${job.concurrency} at a time\n${lines.join('\n')}\n`;
}

interface RunFlags {
  /** The exit code for what failed. */
  readonly failure: (errors: readonly RunError[]) => number;
  readonly folder: string;
  readonly full: boolean;
  readonly json: boolean;
  readonly log: LogSettings;
  readonly functions: FunctionLoader;
}

async function run(
  job: JobPlan,
  target: Target,
  { failure, folder, full, json, log, functions }: RunFlags,
): Promise<number> {
  const cancel = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    // The second time the person means it: the process goes at once, and the next run mends what it leaves.
    if (cancel.signal.aborted) endBy(signal);
    cancel.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', passing);
  try {
    const { project, fingerprint, ...plan } = target;
    const listener = json
      ? (event: RunEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`)
      : (await openLog(log, process.env, (text) => process.stdout.write(text))).run();
    const { signal } = cancel;
    const summary = await runJob({
      folder,
      program: fingerprint,
      project,
      target: plan,
      job,
      full,
      describe: async () => await manifest(fingerprint),
      functions,
      listeners: [listener],
      signal,
    });
    if (summary.status !== 'succeeded' && !json && log.format === 'text')
      process.stdout.write(`again, without what is done: node ${process.argv[1] ?? `${job.name}.mjs`} run\n`);
    if (summary.status === 'succeeded') return 0;
    if (summary.status === 'cancelled') return 130;
    return failure(summary.errors.map(({ error }) => error));
  } catch (thrown) {
    const error = toRunError(thrown);
    if (json) process.stderr.write(`${JSON.stringify(error)}\n`);
    else if (log.format === 'text') process.stderr.write(errorText(error));
    else (await openLog(log, process.env, (text) => process.stderr.write(text))).line(lineOfFailure(error));
    return failure([error]);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Whoever read the log has gone (`| head`): the run goes on. */
function passing(failure: NodeJS.ErrnoException): void {
  if (failure.code !== 'EPIPE') throw failure;
}

function failureOfRun(errors: readonly RunError[]): number {
  return errors.length > 0 && errors.every(({ code }) => code === 'checks-failed') ? 4 : 3;
}

/** As a run itself decides whether it tries a task again. */
function failureOfAttempt(errors: readonly RunError[]): number {
  return errors.every(({ retryable }) => retryable) ? 3 : 4;
}
